"""`printserver queue`: what is asked of the server, and what is refused before it is asked."""

from __future__ import annotations

import pytest

from tests.client.fake_print_server import FakePrintServer, json_answer
from tests.commands.command_kit import call

ROW = {
    "name": "desk", "printers": ["left"], "attended": True, "hours": "Mon-Fri 07:00-17:00", "on_error": "skip",
    "max_attempts": 2,
}  # fmt: skip


def test_a_queue_is_added_with_the_policies_that_are_given_alone(server: FakePrintServer) -> None:
    server.will_answer(json_answer(ROW, 201))
    found = call("queue", "add", "desk", "--printer", "left", "--attended", "--on-error", "skip", "--by", "Ana")
    assert found.out == "queue desk: to left, attended, prints Mon-Fri 07:00-17:00, on error skip, 2 attempts\n"
    [asked] = server.asked
    assert asked.path == "/api/v1/queues"
    assert asked.json() == {
        "name": "desk", "printers": ["left"], "attended": True, "on_error": "skip", "by": "Ana"
    }  # fmt: skip


def test_what_is_set_is_sent_also_where_it_is_empty(server: FakePrintServer) -> None:
    server.will_answer(json_answer(ROW))
    assert call("queue", "set", "desk", "--unattended", "--hours", "", "--by", "Ana", "--json").json() == ROW
    [asked] = server.asked
    assert asked.path == "/api/v1/queues/desk"
    assert asked.json() == {"attended": False, "hours": "", "by": "Ana"}


@pytest.mark.parametrize(
    "words",
    [("set", "desk"), ("set", "desk", "--hours", "always"), ("set", "desk", "--max-attempts", 0), ("add", "desk"),
     ("add", "desk", "--printer", "left", "--on-error", "explode")],
)  # fmt: skip
def test_misuse_asks_the_server_nothing(words: tuple[object, ...], server: FakePrintServer) -> None:
    found = call("queue", *words)
    assert found.code == 2
    assert found.complaint()
    assert server.asked == []


def test_a_queue_outside_its_hours_says_until_when(server: FakePrintServer) -> None:
    row = {"name": "card", "paused": False, "waiting": 1, "printers": ["left"], "opens": "2026-01-05T07:00:00+07:00"}
    server.will_answer(json_answer({"queues": [row]}))
    assert "closed until 2026-01-05T07:00:00+07:00" in call("queues").lines[1]
