"""Adding a printer on the pages: what was found, which driver knows it and why, and the form that adds it."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import quote

import pytest
from twisted.internet.task import Clock

from printserver.errors import NameTaken, NotPermitted
from printserver.listeners.http import build_site
from printserver.model.discovery import Findings, FoundDevice, Ground, Looking
from printserver.model.printer import PrinterConfig, QueueConfig
from printserver.queue.views import By
from printserver.web.routes import page_routes
from tests.listeners.fake_discovery import CLAIM, EVERYTHING
from tests.listeners.fake_machines import FakeMachines
from tests.listeners.fake_purging import FakePurging
from tests.web.pages_kit import Desk
from tests.web.pages_service import PagesFake

FORM = {
    "kind": "evolis/primacy", "name": "desk", "ribbon": "KO", "place": "front", "device": "usb:P100", "queue": "none",
    "by": "rosa", "reason": "new",
}  # fmt: skip
CONFIG = PrinterConfig(name="desk", driver="evolis", model="primacy", device="usb:P100", ribbon="KO", place="front")
ROSA = By("rosa", "new")


def desk(findings: Findings = EVERYTHING) -> Desk:
    made = Desk(PagesFake())
    made.discovery.findings = findings
    return made


def item(html: str, number: int) -> str:
    """The part of the page about one device, as a person reads it, and its links."""
    found = re.search(rf'(?s)<li class="panel" id="found-{number}">(.*?)\n</li>', html)
    assert found is not None
    return found[1]


def read(part: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", part)).split())


def test_the_way_to_it_stands_beside_the_printers() -> None:
    page = desk()
    assert 'href="/printers/add"' in page.get("/").html
    assert page.get("/printers/add").status == 200
    assert page.discovery.wanted == [Looking()]


def test_each_device_is_told_with_its_driver_and_why() -> None:
    html = desk().get("/printers/add").html
    primacy = item(html, 1)
    told = read(primacy)
    assert "Evolis Primacy" in told
    assert "USB · usb:P100" in told
    assert "Driver: Evolis , primacy Tried on an emulator" in told
    assert "known by the maker's USB id 0f49 , the maker that it names itself Evolis" in told
    assert 'href="/printers/add/one?device=usb%3AP100&amp;driver=evolis&amp;model=primacy"' in primacy
    assert "/dev/usb/lp0" in told


def test_one_that_a_printer_has_cannot_be_added_again() -> None:
    taken = item(desk().get("/printers/add").html, 2)
    assert "This is the printer left" in read(taken)
    assert "href" not in taken


def test_of_two_drivers_a_person_chooses() -> None:
    twice = item(desk().get("/printers/add").html, 3)
    assert "2 drivers know it." in read(twice)
    assert re.findall(r"driver=(\w+)", twice) == ["evolis", "magicard"]


def test_for_one_that_nobody_knows_a_driver_is_chosen() -> None:
    page = desk()
    unknown = item(page.get("/printers/add").html, 4)
    assert "No driver knows it" in read(unknown)
    assert 'href="/printers/add/one?device=serial%3A%2Fdev%2FttyS0"' in unknown


def test_what_is_no_card_printer_cannot_be_added() -> None:
    office = item(desk().get("/printers/add").html, 6)
    assert "office documents" in read(office)
    assert "/printers/add/one" not in office


def test_one_that_may_not_be_opened_says_what_to_do() -> None:
    closed = read(item(desk().get("/printers/add").html, 5))
    assert "The server may not open the printer." in closed
    assert 'put SUBSYSTEM=="usb" there' in closed


def test_what_was_not_looked_at_is_told() -> None:
    assert "Not looked at: the network. zeroconf is not installed install it" in desk().get("/printers/add").text


def test_nothing_found_says_what_to_try() -> None:
    assert "Is the printer switched on" in desk(Findings()).get("/printers/add").text


def test_elsewhere_is_looked_only_for_a_form() -> None:
    page = desk()
    page.get("/printers/add?network=1&at=tcp:192.0.2.7:9100")
    page.post("/printers/add", {"network": "1"})
    page.post("/printers/add", {"everything": "1"})
    page.post("/printers/add", {"at": "192.0.2.7:9100"})
    page.post("/printers/add", {"at": "tcp:192.0.2.7:9100"})
    at = Looking(at="tcp:192.0.2.7:9100")
    assert page.discovery.wanted == [Looking(), Looking(network=True), Looking(everything=True), at, at]


def test_the_model_is_asked_for_where_it_is_not_told() -> None:
    page = desk()
    asked = page.get("/printers/add/one?device=usb:P100&driver=evolis&model=")
    assert "Which printer is it?" in asked.text
    assert re.findall(r'<option value="([^"]+)"', asked.html) == ["evolis/primacy", "evolis/zenius"]
    both = page.get("/printers/add/one?device=usb:P100")
    assert re.findall(r'<optgroup label="(\w+)"', both.html) == ["Evolis", "Magicard"]
    only = page.get("/printers/add/one?device=tcp:192.0.2.7:9100")
    assert re.findall(r'<optgroup label="(\w+)"', only.html) == ["Evolis"]
    nobody = page.get("/printers/add/one?device=usblp:/dev/usb/lp0")
    assert "No driver reaches printers in this way." in nobody.text
    assert "<button" not in nobody.html.partition("<main")[2].partition("</main>")[0]


def test_the_form_has_the_ribbons_of_the_model() -> None:
    page = desk()
    html = page.get("/printers/add/one?device=usb:P100&driver=evolis&model=primacy").html
    select = re.search(r'(?s)<select name="ribbon".*?</select>', html)
    assert select is not None
    assert re.findall(r'value="(\w+)"( selected)?', select[0]) == [("YMCKO", " selected"), ("KO", "")]
    assert 'name="name" required' in html
    assert 'value="primacy"' in html
    assert "watch the first cards" in html
    assert 'name="extra"' not in html
    assert 'name="extra" value="mag"' in page.get("/printers/add/one?device=usb:P100&kind=evolis/zenius").html


def test_it_is_added_as_the_form_says() -> None:
    page = desk()
    answer = page.post("/printers/add/one", FORM)
    assert (answer.status, answer.header("Location")) == (303, "/?did=add-printer")
    assert page.machines.wanted == [("add", CONFIG, ROSA)]
    assert "The printer is added." in page.get("/?did=add-printer").text


def test_what_is_built_in_is_named_after_the_model() -> None:
    page = desk()
    page.post("/printers/add/one", {**FORM, "kind": "evolis/zenius", "extra": ["mag", "chip"]})
    [(_, config, _)] = page.machines.wanted
    assert isinstance(config, PrinterConfig)
    assert config.model == "zenius+mag+chip"


def test_a_queue_has_it_afterwards() -> None:
    page = desk()
    page.post("/printers/add/one", {**FORM, "queue": "new"})
    queue = page.service.queues()[0].config
    page.post("/printers/add/one", {**FORM, "queue": f"queue:{queue.name}"})
    assert page.machines.wanted == [
        ("add", CONFIG, ROSA), ("add-queue", QueueConfig(name="desk", printers=("desk",)), ROSA),
        ("add", CONFIG, ROSA), ("set-queue", queue.name, {"printers": (*queue.printers, "desk")}, ROSA),
    ]  # fmt: skip


def test_a_queue_that_cannot_be_keeps_the_printer_from_being_added() -> None:
    page = desk()
    name = page.service.queues()[0].config.name
    for form, status in (
        ({"queue": "new", "name": name}, 409), ({"queue": "queue:gone"}, 404), ({"queue": "whatever"}, 400),
    ):  # fmt: skip
        assert page.post("/printers/add/one", FORM | form).status == status
    assert page.machines.wanted == []


def test_what_cannot_be_added_is_a_page_that_says_why() -> None:
    page = desk()
    page.machines.failing = NameTaken("desk is the name of a printer, or was", where="name")
    answer = page.post("/printers/add/one", {**FORM, "queue": "new"})
    assert answer.status == 409
    assert "desk is the name of a printer" in answer.text
    assert page.machines.wanted == []
    assert page.get("/printers/add/one").status == 400


def test_who_may_not_look_is_told_so() -> None:
    page = desk()
    page.discovery.failing = NotPermitted(where="discover")
    assert page.get("/printers/add").status == 403


@pytest.mark.parametrize("evil", ['"><script>x</script>', "\u202egnp", "a&driver=other"])
def test_what_a_device_says_of_itself_is_only_text(evil: str) -> None:
    claim = CLAIM.__class__(driver="evolis", title="Evolis", tier=CLAIM.tier, grounds=(Ground("mfg", evil),))
    device = FoundDevice(device=f"usb:{evil}", transport="usb", title=evil, ids={"mfg": evil}, claims=(claim,))
    page = desk(Findings(devices=(device,)))
    html = page.get("/printers/add").html
    assert "<script>x" not in html
    assert "\u202e" not in html
    assert f"device={quote(device.device, safe='')}&amp;driver=evolis" in html
    asked = page.get(f"/printers/add/one?device={quote(device.device)}&kind=evolis/primacy").html
    assert "<script>x" not in asked
    assert "\u202e" not in asked


def test_it_can_be_read_in_indonesian() -> None:
    page = desk()
    told = page.get("/printers/add?lang=id").text
    assert "Tambahkan printer" in told
    assert "Nothing of it becomes" not in told
    asked = page.get("/printers/add/one?device=usb:P100&kind=evolis/primacy&lang=id").text
    assert "Add this printer" not in asked


def test_a_server_that_cannot_look_shows_no_way_there() -> None:
    page = desk()
    page.site = build_site(
        page.service, reactor=Clock(), clock=page.service.clock, hosts=(), bind="127.0.0.1",
        routes=page_routes(page.service, FakePurging(page.service), FakeMachines()),
    )  # fmt: skip
    assert "/printers/add" not in page.get("/").html
    assert page.get("/printers/add").status == 404
