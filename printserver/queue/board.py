"""What is known of printers and queues now: declared in the store, live here.

Laws kept here:

1. Configuration lives in the store and is journalled; this is its copy in memory, changed only after the store.
2. Live facts (state, supplies, alerts) are told by a printer's own worker and journalled when they change; the words
   of a reason may change from one try to the next without being news.
3. An entry that cannot be (an unknown driver, model, ribbon, printer) ends the loading with its name, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo

import msgspec

from printserver.driver import Capabilities, Driver
from printserver.driver.loading import DriverShelf
from printserver.errors import ConfigurationError, PluginBroken, PrintServerError, UnknownPrinter, UnknownQueue
from printserver.model.alert import Alert
from printserver.model.event import NewEvent
from printserver.model.job import Reason
from printserver.model.opening_hours import opening_hours
from printserver.model.printer import Identity, PrinterConfig, PrinterState, PrinterStatus, QueueConfig
from printserver.model.quota import Limit
from printserver.model.supply import SupplyCount, SupplyKind
from printserver.model.ticket import Ticket
from printserver.model.upkeep import Cleanliness, Work, Worked
from printserver.queue.admission import Candidate
from printserver.queue.cleaning import WARNING, Cleaning, cleaning_of
from printserver.queue.quotas import Quotas
from printserver.queue.speaker import Speaker
from printserver.queue.views import PrinterView, QueueView


class PrinterEntry:
    """One printer: its configuration, its driver, and what its worker last said."""

    def __init__(self, config: PrinterConfig, shelf: DriverShelf) -> None:
        """Open the driver; raises ConfigurationError where model or ribbon do not fit it."""
        self.config = config
        self.info = shelf.info(config.driver)
        self.tier = shelf.tier(config.driver, config.model, config.ribbon)
        self.options = _options(config, shelf)
        self.driver: Driver = shelf.open(config.driver, config.model, self.options)
        self.speaker: Speaker = self.driver
        self.identity = Identity(family=self.info.name, model=config.model)
        self.capabilities: Capabilities = self.driver.capabilities(self.identity)
        self._check_ribbon()
        self.state = PrinterState.CONNECTING
        self.status: PrinterStatus | None = None
        self.reason: Reason | None = None
        self.card: str | None = None
        self.work: Work | None = None  # maintenance that somebody wants, or that is under way
        self.worked: Worked | None = None
        self.cleanliness: Cleanliness | None = None
        self.since = 0.0
        # what the choice among several printers looks at: a card is being prepared for it, and its last turn
        self.preparing = False
        self.turn = 0
        self.told = False  # that there is something to print: it has not looked since
        self.looking = False  # for a card to prepare
        # where several nodes share the store: whether this one has the printer, by which number
        # and until when on the reactor's clock, and who else has it
        self.owned = True
        self.lease: int | None = None
        self.lease_until = float("inf")
        self.owner = ""
        self.counts: tuple[SupplyCount, ...] = ()

    def _check_ribbon(self) -> None:
        if self.capabilities.ribbon(self.config.ribbon) is None:
            allowed = ", ".join(ribbon.name for ribbon in self.capabilities.ribbons)
            raise ConfigurationError(
                f"{self.config.model} takes no ribbon {self.config.ribbon!r}",
                where=f"printer.{self.config.name}.ribbon", allowed=allowed,
            )

    @property
    def ribbon(self) -> str:
        """Return the ribbon that is loaded: the one that the device tells, where it tells one; else the declared."""
        told = self.status.ribbon if self.status else None
        known = self.capabilities.ribbon(told) if told else None
        return self.config.ribbon if known is None else known.name

    def now(self) -> Candidate:
        """Return what the printer can do with what is in it now."""
        return Candidate(self.config, self.driver, self.capabilities, (self.ribbon,))

    def declared(self) -> Candidate:
        """Return what the printer can do with what is in it, or should be."""
        return Candidate(self.config, self.driver, self.capabilities, _unlike(self.ribbon, self.config.ribbon))

    def whatever(self) -> Candidate:
        """Return what the printer can do at all, whatever ribbon and card stock is in it."""
        ribbons = [each.name for each in self.capabilities.ribbons]
        stocks = [self.config.stock, *self.capabilities.stocks]
        return Candidate(self.config, self.driver, self.capabilities, _unlike(self.ribbon, *ribbons), stocks)

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Return what the device complains of, and that it is to be cleaned where it does not say so itself."""
        told = self.status.alerts if self.status else ()
        complains = any(alert.kind is WARNING.kind for alert in told)
        return (*told, WARNING) if self.cleaning.is_due and not complains else told

    @property
    def cleaning(self) -> Cleaning:
        """Return how the printer stands with its cleaning."""
        return cleaning_of(self.config, self.capabilities, self.status, self.cleanliness)

    @property
    def needs_person(self) -> bool:
        """Tell whether the printer waits for somebody."""
        return self.state in (PrinterState.BLOCKED, PrinterState.STOPPED, PrinterState.OFFLINE)

    def view(self) -> PrinterView:
        """Return the entry as a value."""
        return PrinterView(
            config=self.config, state=self.state, tier=self.tier, capabilities=self.capabilities,
            identity=self.identity, status=self.status, alerts=self.alerts, reason=self.reason, card=self.card,
            since=self.since, needs_person=self.needs_person, driver_title=self.info.title,
            assumptions=self.info.assumptions, counts=self.counts, work=self.work, worked=self.worked,
            cleaning=self.cleaning,
        )


def _unlike(*ribbons: str) -> tuple[str, ...]:
    """Return ribbons without those that are named again, in other letters perhaps."""
    return tuple({each.lower(): each for each in reversed(ribbons)}.values())[::-1]


def _options(config: PrinterConfig, shelf: DriverShelf) -> dict[str, str]:
    """Return a printer's driver options; those that suit an emulator come from it, the printer's own go before them."""
    emulated = config.device == "emulated" and shelf.info(config.driver).emulates
    suited = shelf.emulator(config.driver).options if emulated else {}
    return {**suited, **config.options}


def _is_counted(entry: PrinterEntry) -> bool:
    told = entry.status.supplies if entry.status is not None else ()
    return any(count.remaining is not None for count in entry.counts) or any(
        supply.remaining is not None for supply in told if supply.kind is not SupplyKind.CLEANING
    )


Watch = Callable[[PrinterEntry, PrinterStatus | None, PrinterStatus], None]


class Board:
    """All printers and queues of this node."""

    def __init__(self, shelf: DriverShelf, wall: Callable[[], float]) -> None:
        """Open drivers from `shelf`; `wall` tells seconds since the epoch.

        Set by who builds the rest: `journal` keeps an event, `waiting` counts the waiting jobs of a queue, `call` wakes
        a printer's worker, `watch` heeds what a device told before and now. `stopped` holds why a queue was paused by
        the server itself; `ending` the job after which a queue is to pause. `zone` is the site's, None = the system's;
        `unfit` what the printers lack for a job that none can do now.
        """
        self._shelf = shelf
        self._wall = wall
        self._printers: dict[str, PrinterEntry] = {}
        self._queues: dict[str, QueueConfig] = {}
        self._put: dict[str, float] = {}
        self.waiting: Callable[[str], int] = lambda queue: 0
        self.stopped: dict[str, Reason] = {}
        self.ending: dict[str, int] = {}
        self.zone: tzinfo | None = None
        self.quotas = Quotas()
        self.default: str | None = None
        self._held: set[str] = set()
        self._turns = 0
        self.unfit: dict[int, Reason] = {}
        self.raw_ports: dict[str, int] = {}
        self.journal: Callable[[NewEvent], None] = lambda event: None
        self.call: Callable[[str], None] = lambda printer: None
        self.watch: Watch = lambda entry, former, status: None

    @property
    def counted(self) -> bool:
        """Tell whether blanks or ribbon of any printer are counted, or its device tells how much is left."""
        return any(map(_is_counted, self._printers.values()))

    def limits(self, ticket: Ticket) -> tuple[Limit, ...]:
        """Return the quotas that a job falls under now."""
        return self.quotas.limits(ticket, self._wall())

    def load(self, printers: Sequence[PrinterConfig], queues: Sequence[QueueConfig], default: str | None) -> None:
        """Take over what the store has; raises ConfigurationError naming the entry."""
        for config in printers:
            if not config.retired:
                self._printers[config.name] = self.build(config)
        for queue in queues:
            self.put_queue(queue)
        if default is not None and default not in self._queues:
            raise ConfigurationError(
                f"there is no queue {default!r}", where="server.default_queue", allowed=", ".join(self._queues)
            )
        self.default = default or next(iter(self._queues), None)

    def adopt(self, config: PrinterConfig) -> PrinterEntry:
        """Take over a printer that another node has declared; raises what `load` raises."""
        entry = self._printers[config.name] = self.build(config)
        entry.owned = False
        return entry

    def build(self, config: PrinterConfig) -> PrinterEntry:
        """Return a printer as it would be here, its driver opened; raises ConfigurationError, PluginBroken."""
        try:
            entry = PrinterEntry(config, self._shelf)
            self.next_turn(entry)  # no two stand alike: each of a pool knows whose card it is
            return entry
        except ConfigurationError as error:
            where = error.where or f"printer.{config.name}"
            raise ConfigurationError(error.message, where=where, allowed=error.allowed) from error
        except PrintServerError:
            raise
        except Exception as error:
            # a driver is foreign code, and here it is opened for the first time
            raise PluginBroken(f"{type(error).__name__}: {error}", where=f"printer.{config.name}") from error

    def put_printer(self, entry: PrinterEntry) -> None:
        """Take over a printer, in the place of one of its name."""
        self._printers[entry.config.name] = entry

    def drop(self, printer: str) -> None:
        """Forget a printer that is retired, and that no queue has."""
        self._printers.pop(printer, None)

    def put_queue(self, queue: QueueConfig) -> None:
        """Take over a queue; raises ConfigurationError for a printer that is not there, or hours that are none."""
        opening_hours(queue.hours, f"queue.{queue.name}.hours")
        for name in queue.printers:
            if name not in self._printers:
                raise ConfigurationError(
                    f"there is no printer {name!r}", where=f"queue.{queue.name}.printers",
                    allowed=", ".join(self._printers),
                )
        self._queues[queue.name] = queue
        if self.default is None:
            self.default = queue.name  # the first queue of a server that began without any, as after its next start
        self._put[queue.name] = self._wall()

    def entries(self) -> Sequence[PrinterEntry]:
        """Return every printer."""
        return tuple(self._printers.values())

    def entry(self, name: str) -> PrinterEntry:
        """Return a printer; raises UnknownPrinter."""
        if name not in self._printers:
            raise UnknownPrinter(f"there is no printer {name!r}", allowed=", ".join(self._printers))
        return self._printers[name]

    def known(self, name: str | None) -> PrinterEntry | None:
        """Return a printer, None where there is none of that name."""
        return self._printers.get(name or "")

    def queue_config(self, name: str | None) -> QueueConfig:
        """Return a queue's configuration, None = the default queue; raises UnknownQueue."""
        wanted = name or self.default
        if wanted is None or wanted not in self._queues:
            raise UnknownQueue(f"there is no queue {wanted!r}", where="queue", allowed=", ".join(self._queues))
        return self._queues[wanted]

    def queues(self) -> Sequence[QueueView]:
        """Return every queue as clients see it."""
        return tuple(self.queue(name) for name in self._queues)

    def queue(self, name: str | None) -> QueueView:
        """Return a queue as clients see it; raises UnknownQueue."""
        config = self.queue_config(name)
        return QueueView(
            config=config, printers=tuple(self._printers[each].view() for each in config.printers),
            waiting=self.waiting(config.name), default=config.name == self.default,
            reason=self.stopped.get(config.name), raw_port=self.raw_ports.get(config.name, 0),
            changed=self._put[config.name], ending=config.name in self.ending, unfit=self.unfit,
            opens=opening_hours(config.hours).opens(self._wall(), self.zone),
        )

    def queues_of(self, printer: str) -> tuple[str, ...]:
        """Return the names of the queues that a printer serves now.

        Those that are paused, or about to be, or outside their hours are left out.
        """
        return tuple(name for name in self._working(printer) if name not in self.ending)

    def last_jobs_of(self, printer: str) -> dict[str, int]:
        """Return the queues of a printer that are about to pause, each with the job that is still to be finished."""
        return {name: self.ending[name] for name in self._working(printer) if name in self.ending}

    def _working(self, printer: str) -> list[str]:
        return [
            queue.name for queue in self._queues.values()
            if printer in queue.printers and self.prints(queue) and self._held.isdisjoint(queue.printers)
        ]

    def prints(self, queue: QueueConfig) -> bool:
        """Tell whether a queue is neither paused nor outside its hours."""
        return not queue.paused and opening_hours(queue.hours).is_open(self._wall(), self.zone)

    def hold(self, printer: str, held: bool) -> None:
        """Let no printer take cards of the queues that a printer serves, or let them again."""
        if held:
            self._held.add(printer)
        else:
            self._held.discard(printer)

    def candidates(self, queue: QueueConfig) -> Sequence[Candidate]:
        """Return the printers of a queue with what they can do, also with what is declared and not loaded now."""
        return tuple(self._printers[name].declared() for name in queue.printers)

    def ordered(self, queues: Sequence[str]) -> tuple[str, ...]:
        """Return those of some queues that keep their order."""
        return tuple(name for name in queues if self._queues[name].ordered)

    def pooled(self, queues: Sequence[str]) -> bool:
        """Tell whether one of some queues has several printers."""
        return any(len(self._queues[name].printers) > 1 for name in queues)

    def conditions(self) -> object:
        """Return what decides which printers can do a job; what was found out under others holds no more."""
        return (
            tuple((entry.config, entry.ribbon) for entry in self._printers.values()),
            tuple(queue.printers for queue in self._queues.values()),
        )  # fmt: skip

    def next_turn(self, entry: PrinterEntry) -> None:
        """Let a printer stand behind its equals, since it has taken a card."""
        self._turns += 1
        entry.turn = self._turns

    def call_others(self, queue: str, but: str) -> None:
        """Wake the other printers of a queue: there is something that they may take."""
        for name in self._queues[queue].printers if queue in self._queues else ():
            if name != but:
                self.call(name)

    def tell(self, entry: PrinterEntry, state: PrinterState, reason: Reason | None = None) -> None:
        """Record a printer's state, and journal it when it is news."""
        code, former = reason and reason.code, entry.reason and entry.reason.code
        news, was_idle = (entry.state, former) != (state, code), entry.state is PrinterState.IDLE
        entry.state, entry.reason = state, reason
        if not news:
            return
        if was_idle and entry.needs_person:
            self._let_others_look(entry)
        entry.since = self._wall()
        data: dict[str, str | int | float | bool | None] = {
            "state": state, "reason": reason.code if reason else None, "detail": reason.detail if reason else None
        }
        self.journal(NewEvent(kind="printer", subject=entry.config.name, what="state", data=data))

    def _let_others_look(self, entry: PrinterEntry) -> None:
        """Wake those that may have left their cards to a printer that seemed to be well."""
        for queue in self._queues.values():
            if entry.config.name in queue.printers:
                self.call_others(queue.name, entry.config.name)

    def tell_status(self, entry: PrinterEntry, status: PrinterStatus) -> None:
        """Record what a device told, and journal it when it is news.

        A device that says in between only how it is has not lost its supplies and counters.
        """
        former = entry.status
        if former is not None:
            status = msgspec.structs.replace(
                status, supplies=status.supplies or former.supplies, counters=status.counters or former.counters,
                ribbon=status.ribbon or former.ribbon,
            )
        if entry.status == status:
            return
        entry.status = status
        self.watch(entry, former, status)
        words = msgspec.json.encode(status).decode()
        self.journal(NewEvent(kind="printer", subject=entry.config.name, what="status", data={"status": words}))
