"""What keeps a server from starting: one line that names file and key, exit code 2, and nothing made or left behind."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from tests.commands.command_kit import DEADLINE, call, start
from tests.crash.crash_harness import Site, free_port, site
from tests.doors.doors_inputs import GOOD

SOUND = """
[server]
data = "{data}"
port = {port}
tls_port = 0
lpd_port = 0

[printer.office]
driver = "evolis"
model = "primacy"
device = "emulated"

[queue.card]
printers = ["office"]
raw_port = {raw}
"""
HTTP, RAW = 40_001, 40_002

Change = Callable[[str], str]


def instead(old: str, new: str) -> Change:
    """Write `new` where the sound file has `old`."""

    def change(text: str) -> str:
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in the file"
        return text.replace(old, new)

    return change


@pytest.mark.parametrize(
    ("change", "key", "says", "allowed"),
    [
        (instead("tls_port", "tsl_port"), "server.tsl_port", "no such key", "bind, port, tls_port"),
        (
            instead("[server]", "[sever]"), "sever", "no such key",
            "server, journal, store, printer, queue, webhook, department, quota, command, plugin",
        ),
        (instead(str(HTTP), '"http"'), "server.port", "Expected `int`, got `str`", ""),
        (instead(str(HTTP), "70000"), "server.port", "70000 is not a port", "0 to 65535"),
        (instead(str(RAW), str(HTTP)), "queue.card.raw_port", "is also server.port", ""),
        (instead('"evolis"', '"evlois"'), "printer.office.driver", "'evlois'",
         "epcl, evolis, fargo, hiti, ippcard, magicard, spool, virtual"),
        (instead('"primacy"', '"primus"'), "printer.office.model", "'primus'", "pebble, dualys, zenius, primacy"),
        (instead('model = "primacy"', ""), "printer.office.model", "is missing", ""),
        (instead('"emulated"', '"emulated"\nribbon = "GOLD"'), "printer.office.ribbon", "'GOLD'",
         "YMCKO, half-YMCKO, YMCKOK"),
        (instead('"emulated"', '"emulated"\noptions = {heat = "9"}'), "printer.office.options", "option",
         "dialect, contrast"),
        (instead('"emulated"', '"cable"'), "printer.office.device", "no device address", "tcp:HOST:PORT"),
        (instead('"emulated"', '"tcp:desk"'), "printer.office.device", "host and port", "tcp:HOST:PORT"),
        (instead('["office"]', "[]"), "queue.card.printers", "no printer", "at least one"),
        (instead('printers = ["office"]', ""), "queue.card.printers", "is missing", ""),
        (instead('["office"]', '["attic"]'), "queue.card.printers", "'attic'", "office"),
        (instead(str(RAW), '9\non_error = "explode"'), "queue.card.on_error", "explode", "stop, skip"),
        (instead("lpd_port", 'default_queue = "x"\nlpd_port'), "server.default_queue", "queue 'x'", "card"),
        (instead("[server]", "[[["), "is not TOML", "line 2", ""),
    ],
)  # fmt: skip
def test_a_broken_file_is_named_with_its_key(
    tmp_path: Path, change: Change, key: str, says: str, allowed: str
) -> None:
    file = tmp_path / "site.toml"
    file.write_text(change(SOUND.format(data=tmp_path / "data", port=HTTP, raw=RAW)))
    for command in (("serve", "--config"), ("check-config",)):
        outcome = call(*command, file)
        assert (outcome.code, outcome.out) == (2, "")
        assert f"{file}: {key}" in outcome.complaint()
        assert says in outcome.complaint()
        assert not allowed or f"(allowed: {allowed}" in outcome.complaint()
    assert os.listdir(tmp_path) == ["site.toml"], "something was made for a server that cannot be"


@pytest.mark.parametrize("name", ["missing.toml", "folder"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    for command in (("serve", "--config"), ("check-config",)):
        outcome = call(*command, tmp_path / name)
        assert outcome.code == 2
        assert f"{tmp_path / name}: cannot be read" in outcome.complaint()


def test_a_fault_that_no_emulated_printer_knows_is_named_before_anything_starts(tmp_path: Path) -> None:
    outcome = call("serve", "--emulate", "evolis", "--fault", "nonsense", "--data", tmp_path / "data")
    assert outcome.code == 2
    assert "nonsense" in outcome.complaint()
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("spec", ["evlois", "evolis:primus", "evolis:primacy+wings"])
def test_an_emulated_printer_that_is_none_is_named(tmp_path: Path, spec: str) -> None:
    outcome = call("serve", "--emulate", spec, "--data", tmp_path / "data")
    assert outcome.code == 2
    assert spec.rpartition(":")[2] in outcome.complaint()
    assert "(allowed: " in outcome.complaint()
    assert os.listdir(tmp_path) == []


# against a server that is there


@dataclass(frozen=True)
class Refused:
    """A server that ended by itself: its exit code, its one line, and the processes that it has left behind."""

    code: int
    complaint: str
    left: list[str]


def begin(*arguments: object) -> subprocess.Popen[str]:
    """Start a server without TLS and LPD as a process of its own."""
    return start("serve", "--emulate", "evolis:primacy", "--tls-port", 0, "--lpd-port", 0, *arguments)


def refused(process: subprocess.Popen[str], data: Path) -> Refused:
    """Wait until a server has ended by itself."""
    with process:
        out, complaint = process.communicate(timeout=DEADLINE)
    assert out == "", "it said that it is ready"
    [line] = complaint.splitlines()
    return Refused(process.returncode, line, processes_of(data))


def processes_of(data: Path) -> list[str]:
    """The command lines of processes that name a data directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended meanwhile
            found.append(process.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return [line for line in found if f"{data} " in line or f"{data}/" in line]


def content_of(data: Path) -> dict[str, str]:
    """What a data directory and its key hold; the lock and SQLite's own side files say nothing of it."""
    files = [*data.rglob("*"), *data.parent.glob(f"{data.name}.key")]
    kept = [file for file in files if file.is_file() and not file.name.endswith(("lock", "-wal", "-shm"))]
    return {str(file.relative_to(data.parent)): sha256(file.read_bytes()).hexdigest() for file in kept}


@pytest.fixture(scope="module")
def running() -> Iterator[Site]:
    """A server that has printed one card."""
    with site() as here:
        here.start()
        here.await_settled(here.api.submit({}, GOOD).id)
        yield here


def test_what_another_server_has_is_not_taken(running: Site, tmp_path: Path) -> None:
    """Two ports and a data directory are in use: three servers refuse to start, and the first goes on."""
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        raw, ours = stranger.getsockname()[1], running.data
        taken = [
            (("--port", running.port, "--raw-port", 0), tmp_path / "a", f"server.port: 127.0.0.1 port {running.port}"),
            (("--port", free_port(), "--raw-port", raw), tmp_path / "b", f"raw_port: 127.0.0.1 port {raw}"),
            (("--port", free_port(), "--raw-port", 0), ours, str(ours)),
        ]  # fmt: skip
        started = [begin(*flags, "--data", data) for flags, data, _ in taken]
        ended = [refused(process, data) for process, (_, data, _) in zip(started, taken, strict=True)]
    assert [each.code for each in ended] == [2, 2, 2]
    for each, (_, _, named) in zip(ended, taken, strict=True):
        assert each.complaint.startswith("printserver: ")
        assert named in each.complaint
    assert [each.left for each in ended[:2]] == [[], []], "an emulated printer outlives the server that never was"
    assert running.await_settled(running.api.submit({}, GOOD).id).state == "completed"


def test_a_master_key_that_is_not_right_starts_nothing_and_is_not_mended(running: Site, tmp_path: Path) -> None:
    running.stop()
    wrongs: list[tuple[str, Callable[[Path], object], str]] = [
        ("readable", lambda key: key.chmod(0o644), "mode 0600"),
        ("missing", lambda key: key.unlink(), "is missing"),
    ]
    started = []
    for name, spoil, named in wrongs:
        data = Path(shutil.copytree(running.data, tmp_path / name))
        key = Path(shutil.copy2(running.data.with_name("d.key"), tmp_path / f"{name}.key"))
        spoil(key)
        process = begin("--port", free_port(), "--raw-port", 0, "--data", data)
        started.append((process, data, content_of(data), named))
    for process, data, before, named in started:
        ended = refused(process, data)
        assert (ended.code, ended.left) == (2, [])
        assert f"{data}.key: " in ended.complaint
        assert named in ended.complaint
        assert content_of(data) == before
    running.start()
    assert [job.state for job in running.api.jobs().jobs] == ["completed"] * 2
