"""The status page: what a person sees of printers, queues and jobs, in words."""

from __future__ import annotations

from msgspec.structs import replace

from printserver.errors import StoreBusy
from printserver.lifecycle import CardEvent
from printserver.model.alert import Alert, AlertKind
from printserver.model.holding import HeldFor
from printserver.model.job import CardState, Reason
from printserver.model.printer import PrinterState, Tier
from printserver.model.ticket import Ticket
from tests.web.busy_day import busy_day
from tests.web.pages_kit import Desk
from tests.web.pages_service import NOW, PagesFake, abilities, printer

S = CardState


def test_an_empty_server_says_so() -> None:
    page = Desk(PagesFake()).get("/")
    assert page.status == 200
    assert page.title == "Front desk"
    for text in ("Nothing needs you", "No job waits.", "No job is finished yet."):
        assert text in page.text


def test_a_quiet_printer_shows_supplies_and_how_far_it_is_proven() -> None:
    page = Desk(PagesFake()).get("/")
    for text in (
        "front-office simulated Ready", "Ribbon YMCKO 64 of 300", "Blank cards 9 of 100 low",
        "Until cleaning the printer does not tell", "Tried on an emulator", "watch the first cards",
        "No command of this driver has been tried on a real printer by this project.",
        "its cards are pictures, not plastic",
    ):  # fmt: skip
        assert text in page.text, text


def test_a_real_printer_is_not_called_simulated() -> None:
    service = PagesFake(printer("workshop", device="usb:0042"))
    service.set_printer("workshop", tier=Tier.PROVEN)
    assert "simulated" not in Desk(service).get("/").text


def test_what_needs_a_person_stands_on_top_in_the_title_and_is_read_out() -> None:
    page = Desk(busy_day()).get("/")
    assert page.title == "(2) need you – Front desk"
    assert 'role="status" aria-live="polite">2 things need you. Budi Teladan: The server was stopped' in page.html
    assert page.html.index('id="needs"') < page.html.index('id="printer-front-office"')
    assert "Say what happened" in page.text


def test_an_attended_queue_that_keeps_hours_says_so_and_why_its_jobs_wait() -> None:
    service = PagesFake()
    attended = service.put("Budi", S.QUEUED)
    service.kept[attended.id] = service._rolled(replace(attended, hold=True, held_for=HeldFor.RELEASE))
    service.put("Sari", S.QUEUED)
    service.lines["card"] = replace(service.lines["card"], attended=True, hours="Mon-Fri 07:00-17:00")
    service.opens["card"] = NOW + 3600
    page = Desk(service).get("/")
    assert "Outside its hours: takes jobs, prints again from" in page.text
    assert "Attended: each new job waits until somebody at the printer releases it." in page.text
    assert "Prints Mon-Fri 07:00-17:00" in page.text
    assert "Waits until somebody at the printer releases it. Go to the printer" in page.text
    assert 'action="/jobs/1/release"' in page.html
    assert page.title == "(1) needs you – Front desk"
    assert "Go to the printer" in page.row("need-job-1")
    assert 'id="need-release-1"' in page.row("need-job-1")
    assert "Its queue prints at other hours" in page.row("job-2")
    assert "Mencetak Sen-Jum 07:00-17:00" in Desk(service).get("/", accept_language="id").text
    service.opens.clear()
    page = Desk(service).get("/")
    assert "Outside its hours" not in page.text
    assert "Its queue prints at other hours" not in page.row("job-2")


def test_a_job_that_is_held_for_a_card_that_was_spoiled_too_often_needs_a_person_who_may_release_it() -> None:
    service = PagesFake()
    job = service.put("Budi", S.DONE, S.QUEUED, reason=Reason("card-jam", "ERR CARD"))
    service.kept[job.id] = service._rolled(replace(job, hold=True, held_for=HeldFor.ATTEMPTS))
    desk = Desk(service)
    page = desk.get("/")
    assert page.title == "(1) needs you – Front desk"
    assert "Budi job 1, card 2 A card of this job was spoiled too often. Look at the printer" in page.text
    assert "ERR CARD" in page.text
    assert page.html.count('action="/jobs/1/release"') == 2, "beside the need, and on its row"
    assert "/jobs/1/settle" not in page.html
    assert "A card of this job was spoiled too often" in page.row("job-1")
    service.kept[job.id] = service._rolled(replace(job, hold=True))
    assert "Nothing needs you" in desk.get("/").text


def test_a_printer_that_stands_for_a_card_in_doubt_is_one_need_and_not_two() -> None:
    service = PagesFake()
    service.put("Budi", S.UNCERTAIN, reason=Reason("interrupted"))
    service.set_printer(
        "front-office", state=PrinterState.STOPPED, needs_person=True, reason=Reason("card-uncertain", "1/1")
    )
    assert Desk(service).get("/").title == "(1) needs you – Front desk"


def test_a_printer_that_waits_with_a_card_inside_needs_a_person_and_offers_no_button() -> None:
    service = PagesFake()
    service.put("Library", S.BLOCKED, reason=Reason("cover-open", "ERR COVER"))
    service.set_printer("front-office", state=PrinterState.BUSY, card="1/1")
    page = Desk(service).get("/")
    assert page.title.startswith("(1) needs you")
    assert "Printer front-office The cover is open. Close the cover. The printer goes on by itself." in page.text
    assert "front-office simulated Waits for you" in page.text
    assert "Its printer waits for you" in page.row("job-1")
    assert "/printers/front-office/clear" not in page.html


def test_a_blocked_printer_without_a_card_can_be_told_that_the_cause_is_removed() -> None:
    service = PagesFake()
    service.set_printer(
        "front-office", state=PrinterState.BLOCKED, needs_person=True, reason=Reason("media-jam", "ERR CARD"),
        alerts=(Alert(kind=AlertKind.CARD_JAM, verbatim="ERR CARD"),),
    )  # fmt: skip
    page = Desk(service).get("/")
    assert 'href="/printers/front-office/clear"' in page.html
    assert page.text.count("A card is stuck") == 3  # read out, on top, and at the printer; not once more as its alert


def test_a_queue_that_stopped_by_itself_needs_a_person() -> None:
    service = PagesFake()
    service.lines["card"] = replace(service.lines["card"], paused=True)
    desk = Desk(service)
    assert desk.get("/").title == "Front desk"  # paused by a person: that person knows
    service.stopped["card"] = Reason("card-failed", "7/1: card-spoiled")
    page = desk.get("/")
    assert page.title == "(1) needs you – Front desk"
    assert "Queue card The queue stopped by itself because a card could not be printed." in page.text
    assert 'action="/queues/card/resume"' in page.html


def test_words_of_devices_and_clients_are_shown_without_harm() -> None:
    page = Desk(busy_day()).get("/")
    assert "<script>alert" not in page.html
    assert "evil name &lt;script&gt;alert(1)&lt;/script&gt;" in page.html
    assert "ERR &lt;b&gt;77&lt;/b&gt;[31m" in page.html
    assert "<bdi>ساري نورجنة</bdi>" in page.html
    for character in "\u202e\x07\x1b":
        assert character not in page.html


def test_a_row_says_state_reason_remedy_age_and_progress() -> None:
    page = Desk(busy_day()).get("/")
    printing = Desk(busy_day()).get("/").row("job-14")
    assert '<progress value="3" max="10"' in printing
    assert "3 of 10 cards printed" in printing
    assert "came <time" in printing
    assert "6 minutes" in printing
    failed = page.row("job-13")
    assert "The document is damaged and cannot be read." in failed
    assert "Save it again and send it as a new job." in failed
    assert "No picture" in failed
    assert "Held: it is not printed until somebody releases it." in page.row("job-17")


def test_a_row_shows_the_pictures_of_the_card_that_matters_most() -> None:
    service = PagesFake()
    service.put("Staff", S.DONE, S.PRINTING, S.QUEUED, sides=2)
    row = Desk(service).get("/").row("job-1")
    assert "/api/v1/jobs/1/cards/2/front.png?thumbnail=1" in row
    assert "/api/v1/jobs/1/cards/2/back.png?thumbnail=1" in row


def test_only_what_makes_sense_now_is_offered() -> None:
    service = PagesFake()
    waiting = service.put("a")
    held = service.put("b")
    service.kept[held.id] = service._rolled(replace(held, hold=True))
    service.put("c", S.DONE)
    service.put("d", S.UNCERTAIN)
    service.put("e", S.FAILED, reason=Reason("document-format-error"))
    purged = service.put("f", S.DONE)
    service.kept[purged.id] = replace(purged, purged=True)
    page = Desk(service).get("/")

    def offered(job: int) -> list[str]:
        row = page.row(f"job-{job}")
        return [deed for deed in ("settle", "release", "hold", "cancel", "reprint", "reject") if f"/{deed}\"" in row]

    assert offered(waiting.id) == ["hold", "cancel"]
    assert offered(held.id) == ["release", "cancel"]
    assert offered(3) == ["reprint", "reject"]
    assert offered(4) == ["settle", "cancel"]
    assert offered(5) == []
    assert offered(6) == []


def test_a_waiting_job_says_what_keeps_it() -> None:
    service = PagesFake()
    service.put("later", ticket=Ticket(name="later", not_before=NOW + 3600))
    service.put("now")
    assert "It is to be printed later" in Desk(service).get("/").row("job-1")
    assert "told" not in Desk(service).get("/").row("job-2")
    service.lines["card"] = replace(service.lines["card"], paused=True)
    assert "Its queue is paused." in Desk(service).get("/").row("job-2")
    service.lines["card"] = replace(service.lines["card"], paused=False)
    service.set_printer("front-office", state=PrinterState.OFFLINE, needs_person=True, reason=Reason("device-silent"))
    assert "No printer of its queue is ready." in Desk(service).get("/").row("job-2")


def test_a_card_that_went_back_says_why_it_waits_again() -> None:
    service = PagesFake()
    service.put("again", S.PRINTING)
    service.step(1, 1, CardEvent.RETURN, reason=Reason("device-unreachable", "cable"))
    assert "The printer cannot be reached." in Desk(service).get("/").row("job-1")


def test_lists_have_pages() -> None:
    service = PagesFake()
    for number in range(15):
        service.put(f"done {number}", S.DONE)
    for number in range(52):
        service.put(f"waits {number}")
    desk = Desk(service)
    first = desk.get("/")
    assert 'id="job-15"' in first.html
    assert 'id="job-3"' not in first.html
    assert 'href="/?before=4"' in first.html
    assert 'id="job-3"' in desk.get("/?before=4").html
    assert 'href="/?after=65"' in first.html
    rest = desk.get("/?after=65")
    assert 'id="job-66"' in rest.html
    assert 'id="job-16"' not in rest.html


def test_the_footer_tells_version_and_fences() -> None:
    page = Desk(PagesFake()).get("/")
    assert "printserver 0." in page.text
    assert "NOT in force: file system" in page.text


def test_a_page_with_data_is_not_kept_and_carries_the_security_headers() -> None:
    page = Desk(PagesFake()).get("/")
    assert page.header("cache-control") == "no-store"
    assert page.header("x-content-type-options") == "nosniff"
    assert page.header("x-frame-options") == "DENY"
    assert "script-src 'self'" in page.header("content-security-policy")
    for inline in (" style=", " onclick=", "<style", "<script>", "hx-on", "javascript:"):
        assert inline not in page.html


def test_a_store_that_does_not_answer_is_a_page_in_words() -> None:
    service = PagesFake()
    service.put("a")
    service.failing = StoreBusy()
    page = Desk(service).get("/jobs/1")
    assert page.status == 503
    assert "The store does not answer at the moment" in page.text
    assert "Try again in a moment." in page.text


def test_a_printer_that_has_told_nothing_yet_is_shown() -> None:
    service = PagesFake()
    service.set_printer("front-office", state=PrinterState.CONNECTING, status=None, capabilities=None)
    assert "Connecting" in Desk(service).get("/").text


def test_a_server_without_printers_is_shown() -> None:
    service = PagesFake()
    service.machines.clear()
    service.lines.clear()
    assert "No printer is set up." in Desk(service).get("/").text


def test_names_with_strange_characters_are_one_segment_of_an_address() -> None:
    service = PagesFake(replace(printer("a/b c"), capabilities=abilities("<b>")))
    page = Desk(service).get("/")
    assert 'id="printer-a%2Fb%20c"' in page.html
    assert "<b>" not in page.html
