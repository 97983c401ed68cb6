"""What the status page says of a queue that operators have told something."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from printserver.model.printer import QueueConfig, QueueNotes
from tests.web.pages_kit import Desk
from tests.web.pages_service import PagesFake

SAYINGS = {
    (True, False): "Prints",
    (True, True): "Paused: takes jobs, prints none",
    (False, False): "Takes no new jobs, prints those it has",
    (False, True): "Closed: takes no jobs, prints none",
}


def page_of(**changes: object) -> str:
    service = PagesFake()
    config: QueueConfig = replace(service.lines["card"], **changes)
    service.lines["card"] = config
    return Desk(service).get("/").text


@pytest.mark.parametrize(("accepting", "paused"), SAYINGS)
def test_whether_it_takes_jobs_and_whether_it_prints(accepting: bool, paused: bool) -> None:
    text = page_of(accepting=accepting, paused=paused)
    wanted = SAYINGS[accepting, paused]
    assert wanted in text
    assert not [other for other in SAYINGS.values() if other not in wanted and other in text and other != "Prints"]


def test_that_it_holds_new_jobs() -> None:
    held = "Each new job is held until somebody releases it."
    assert held in page_of(hold_new=True)
    assert held not in page_of()


def test_a_message_is_shown_and_harmless() -> None:
    text = page_of(notes=QueueNotes(message="the one <b>here</b>\u202e"))
    assert "the one <b>here</b>" in text
    assert "\u202e" not in text
