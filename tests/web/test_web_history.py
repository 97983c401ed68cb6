"""What was printed and who had how many, on pages: found, filtered, led on from, in two languages, guarded."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from printserver.listeners.access.table import Identity, asked_by
from printserver.model.account import Role
from printserver.model.job import CardState, JobState
from printserver.model.quota import Holder
from printserver.model.ticket import Ticket
from tests.listeners.fake_supplies import FakeHistory
from tests.web.fake_reports import FakeReports
from tests.web.pages_kit import JAKARTA, Desk
from tests.web.pages_service import PagesFake

S = CardState


def past() -> tuple[Desk, FakeHistory]:
    service = PagesFake()
    good = service.put("Visitors", S.DONE, S.DONE, ticket=Ticket(name="Visitors", user="ani", department="front"))
    evil = service.put("\u202e<b>evil</b>", S.FAILED)
    nameless = service.put("", S.QUEUED, ticket=Ticket(name="", user=""))
    history = FakeHistory(good, evil, nameless)
    return Desk(service, history=history, reports=FakeReports()), history


def midnight(year: int, month: int, day: int) -> float:
    return datetime(year, month, day, tzinfo=JAKARTA).timestamp()


def test_each_job_is_told_with_its_state_its_sender_and_what_it_took() -> None:
    desk, _ = past()
    page = desk.get("/history")
    for words in ("Visitors job 1 Printed", "ani front", "IDR 17251.50", "evil</b> job 2 Failed",
                  "without a name job 3 Waiting"):  # fmt: skip
        assert words in page.text, words
    assert "<b>evil" not in page.html
    assert "\u202e" not in page.html
    assert page.html.count('<span class="state ') == 3, "each state has its sign beside its word"
    assert "Yang sudah dicetak" in desk.get("/history", accept_language="id").text


def test_a_form_is_looked_for_as_it_was_filled_in_and_stays_filled_in() -> None:
    desk, history = past()
    page = desk.get(
        "/history?name=vis&user=ani&department=&queue=card&printer=front-office&state=aborted"
        "&from=2026-11-01&to=2026-11-02&lang=en"
    )
    assert page.status == 200
    [asked] = history.asked
    assert (asked.name, asked.user, asked.department, asked.queue) == ("vis", "ani", "", "card")
    assert (asked.printer, asked.states) == ("front-office", frozenset({JobState.ABORTED}))
    assert (asked.since, asked.until) == (midnight(2026, 11, 1), midnight(2026, 11, 3)), "whole days of the site"
    assert 'autocomplete="off" value="ani"' in page.html
    assert '<option value="front-office" selected>' in page.html
    assert '<option value="aborted" selected>' in page.html
    file = "/api/v1/history.csv?name=vis&amp;user=ani&amp;queue=card&amp;printer=front-office"
    assert f'href="{file}&amp;from=2026-11-01&amp;to=2026-11-02&amp;state=aborted"' in page.html
    assert 'href="/history">All jobs again' in page.html
    assert "All jobs again" not in desk.get("/history?user=&name=").text


def test_one_goes_on_to_older_jobs_and_back_with_the_same_filter() -> None:
    desk, history = past()
    history.next = [41, None]
    assert 'href="/history?user=ani&amp;before=41">Older jobs' in desk.get("/history?user=ani").html
    page = desk.get("/history?user=ani&before=41")
    assert history.asked[-1].before == 41
    assert "Older jobs" not in page.text
    assert 'href="/history?user=ani">To the newest jobs' in page.html


def test_that_nothing_was_found_and_that_there_is_more_to_look_at_are_two_things() -> None:
    history = FakeHistory()
    desk = Desk(PagesFake(), history=history)
    assert "No job was found." in desk.get("/history?user=x").text
    history.next = [7]
    page = desk.get("/history?user=x")
    assert "Nothing was found among the jobs looked at so far." in page.text
    assert "before=7" in page.html


def test_what_cannot_be_looked_for_is_refused_in_words() -> None:
    desk, history = past()
    for query in ("from=yesterday", "state=lost", "before=0", f"name={'x' * 256}", "colour=red"):
        assert desk.get(f"/history?{query}").status == 400, query
    assert desk.get("/counts?by=printer").status == 400
    assert history.asked == []


def test_counts_are_told_by_person_or_department_with_their_sum() -> None:
    desk, history = past()
    page = desk.get("/counts?by=department&from=2026-11-01&to=2026-11-01")
    assert history.counted == [(Holder.DEPARTMENT, midnight(2026, 11, 1), midnight(2026, 11, 2))]
    assert "Department Ordered Good Spoiled ani 9 7 1 no longer known 2 2 0 All together 11 9 1" in page.text
    assert '<option value="department" selected>' in page.html
    assert "Person Ordered Good Spoiled" in desk.get("/counts").text
    assert "Semuanya 11 9 1" in desk.get("/counts", accept_language="id").text


def test_each_page_leads_to_the_others_that_there_are() -> None:
    desk, _ = past()
    for path in ("/", "/history", "/counts", "/report", "/purge", "/jobs/1"):
        html = desk.get(path).html
        for other in ("/", "/history", "/counts", "/report", "/wall"):
            assert f'<a href="{other}"' in html.partition('class="ways"')[2], (path, other)
        assert html.count('aria-current="page"') == (path not in ("/purge", "/jobs/1")), path
    bare = Desk(PagesFake()).get("/").html.partition('class="ways"')[2].partition("</nav>")[0]
    assert [each in bare for each in ("/history", "/counts", "/report", "/wall")] == [False, False, False, True]


def test_nobody_is_shown_the_way_to_a_page_that_they_may_not_see() -> None:
    desk, _ = past()
    with asked_by(Identity("sari", Role.SUBMIT)):
        html = desk.get("/history").html
    assert [f'href="{each}"' in html for each in ("/history", "/counts", "/report", "/purge")] == [True] + [False] * 3
    with asked_by(Identity("omar", Role.OPERATE)):
        html = desk.get("/history").html
    assert [f'href="{each}"' in html for each in ("/counts", "/report", "/purge")] == [True, True, False]
    with asked_by(Identity("", None)):
        assert 'class="ways"' not in desk.get("/history").html


def test_a_purged_job_is_found_without_its_names() -> None:
    service = PagesFake()
    job = service.put("Budi", S.DONE)
    purged = replace(job, purged=True, ticket=replace(job.ticket, name="", user=""))
    page = Desk(service, history=FakeHistory(purged)).get("/history")
    assert "without a name job 1 Printed" in page.text
    assert "Budi" not in page.text
