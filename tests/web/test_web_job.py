"""A job's own page: pictures, cards, attempts and the story."""

from __future__ import annotations

import re

from msgspec.structs import replace

from printserver.model.job import Attempt, CardState, Mark, Reason
from printserver.model.ticket import Ticket
from tests.web.busy_day import busy_day
from tests.web.pages_kit import Desk
from tests.web.pages_service import NOW, PagesFake

S = CardState


def test_the_story_of_a_card_in_doubt_is_told_in_words() -> None:
    page = Desk(busy_day()).get("/jobs/16")
    assert page.title == "(1) needs you – Job 16 – Budi Teladan"
    for text in (
        "The job was accepted", "Card 1 : preparation began", "Card 1 : from here on a blank may be used cards 4711",
        "Card 1 : it is not known what became of it. The server was stopped while the card was in the printer",
        "The job is now: Stopped: needs you",
    ):  # fmt: skip
        assert text.replace(" :", ":") in page.text.replace(" :", ":"), text


def test_attempts_tell_marks_and_evidence() -> None:
    page = Desk(busy_day()).get("/jobs/16")
    for text in ("Attempt 1", "archive ( 0042A7 )", "a blank was taken in", "( cards 4711 )"):
        assert text in page.text, text


def test_an_ended_attempt_says_how() -> None:
    service = PagesFake()
    job = service.put("a", S.DONE)
    attempt = Attempt(
        number=1, printer="p", serial="", started=NOW - 9, ended=NOW, outcome="spoiled", reason=Reason("media-jam"),
        marks=(Mark("FLIP", NOW - 5),),
    )  # fmt: skip
    service.kept[1] = replace(job, cards=(replace(job.cards[0], attempts=(attempt,), unconfirmed=True),))
    page = Desk(service).get("/jobs/1")
    for text in ("spoiled", "A card is stuck.", "the card was turned over", "not confirmed by the printer"):
        assert text in page.text, text


def test_times_are_in_the_sites_zone_for_people_and_whole_for_programs() -> None:
    service = PagesFake()
    service.put("a", age=0.25)
    page = Desk(service).get("/jobs/1")
    assert '<time datetime="2026-09-21T21:13:20+07:00">21:13:20</time>' in page.html


def test_a_moment_of_another_day_names_the_day() -> None:
    service = PagesFake()
    service.put("a", age=86400 * 40)
    assert "12 Aug 2026, 21:13:20" in Desk(service).get("/jobs/1").text
    assert "12 Agu 2026, 21:13:20" in Desk(service).get("/jobs/1?lang=id").text


def test_both_sides_are_shown_large_with_words_for_who_does_not_see_them() -> None:
    service = PagesFake()
    service.put("a", sides=2)
    page = Desk(service).get("/jobs/1")
    assert 'src="/api/v1/jobs/1/cards/1/front.png"' in page.html
    assert 'alt="The back of the card as it is printed"' in page.html


def test_pictures_that_are_no_longer_kept_are_not_asked_for() -> None:
    service = PagesFake()
    job = service.put("a", S.DONE)
    service.kept[1] = replace(job, purged=True)
    page = Desk(service).get("/jobs/1")
    assert "The pictures are no longer kept" in page.text
    assert ".png" not in page.html


def test_a_job_of_many_cards_has_pages() -> None:
    service = PagesFake()
    service.put("many", *([S.QUEUED] * 60))
    desk = Desk(service)
    assert 'id="card-24"' in desk.get("/jobs/1").html
    assert 'id="card-25"' not in desk.get("/jobs/1").html
    second = desk.get("/jobs/1?from=25")
    assert 'id="card-25"' in second.html
    assert 'href="/jobs/1?from=49"' in second.html
    assert 'href="/jobs/1?from=1"' in second.html


def test_a_very_long_story_shows_its_end_and_says_so() -> None:
    service = PagesFake()
    service.put("a")
    for number in range(400):
        service.happen("job", "1", "held", by=f"clerk {number}")
    page = Desk(service).get("/jobs/1?from=1")
    assert "clerk 399" in page.text
    assert "clerk 99 " not in page.text
    assert "Newest lines" not in page.text
    [earlier] = re.findall(r'href="(/jobs/1\?from=1&amp;before=\d+)#story-title">Earlier lines', page.html)
    former = Desk(service).get(earlier.replace("&amp;", "&"))
    assert "clerk 99 " in former.text
    assert "clerk 100" not in former.text
    assert "Earlier lines" not in former.text
    assert 'href="/jobs/1?from=1#story-title">Newest lines' in former.html


def test_names_and_reasons_of_people_stand_in_the_story() -> None:
    service = PagesFake()
    service.put("a")
    service.happen("job", "1", "cancel-wanted", by="Sari", note="wrong <photo>")
    page = Desk(service).get("/jobs/1")
    assert "Somebody asked to cancel the job by Sari wrong <photo>" in page.text
    assert "<photo>" not in page.html


def test_a_reprint_names_the_job_it_repeats() -> None:
    service = PagesFake()
    service.put("a", S.DONE)
    service.put("a", ticket=Ticket(name="a", reprint_of=1))
    assert 'Prints again</dt><dd><a href="/jobs/1">job 1</a>' in Desk(service).get("/jobs/2").html


def test_a_job_whose_documents_still_come_is_shown() -> None:
    service = PagesFake()
    job = service.put("a")
    service.kept[1] = service._rolled(replace(job, cards=(), documents=(), incoming=True))
    page = Desk(service).get("/jobs/1")
    assert "Its documents are still being sent" in page.text
    assert "no cards yet" in page.text
