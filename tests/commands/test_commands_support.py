"""What is logged and what a support bundle holds: enough to help, and nothing of persons."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from printserver.cli import printserver
from printserver.commands.support import STRUCK, last_lines
from printserver.errors import PrintServerError
from tests.crash.crash_harness import await_until, site

PERSON = "Quackenbush"
TRACK = "B9912471100^QUACKENBUSH^WILHELMINA"
CONFIGURATION = f"""
[server]
key = "/{PERSON}/master.key"
[store]
url = "postgresql://me:{PERSON}@db/cards"
[printer.desk]
driver = "virtual"
model = "card"
device = "emulated"
[queue.card]
printers = ["desk"]
clients = ["192.0.2.77"]
[webhook.site]
address = "https://records.example/{PERSON}"
secret = "/{PERSON}/secret"
[plugin.other]
password = "{PERSON}"
"""


def contents(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def whole(found: dict[str, bytes]) -> bytes:
    return b"\n".join(found.values()).lower()


def bundle(file: Path, *arguments: str) -> dict[str, bytes]:
    command = ["support-bundle", str(file), "--server", "http://127.0.0.1:1", *arguments]
    CliRunner().invoke(printserver, command, catch_exceptions=False)
    return contents(file)


def test_secrets_are_struck_out_of_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text(CONFIGURATION)
    found = bundle(tmp_path / "b.zip", "--config", str(file), "--data", str(tmp_path / "d"))
    told = json.loads(found["configuration.json"])
    assert told["printer"]["desk"]["model"] == "card"
    assert told["webhook"]["site"]["secret"] == STRUCK
    assert told["plugin"] == {"other": STRUCK}
    assert PERSON.lower().encode() not in whole(found)
    assert b"192.0.2.77" not in whole(found)
    assert (tmp_path / "b.zip").stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_there_is_left(tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_text("mine")
    told = CliRunner().invoke(printserver, ["support-bundle", str(tmp_path / "b.zip"), "--data", str(tmp_path / "d")])
    assert isinstance(told.exception, PrintServerError)
    assert (tmp_path / "b.zip").read_text() == "mine"


@pytest.mark.parametrize("word", ["detail", "message", "path", "user", "name", "exception", "by"])
def test_only_known_words_of_a_log_are_let_in(word: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    line = json.dumps({"event": "card not prepared", "job": 12, "card": 1, word: PERSON})
    log.write_text(f"{PERSON}\n{line}\n")
    assert json.loads(last_lines(log)) == {"event": "card not prepared", "job": 12, "card": 1}


def test_neither_log_nor_bundle_names_a_person_whose_card_was_printed(tmp_path: Path) -> None:
    with site() as here:
        here.printer = "evolis:primacy+mag"
        here.start()
        ticket = {"name": f"Card of {PERSON}", "user": PERSON, "tracks": [TRACK, "", ""]}
        job = here.api.submit(ticket, here.picture())
        await_until(lambda: here.api.job(job.id).state == "completed")
        for wrong in ({**ticket, "copies": 0}, {**ticket, "queue": PERSON}, {**ticket, PERSON: 1}):
            with pytest.raises(PrintServerError):
                here.api.submit(wrong, here.picture())
        with pytest.raises(PrintServerError):
            here.api.submit(ticket, b"%PDF-1.7 " + PERSON.encode())
        log = here.data.with_suffix(".log")
        command = ["support-bundle", str(tmp_path / "b.zip"), "--server", f"http://127.0.0.1:{here.port}", "--log",
                   str(log), "--data", str(here.data)]  # fmt: skip
        CliRunner().invoke(printserver, command, catch_exceptions=False)
        found = contents(tmp_path / "b.zip")
        assert b"printserver_cards_total{" in found["metrics.txt"]
        assert json.loads(found["data.json"])["heads"]
        assert b"door open" in found["log.jsonl"]
        for text in (log.read_bytes().lower(), whole(found)):
            assert PERSON.lower().encode() not in text
            assert b"9912471100" not in text
