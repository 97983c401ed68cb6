"""What a form holds: who wants it, why, and about which cards.

Laws kept here:

1. A field that is missing, doubled or too long is an error that names it; nothing is cut or guessed.
2. A form about cards names each with the version it was shown at: a card that has moved on since is not acted upon.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from printserver.errors import BadRequest, StoreConflict, UnknownCard
from printserver.listeners.http.message import RequestContext, Response, Values
from printserver.model.job import Card, Job
from printserver.queue.views import By

from .cookies import remember
from .rendering import NAME_COOKIE
from .visit import back_of

MAX_TEXT = 255
MAX_DIGITS = 18
NOBODY = "anonymous"


def text(form: Values, name: str) -> str:
    """Return a field's text without blanks round it, empty when it is not there; raises BadRequest."""
    values = form.get(name, ())
    if len(values) > 1:
        raise BadRequest("is given more than once", where=name)
    found = values[0].strip() if values else ""
    if len(found) > MAX_TEXT:
        raise BadRequest("is too long", where=name, allowed=f"{MAX_TEXT} characters")
    return found


def number(form: Values, name: str) -> int | None:
    """Return a field's whole number, None when it is empty; raises BadRequest."""
    found = text(form, name)
    if not found:
        return None
    if not (found.isascii() and found.isdigit() and len(found) <= MAX_DIGITS):
        raise BadRequest("is not a whole number", where=name)
    return int(found)


def by_of(context: RequestContext, remembered: str) -> By:
    """Return who sent a form, and why; `remembered` is the name used where the form does not ask for one."""
    form = context.form()
    name = text(form, "by") if "by" in form else remembered[:MAX_TEXT]
    return By(name or NOBODY, text(form, "reason"))


def card_field(card: Card) -> str:
    """Return what a form calls a card: its number and the version at which it is shown."""
    return f"{card.number}:{card.version}"


def chosen_cards(form: Values, job: Job) -> Sequence[Card]:
    """Return the cards that a form names, as they are now.

    Raises BadRequest when it names none, UnknownCard, StoreConflict when one has moved on since the form was shown.
    """
    named = form.get("card", ())
    if not named:
        raise BadRequest("no card is chosen", where="card")
    return [_card(job, each) for each in dict.fromkeys(named)]


def _card(job: Job, field: str) -> Card:
    number, _, version = field.partition(":")
    if not (number.isascii() and number.isdigit() and len(number) <= MAX_DIGITS):
        raise BadRequest("is not a card", where="card")
    found = next((card for card in job.cards if card.number == int(number)), None)
    if found is None:
        raise UnknownCard(where=f"{job.id}/{number}")
    if version != str(found.version):
        raise StoreConflict(f"card {number} of job {job.id} has moved on since this page was shown")
    return found


def done(context: RequestContext, deed: str, job: int | None = None, home: str = "") -> Response:
    """Return the answer after a form: go on (303) to where the person came from, and say there what was done.

    `home` = one of our own addresses to go to instead.
    """
    form = context.form()
    back = home or back_of(text(form, "back"))
    said = {"did": deed} | ({} if job is None else {"job": str(job)})
    headers = [("Location", f"{back}{'&' if '?' in back else '?'}{urlencode(said)}")]
    if text(form, "by"):
        headers.append(remember(NAME_COOKIE, text(form, "by")))
    return Response(303, tuple(headers))
