"""The wall: what waits, where, and what to do, in two languages; nobody who passes by learns a name."""

from __future__ import annotations

import re

from msgspec.structs import replace

from printserver.model.holding import HeldFor
from printserver.model.job import CardState, Reason
from printserver.model.printer import PrinterState
from tests.web.busy_day import busy_day
from tests.web.pages_kit import Desk
from tests.web.pages_service import PagesFake

PLACES = {"front-office": "Ground floor", "workshop": "Cellar", "archive": "Cellar"}
ENGLISH, INDONESIAN = {"accept_language": "en"}, {"accept_language": "id"}


def house() -> PagesFake:
    service = busy_day()
    for name, place in PLACES.items():
        service.set_printer(name, config=replace(service.machines[name].config, place=place))
    return service


def parts(html: str) -> list[str]:
    """The places in their order, each with what is said of it."""
    return [re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", part)) for part in html.split('<section class="place')[1:]]


def test_each_place_says_what_waits_there_and_what_to_do() -> None:
    cellar, ground = parts(Desk(house()).get("/wall", **ENGLISH).html)
    assert "Cellar" in cellar
    for words in ("The cover is open", "Close the cover. The printer goes on by itself.", "workshop", "archive",
                  "card 1", "Look for the card in the printer, its output and its reject box"):  # fmt: skip
        assert words in cellar
    assert "Ground floor" in ground
    assert "Nothing waits here front-office" in ground


def test_no_person_and_no_title_of_a_job_is_named() -> None:
    service = house()
    html = Desk(service).get("/wall", **ENGLISH).html
    assert "Budi" not in html
    assert [job.name for job in service.kept.values() if job.name and job.name in html] == []


def test_it_speaks_indonesian() -> None:
    html = Desk(house()).get("/wall", **INDONESIAN).html
    assert "2 hal menunggu seseorang" in html
    assert "Tidak ada yang menunggu di sini" in html
    assert "Penutup" in html


def test_it_is_kept_up_to_date_and_dark_and_each_colour_has_its_sign() -> None:
    html = Desk(house()).get("/wall", **ENGLISH).html
    assert 'class="wall" data-theme="dark"' in html
    assert 'id="live" hx-get="/wall' in html
    titles = re.findall(r'<p class="title">(.*?)</p>', html, re.S)
    assert len(titles) == 2
    assert all("<svg" in title and re.sub("<[^>]+>", "", title).strip() for title in titles)


def test_when_nothing_waits_it_says_so() -> None:
    html = Desk(PagesFake()).get("/wall", **ENGLISH).html
    assert "Nothing waits for a person" in html
    assert "waits\"" not in html


def test_what_holds_for_the_whole_server_stands_above_all_places() -> None:
    service = PagesFake()
    service.put("a", CardState.DONE)
    name = next(iter(service.machines))
    service.set_printer(name, state=PrinterState.OFFLINE, needs_person=True, reason=Reason("offline"))
    desk = Desk(service, conditions=(Reason("no-room", "1 MB in all"), Reason("server-stopping")))
    for path in ("/wall", "/"):
        html = desk.get(path, **ENGLISH).html
        assert html.index("There is no room for further documents") < html.index(name)
        assert "The server is being stopped" in html
        assert "(2) need you" in html


def test_a_job_that_is_released_at_the_printer_waits_at_its_place() -> None:
    service = house()
    asked = service.put("Eve Planted", CardState.QUEUED)
    service.kept[asked.id] = service._rolled(replace(asked, hold=True, held_for=HeldFor.RELEASE))
    html = Desk(service).get("/wall", **ENGLISH).html
    assert "3 things wait for a person" in html
    [ground] = [part for part in parts(html) if "Ground floor" in part]
    assert "Waits until somebody at the printer releases it" in ground
    assert f"Queue card · job {asked.id}, card 1" in ground
    assert "Eve" not in html
