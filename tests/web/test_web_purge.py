"""Throwing a person's documents away, on a page: shown first, then done with a name and a reason."""

from __future__ import annotations

from msgspec.structs import replace

from printserver.listeners.access.table import Identity, asked_by
from printserver.model.account import Role
from printserver.model.job import CardState
from printserver.queue.views import By, Purged, PurgeWanted
from tests.listeners.fake_purging import FakePurging
from tests.web.pages_kit import Desk, Fields
from tests.web.pages_service import PagesFake

S = CardState
ROSA = {"by": "rosa", "reason": "asked in writing"}


class Further(FakePurging):
    """It never comes to the end."""

    async def purge_jobs(self, wanted: PurgeWanted, by: By, now: float = 0.0) -> Purged:
        return replace(await super().purge_jobs(wanted, by), next=77)


def desk_of_two() -> Desk:
    service = PagesFake()
    service.put("Budi Teladan", S.DONE)
    service.put("Sari", S.DONE)
    service.put("Budi again", S.QUEUED)
    return Desk(service)


def test_a_look_shows_whose_documents_would_go_and_whose_would_not_and_does_nothing() -> None:
    desk = desk_of_two()
    assert "Whose documents are to be thrown away?" in desk.get("/purge").text
    page = desk.post("/purge", {"do": "look", "person": " budi ", "days": "", "queue": ""})
    assert page.status == 200
    [(_, wanted, _)] = desk.service.wishes
    assert wanted == PurgeWanted(person="budi", try_only=True)
    assert "The documents of this job would go" in page.text
    assert "Budi Teladan job 1" in page.text
    assert "Sari" not in page.text
    assert "The documents of this job are kept" in page.text
    assert 'href="/jobs/3"' in page.html
    assert page.html.count('name="chosen"') == 1
    assert page.field("chosen") == "1"
    assert not any(job.purged for job in desk.service.kept.values())
    again = desk.post("/purge", {"do": "look", "person": "budi"}, accept_language="id")
    assert "Dokumen 1 pekerjaan ini akan dibuang" in again.text


def test_what_was_shown_goes_with_a_name_and_a_reason() -> None:
    desk = desk_of_two()
    answer = desk.post("/purge", {"do": "purge-jobs", "chosen": ["1", "2", "1"], **ROSA})
    assert (answer.status, answer.header("location")) == (303, "/purge?did=purge-jobs")
    assert desk.service.wishes == [("purge-jobs", PurgeWanted(jobs=(1, 2)), By("rosa", "asked in writing"))]
    assert "The documents are thrown away." in desk.get("/purge?did=purge-jobs").text


def test_the_form_asks_for_name_and_reason() -> None:
    page = desk_of_two().post("/purge", {"do": "look", "person": "budi"})
    for name in ("by", "reason"):
        field = page.html.partition(f'<input name="{name}"')[2].partition(">")[0]
        assert "required" in field, name


def test_what_is_kept_since_it_was_shown_is_named() -> None:
    desk = desk_of_two()
    page = desk.post("/purge", {"do": "purge-jobs", "chosen": ["1", "3"], **ROSA})
    assert page.status == 200
    assert "Job 3" in page.text
    assert "it is not over" in page.text
    assert desk.service.kept[1].purged


def test_a_search_that_has_not_come_to_the_end_goes_on_from_there() -> None:
    desk = Desk(PagesFake(), purging=Further)
    page = desk.post("/purge", {"do": "look", "person": "nobody here", "queue": "card", "days": "3"})
    assert "Nothing was found among the jobs looked at so far." in page.text
    on = page.html.partition("Look among older jobs")[0].rpartition("<form")[2]
    for field in ('name="person" value="nobody here"', 'name="days" value="3"', 'name="queue" value="card"',
                  'name="before" value="77"'):  # fmt: skip
        assert field in on
    desk.post("/purge", {"do": "look", "person": "nobody here", "before": "77"})
    assert desk.service.wishes[-1][1] == PurgeWanted(person="nobody here", before=77, try_only=True)


def test_what_says_nothing_is_refused_and_nothing_is_done() -> None:
    desk = desk_of_two()
    forms: tuple[Fields, ...] = (
        {}, {"do": "look"}, {"do": "look", "days": "x"}, {"do": "look", "days": "36501"},
        {"do": "purge-jobs", **ROSA}, {"do": "purge-jobs", "chosen": "1x", **ROSA},
        {"do": "purge-jobs", "chosen": ["1"] * 501, **ROSA},
    )  # fmt: skip
    for form in forms:
        assert desk.post("/purge", form).status == 400, form
    assert desk.service.wishes == []


def test_only_who_may_throw_away_is_asked() -> None:
    desk = desk_of_two()
    with asked_by(Identity("omar", Role.OPERATE)):
        assert desk.get("/purge").status == 403
    with asked_by(Identity("ada", Role.ADMINISTER)):
        assert desk.get("/purge").status == 200
