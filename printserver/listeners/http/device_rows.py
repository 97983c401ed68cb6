"""What the JSON API says of queues and printers."""

from __future__ import annotations

import msgspec

from printserver.model.alert import Alert
from printserver.model.card import PanelName
from printserver.model.job import Reason
from printserver.model.printer import Decisions, Duplicates, Identity, OnError, PrinterState, Tier
from printserver.model.supply import Supply
from printserver.queue.views import PrinterView, QueueView

from .rows import Count, Moment, moment


class QueueRow(msgspec.Struct, frozen=True, kw_only=True):
    """A queue: its printers, its policies and how many jobs wait in it; `opens` = when its hours begin, if it waits.

    `reasons` say why the queue itself prints nothing now, such as `paused` or `outside-hours`; empty while it prints.
    """

    name: str
    default: bool
    paused: bool
    reasons: tuple[str, ...]
    waiting: Count
    printers: tuple[str, ...]
    accept_unconfirmed: bool
    on_error: OnError
    retention: int
    checking_hours: int
    decisions: Decisions
    ordered: bool
    max_attempts: int
    duplicates: Duplicates
    attended: bool
    hours: str
    opens: Moment | None
    raw_port: int


class QueueList(msgspec.Struct, frozen=True):
    """All queues."""

    queues: list[QueueRow]


class RibbonRow(msgspec.Struct, frozen=True, kw_only=True):
    """A ribbon that a printer takes: its panels for front and back, in printing order."""

    name: str
    front: tuple[PanelName, ...]
    back: tuple[PanelName, ...]


class Ability(msgspec.Struct, frozen=True, kw_only=True):
    """What a printer can do, in short; the image is in dots."""

    width: Count
    height: Count
    dpi: Count
    ribbons: tuple[str, ...]
    panels: tuple[RibbonRow, ...]
    stocks: tuple[str, ...]
    cards_per_minute: Count
    duplex: bool
    magnetic_tracks: int
    chip: bool
    contactless: bool
    reject_box: bool
    confirms: str


class PrinterRow(msgspec.Struct, frozen=True, kw_only=True):
    """A printer now; `card` is JOB/CARD while one is in it, `needs_person` = it waits for somebody."""

    name: str
    driver: str
    model: str
    title: str
    device: str
    place: str
    ribbon: str
    stock: str
    state: PrinterState
    since: Moment
    reason: Reason | None
    needs_person: bool
    card: str | None
    simulated: bool
    tier: Tier
    assumptions: tuple[str, ...]
    ready: bool | None
    identity: Identity | None
    alerts: tuple[Alert, ...]
    supplies: tuple[Supply, ...]
    counters: dict[str, int]
    abilities: Ability | None


class PrinterList(msgspec.Struct, frozen=True):
    """All printers."""

    printers: list[PrinterRow]


def queue_row(view: QueueView) -> QueueRow:
    """Return a queue."""
    config = view.config
    return QueueRow(
        name=config.name, default=view.default, paused=config.paused, reasons=view.reasons, waiting=view.waiting,
        printers=config.printers,
        accept_unconfirmed=config.accept_unconfirmed, on_error=config.on_error, retention=config.retention,
        raw_port=view.raw_port, decisions=config.decisions, max_attempts=config.max_attempts,
        duplicates=config.duplicates, attended=config.attended, hours=config.hours,
        opens=None if view.opens is None else moment(view.opens),
        checking_hours=config.checking_hours, ordered=config.ordered,
    )  # fmt: skip


def printer_row(view: PrinterView) -> PrinterRow:
    """Return a printer."""
    config, status = view.config, view.status
    return PrinterRow(
        name=config.name, driver=config.driver, model=config.model, title=view.driver_title, device=config.device,
        place=config.place, ribbon=config.ribbon, stock=config.stock, state=view.state, since=moment(view.since),
        reason=view.reason,
        needs_person=view.needs_person, card=view.card, simulated=config.simulated, tier=view.tier,
        assumptions=view.assumptions, ready=status.ready if status else None, identity=view.identity,
        alerts=view.alerts, supplies=status.supplies if status else (), counters=status.counters if status else {},
        abilities=_ability(view),
    )  # fmt: skip


def _ability(view: PrinterView) -> Ability | None:
    known = view.capabilities
    if known is None:
        return None
    return Ability(
        width=known.geometry.width, height=known.geometry.height, dpi=known.geometry.dpi,
        ribbons=tuple(ribbon.name for ribbon in known.ribbons), duplex=known.duplex, stocks=known.stocks,
        panels=tuple(RibbonRow(name=each.name, front=each.front, back=each.back) for each in known.ribbons),
        cards_per_minute=known.pages_per_minute,
        magnetic_tracks=known.magnetic_tracks, chip=known.chip, contactless=known.contactless,
        reject_box=known.reject_box, confirms=known.confirms,
    )  # fmt: skip
