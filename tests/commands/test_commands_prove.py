"""`printserver prove` and `printserver record` at a printer that is a process of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from printserver.dialogue.recordings import recording_of
from printserver.dialogue.transcripts import Direction, LeftOut, parse_transcript
from printserver.driver import ModelInfo
from printserver.store.place import data_place
from printserver.testing.conformance.conversations import ConversationTests
from printserver_magicard.info import info
from tests.commands.command_kit import DEADLINE, ROOT, environment, start


@pytest.fixture(scope="module")
def printer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    cards = tmp_path_factory.mktemp("cards")
    with start("emulate", "magicard", "--model", "enduro", "--listen", "tcp:0", "--cards", cards) as process:
        assert process.stdout is not None
        address = process.stdout.readline().removeprefix("listening ").strip()
        yield address
        process.kill()


def run(*arguments: object, answers: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command with what a person types, a line an answer."""
    return subprocess.run(
        [sys.executable, "-m", "printserver", *map(str, arguments)], cwd=ROOT, text=True, env=environment(),
        input=answers, capture_output=True, timeout=DEADLINE,
    )  # fmt: skip


def at(printer: str, data: Path) -> list[object]:
    return ["--driver", "magicard", "--model", "enduro", "--device", printer, "--data", data]


def test_some_checks_at_an_emulated_printer_are_kept_and_prove_nothing(printer: str, tmp_path: Path) -> None:
    done = run(
        "prove", *at(printer, tmp_path), "--only", "identity", "--only", "feed", "--by", "dewi", answers="y\nfew\n1\n"
    )
    assert (done.returncode, done.stderr.count("[0, 1, 2, ...]")) == (1, 2), done.stderr
    assert "2 passed" in done.stdout
    assert "nothing is proven" in done.stdout
    [file] = tmp_path.glob("proofs/magicard-enduro-*/proof.json")
    proof = json.loads(file.read_bytes())
    assert [(each["check"], each["verdict"]) for each in proof["findings"]] == [
        ("identity", "passed"), ("feed", "passed")
    ]
    assert (proof["by"], proof["link"], proof["serial"][:3]) == ("dewi", "tcp", "EMU")
    assert parse_transcript((file.parent / "feed.transcript").read_text()).facts["check"] == "feed"


def test_a_person_who_leaves_ends_the_session(printer: str, tmp_path: Path) -> None:
    done = run("prove", *at(printer, tmp_path), "--only", "identity")
    assert done.returncode != 0
    assert "nobody is at the terminal" in done.stderr


def test_a_printer_has_to_be_named_whole() -> None:
    done = run("prove", "--driver", "magicard")
    assert done.returncode == 2
    assert "--model, --device" in done.stderr


def test_a_printer_that_is_not_declared_is_refused_with_those_that_are(tmp_path: Path) -> None:
    file = tmp_path / "server.toml"
    file.write_text(
        '[printer.front]\ndriver = "magicard"\nmodel = "enduro"\ndevice = "tcp:127.0.0.1:9"\nribbon = "YMCKO"\n'
        '[printer.soft]\ndriver = "magicard"\nmodel = "enduro"\ndevice = "emulated"\nribbon = "YMCKO"\n'
        '[queue.card]\nprinters = ["front", "soft"]\n'
    )
    place = ["--config", file, "--data", tmp_path / "data"]
    done = run("prove", "back", *place)
    assert (done.returncode, "front, soft" in done.stderr) == (2, True), done.stderr
    done = run("prove", "soft", *place)
    assert (done.returncode, "emulated by the server" in done.stderr) == (2, True), done.stderr
    done = run("record", "front", *place, "--out", tmp_path / "out")
    assert "broke" in done.stderr, done.stderr
    assert done.returncode == 1


def test_a_conversation_of_ours_is_recorded_without_the_panels(printer: str, tmp_path: Path) -> None:
    out = tmp_path / "card.transcript"
    done = run("record", *at(printer, tmp_path), "--card", "--out", out)
    assert done.returncode == 0, done.stderr
    transcript = parse_transcript(out.read_text())
    assert transcript.facts["ribbon"] == "YMCKO"
    names = [line.name for line in transcript.lines if isinstance(line, LeftOut)]
    assert names == ["front-Y", "front-M", "front-C", "front-K"]
    Recorded().check_recording(out)  # what was recorded is what a driver's package may keep


class Recorded(ConversationTests):
    package = "printserver_magicard"

    def model(self) -> ModelInfo:
        return info().model[0]


@pytest.mark.parametrize("whole", [False, True])
def test_a_foreign_programs_conversation_is_recorded(printer: str, tmp_path: Path, whole: bool) -> None:
    out, question = tmp_path / "foreign.transcript", b"\x05" * 9 + b"\x01,REQ,INF,\x1c\x03"
    more = ["--test-card"] if whole else []
    with start("record", *at(printer, tmp_path), "--listen", "tcp:0", *more, "--out", out) as process:
        assert process.stdout is not None
        words = process.stdout.readline()
        host, _, port = words.removeprefix("listening at ").partition(";")[0].rpartition(":")
        alarm = threading.Timer(DEADLINE, process.kill)
        alarm.start()
        with socket.create_connection((host, int(port)), DEADLINE) as line:
            line.sendall(question)
            answer = b""
            while not answer.endswith(b"\x03"):
                answer += line.recv(4096)
        assert process.wait(DEADLINE) == 0
        alarm.cancel()
    transcript = parse_transcript(out.read_text())
    assert transcript.said(Direction.DEVICE) == answer
    assert b"STA$" in answer
    assert transcript.said(Direction.HOST) == (question if whole else b"")
    assert recording_of(transcript.facts).dialogues == ()


def test_options_that_mean_nothing_together_are_refused(printer: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for options in (["--listen", "tcp:0", "--card"], ["--test-card"], ["--listen", "udp:1"]):
        done = run("record", *at(printer, tmp_path), *options, "--out", out)
        assert done.returncode == 2, done.stderr
        assert not out.exists()


def test_a_server_that_has_the_data_directory_keeps_its_printers(printer: str, tmp_path: Path) -> None:
    place = data_place(tmp_path / "data", None)
    place.prepare()
    lock = place.lock()
    try:
        done = run("prove", *at(printer, tmp_path / "data"), "--only", "identity", answers="y\n")
    finally:
        os.close(lock)
    assert done.returncode != 0
    assert "Another server already works" in done.stderr, done.stderr
    assert not list((tmp_path / "data").glob("proofs/*"))


def test_a_printer_that_is_not_there_is_not_asked_for_cards(tmp_path: Path) -> None:
    done = run("prove", *at("tcp:127.0.0.1:9", tmp_path), answers="y\n")
    assert done.returncode == 1
    assert "Put in" not in done.stderr
    assert not list(tmp_path.glob("proofs/*"))


def test_a_family_that_is_not_installed_is_named_with_what_to_do(tmp_path: Path) -> None:
    done = run("serve", "--emulate", "acme:one", "--data", tmp_path)
    assert done.returncode == 2
    assert "install its package, or put it into the plugins folder" in done.stderr
