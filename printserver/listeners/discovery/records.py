"""What is announced of a queue: services, subtypes and the keys of their TXT records, made of what IPP declares.

Laws kept here:

1. Announced is what works, and only at doors that are open: keys follow from the data that printer attributes follow
   from. What is not known is left out, or told as unknown where the specification has a word for that.
2. No key is longer than its place of 255 octets; a list of formats ends between two of them.
3. A queue that was put out of use is not announced; one that is paused is, and says so: it still takes jobs.

Source: PWG 5100.14 section 4 (services, subtypes, TXT keys of IPP Everywhere); Bonjour Printing Specification 1.2.1
sections 7 and 9; RFC 6763 sections 6 and 7.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from printserver.documents.format import Format
from printserver.errors import NotPossibleNow
from printserver.ipp import PrinterState
from printserver.listeners.ipp.addresses import queue_path
from printserver.listeners.ipp.media import SHEETS
from printserver.listeners.ipp.offer import Offer, offer_of
from printserver.listeners.ipp.printer_attributes import make_and_model, state_of
from printserver.listeners.ipp.raster_attributes import APPLE_RASTER, PWG_RASTER, urf_keywords
from printserver.model.display import harmless
from printserver.queue.views import QueueView

IPP, IPPS, RAW = "_ipp._tcp", "_ipps._tcp", "_pdl-datastream._tcp"
EVERYWHERE, AIRPRINT = "_print", "_universal"
KEY_OCTETS = 255  # RFC 6763 section 6.1
NAME_OCTETS = 63  # RFC 6763 section 4.1.1: one label of DNS
PRIORITY = {IPPS: 10, IPP: 20, RAW: 60}  # lower ones are preferred: encrypted, then with answers, then without
TLS_VERSION = "1.3"
KINDS = {"iso_a4_210x297mm": "document", "na_index-4x6_4x6in": "photo"}
SMALLER_THAN_LEGAL = "<legal-A4"

Txt = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Site:
    """What all announcements of a server share; `host` is its name in `.local`, ports are 0 where a door is not open.

    `asks` = clients are asked for name and password.
    """

    uuid: UUID
    name: str
    host: str
    formats: Sequence[Format]
    plain: int = 0
    tls: int = 0
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Announced:
    """One service: its type, the subtypes under which it is found too, its port and its TXT keys in order."""

    kind: str
    port: int
    txt: Txt
    subtypes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sign:
    """All that is announced of a queue, under one instance name."""

    name: str
    services: tuple[Announced, ...]


def signs(queues: Iterable[QueueView], site: Site) -> dict[str, Sign]:
    """Return what is to be announced now, by the names of queues."""
    found = {}
    for queue in queues:
        services = _services(queue, site)
        if services and not queue.config.shut_down:
            found[queue.config.name] = Sign(instance_name(queue, site.name), services)
    return found


def instance_name(queue: QueueView, server: str) -> str:
    """Return the name under which people see a queue: `WHAT @ SERVER`, with no more octets than DNS has for it."""
    what = queue.config.notes.info or queue.config.name
    return fitting(f"{what} @ {server}" if server else what) or "printer"


def fitting(name: str, ending: str = "") -> str:
    """Return a name with an ending such as ` (2)` as one label: harmless, without dots, cut between two characters.

    DNS allows dots in a label; the library that sends the records parts names at them.
    """
    room = NAME_OCTETS - len(ending.encode())
    return _cut(" ".join(harmless(name).replace(".", "-").split()), room).rstrip() + ending


def _services(queue: QueueView, site: Site) -> tuple[Announced, ...]:
    mimes = {each.mime for each in site.formats}
    asked_for = {EVERYWHERE: PWG_RASTER, AIRPRINT: APPLE_RASTER}  # what clients that look for a subtype send
    subtypes = tuple(subtype for subtype, mime in asked_for.items() if mime in mimes)
    ports = {IPP: site.plain, IPPS: site.tls}
    found = [
        Announced(kind, port, _ipp_keys(kind, queue, site), subtypes) for kind, port in ports.items() if port
    ]  # fmt: skip
    if queue.raw_port:
        found.append(Announced(RAW, queue.raw_port, _common_keys(RAW, queue, site)))
    return tuple(found)


def _ipp_keys(kind: str, queue: QueueView, site: Site) -> Txt:
    rp = ("rp", queue_path(queue.config.name, default=queue.default).removeprefix("/"))
    first, *others = _common_keys(kind, queue, site)
    return (
        first, rp, *others,
        *([("TLS", TLS_VERSION)] if kind == IPPS else []),
        ("air", "username,password" if site.asks else "none"),
    )  # fmt: skip


def _common_keys(kind: str, queue: QueueView, site: Site) -> Txt:
    model, location, page = make_and_model(queue), harmless(queue.config.notes.location), _page(site)
    keys = [
        ("txtvers", "1"), ("qtotal", "1"), ("priority", str(PRIORITY[kind])), ("ty", model), ("product", f"({model})"),
        *([("note", location)] if location else []),
        *([("adminurl", page)] if page else []),
        ("pdl", _joined(each.mime for each in site.formats)),
        ("UUID", str(uuid5(site.uuid, queue.config.name))),
        *_abilities(queue),
        *([("URF", ",".join(urf_keywords()))] if APPLE_RASTER in {each.mime for each in site.formats} else []),
        *([("printer-state", str(int(PrinterState.STOPPED)))] if state_of(queue)[0] is PrinterState.STOPPED else []),
    ]  # fmt: skip
    return tuple((key, _cut(value, KEY_OCTETS - len(key) - 1)) for key, value in keys)


def _abilities(queue: QueueView) -> list[tuple[str, str]]:
    try:
        offer: Offer | None = offer_of(queue)
    except NotPossibleNow:  # no printer has told yet
        offer = None
    kinds = [kind for sheet, kind in KINDS.items() if sheet in SHEETS]
    return [
        ("Color", _known(offer.coloured if offer else None)),
        ("Duplex", _known(len(offer.sides) > 1 if offer else None)),
        ("Copies", "T"),
        ("PaperMax", SMALLER_THAN_LEGAL),
        *([("kind", ",".join(kinds))] if kinds else []),
    ]


def _known(says: bool | None) -> str:
    return "U" if says is None else "T" if says else "F"


def _page(site: Site) -> str:
    """Return the address of the pages; where people log in, the one that is encrypted."""
    if site.tls and (site.asks or not site.plain):
        return f"https://{site.host}:{site.tls}/"
    return f"http://{site.host}:{site.plain}/" if site.plain else ""


def _joined(mimes: Iterable[str]) -> str:
    found = ""
    for mime in mimes:
        longer = f"{found},{mime}" if found else mime
        if len(f"pdl={longer}".encode()) > KEY_OCTETS:
            break
        found = longer
    return found


def _cut(text: str, octets: int) -> str:
    return text.encode()[:octets].decode(errors="ignore")
