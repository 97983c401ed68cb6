"""Who decides, and why: a queue that wants a name and a reason gets them before anything happens."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from printserver.errors import NameNeeded, ReasonNeeded
from printserver.model.job import CardState, Job
from printserver.model.printer import Decisions
from printserver.queue.deciding import check_said
from printserver.queue.views import By, Verdict
from tests.queue.queue_kit import ANNA, World, world

Decision = Callable[[World, Job, By], Coroutine[Any, Any, Job]]

DECISIONS: list[tuple[Decision, CardState]] = [
    (lambda here, job, by: here.service.reprint(job.id, by), CardState.DONE),
    (lambda here, job, by: here.service.reprint(job.id, by, copies=3), CardState.DONE),
    (lambda here, job, by: here.service.reject(job.id, 1, by), CardState.DONE),
    *((lambda here, job, by, verdict=verdict: here.service.settle(job.id, 1, verdict, by), CardState.UNCERTAIN)
      for verdict in Verdict),
]  # fmt: skip
UNNAMED = ["", " ", "anonymous", "Anonymous ", "nobody", "-", "\u200b"]
UNSAID = ["", "  ", ".", "-", "\n"]


def card_in(here: World, state: CardState) -> Job:
    here.printer.swallows = int(state is CardState.UNCERTAIN)
    job = here.submit()
    here.run_until(here.in_state(job, state))
    return job


@pytest.mark.parametrize(("decide", "state"), DECISIONS)
def test_a_queue_that_wants_a_reason_does_nothing_without_name_and_reason(
    tmp_path: Path, decide: Decision, state: CardState
) -> None:
    here = world(tmp_path, decisions=Decisions.REASON)
    job = card_in(here, state)
    rows, jobs, out = here.life.keeper.store.last_event(), len(here.jobs()), here.out()
    for name in UNNAMED:
        with pytest.raises(NameNeeded):
            here.do(decide(here, job, By(name, "a scratch")))
    for reason in UNSAID:
        with pytest.raises(ReasonNeeded):
            here.do(decide(here, job, By("anna", reason)))
    here.run(60)
    assert (here.state(job), len(here.jobs()), here.out()) == (state, jobs, out)
    told = [row.kind for row in here.life.keeper.store.events(rows, 100)]
    assert not {"job", "card"} & set(told)
    here.do(decide(here, job, By("anna", "a scratch")))


@pytest.mark.parametrize(("decide", "state"), DECISIONS)
def test_a_free_queue_asks_nothing(tmp_path: Path, decide: Decision, state: CardState) -> None:
    here = world(tmp_path)
    job = card_in(here, state)
    here.do(decide(here, job, By("")))


def test_what_sends_a_reprint_again_needs_no_reason_for_what_was_done(tmp_path: Path) -> None:
    here = world(tmp_path, decisions=Decisions.REASON)
    job = card_in(here, CardState.DONE)
    again = here.do(here.service.reprint(job.id, ANNA, key="k"))
    assert here.do(here.service.reprint(job.id, By(""), key="k")).id == again.id


def test_the_journal_says_who_had_a_job_printed_again_and_why_and_nothing_else_keeps_it(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = card_in(here, CardState.DONE)
    again = here.do(here.service.reprint(job.id, By("anna", "lost in the post")))
    [row] = [row for row in here.life.keeper.store.job_events(again.id) if row.what == "accepted"]
    assert (row.data["by"], row.data["note"], row.data["reprint-of"]) == ("anna", "lost in the post", job.id)
    assert "lost" not in here.job(again).origin
    [first] = [row for row in here.life.keeper.store.job_events(job.id) if row.what == "accepted"]
    assert not {"by", "note"} & set(first.data)


@pytest.mark.parametrize("name", UNNAMED)
def test_free_takes_whatever_it_is_told(name: str) -> None:
    check_said(Decisions.FREE, By(name))
