"""The panels of a card on its job's page: each as its ink, with what it takes and what may go wrong."""

from __future__ import annotations

from msgspec.structs import replace

from printserver.errors import DocumentBroken
from printserver.model.job import CardState
from tests.web.busy_day import WARNINGS
from tests.web.pages_kit import Desk
from tests.web.pages_service import PagesFake

S = CardState
ADDRESS = "/jobs/1/cards/1/panels"


def test_panels_that_nobody_has_asked_for_are_made_after_the_page_is_there() -> None:
    service = PagesFake()
    service.put("a")
    page = Desk(service).get("/jobs/1")
    assert f'hx-get="{ADDRESS}"' in page.html
    assert f'href="{ADDRESS}"' in page.html  # the way for who has no script
    assert service.looked_at == set()


def test_each_panel_is_shown_as_its_ink_with_its_coverage() -> None:
    service = PagesFake()
    service.put("a", sides=2)
    page = Desk(service).get(ADDRESS)
    assert (page.status, page.title) == (200, "Panels of card 1 – Job 1")
    for panel in ("front-Y", "front-M", "front-C", "front-K", "front-O", "back-K"):
        address = f"/api/v1/jobs/1/cards/1/panels/{panel}.png"
        assert f'href="{address}"' in page.html
        assert f'src="{address}?thumbnail=1"' in page.html
    for told in ("Front Yellow (Y)", "Back Black resin (K)", "What this card takes of the ribbon YMCKOK",
                 "Overlay (O) 100 % ≈ 1 ≈ 100 %", "Nothing about these panels looks wrong."):  # fmt: skip
        assert told in page.text, told


def test_what_was_looked_at_stands_on_the_job_page_before_and_after_printing() -> None:
    for states in ((S.QUEUED,), (S.DONE,)):
        service = PagesFake()
        service.put("a", *states)
        service.warned[1] = WARNINGS
        desk = Desk(service)
        desk.get(ADDRESS)
        page = desk.get("/jobs/1")
        assert "hx-get=\"/jobs/1/cards" not in page.html
        assert '<a href="#panels-title">2 warnings about its panels</a>' in page.html
        assert "front-Y.png" in page.html


def test_a_warning_says_what_and_where_and_what_to_do() -> None:
    service = PagesFake()
    service.put("a")
    service.warned[1] = WARNINGS
    desk = Desk(service)
    for told in (
        "Print that is too small for resin Front, Black resin", "fine strokes and gaps: 12",
        "12.5 × 1.7 mm, 41.8 mm from the left and 44.7 mm from the top", "and at 2 more places",
        "A panel is full over most of the card Front, Cyan", "62.5 % of the lines are full",
        "Make the text larger or bolder",
    ):  # fmt: skip
        assert told in desk.get(ADDRESS).text, told
    for told in ("62,5 % dari semua baris penuh", "12,5 × 1,7 mm, 41,8 mm dari kiri dan 44,7 mm dari atas",
                 "dan di 2 tempat lagi"):  # fmt: skip
        assert told in desk.get(ADDRESS + "?lang=id").text, told


def test_a_card_that_cannot_be_looked_at_says_why() -> None:
    service = PagesFake()
    service.put("a")
    service.blind = DocumentBroken("PNG: no end")
    page = Desk(service).get(ADDRESS)
    assert (page.status, 'id="error"' in page.html) == (422, True)
    assert "Save the picture again" in page.text


def test_panels_that_are_no_longer_kept_are_not_asked_for() -> None:
    service = PagesFake()
    job = service.put("a", S.DONE)
    service.looked_at.add((1, 1))
    service.kept[1] = replace(job, purged=True)
    desk = Desk(service)
    assert "panels" not in desk.get("/jobs/1").html
    assert desk.get(ADDRESS).status == 410


def test_an_unknown_card_or_job_has_no_panels() -> None:
    service = PagesFake()
    service.put("a")
    desk = Desk(service)
    assert desk.get("/jobs/1/cards/2/panels").status == 404
    assert desk.get("/jobs/7/cards/1/panels").status == 404
