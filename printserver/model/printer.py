"""Printers (devices) and queues (what clients see)."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from printserver.model.alert import Alert
from printserver.model.supply import Supply


class Tier(StrEnum):
    """How well a driver is proven; only checks on a real printer raise it to `proven`."""

    DRAFTED = "drafted"
    EMULATED = "emulated"
    TRANSCRIBED = "transcribed"
    PROVEN = "proven"


class OnError(StrEnum):
    """What a queue does when a job cannot go on."""

    STOP = "stop"
    SKIP = "skip"


class Duplicates(StrEnum):
    """What a queue does with a job that looks like one sent before."""

    OFF = "off"
    WARN = "warn"
    HOLD = "hold"


class Decisions(StrEnum):
    """What a queue asks before a card may exist twice, or a doubt is settled: nothing, name and reason, two people."""

    FREE = "free"
    REASON = "reason"
    SECOND = "second-person"


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who a device says it is."""

    family: str
    model: str
    serial: str = ""
    firmware: str = ""


class PrinterStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What a device told last: supplies, alerts, counters by name; `ready` = it would take a card now."""

    ready: bool
    supplies: tuple[Supply, ...] = ()
    alerts: tuple[Alert, ...] = ()
    counters: dict[str, int] = {}
    ribbon: str | None = None


class PrinterState(StrEnum):
    """States of a printer as people see it."""

    CONNECTING = "connecting"
    IDLE = "idle"
    BUSY = "busy"
    BLOCKED = "blocked"
    STOPPED = "stopped"
    OFFLINE = "offline"


class PrinterConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A printer as it is declared; `device` is usb:SERIAL, serial:URL, tcp:HOST:PORT, unix:PATH or emulated.

    `profiles` maps ribbons to the files of their profiles; other ribbons have the neutral one. `ribbon_price` is that
    of a roll for `ribbon_cards` cards, `blank_price` that of a blank, both decimal numbers in `currency`, empty = not
    known. `place` says where it stands, for people. After `cleaning_due` cards it is to be cleaned, after
    `cleaning_stop` it gets none until it is; 0 = as device and driver say.
    """

    name: str
    driver: str
    model: str
    device: str
    ribbon: str
    stock: str = "cr80-pvc"
    options: dict[str, str] = {}
    profiles: dict[str, str] = {}
    retired: bool = False
    currency: str = ""
    ribbon_price: str = ""
    ribbon_cards: int = 0
    blank_price: str = ""
    place: str = ""
    cleaning_due: int = 0
    cleaning_stop: int = 0

    @property
    def simulated(self) -> bool:
        """Tell whether cards of this printer are not real plastic."""
        return self.device.startswith("emulated") or self.driver == "virtual"


class QueueNotes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """What people say of a queue: what it is, where it stands, whose it is; `geo` is a geo: URI (RFC 5870)."""

    info: str = ""
    location: str = ""
    geo: str = ""
    organization: str = ""
    organizational_unit: str = ""
    message: str = ""


class QueueConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """A queue: its printers and policies; `retention` in days, 0 = at once.

    `checking_hours` = so long after a job is over its cards are still looked at, and nothing of it is thrown away.

    `clients` are addresses and networks that raw and LPD jobs are taken from, none = this machine alone.
    `accepting` = it takes new jobs; `hold_new` = it holds each of them; `shut_down` = it was put out of use until
    somebody starts it again. `decisions` = what reprint, settle and reject need. `attended` = somebody at the
    printer releases each job; `hours` = when it prints (`opening_hours`), empty = always.
    `ordered` = its cards are printed one after another in their order, also where it has several printers.
    """

    name: str
    printers: tuple[str, ...]
    raw_port: int = 0
    folder: str = ""
    on_error: OnError = OnError.STOP
    retention: int = 7
    checking_hours: int = 0
    accept_unconfirmed: bool = False
    department: str = ""
    max_attempts: int = 3
    duplicates: Duplicates = Duplicates.WARN
    decisions: Decisions = Decisions.FREE
    clients: tuple[str, ...] = ()
    attended: bool = False
    hours: str = ""
    paused: bool = False
    accepting: bool = True
    hold_new: bool = False
    ordered: bool = False
    shut_down: bool = False
    notes: QueueNotes = QueueNotes()
