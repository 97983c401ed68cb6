"""Changing printers, and moving jobs, from the command line."""

from __future__ import annotations

import json

import pytest

from tests.client.fake_print_server import FakePrintServer, json_answer
from tests.commands.command_kit import call

ROW = {"id": 12, "state": "pending", "reasons": ["none"], "queue": "badge", "name": "Eva", "cards": {"queued": 2}}
WHO = ("--by", "ana", "--reason", "worn")
FRESH = ("--driver", "evolis", "--model", "zenius", "--device", "tcp:192.0.2.7:9100", "--ribbon", "KO")
TOLD = {"driver": "evolis", "model": "zenius", "device": "tcp:192.0.2.7:9100", "ribbon": "KO"}
CASES = [
    (("printer", "add", "fresh", *FRESH, "--option", "a=b=c"), "/printers",
     {"name": "fresh", **TOLD, "options": {"a": "b=c"}}),
    (("printer", "set", "left", "--stock", "composite"), "/printers/left/set", {"stock": "composite"}),
    (("printer", "retire", "left"), "/printers/left/retire", {}),
    (("printer", "replace", "left", "right"), "/printers/left/replace", {"new": "right"}),
    (("replace", "left", "fresh", *FRESH), "/printers/left/replace", {"new": "fresh", **TOLD}),
    (("move", "12", "--to", "badge"), "/jobs/12/move", {"queue": "badge"}),
]  # fmt: skip


@pytest.mark.parametrize(("command", "path", "body"), CASES, ids=range(len(CASES)))
def test_what_is_wanted_is_sent_and_told(
    server: FakePrintServer, command: tuple[str, ...], path: str, body: dict[str, object]
) -> None:
    server.will_answer(json_answer(ROW))
    found = call(*command, *WHO)
    assert found.code == 0, found.stderr
    assert found.lines
    [asked] = server.asked
    assert asked.path == "/api/v1" + path
    assert json.loads(asked.body) == {**body, "by": "ana", "reason": "worn"}


def test_several_jobs_are_moved_one_after_another(server: FakePrintServer) -> None:
    server.will_answer(json_answer(ROW), json_answer(ROW | {"id": 13}))
    found = call("move", 12, 13, "--to", "badge", "--json")
    assert [json.loads(line)["id"] for line in found.lines] == [12, 13]


@pytest.mark.parametrize("command", [
    ("move", "--to", "badge"), ("move", "12"), ("printer", "add", "x"), ("printer", "set", "x", "--option", "novalue"),
])  # fmt: skip
def test_what_is_left_out_is_refused_before_anything_is_sent(server: FakePrintServer, command: tuple[str, ...]) -> None:
    assert call(*command).code == 2
    assert server.asked == []


def test_what_a_printer_is_is_told(server: FakePrintServer) -> None:
    row = {
        "title": "Evolis", "model": "primacy", "driver": "evolis", "tier": "emulated", "device": "emulated",
        "stock": "cr80-pvc", "identity": {"serial": "SN-1", "firmware": ""}, "counters": {"cards": 7},
        "abilities": {
            "width": 1016, "height": 648, "dpi": 300, "cards_per_minute": 3, "duplex": True, "magnetic_tracks": 0,
            "panels": [{"name": "YMCKOK", "front": ["Y", "M", "C", "K", "O"], "back": ["K"]}],
        },
    }  # fmt: skip
    server.will_answer(json_answer(row), json_answer(row))
    found = call("printer", "show", "left")
    assert found.lines == [
        "model: Evolis primacy", "serial number: SN-1", "firmware: the printer does not tell",
        "driver: evolis, emulated", "device: emulated", "image: 1016 x 648 dots, 300 dpi, 86.0 x 54.9 mm",
        "speed: about 3 cards a minute", "sides: both in one pass", "tracks: none", "stock: cr80-pvc",
        "ribbon YMCKOK: Y M C K O | K", "counter cards: 7",
    ]
    assert json.loads(call("printer", "show", "left", "--json").lines[0]) == row
    assert [asked.path for asked in server.asked] == ["/api/v1/printers/left"] * 2
