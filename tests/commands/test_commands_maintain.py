"""`printserver maintain`: the steps first, then the wish, then waiting until the printer says that it is done."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.client.fake_print_server import FakePrintServer, json_answer
from tests.commands.command_kit import call

WORK = {"action": "clean", "by": "ana", "began": "2026-01-01T00:00:00+00:00"}
ROW: dict[str, Any] = {
    "printer": "left", "work": None, "last": None,
    "actions": [{"action": "clean", "steps": ["Take the ribbon out."], "blanks": 0},
                {"action": "test-card", "steps": [], "blanks": 1}],
    "cleaning": {"cards": 0, "postponed": None},
}  # fmt: skip
PRINTERS = {"printers": [{"name": "left", "state": "busy", "needs_person": False}]}
WHO = ("--by", "ana", "--reason", "dust")


def ended(outcome: str, detail: str = "") -> dict[str, Any]:
    return ROW | {"last": {"action": "clean", "outcome": outcome, "detail": detail}}


def test_it_is_wanted_followed_and_ended(server: FakePrintServer) -> None:
    server.will_answer(
        json_answer(ROW | {"work": WORK | {"began": None}}, 202), json_answer(ROW | {"work": WORK}),
        json_answer(PRINTERS), json_answer(ended("done")),
    )  # fmt: skip
    found = call("maintain", "left", "clean", "--yes", *WHO)
    assert (found.code, found.lines) == (0, ["left is being cleaned", "left is cleaned"])
    first = server.asked[0]
    assert first.path == "/api/v1/printers/left/maintenance"
    assert json.loads(first.body) == {"action": "clean", "by": "ana", "reason": "dust"}


def test_what_the_printer_waits_for_is_told(server: FakePrintServer) -> None:
    waits = {"name": "left", "needs_person": True, "reason": {"code": "media-empty", "detail": "NO CARD"}}
    server.will_answer(
        json_answer(ROW, 202), json_answer(ROW | {"work": WORK}), json_answer({"printers": [waits]}),
        json_answer(ended("done")),
    )  # fmt: skip
    found = call("maintain", "left", "clean", "--yes")
    assert found.lines[0] == "left waits: no cards in the feeder (NO CARD)"


@pytest.mark.parametrize(("row", "words"), [
    (ended("doubt", "clean: the link is lost"), "nobody knows how it ended (clean: the link is lost)"),
    (ended("refused", "is not told to"), "is not told to"), (ROW, "the server has begun anew"),
])  # fmt: skip
def test_whatever_is_not_done_is_an_error(server: FakePrintServer, row: dict[str, Any], words: str) -> None:
    server.will_answer(json_answer(ROW, 202), json_answer(row))
    found = call("maintain", "left", "clean", "--yes", "--json")
    assert found.code == 1
    assert words in found.stderr


def test_the_steps_are_asked_for_first(server: FakePrintServer) -> None:
    server.will_answer(json_answer(ROW))
    found = call("maintain", "left", "clean")
    assert found.code != 0, "nobody said that everything is ready"
    assert "1. Take the ribbon out." in found.stderr
    assert [asked.method for asked in server.asked] == ["GET"]


def test_a_cleaning_by_hand_and_a_delay_are_told(server: FakePrintServer) -> None:
    later = ROW | {"cleaning": {"cards": 900, "postponed": 950}}
    server.will_answer(json_answer(ROW), json_answer(later))
    assert call("maintain", "left", "clean", "--by-hand").lines == ["left: 0 cards since it was cleaned"]
    found = call("maintain", "left", "clean", "--postpone", 50, *WHO)
    assert found.lines == ["left: 900 cards since it was cleaned; it may have 950"]
    assert [asked.path for asked in server.asked] == [
        "/api/v1/printers/left/cleaned", "/api/v1/printers/left/postpone-cleaning"
    ]
    assert json.loads(server.asked[1].body) == {"cards": 50, "by": "ana", "reason": "dust"}


@pytest.mark.parametrize("command", [
    ("left", "test-card", "--by-hand"), ("left", "clean", "--by-hand", "--postpone", "5"), ("left", "polish"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused_before_anything_is_sent(
    server: FakePrintServer, command: tuple[str, ...]
) -> None:
    assert call("maintain", *command).code == 2
    assert server.asked == []
