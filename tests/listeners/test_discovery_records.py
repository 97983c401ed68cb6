"""What is announced of a queue: golden TXT records, and that they say what IPP says."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from printserver.documents.format import Format
from printserver.documents.sniff import FORMATS
from printserver.ipp import plain
from printserver.listeners.discovery.records import (
    IPP,
    IPPS,
    KEY_OCTETS,
    NAME_OCTETS,
    RAW,
    Announced,
    Site,
    fitting,
    instance_name,
    signs,
)
from printserver.listeners.ipp.addresses import Addresses
from printserver.listeners.ipp.printer_attributes import ServerView, standing_attributes
from printserver.model.alert import Alert, AlertKind
from printserver.model.printer import PrinterState, QueueNotes
from printserver.queue.views import QueueView
from tests.listeners.ipp_kit import FakeIppService

UUID = FakeIppService.uuid
SITE = Site(UUID, "Front office", "printserver-00000000.local", FORMATS, plain=8631, tls=8632)


def a_queue(**notes: str) -> QueueView:
    view = FakeIppService().queue("card")
    return replace(view, config=replace(view.config, notes=QueueNotes(**notes)), raw_port=9100)


def services(queue: QueueView, site: Site = SITE) -> dict[str, Announced]:
    return {each.kind: each for each in signs([queue], site)["card"].services}


def txt(queue: QueueView, kind: str = IPP, site: Site = SITE) -> dict[str, str]:
    return dict(services(queue, site)[kind].txt)


def test_the_records_of_a_queue() -> None:
    found = services(a_queue(location="Lantai 2"))
    assert [(each.kind, each.port, each.subtypes) for each in found.values()] == [
        (IPP, 8631, ("_print", "_universal")), (IPPS, 8632, ("_print", "_universal")), (RAW, 9100, ()),
    ]  # fmt: skip
    assert found[IPPS].txt == (
        ("txtvers", "1"),
        ("rp", "ipp/print"),
        ("qtotal", "1"),
        ("priority", "10"),
        ("ty", "Primacy"),
        ("product", "(Primacy)"),
        ("note", "Lantai 2"),
        ("adminurl", "http://printserver-00000000.local:8631/"),
        ("pdl", ",".join(each.mime for each in FORMATS)),
        ("UUID", "99b42da7-2644-59d1-9e16-c7cd5b67a2e1"),
        ("Color", "T"),
        ("Duplex", "F"),
        ("Copies", "T"),
        ("PaperMax", "<legal-A4"),
        ("kind", "document,photo"),
        ("URF", "V1.4,CP1,W8,SRGB24,ADOBERGB24,RS150-300-600,DM1,PQ4"),
        ("TLS", "1.3"),
        ("air", "none"),
    )
    others = {"TLS", "rp", "air", "priority"}
    assert {key: value for key, value in found[RAW].txt if key not in others} == {
        key: value for key, value in found[IPPS].txt if key not in others
    }
    assert (dict(found[IPP].txt)["priority"], dict(found[RAW].txt)["priority"]) == ("20", "60")
    assert not {"TLS"} & dict(found[IPP].txt).keys()
    assert not {"TLS", "rp", "air"} & dict(found[RAW].txt).keys()


def test_it_is_what_ipp_says() -> None:
    queue = a_queue(location="Lantai 2")
    server = ServerView(UUID, (), FORMATS)
    told = {each.name: [plain(value) for value in each.values] for each in standing_attributes(
        queue, Addresses(f"{SITE.host}:8631"), server
    )}  # fmt: skip
    said = txt(queue)
    assert told["printer-uri-supported"] == [f"ipp://{SITE.host}:8631/{said['rp']}"]
    assert told["printer-uuid"] == [f"urn:uuid:{said['UUID']}"]
    assert told["printer-make-and-model"] == [said["ty"]]
    assert told["printer-location"] == [said["note"]]
    assert told["printer-more-info"] == [said["adminurl"]]
    assert told["color-supported"] == [said["Color"] == "T"]
    assert (len(told["sides-supported"]) > 1) == (said["Duplex"] == "T")
    assert told["urf-supported"] == said["URF"].split(",")
    assert told["document-format-supported"] == ["application/octet-stream", *said["pdl"].split(",")]


def test_only_what_is_open_and_taken_is_announced() -> None:
    queue = replace(a_queue(), raw_port=0)
    few = Site(UUID, "x", "h.local", FORMATS[:1], tls=8632)
    [only] = services(queue, few).values()
    assert (only.kind, only.subtypes) == (IPPS, ())
    assert "URF" not in dict(only.txt)
    assert dict(only.txt)["adminurl"] == "https://h.local:8632/"
    assert signs([queue], Site(UUID, "x", "h.local", FORMATS)) == {}


def test_where_names_are_asked_for_it_says_so_and_shows_the_encrypted_page() -> None:
    asking = Site(UUID, "x", "h.local", FORMATS, plain=8631, tls=8632, asks=True)
    assert txt(a_queue(), IPP, asking)["air"] == "username,password"
    assert txt(a_queue(), IPP, asking)["adminurl"] == "https://h.local:8632/"


def test_another_queue_has_its_own_path() -> None:
    view = replace(a_queue(), default=False)
    view = replace(view, config=replace(view.config, name="back office"))
    assert dict(signs([view], SITE)["back office"].services[0].txt)["rp"] == "ipp/print/back%20office"


def test_a_queue_out_of_use_is_not_announced_and_one_that_stands_still_says_so() -> None:
    queue = a_queue()
    paused = replace(queue, config=replace(queue.config, paused=True))
    assert "printer-state" not in txt(queue)
    assert txt(paused)["printer-state"] == "5"
    assert signs([replace(paused, config=replace(paused.config, shut_down=True))], SITE) == {}
    cover = Alert(kind=AlertKind.COVER_OPEN)
    stuck = [replace(each, state=PrinterState.BLOCKED, needs_person=True, alerts=(cover,)) for each in queue.printers]
    assert txt(replace(queue, printers=tuple(stuck)))["printer-state"] == "5"


def test_what_no_printer_has_told_is_unknown() -> None:
    queue = a_queue()
    silent = replace(queue, printers=tuple(replace(each, capabilities=None) for each in queue.printers))
    assert (txt(silent)["Color"], txt(silent)["Duplex"]) == ("U", "U")


def test_a_list_of_formats_ends_between_two_of_them() -> None:
    many = tuple(Format(f"application/vnd.example.kind-{each}", "X", b"X") for each in range(40))
    found = txt(a_queue(), IPP, Site(UUID, "x", "h.local", many, plain=1))["pdl"].split(",")
    assert len(found) == 8
    assert set(found) <= {each.mime for each in many}


def test_names_are_of_people() -> None:
    assert instance_name(a_queue(), "Front office") == "card @ Front office"
    assert instance_name(a_queue(info="Kartu pegawai"), "Kantor") == "Kartu pegawai @ Kantor"
    assert instance_name(a_queue(), "") == "card"
    assert fitting("lantai.2 \u202e بطاقة\n") == "lantai-2 بطاقة"
    assert fitting("é" * 40, " (2)") == "é" * 29 + " (2)"


@given(st.text(), st.integers(2, 99))
def test_any_name_becomes_one_label(name: str, number: int) -> None:
    ending = f" ({number})"
    found = fitting(name, ending)
    assert len(found.encode()) <= NAME_OCTETS
    assert "." not in found
    assert found.isprintable() or "\u200d" in found or "\u200c" in found
    assert found.endswith(ending)


@given(st.text(), st.text(max_size=63))
def test_no_key_is_longer_than_its_place(location: str, info: str) -> None:
    queue = a_queue(location=location, info=info)
    for service in signs([queue], SITE)["card"].services:
        assert all(len(f"{key}={value}".encode()) <= KEY_OCTETS for key, value in service.txt)


def test_the_documentation_names_every_key_and_no_other() -> None:
    text = (Path(__file__).parents[2] / "docs" / "ipp.md").read_text()
    table = text.split("<!-- txt keys -->")[1].split("\n\n")[0]
    named = {key for line in table.splitlines()[3:] for key in re.findall(r"`([^`]+)`", line.split("|")[1])}
    paused = a_queue(location="Lantai 2")
    paused = replace(paused, config=replace(paused.config, paused=True))
    assert named == {key for each in signs([paused], SITE)["card"].services for key, _ in each.txt}
