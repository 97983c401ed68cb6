"""What people do to jobs and cards: a page that asks, and a form that does it.

Laws kept here:

1. GET never changes anything; POST does, and answers with a way back (303), so that loading anew does nothing twice.
2. A form about a card names the version it was shown at; a form that makes new cards counts once.
3. A held job whose panels give warnings is released by a form that showed them, and by no other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus

from printserver.errors import BadRequest, DocumentPurged, NotPossibleNow, PrintServerError
from printserver.listeners.http.message import FORM, RequestContext, Response
from printserver.listeners.http.purging import Purging
from printserver.listeners.http.router import Route
from printserver.model.inspection import PanelWarning
from printserver.model.job import CardState, Job
from printserver.model.printer import Decisions
from printserver.model.ticket import MAX_COPIES
from printserver.queue.views import Verdict

from . import deeds
from .deeds import Deed
from .forms import by_of, card_field, chosen_cards, done, number, text
from .once import Once
from .rendering import Renderer
from .rows import pictures
from .service import PagesService

CARDS_AT_ONCE = 40
FORM_LIMIT = 16 * 1024

Do = Callable[[RequestContext, int], Awaitable[Response]]

DECISIONS = frozenset({deeds.SETTLE.name, deeds.REJECT.name, deeds.REPRINT.name})
# The state of the cards that a deed is about.
ABOUT_CARDS = {deeds.SETTLE.name: CardState.UNCERTAIN, deeds.REJECT.name: CardState.DONE}


class JobDeeds:
    """Answers at `/jobs/ID/DEED`."""

    def __init__(self, service: PagesService, purging: Purging, renderer: Renderer, once: Once) -> None:
        """Ask `service` for everything, `purging` for what is thrown away."""
        self._purging = purging
        self._service = service
        self._renderer = renderer
        self._once = once

    def routes(self) -> list[Route]:
        """Return two routes for each deed: one that asks, one that does."""
        does: dict[str, Do] = {
            "settle": self.settle, "release": self.release, "hold": self.hold, "cancel": self.cancel,
            "reprint": self.reprint, "reject": self.reject, "purge": self.purge,
        }  # fmt: skip
        return [route for deed in deeds.JOB_DEEDS for route in self._pair(deed, does[deed.name])]

    def _pair(self, deed: Deed, do: Do) -> list[Route]:
        async def ask(context: RequestContext) -> Response:
            return await self._ask(context, deed)

        async def act(context: RequestContext) -> Response:
            return await do(context, context.number("job"))

        path = f"/jobs/{{job:int}}/{deed.name}"
        guarded = self._renderer.guarded
        return [Route("GET", path, guarded(ask)), Route("POST", path, guarded(act), (FORM,), FORM_LIMIT)]

    async def _ask(self, context: RequestContext, deed: Deed) -> Response:
        job = await self._service.job(context.number("job"))
        if job.purged and deed in (deeds.REPRINT, deeds.REJECT):
            raise DocumentPurged()
        if deed not in deeds.offered(job):
            raise NotPossibleNow(f"job {job.id} is {job.state}")
        warnings = await self._warnings(job) if deed is deeds.RELEASE else ()
        return self._asking(context, job, deed, warnings)

    def _asking(
        self, context: RequestContext, job: Job, deed: Deed, warnings: Sequence[PanelWarning] = (),
        status: int = HTTPStatus.OK,
    ) -> Response:  # fmt: skip
        """Return the page that asks for a deed; a status of an error says that it was not done without asking."""
        about = deeds.cards_in(job, ABOUT_CARDS[deed.name]) if deed.name in ABOUT_CARDS else job.cards[:1]
        wanted = context.asked("card")
        shown = [card for card in about if wanted in (None, str(card.number))][:CARDS_AT_ONCE]
        asks = deed is deeds.PURGE or (
            deed.name in DECISIONS and self._service.queue(job.queue).config.decisions is not Decisions.FREE
        )
        return self._renderer.page(
            context, "ask_job.html", status, job=job, deed=deed, needed=asks, token=self._once.token(),
            most_copies=MAX_COPIES,
            cards=[(card, card_field(card), pictures(job, card)) for card in shown], left_out=len(about) - len(shown),
            action=f"/jobs/{job.id}/{deed.name}", warnings=warnings, stopped=status >= HTTPStatus.BAD_REQUEST,
        )  # fmt: skip

    async def _warnings(self, job: Job) -> Sequence[PanelWarning]:
        """Return what may go wrong with a job's cards, which all have the same panels.

        Nothing where nobody can tell: what cannot be shown is refused, with its reason, when it is to be printed.
        """
        try:
            return (await self._service.inspection(job.id, job.cards[0].number)).warnings if job.cards else ()
        except PrintServerError:
            return ()

    # deeds

    async def hold(self, context: RequestContext, job: int) -> Response:
        """Hold a job."""
        await self._service.hold(job, by_of(context, self._name(context)))
        return done(context, "hold", job)

    async def release(self, context: RequestContext, job: int) -> Response:
        """Release a held job; where its panels give warnings, only after they were seen."""
        found = await self._service.job(job)
        warnings = () if text(context.form(), "seen") else await self._warnings(found)
        if warnings:
            return self._asking(context, found, deeds.RELEASE, warnings, HTTPStatus.CONFLICT)
        await self._service.release(job, by_of(context, self._name(context)))
        return done(context, "release", job)

    async def cancel(self, context: RequestContext, job: int) -> Response:
        """Cancel a job."""
        await self._service.cancel(job, by_of(context, self._name(context)))
        return done(context, "cancel", job)

    async def reprint(self, context: RequestContext, job: int) -> Response:
        """Print a job again, once for each time the form was shown."""
        form = context.form()
        by, copies = by_of(context, self._name(context)), number(form, "copies")
        if copies is not None and not 1 <= copies <= MAX_COPIES:
            raise BadRequest("is not possible", where="copies", allowed=f"1 to {MAX_COPIES}")
        token = text(form, "token")
        # the token is the job's key too: a form that was sent before a restart makes no second card after it
        made = await self._once.run(token, lambda: self._service.reprint(job, by, copies=copies, key=f"form {token}"))
        return done(context, "reprint", made.id)

    async def reject(self, context: RequestContext, job: int) -> Response:
        """Reject one finished card."""
        by = by_of(context, self._name(context))
        cards = chosen_cards(context.form(), await self._service.job(job))
        if len(cards) != 1:
            raise BadRequest("one card at a time", where="card")
        await self._service.reject(job, cards[0].number, by)
        return done(context, "reject", job)

    async def purge(self, context: RequestContext, job: int) -> Response:
        """Throw a job's documents away."""
        await self._purging.purge_job(job, by_of(context, self._name(context)))
        return done(context, "purge", job)

    async def settle(self, context: RequestContext, job: int) -> Response:
        """Take a verdict on the cards that were chosen, one after the other."""
        form = context.form()
        by, verdict = by_of(context, self._name(context)), text(form, "verdict")
        if verdict not in tuple(Verdict):
            raise BadRequest("say what became of the card", where="verdict", allowed=", ".join(Verdict))
        found: Job = await self._service.job(job)
        for card in chosen_cards(form, found):
            await self._service.settle(job, card.number, Verdict(verdict), by)
        return done(context, "settle", job)

    def _name(self, context: RequestContext) -> str:
        return self._renderer.visit(context).by
