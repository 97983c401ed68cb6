"""A job's own page: its pictures, its cards with their attempts, and its story."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from printserver.listeners.http.message import RequestContext, Response
from printserver.listeners.http.questions import whole_number
from printserver.listeners.http.router import Route
from printserver.listeners.http.supplies import SuppliesService
from printserver.model.job import Card, Job

from .panels import ShownPanels, panels_of_job
from .rendering import Renderer
from .rows import Picture, pictures, row
from .service import PagesService
from .story import line, outcome_words

CARDS = 24
STORY_LINES = 300
HIGHEST_ID = 10**18 - 1


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A card with its pictures."""

    card: Card
    pictures: tuple[Picture, ...]


class JobPage:
    """Answers at `/jobs/ID` and `/jobs/ID/cards/N/panels`."""

    def __init__(self, service: PagesService, renderer: Renderer, supplies: SuppliesService | None = None) -> None:
        """Ask `service` for everything; `supplies` knows of ribbon and blanks, None = nothing is said of them."""
        self._service, self._supplies = service, supplies
        self._renderer = renderer

    def routes(self) -> list[Route]:
        """Return the routes."""
        guarded = self._renderer.guarded
        return [
            Route("GET", "/jobs/{job:int}", guarded(self.show)),
            Route("GET", "/jobs/{job:int}/cards/{card:int}/panels", guarded(self.panels)),
        ]

    async def panels(self, context: RequestContext) -> Response:
        """Show the panels of a card; they are made when they are not kept yet."""
        job = await self._service.job(context.number("job"))
        number = context.number("card")
        inspection = await self._service.inspection(job.id, number)
        card = next(card for card in job.cards if card.number == number)
        return self._renderer.page(
            context, "panels_page.html", job=job, card=card, panels=panels_of_job(inspection, job.id, number)
        )

    async def _kept_panels(self, job: Job, card: Card | None) -> ShownPanels | None:
        """Return the panels of the card that stands for a job, when they are there to be seen without being made."""
        if card is None or not pictures(job, card):
            return None
        kept = await self._service.kept_inspection(job.id, card.number)
        return None if kept is None else panels_of_job(kept, job.id, card.number)

    async def show(self, context: RequestContext) -> Response:
        """Show a job; `?from=` is the first card to be listed."""
        job = await self._service.job(context.number("job"))
        first = whole_number(context, "from", 1, 1, 10**6)
        queues = {queue.config.name: queue for queue in self._service.queues()}
        before = whole_number(context, "before", None, 1, HIGHEST_ID)
        told_rows = await self._service.story(job.id, before, STORY_LINES + 1)  # one more tells whether that is all
        rows = told_rows[-STORY_LINES:]
        shown = job.cards[first - 1 : first - 1 + CARDS]
        following = first + CARDS
        told = row(job, queues, self._service.clock())
        return self._renderer.page(
            context, "job.html", row=told, job=job, panels=await self._kept_panels(job, told.card),
            cards=[ShownCard(card, pictures(job, card)) for card in shown], first=first,
            previous=max(1, first - CARDS) if first > 1 else None,
            following=following if following <= len(job.cards) else None,
            story=[line(event) for event in rows], newest=before is None,
            earlier=rows[0].id if len(told_rows) > STORY_LINES else None, outcome_words=outcome_words,
            wishes=await self._service.open_wishes(job.id), **await self._used(job.id),
        )  # fmt: skip

    async def _used(self, job: int) -> dict[str, Any]:
        if self._supplies is None:
            return {"use": None, "forecasts": ()}
        return {"use": await self._supplies.use(job), "forecasts": await self._supplies.forecasts(job)}
