"""A printer made of software in the foreground, and recorded jobs taken apart."""

from __future__ import annotations

import signal
import socket
import subprocess
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from printserver.emulation.launch import find_running
from tests.commands.command_kit import DEADLINE, call, start

CARD_COUNT = b"\x1bRco;c\r"


@pytest.fixture
def job(front: Path, short_folder: Path) -> bytes:
    found = call("render", front, "--driver", "evolis", "--model", "primacy", "--out", short_folder / "sent")
    assert found.code == 0, found.stderr
    return (short_folder / "sent" / "job.prn").read_bytes()


@contextmanager
def emulator(*options: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running emulator and the address that it says it listens on."""
    with start("emulate", "evolis", *options) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            said = process.stdout.readline()
            assert said.startswith("listening "), process.stderr.read()
            yield process, said.removeprefix("listening ").strip()
        finally:
            if process.poll() is None:
                process.kill()


def end(process: subprocess.Popen[str], by: signal.Signals) -> int:
    process.send_signal(by)
    return process.wait(DEADLINE)


def print_over(address: str, job: bytes) -> bytes:
    """Send a job, ask how many cards are out, and return the answer, which comes when the card is."""
    host, _, port = address.removeprefix("tcp:").rpartition(":")
    with socket.create_connection((host, int(port)), DEADLINE) as line:
        line.sendall(job + CARD_COUNT)
        answer = b""
        while not answer.endswith(b"\0"):
            part = line.recv(4096)
            assert part, answer
            answer += part
        return answer


def test_the_card_that_comes_out_is_the_card_that_render_showed(job: bytes, short_folder: Path) -> None:
    cards = short_folder / "cards"
    with emulator("--model", "Primacy", "--listen", "tcp:0", "--cards", cards) as (process, address):
        assert not list(cards.glob("*.png"))
        print_over(address, job)
        printed = cards / "0001-front.png"
        assert pixels(printed) == pixels(short_folder / "sent" / "card1-front.png")
        assert not (cards / "0001-back.png").exists()
        assert end(process, signal.SIGINT) == 0


def pixels(path: Path) -> bytes:
    return Image.open(path).convert("RGB").tobytes()


def test_a_serial_line_is_a_link_to_a_terminal_and_goes_with_the_printer(short_folder: Path) -> None:
    link = short_folder / "ttyCard"
    with emulator("--pty", link, "--cards", short_folder / "cards") as (process, address):
        assert address == f"pty:{link}"
        with link.open("r+b", buffering=0) as line:
            tty.setraw(line.fileno())
            line.write(b"\x1bRtp\r")
            answer = b""
            while not answer.endswith(b"\0"):
                answer += line.read(64) or b""
        assert b"pebble" in answer.lower()
        assert end(process, signal.SIGTERM) == 0
    assert not link.is_symlink()


def test_faults_and_a_folder_too_deep_for_a_socket(short_folder: Path) -> None:
    cards = short_folder / ("deep" * 20) / ("er" * 20)
    with emulator("--listen", "tcp:127.0.0.1:0", "--cards", cards, "--fault", "cover-open", "--pace", "real") as (
        process, address
    ):  # fmt: skip
        assert address.startswith("tcp:127.0.0.1:")
        assert find_running(cards / "machine.control") is None
        assert end(process, signal.SIGTERM) == 0


def test_a_port_that_is_taken_ends_the_start(short_folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with start("emulate", "evolis", "--listen", f"tcp:{port}", "--cards", short_folder / "cards") as process:
            out, said = process.communicate(timeout=DEADLINE)
    assert process.returncode == 2
    assert out == ""
    assert len(said.splitlines()) == 1
    assert str(port) in said


MISUSE = {
    "nothing to do": (),
    "two doors": ("--listen", "tcp:0", "--pty", "line", "--cards", "cards"),
    "no folder for cards": ("--listen", "tcp:0"),
    "a fault that is none": ("--listen", "tcp:0", "--cards", "cards", "--fault", "earthquake"),
    "a place that is none": ("--listen", "tcp:0", "--cards", "cards", "--fault", "jam@moon=1"),
    "a model that is none": ("--model", "tower", "--listen", "tcp:0", "--cards", "cards"),
    "a pace that is none": ("--listen", "tcp:0", "--cards", "cards", "--pace", "slow"),
    "out without job": ("--listen", "tcp:0", "--cards", "cards", "--out", "out"),
    "job without out": ("--job", "file"),
    "a job and a door": ("--job", "file", "--out", "out", "--listen", "tcp:0"),
    "a job that is not there": ("--job", "nothing.prn", "--out", "out"),
    "a line where a file is": ("--pty", "file", "--cards", "cards"),
    "a line in a folder that is none": ("--pty", "/nowhere/line", "--cards", "cards"),
    "cards where a file is": ("--listen", "tcp:0", "--cards", "file/cards"),
}


@pytest.mark.parametrize("name", MISUSE)
def test_misuse_is_told_in_one_line(name: str, short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(short_folder)
    Path("file").write_bytes(b"mine")
    found = call("emulate", "evolis", *MISUSE[name])
    assert found.code == 2
    assert found.complaint()
    assert Path("file").read_bytes() == b"mine"


def test_a_family_that_is_none_names_those_there_are(short_folder: Path) -> None:
    found = call("emulate", "zebroid", "--listen", "tcp:0", "--cards", short_folder)
    assert (found.code, "evolis" in found.complaint()) == (2, True)


# recorded jobs


def take_apart(content: bytes, folder: Path) -> tuple[int, str, dict[str, object]]:
    (folder / "some.prn").write_bytes(content)
    found = call("emulate", "evolis", "--job", folder / "some.prn", "--out", folder / "got", "--json")
    return found.code, found.stderr, found.json()


def test_two_cards_in_one_recording_are_two_cards(job: bytes, short_folder: Path) -> None:
    code, _, found = take_apart(job + job, short_folder)
    assert (code, found["cards"]) == (0, 2)
    names = {path.name for path in (short_folder / "got").iterdir()}
    assert {"card1-front-Y.png", "card2-front-Y.png", "card2-front.png"} <= names


def test_what_follows_the_last_whole_command_is_counted(job: bytes, short_folder: Path) -> None:
    code, _, found = take_apart(job + b"\x1bDb;y;2", short_folder)
    assert (code, found["cards"], found["trailing_bytes"]) == (0, 1, 7)


def test_commands_that_no_manual_knows_are_named(job: bytes, short_folder: Path) -> None:
    code, _, found = take_apart(b"\x1bXyz;1\r" + job, short_folder)
    assert (code, found["unknown_commands"]) == (0, ["Xyz"])
    said = call("emulate", "evolis", "--job", short_folder / "some.prn", "--out", short_folder / "got").lines
    assert "commands that are not known: 1" in said


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 not for a card printer", bytes(range(256)) * 40])
def test_a_file_without_a_card_is_refused_and_writes_nothing(content: bytes, short_folder: Path) -> None:
    code, said, found = take_apart(content, short_folder)
    assert (code, found["cards"]) == (1, 0)
    assert len(said.splitlines()) == 1
    assert "no card in it" in said
    assert not (short_folder / "got").exists()
