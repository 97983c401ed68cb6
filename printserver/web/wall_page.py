"""The wall: what waits for a person, by the place where they have to go, to be read from across the room.

Laws kept here:

1. No person is named, and no job by its title: whoever passes by may read it.
2. A sign and words say everything; the colour only repeats them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from printserver.listeners.http.message import RequestContext, Response
from printserver.listeners.http.router import Route
from printserver.model.job import Reason
from printserver.queue.conditions import STOPPING
from printserver.queue.views import PrinterView, QueueView

from .attention import Need, needs
from .looking import in_printers, troubled
from .reasons import of_code
from .rendering import Renderer
from .service import PagesService


@dataclass(frozen=True, slots=True)
class Place:
    """Where printers stand, what waits for a person there, and at which printer each; "" = nobody named a place."""

    name: str
    printers: tuple[str, ...]
    waiting: tuple[tuple[str, Need], ...]


class WallPage:
    """Answers at `/wall`."""

    def __init__(
        self, service: PagesService, renderer: Renderer, conditions: Callable[[], Iterable[Reason]] = lambda: ()
    ) -> None:
        """Ask `service` for everything, and `conditions` what holds for the whole server."""
        self._service, self._renderer, self._conditions = service, renderer, conditions

    def routes(self) -> list[Route]:
        """Return the one route."""
        return [Route("GET", "/wall", self._renderer.guarded(self.show))]

    async def show(self, context: RequestContext) -> Response:
        """Show what waits."""
        printers, queues, conditions = self._service.printers(), self._service.queues(), tuple(self._conditions())
        found = needs(
            await troubled(self._service), printers, queues,
            await in_printers(self._service, printers), conditions, self._service.server_name,
        )
        return self._renderer.page(
            context, "wall.html", places=by_place(found, printers, queues), count=len(found),
            whole=[need for need in found if need.server],
            stopping=next((of_code(each.code) for each in conditions if each.code == STOPPING), None),
        )


def by_place(found: Sequence[Need], printers: Sequence[PrinterView], queues: Sequence[QueueView]) -> list[Place]:
    """Return the places in the order of their names, those first in which somebody is waited for."""
    where = {printer.config.name: printer.config.place for printer in printers}
    first = {queue.config.name: queue.config.printers[0] for queue in queues if queue.config.printers}
    waiting: dict[str, list[tuple[str, Need]]] = {place: [] for place in where.values()}
    for need in found:
        if not need.server:
            printer = _printer_of(need)
            at = printer or (first.get(need.job.queue, "") if need.job else "")  # one goes there to release it
            waiting.setdefault(where.get(at, ""), []).append((printer, need))
    named = [
        Place(place, tuple(name for name, its in where.items() if its == place), tuple(its_needs))
        for place, its_needs in waiting.items()
    ]
    return sorted(named, key=lambda place: (not place.waiting, not place.name, place.name.casefold()))


def _printer_of(need: Need) -> str:
    if need.printer is not None:
        return need.printer.config.name
    if need.queue is not None:
        return need.queue.config.printers[0]
    return next((card.printer for card in need.cards if card.printer), "")
