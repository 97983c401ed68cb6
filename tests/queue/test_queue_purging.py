"""Documents thrown away: as soon as a job is over where nothing is to be kept, and because a person wants it."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from printserver.errors import BadRequest, BadTicket, NameNeeded, NotPossibleNow, ReasonNeeded, UnknownJob
from printserver.model.job import CardState, Job
from printserver.model.ticket import Ticket
from printserver.queue import purging as purging_module
from printserver.queue.administering import Administration
from printserver.queue.purging import Purging, tells_of
from printserver.queue.retention import Retention
from printserver.queue.views import By, PurgeWanted
from tests.queue.queue_kit import World, world

OFFICE = By("records office", "asked for")
DAY = 86_400


def printed(here: World, **ticket: object) -> Job:
    job = here.submit(**ticket)  # type: ignore[arg-type]  # fields by name
    here.run_until(lambda: here.job(job).state.final)
    return here.job(job)


def followed(here: World) -> None:
    """Let the retention follow the journal as the daemon does."""
    here.service.on_event(Retention(here.life.keeper, lambda work, what: here.do(work)).heed)


def test_a_job_that_is_not_to_be_kept_goes_as_soon_as_it_is_over(tmp_path: Path) -> None:
    here = world(tmp_path, retention=0)
    followed(here)
    job = printed(here)
    here.run(1)
    assert here.job(job).purged
    assert not here.life.keeper.spool.names()


def test_a_ticket_may_ask_for_a_shorter_time_than_its_queue_and_not_for_a_longer_one(tmp_path: Path) -> None:
    here = world(tmp_path, retention=2)
    followed(here)
    job = printed(here, retention=2)
    assert here.job(printed(here, retention=0)).purged
    before, kept = here.jobs(), here.life.keeper.spool.names()
    with pytest.raises(BadTicket, match="queue card keeps documents for 2 days at most") as refused:
        printed(here, retention=3)
    assert (refused.value.where, refused.value.allowed) == ("retention", "0 to 2")
    assert (here.jobs(), here.life.keeper.spool.names()) == (before, kept)
    administration = Administration(here.life.keeper, here.life.board, here.service)
    here.do(administration.set_queue("card", OFFICE, {"retention": 1}))
    assert here.do(here.service.reprint(job.id, OFFICE)).ticket.retention == 2, "the store shortens it"


def test_within_its_checking_time_a_card_can_be_rejected_and_nothing_goes(tmp_path: Path) -> None:
    here = world(tmp_path, retention=0, checking_hours=1)
    followed(here)
    job = printed(here)
    here.run(1)
    assert not here.job(job).purged
    with pytest.raises(NotPossibleNow, match="checking time"):
        here.do(Purging(here.life.keeper).purge_job(job.id, OFFICE))
    here.do(here.service.reject(job.id, 1, OFFICE))
    here.run_until(lambda: here.job(job).state.final)
    assert (here.out(), here.job(job).purged) == (2, False)
    here.clock.advance(3600)
    here.do(Retention(here.life.keeper).purge())
    assert here.job(job).purged


def test_a_job_with_a_card_in_doubt_is_kept_however_old_it_is(tmp_path: Path) -> None:
    here = world(tmp_path, retention=0)
    job = here.submit()
    here.run_until(here.in_state(job, CardState.PRINTING))
    here.run_until(lambda: here.card(job).committed)
    here.cut()
    here.run_until(here.in_state(job, CardState.UNCERTAIN))
    here.clock.advance(9 * DAY)
    here.do(Retention(here.life.keeper).purge())
    found = here.do(Purging(here.life.keeper).purge_jobs(PurgeWanted(jobs=(job.id,)), OFFICE, here.wall()))
    assert (found.purged, [each.job for each in found.kept], here.job(job).purged) == ((), [job.id], False)


def test_name_and_reason_are_asked_for_always(tmp_path: Path) -> None:
    here = world(tmp_path)
    job, purging = printed(here), Purging(here.life.keeper)
    for by, error in ((By("anna"), ReasonNeeded), (By("anonymous", "why"), NameNeeded)):
        with pytest.raises(error):
            here.do(purging.purge_job(job.id, by))
        with pytest.raises(error):
            here.do(purging.purge_jobs(PurgeWanted(days=0), by, here.wall()))
    assert here.do(purging.purge_jobs(PurgeWanted(days=0, try_only=True), By(""), here.wall())).purged == (job.id,)
    assert not here.job(job).purged
    assert here.do(purging.purge_job(job.id, OFFICE)).purged
    assert (what := here.life.keeper.store.job_events(job.id)[-1]).what == "purged"
    assert what.data == {"by": OFFICE.name, "note": OFFICE.reason}


def test_jobs_are_chosen_by_person_by_age_by_queue_and_by_number(tmp_path: Path) -> None:
    here = world(tmp_path)
    purging = Purging(here.life.keeper)

    def would(**wanted: object) -> set[int]:
        found = here.do(purging.purge_jobs(PurgeWanted(try_only=True, **wanted), By(""), here.wall()))  # type: ignore[arg-type]  # fields by name
        assert found.next is None
        return set(found.purged)

    old = printed(here, user="eve")
    here.clock.advance(2 * DAY)
    new = printed(here, name="badge of Eve.png")
    other = printed(here, user="evelyn")
    assert (would(person="EVE"), would(person="eve", days=1), would(days=1)) == ({old.id, new.id}, {old.id}, {old.id})
    assert (would(person="eve", queue="badge"), would(jobs=(other.id,))) == (set(), {other.id})
    with pytest.raises(UnknownJob):
        would(jobs=(99,))
    for nothing in ({}, {"person": " - "}, {"queue": "card"}):
        with pytest.raises(BadRequest):
            would(**nothing)


def test_a_long_history_is_looked_through_piece_by_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging_module, "PAGE", 2)
    here = world(tmp_path)
    here.do(here.service.pause("card", OFFICE))
    jobs = [here.submit(user="eve") for _ in range(11)]
    wanted = PurgeWanted(person="eve", try_only=True)
    first = here.do(Purging(here.life.keeper).purge_jobs(wanted, By(""), here.wall()))
    assert (first.purged, len(first.kept), first.next) == ((), 10, jobs[1].id)
    rest = here.do(Purging(here.life.keeper).purge_jobs(replace(wanted, before=first.next), By(""), here.wall()))
    assert ([each.job for each in rest.kept], rest.next) == ([jobs[0].id], None)


@pytest.mark.parametrize(("person", "told"), [
    ("Eve Example", {"name": "badge-eve_example.png"}), ("EVE  example", {"user": "Eve.Example"}),
    ("Ève", {"name": "E\u0300ve"}), ("example", {"document_names": ("Example, Eve.pdf",)}),
])  # fmt: skip
def test_a_person_is_known_by_whole_words(person: str, told: dict[str, object]) -> None:
    assert tells_of(named(**told), person)
    assert not tells_of(named(**told), person[:-1])
    assert not tells_of(named(**told), f"{person} junior")


def named(**told: object) -> Job:
    ticket = Ticket(**told)  # type: ignore[arg-type]  # fields by name
    return Job(id=1, queue="card", state=None, reasons=(), ticket=ticket, created=0.0, changed=0.0, version=1)  # type: ignore[arg-type]  # only its names count
