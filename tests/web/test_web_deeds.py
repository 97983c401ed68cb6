"""What people do on the pages: asked twice where a card is at stake, done once, written down with name and reason."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from printserver.errors import DocumentBroken
from printserver.lifecycle import CardEvent
from printserver.model.job import CardState, JobState, Reason
from printserver.model.printer import Decisions, PrinterState
from printserver.queue.views import By, Decided, OpenWish, Verdict
from printserver.queue.views import Deed as WishedDeed
from tests.web.busy_day import WARNINGS
from tests.web.pages_kit import Answer, Desk, Fields
from tests.web.pages_service import PagesFake

S = CardState
SARI: Fields = {"by": "Sari", "reason": "asked by phone"}


@pytest.fixture
def service() -> PagesFake:
    return PagesFake()


@pytest.fixture
def desk(service: PagesFake) -> Desk:
    return Desk(service)


def card_of(page: Answer) -> str:
    return page.field("card")


# jobs


@pytest.mark.parametrize(("deed", "after"), [("hold", JobState.HELD), ("cancel", JobState.CANCELED)])
def test_a_job_is_held_or_cancelled_with_name_and_reason(
    desk: Desk, service: PagesFake, deed: str, after: JobState
) -> None:
    service.put("a")
    answer = desk.post(f"/jobs/1/{deed}", SARI)
    assert (answer.status, answer.header("location")) == (303, f"/?did={deed}&job=1")
    assert service.kept[1].state is after
    assert service.wishes == [(deed, 1, By("Sari", "asked by phone"))]


def test_a_held_job_is_released(desk: Desk, service: PagesFake) -> None:
    service.put("a")
    desk.post("/jobs/1/hold", {})
    assert 'action="/jobs/1/release"' in desk.get("/").html
    assert desk.post("/jobs/1/release", {}).status == 303
    assert service.kept[1].state is JobState.PENDING


def test_a_held_job_with_warnings_is_released_only_after_they_were_seen(desk: Desk, service: PagesFake) -> None:
    service.put("a")
    desk.post("/jobs/1/hold", {})
    service.warned[1] = WARNINGS
    asked = desk.post("/jobs/1/release", {})
    assert asked.status == 409
    assert 'id="error"' in asked.html  # the dialog shows what an error's answer names so
    for told in ("2 warnings about its panels", "Print that is too small for resin", "Make the text larger or bolder"):
        assert told in asked.text, told
    assert not [wish for wish in service.wishes if wish[0] == "release"]
    assert desk.post("/jobs/1/release", {"seen": asked.field("seen"), **SARI}).status == 303
    assert service.kept[1].state is JobState.PENDING
    assert service.wishes[-1][2] == By("Sari", "asked by phone")


def test_the_page_that_asks_for_a_release_shows_the_warnings(desk: Desk, service: PagesFake) -> None:
    service.put("a")
    desk.post("/jobs/1/hold", {})
    assert "Nothing about these panels looks wrong." in desk.get("/jobs/1/release").text
    service.warned[1] = WARNINGS[:1]
    page = desk.get("/jobs/1/release")
    assert (page.status, 'id="ask"' in page.html) == (200, True)
    assert "One warning about its panels" in page.text


def test_a_held_job_that_nobody_can_look_at_is_released_and_fails_by_itself(desk: Desk, service: PagesFake) -> None:
    service.put("a")
    desk.post("/jobs/1/hold", {})
    service.blind = DocumentBroken()
    assert desk.post("/jobs/1/release", {}).status == 303


def test_who_gives_no_name_is_anonymous(desk: Desk, service: PagesFake) -> None:
    service.put("a")
    desk.post("/jobs/1/hold", {})
    assert service.wishes[0][2] == By("anonymous", "")


def test_a_name_is_remembered_and_used_where_no_form_asks(desk: Desk, service: PagesFake) -> None:
    service.put("a")
    answer = desk.post("/jobs/1/cancel", {"by": "Sari & co"})
    cookie = next(value for value in answer.headers["set-cookie"] if value.startswith("by="))
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    kept = cookie.partition(";")[0]
    service.put("b")
    assert 'value="Sari &amp; co"' in desk.get("/jobs/2/cancel", cookie=kept).html
    desk.post("/jobs/2/hold", {}, cookie=kept)
    assert service.wishes[-1] == ("hold", 2, By("Sari & co", ""))


def test_what_was_done_is_said_afterwards_and_nothing_else_can_be_put_there(desk: Desk, service: PagesFake) -> None:
    service.put("a")
    assert "Job 1 : The job is on hold." in desk.get("/?did=hold&job=1").text
    assert 'class="notice" role="status" tabindex="-1"></div>' in desk.get("/?did=<b>owned</b>&job=1").html
    assert "owned" not in desk.get("/?did=hold&job=owned").html


ELSEWHERE = ["https://elsewhere.example/", "//elsewhere.example", "/jobs/1/../../x", "javascript:1"]


@pytest.mark.parametrize("back", ELSEWHERE)
def test_nobody_is_led_elsewhere(desk: Desk, service: PagesFake, back: str) -> None:
    service.put("a")
    assert desk.post("/jobs/1/hold", {"back": back}).header("location") == "/?did=hold&job=1"


def test_who_came_from_the_job_goes_back_to_it(desk: Desk, service: PagesFake) -> None:
    service.put("a", S.DONE)
    assert 'href="/jobs/1/reject?back=/jobs/1"' in desk.get("/jobs/1").html
    assert desk.get("/jobs/1/reject?back=/jobs/1").field("back") == "/jobs/1"
    form = {"back": "/jobs/1", "card": card_of(desk.get("/jobs/1/reject"))}
    assert desk.post("/jobs/1/reject", form).header("location") == "/jobs/1?did=reject&job=1"


def test_asking_changes_nothing(desk: Desk, service: PagesFake) -> None:
    service.put("a")
    service.put("b", S.DONE)
    service.put("c", S.UNCERTAIN)
    for path in ("/jobs/1/cancel", "/jobs/1/hold", "/jobs/2/reprint", "/jobs/2/reject", "/jobs/3/settle"):
        assert desk.get(path).status == 200, path
    assert service.wishes == []


def test_a_deed_that_makes_no_sense_any_more_is_answered_in_words(desk: Desk, service: PagesFake) -> None:
    service.put("a", S.DONE)
    for answer in (desk.get("/jobs/1/cancel"), desk.post("/jobs/1/cancel", {})):
        assert answer.status == 409
        assert "What was asked does not fit the state that the job or card is in" in answer.text


def test_an_unknown_job_is_a_page_in_words(desk: Desk) -> None:
    answer = desk.get("/jobs/77")
    assert answer.status == 404
    assert "There is no job of this number" in answer.text


# printing again


def test_a_form_that_makes_new_cards_counts_once(desk: Desk, service: PagesFake) -> None:
    service.put("a", S.DONE)
    token = desk.get("/jobs/1/reprint").field("token")
    first = desk.post("/jobs/1/reprint", {"token": token, "copies": "2", **SARI})
    assert first.header("location") == "/?did=reprint&job=2"
    second = desk.post("/jobs/1/reprint", {"token": token, "copies": "2", **SARI})
    assert second.status == 409
    assert [what for what, _, _ in service.wishes] == ["reprint"]
    assert service.keys == [f"form {token}"]  # which the store knows after a restart, when this page does not any more
    assert len(service.kept[2].cards) == 2


def test_a_reprint_without_the_forms_token_is_refused(desk: Desk, service: PagesFake) -> None:
    service.put("a", S.DONE)
    assert desk.post("/jobs/1/reprint", {"copies": "1"}).status == 400
    assert service.wishes == []


def test_a_reprint_that_failed_can_be_sent_again(desk: Desk, service: PagesFake) -> None:
    service.put("a", S.DONE)
    token = desk.get("/jobs/1/reprint").field("token")
    assert desk.post("/jobs/1/reprint", {"token": token, "copies": "0"}).status == 400
    assert desk.post("/jobs/1/reprint", {"token": token, "copies": "1"}).status == 303


def test_a_queue_that_wants_a_reason_says_so_on_the_form(desk: Desk, service: PagesFake) -> None:
    service.put("a", S.DONE)
    for deed in ("reprint", "reject"):
        assert "Reason or note" in desk.get(f"/jobs/1/{deed}").text
    service.lines["card"] = replace(service.lines["card"], decisions=Decisions.REASON)
    for deed in ("reprint", "reject"):
        page = desk.get(f"/jobs/1/{deed}")
        for field in ('autocomplete="off" required', 'autocomplete="name" value="" required'):
            assert page.html.count(field) == 1
        assert "Reason or note" not in page.text


def test_what_waits_for_a_second_person_is_on_the_jobs_page(desk: Desk, service: PagesFake) -> None:
    service.put("a", S.DONE, S.UNCERTAIN)
    decided = (
        Decided(deed=WishedDeed.REPRINT, copies=2), Decided(deed=WishedDeed.REJECT, card=1),
        Decided(deed=WishedDeed.SETTLE, card=2, verdict=Verdict.QUEUED),
    )  # fmt: skip
    numbers = [7, 8, 9]
    service.asked_wishes = [
        OpenWish(id=number, at=0.0, decided=each, by="Anna", reason="lost <b>in</b> the post")
        for number, each in zip(numbers, decided, strict=True)
    ]
    page = desk.get("/jobs/1")
    for told in (
        "Waits for a second person", "Print this job again, 2 copies", "Reject card 1", "It was never printed",
        "Asked for by Anna", "lost <b>in</b> the post",
    ):  # fmt: skip
        assert told in page.text, told
    for number, do in zip(numbers, ("confirm", "withdraw"), strict=False):
        assert f'action="/jobs/1/wishes/{number}"' in page.html
        answer = desk.post(f"/jobs/1/wishes/{number}", {"do": do, "back": "/jobs/1", **SARI})
        assert answer.header("location") == f"/jobs/1?did={do}&job=1"
    assert service.wishes_ended == [
        (do, number, By("Sari", "asked by phone"))
        for number, do in zip(numbers, ("confirm", "withdraw"), strict=False)
    ]
    assert desk.post(f"/jobs/1/wishes/{numbers[0]}", {"do": "confirm", **SARI}).status == 409
    assert desk.post(f"/jobs/1/wishes/{numbers[2]}", {"do": "else", **SARI}).status == 400


# cards


@pytest.mark.parametrize(
    ("verdict", "after"),
    [("done", S.DONE), ("spoiled", S.QUEUED), ("queued", S.QUEUED), ("abandon", S.FAILED)],
)
def test_a_person_settles_a_card(desk: Desk, service: PagesFake, verdict: str, after: CardState) -> None:
    service.put("Budi", S.UNCERTAIN, reason=Reason("interrupted"))
    asked = desk.get("/jobs/1/settle")
    assert 'src="/api/v1/jobs/1/cards/1/front.png"' in asked.html
    for told in ("It is printed and good", "print it again", "It was never printed", "Give this card up"):
        assert told in asked.text
    answer = desk.post("/jobs/1/settle", {"card": card_of(asked), "verdict": verdict, **SARI})
    assert answer.status == 303
    assert service.kept[1].cards[0].state is after
    assert service.wishes == [("settle", (1, 1, Verdict(verdict)), By("Sari", "asked by phone"))]


def test_several_cards_are_settled_at_once_by_ticks(desk: Desk, service: PagesFake) -> None:
    service.put("many", S.UNCERTAIN, S.UNCERTAIN, S.UNCERTAIN, reason=Reason("awaiting-check"))
    page = desk.get("/jobs/1/settle")
    assert page.html.count('type="checkbox"') == 3
    assert "checked" not in page.html
    version = service.kept[1].cards[0].version
    desk.post("/jobs/1/settle", {"card": [f"1:{version}", f"3:{version}"], "verdict": "done"})
    assert [card.state for card in service.kept[1].cards] == [S.DONE, S.UNCERTAIN, S.DONE]


def test_a_verdict_on_an_older_doubt_is_not_taken_for_a_newer_one(desk: Desk, service: PagesFake) -> None:
    service.put("Budi", S.UNCERTAIN)
    old = card_of(desk.get("/jobs/1/settle"))
    desk.post("/jobs/1/settle", {"card": old, "verdict": "queued"})
    for event in (CardEvent.RENDER, CardEvent.RENDERED, CardEvent.START, CardEvent.DOUBT):
        service.step(1, 1, event)
    assert service.kept[1].cards[0].state is S.UNCERTAIN
    answer = desk.post("/jobs/1/settle", {"card": old, "verdict": "queued"})
    assert answer.status == 409
    assert "has moved on since this page was shown" in answer.text
    assert service.kept[1].cards[0].state is S.UNCERTAIN


@pytest.mark.parametrize("form", [{}, {"verdict": "done"}, {"card": "1:3"}, {"card": "1:3", "verdict": "maybe"},
                                  {"card": "x", "verdict": "done"}, {"card": "9:1", "verdict": "done"}])  # fmt: skip
def test_a_half_filled_form_settles_nothing(desk: Desk, service: PagesFake, form: Fields) -> None:
    service.put("Budi", S.UNCERTAIN)
    assert desk.post("/jobs/1/settle", form).status in (400, 404)
    assert service.wishes == []


def test_a_finished_card_is_rejected_and_only_one_at_a_time(desk: Desk, service: PagesFake) -> None:
    service.put("a", S.DONE, S.DONE)
    page = desk.get("/jobs/1/reject")
    assert page.html.count('type="radio" name="card"') == 2
    both = [f"{card.number}:{card.version}" for card in service.kept[1].cards]
    assert desk.post("/jobs/1/reject", {"card": both}).status == 400
    assert desk.post("/jobs/1/reject", {"card": both[1], **SARI}).status == 303
    assert [card.state for card in service.kept[1].cards] == [S.DONE, S.QUEUED]
    assert desk.post("/jobs/1/reject", {"card": both[1], **SARI}).status == 409  # the back key, and once more


# queues and printers


def test_a_queue_is_paused_and_resumed(desk: Desk, service: PagesFake) -> None:
    assert desk.post("/queues/card/pause", {}).header("location") == "/?did=pause"
    assert "Paused: takes jobs, prints none" in desk.get("/?did=pause").text
    desk.post("/queues/card/resume", {})
    assert service.lines["card"].paused is False
    assert desk.post("/queues/other/pause", {}).status == 404


def blocked(service: PagesFake, reason: str, since: float) -> None:
    service.set_printer(
        "front-office", state=PrinterState.BLOCKED, needs_person=True, reason=Reason(reason), since=since
    )


def test_a_printer_is_told_to_go_on_after_a_second_question(desk: Desk, service: PagesFake) -> None:
    blocked(service, "media-jam", 1.0)
    asked = desk.get("/printers/front-office/clear")
    assert "A card is stuck." in asked.text
    assert "Say this only after you have looked" in asked.text
    assert desk.post("/printers/front-office/clear", {"seen": asked.field("seen"), **SARI}).status == 303
    assert service.wishes == [("clear", "front-office", By("Sari", "asked by phone"))]


def test_a_word_about_one_complaint_is_not_taken_for_the_next(desk: Desk, service: PagesFake) -> None:
    blocked(service, "cover-open", 1.0)
    seen = desk.get("/printers/front-office/clear").field("seen")
    blocked(service, "media-jam", 2.0)
    answer = desk.post("/printers/front-office/clear", {"seen": seen})
    assert answer.status == 409
    assert service.wishes == []


def test_name_and_reason_are_needed_to_clear_a_printer_of_a_queue_that_wants_them(
    desk: Desk, service: PagesFake
) -> None:
    service.set_printer("front-office", state=PrinterState.BLOCKED, reason=Reason("card-path"))
    assert "required" not in desk.get("/printers/front-office/clear").html
    service.lines["card"] = replace(service.lines["card"], decisions=Decisions.REASON)
    assert desk.get("/printers/front-office/clear").html.count(" required>") == 2


def test_a_printer_that_is_well_is_not_cleared(desk: Desk, service: PagesFake) -> None:
    assert desk.post("/printers/front-office/clear", {"seen": ""}).status == 409
    assert service.wishes == []


# where forms may come from


@pytest.mark.parametrize("headers", [{"origin": "https://elsewhere.example"}, {"sec_fetch_site": "cross-site"}])
def test_a_form_of_another_site_changes_nothing(desk: Desk, service: PagesFake, headers: dict[str, str]) -> None:
    service.put("a")
    assert desk.post("/jobs/1/cancel", {}, **headers).status == 403
    assert service.kept[1].state is JobState.PENDING


def test_a_form_of_this_site_is_taken(desk: Desk, service: PagesFake) -> None:
    service.put("a")
    own = {"origin": "http://localhost:8631", "sec_fetch_site": "same-origin"}
    assert desk.post("/jobs/1/cancel", {}, **own).status == 303


@pytest.mark.parametrize("form", [{"by": ["a", "b"]}, {"reason": "x" * 256}])
def test_a_form_with_doubled_or_endless_fields_is_refused(desk: Desk, service: PagesFake, form: Fields) -> None:
    service.put("a")
    assert desk.post("/jobs/1/cancel", form).status == 400
    assert service.wishes == []


def test_documents_are_thrown_away_on_the_jobs_own_page_with_name_and_reason(desk: Desk, service: PagesFake) -> None:
    service.put("a", S.DONE)
    assert 'action="/jobs/1/purge"' not in desk.get("/").html
    assert "/jobs/1/purge" in desk.get("/jobs/1").html
    asked = desk.get("/jobs/1/purge").html
    assert all(f'name="{field}"' in asked for field in ("by", "reason"))
    assert desk.post("/jobs/1/purge", SARI).status == 303
    assert service.wishes == [("purge-job", 1, By("Sari", "asked by phone"))]
    assert "/jobs/1/purge" not in desk.get("/jobs/1").html
    assert desk.get("/jobs/1/reprint").status == 410
    assert desk.get("/jobs/1/purge").status == 409
