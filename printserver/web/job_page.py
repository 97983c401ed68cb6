"""A job's own page: its pictures, its cards with their attempts, and its story."""

from __future__ import annotations

from dataclasses import dataclass

from printserver.listeners.http.message import RequestContext, Response
from printserver.listeners.http.questions import whole_number
from printserver.listeners.http.router import Route
from printserver.model.job import Card

from .rendering import Renderer
from .rows import Picture, pictures, row
from .service import PagesService
from .story import line, outcome_words

CARDS = 24
STORY_LINES = 300


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A card with its pictures."""

    card: Card
    pictures: tuple[Picture, ...]


class JobPage:
    """Answers at `/jobs/ID`."""

    def __init__(self, service: PagesService, renderer: Renderer) -> None:
        """Ask `service` for everything."""
        self._service = service
        self._renderer = renderer

    def routes(self) -> list[Route]:
        """Return the one route."""
        return [Route("GET", "/jobs/{job:int}", self._renderer.guarded(self.show))]

    async def show(self, context: RequestContext) -> Response:
        """Show a job; `?from=` is the first card to be listed."""
        job = await self._service.job(context.number("job"))
        first = whole_number(context, "from", 1, 1, 10**6)
        queues = {queue.config.name: queue for queue in self._service.queues()}
        lines = [line(event) for event in await self._service.story(job.id)]
        shown = job.cards[first - 1 : first - 1 + CARDS]
        following = first + CARDS
        return self._renderer.page(
            context, "job.html", row=row(job, queues, self._service.clock()), job=job,
            cards=[ShownCard(card, pictures(job, card)) for card in shown], first=first,
            previous=max(1, first - CARDS) if first > 1 else None,
            following=following if following <= len(job.cards) else None,
            story=lines[-STORY_LINES:], left_out=max(0, len(lines) - STORY_LINES), outcome_words=outcome_words,
        )  # fmt: skip
