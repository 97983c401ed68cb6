"""Adding a printer: what was found, which driver knows it and why, and the form that adds the one that is chosen.

Laws kept here:

1. Looking is no deed: a page that is opened looks at what is plugged in. The network, and an address that somebody
   names, are looked at only for a form that was sent.
2. Nothing that was found is chosen for a person: they choose the device, and the driver where several know it or none.
3. What the form sends is checked by those who add printers, not here; a printer is added before its queue is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from printserver.driver import DriverInfo
from printserver.driver.info import ModelInfo
from printserver.errors import BadRequest, NameTaken
from printserver.listeners.access.table import check
from printserver.listeners.http.discovering import Discovery
from printserver.listeners.http.machines import Machines
from printserver.listeners.http.message import FORM, RequestContext, Response
from printserver.listeners.http.queues import Administration
from printserver.listeners.http.router import Route
from printserver.model.discovery import Findings, Looking
from printserver.model.printer import PrinterConfig, QueueConfig
from printserver.queue.views import By

from .adding_words import ADD, GROUNDS, NOT_LOOKED, TRANSPORTS
from .forms import by_of, done, text
from .rendering import Renderer
from .service import PagesService

FORM_LIMIT = 16 * 1024
LIST, ONE = "/printers/add", "/printers/add/one"
TCP = "tcp:"
NO_QUEUE, NEW_QUEUE, QUEUE = "none", "new", "queue:"


@dataclass(frozen=True, slots=True)
class Kind:
    """A driver and its model that a printer is to be added with."""

    driver: DriverInfo
    model: ModelInfo

    @property
    def key(self) -> str:
        """Return what a form calls it."""
        return f"{self.driver.name}/{self.model.name}"


class AddingPage:
    """Answers at `/printers/add`."""

    def __init__(
        self, service: PagesService, discovery: Discovery, machines: Machines, queues: Administration,
        renderer: Renderer,
    ) -> None:  # fmt: skip
        """Ask `discovery` what there is, `machines` to add it, and `queues` to send it jobs."""
        self._service, self._discovery, self._machines = service, discovery, machines
        self._queues, self._renderer = queues, renderer

    def routes(self) -> list[Route]:
        """Return four routes: what was found, looking elsewhere, one printer, and adding it."""
        guarded = self._renderer.guarded
        return [
            Route("GET", LIST, guarded(self.show)),
            Route("POST", LIST, guarded(self.look), (FORM,), FORM_LIMIT),
            Route("GET", ONE, guarded(self.ask)),
            Route("POST", ONE, guarded(self.add), (FORM,), FORM_LIMIT),
        ]

    # what was found

    async def show(self, context: RequestContext) -> Response:
        """Show what is plugged in."""
        return await self._list(context, Looking())

    async def look(self, context: RequestContext) -> Response:
        """Look on the network, at every USB device, or at one address; show what is there."""
        form = context.form()
        at = text(form, "at")
        if at and not at.startswith(TCP):
            at = f"{TCP}{at}"  # people write HOST:PORT
        return await self._list(context, Looking(network="network" in form, everything="everything" in form, at=at))

    async def _list(self, context: RequestContext, looking: Looking) -> Response:
        found: Findings = await self._discovery.look(looking)
        return self._renderer.page(
            context, "found.html", found=found, looking=looking, grounds=GROUNDS, transports=TRANSPORTS,
            not_looked=NOT_LOOKED, one=ONE,
        )

    # one of them

    async def ask(self, context: RequestContext) -> Response:
        """Ask for its driver and model where they are not known, else for its name and ribbon."""
        check("add_printer")
        device, driver = context.asked("device") or "", context.asked("driver") or ""
        if not device:
            raise BadRequest("is missing", where="device", allowed="the address of a device")
        kinds = [
            Kind(each, model) for each in self._discovery.families()
            if driver in ("", each.name) and device.partition(":")[0] in each.transports for model in each.model
        ]  # fmt: skip
        wanted = context.asked("kind") or f"{driver}/{context.asked('model') or ''}"
        kind = next((each for each in kinds if each.key == wanted), None)
        if kind is None:
            return self._renderer.page(
                context, "add_kind.html", device=device, families=_together(kinds), page=ONE, back=LIST
            )
        return self._renderer.page(
            context, "add_printer.html", device=device, kind=kind, name=self._free_name(kind), deed=ADD, page=ONE,
            queues=[view.config.name for view in self._service.queues()],
            no_queue=NO_QUEUE, new_queue=NEW_QUEUE, queue=QUEUE, back=LIST,
        )  # fmt: skip

    async def add(self, context: RequestContext) -> Response:
        """Add it, and let a queue have it."""
        form = context.form()
        by = by_of(context, self._renderer.visit(context).by)
        driver, _, model = text(form, "kind").partition("/")
        extras = [text({"extra": (each,)}, "extra") for each in form.get("extra", ())]
        config = PrinterConfig(
            name=text(form, "name"), driver=driver, model="+".join([model, *extras]), device=text(form, "device"),
            ribbon=text(form, "ribbon"), place=text(form, "place"),
        )  # fmt: skip
        wish = text(form, "queue") or NO_QUEUE
        self._check_queue(wish, config.name)
        await self._machines.add_printer(config, by)
        await self._let_have(wish, config.name, by)
        return done(context, ADD.name)

    def _check_queue(self, wish: str, printer: str) -> None:
        """Raise what the queue would be refused for, before the printer is added."""
        if wish.startswith(QUEUE):
            self._service.queue(wish.removeprefix(QUEUE))
        elif wish == NEW_QUEUE:
            if any(view.config.name == printer for view in self._service.queues()):
                raise NameTaken(f"there is a queue {printer}", where="name")
        elif wish != NO_QUEUE:
            raise BadRequest("is no queue", where="queue")

    async def _let_have(self, wish: str, printer: str, by: By) -> None:
        if wish == NEW_QUEUE:
            await self._queues.add_queue(QueueConfig(name=printer, printers=(printer,)), by)
        elif wish.startswith(QUEUE):
            name = wish.removeprefix(QUEUE)
            printers = self._service.queue(name).config.printers
            await self._queues.set_queue(name, by, {"printers": (*printers, printer)})

    def _free_name(self, kind: Kind) -> str:
        """Return a name that no printer has yet: the model's, with a number where that is taken."""
        taken = {view.config.name for view in self._service.printers()}
        names = (kind.model.name, *(f"{kind.model.name}-{number}" for number in range(2, len(taken) + 3)))
        return next(name for name in names if name not in taken)


def _together(kinds: Sequence[Kind]) -> dict[str, list[Kind]]:
    """Return kinds by the titles of their drivers."""
    found: dict[str, list[Kind]] = {}
    for kind in kinds:
        found.setdefault(kind.driver.title, []).append(kind)
    return found
