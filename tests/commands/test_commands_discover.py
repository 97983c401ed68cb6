"""Looking for printers from the command line: through a server, and without one."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from printserver.commands import discover
from printserver.commands.discover import GROUNDS, lines
from printserver.model.discovery import Claim, Findings, FoundDevice, Ground
from printserver.model.printer import Tier
from printserver.web import adding_words
from tests.client.fake_print_server import FakePrintServer, json_answer
from tests.commands.command_kit import call
from tests.listeners.fake_discovery import EVERYTHING

NOBODY = "http://127.0.0.1:9"


def test_the_server_looks_and_the_answer_is_told(server: FakePrintServer) -> None:
    server.will_answer(json_answer(msgspec.to_builtins(EVERYTHING)))
    found = call("discover", "--network", "--all")
    assert found.code == 0, found.stderr
    [asked] = server.asked
    assert asked.path == "/api/v1/discover"
    assert json.loads(asked.body) == {"network": True, "everything": True, "at": ""}
    assert found.lines[:7] == [
        "usb:P100  Evolis Primacy",
        "  also: usblp:/dev/usb/lp0",
        "  driver evolis (Evolis), model primacy; emulated: works with this project's own emulator, never tried on a "
        "real printer",
        "  known by: maker's USB id 0f49, maker in the device id Evolis",
        "  to add it: printserver printer add NAME --driver evolis --model primacy --device usb:P100 --ribbon RIBBON",
        "",
        "usb:@1-1.2  Evolis Zenius",
    ]
    text = "\n".join(found.lines)
    assert "  is the printer left\n" in text
    assert "  2 drivers know it; choose one:\n" in text
    assert (
        "serial:/dev/ttyS0\n  no driver knows it\n"
        "  if you know what it is, add it: printserver printer add NAME --device serial:/dev/ttyS0 --driver ...\n"
    ) in text
    assert '  cannot be opened: put SUBSYSTEM=="usb" there\n  Give the right.\n' in text
    assert text.endswith("not looked at: network: zeroconf is not installed (install it)")
    assert text.count("to add it:") == 2


def test_json_is_what_was_found(server: FakePrintServer) -> None:
    server.will_answer(json_answer(msgspec.to_builtins(EVERYTHING)))
    assert msgspec.json.decode(call("discover", "--json").stdout, type=Findings) == EVERYTHING


def test_one_address_is_handed_on(server: FakePrintServer) -> None:
    server.will_answer(json_answer(msgspec.to_builtins(Findings())))
    assert call("discover", "tcp:192.0.2.7:9100").lines == ["No printer was found."]
    assert json.loads(server.asked[0].body)["at"] == "tcp:192.0.2.7:9100"


def test_an_answer_that_is_none_is_told(server: FakePrintServer) -> None:
    server.will_answer(json_answer({"devices": 7}))
    assert call("discover").code != 0


def test_a_server_that_was_named_and_is_not_there_is_an_error() -> None:
    found = call("discover", "--server", NOBODY)
    assert found.code == 3


def test_without_a_server_it_looks_by_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PRINTSERVER_SERVER", raising=False)
    asked: list[object] = []
    monkeypatch.setattr(discover, "_by_server", lambda server, looking, may_be_missing: asked.append(may_be_missing))
    found = call("discover", "tcp:127.0.0.1:9")
    assert asked == [True]
    assert found.code == 0
    assert "no server answers" in found.stderr
    assert b"connection refused" in found.stdout
    file = tmp_path / "server.toml"
    file.write_text(
        '[printer.desk]\ndriver = "evolis"\nmodel = "primacy"\nribbon = "KO"\ndevice = "tcp:127.0.0.1:9"\n'
        '[queue.card]\nprinters = ["desk"]\n'
    )
    found = call("discover", "tcp:127.0.0.1:9", "--here", "--config", file)
    assert found.lines == ["tcp:127.0.0.1:9", "  is the printer desk", "  no driver knows it"]
    assert found.stderr == ""
    assert asked == [True]


def test_what_cannot_be_looked_at_is_refused() -> None:
    found = call("discover", "192.0.2.0/24", "--here")
    assert found.code != 0
    assert "tcp:HOST:PORT" in found.stderr


def test_what_a_device_says_does_not_reach_the_shell_or_the_terminal() -> None:
    claim = Claim(driver="evolis", title="Evolis", tier=Tier.EMULATED, grounds=(Ground("mfg", "\x1b[2J"),))
    device = FoundDevice(device="usb:$(reboot) \u202e", transport="usb", title="\x1b]0;x", claims=(claim,))
    told = "\n".join(lines(Findings(devices=(device,))))
    assert "--device 'usb:$(reboot) '" in told


def test_page_and_command_have_words_for_the_same_grounds() -> None:
    assert set(GROUNDS) == set(adding_words.GROUNDS)
