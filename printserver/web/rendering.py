"""Templates into answers: one Jinja environment for each language, everything escaped.

Laws kept here:

1. Autoescape is on and an undefined name is an error; text of clients and devices goes through `harmless`.
2. A page with data is not kept by a browser (`Cache-Control: no-store`, the site's own default).
3. An error becomes a page in the visitor's language with the error's own status, sentence and remedy.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from printserver import __version__
from printserver.errors import PrintServerError
from printserver.listeners.access.table import asking
from printserver.listeners.http.message import RequestContext, Response
from printserver.listeners.http.problems import status_of
from printserver.listeners.http.router import Handler
from printserver.model.cost import money
from printserver.model.display import harmless

from . import words
from .adding_words import ADD
from .assets import Assets
from .cookies import cookie, remember
from .deeds import JOB_DEEDS, PRINTER_DEEDS, PURGE_JOBS, QUEUE_DEEDS, SECOND_DEEDS, may
from .language import COOKIE, Translations, language_of, own_name
from .machine_words import CHOOSING_DEEDS
from .moments import Moments
from .panel_words import PANEL_FACTS
from .reasons import of_code, of_error
from .rows import look_of, pictures
from .supply_deeds import SUPPLY_DEEDS
from .visit import Visit, back_of, query_of, segment
from .ways import Way

TEMPLATES = Path(__file__).with_name("templates")
HTML = "text/html; charset=utf-8"
NAME_COOKIE = "by"

_DEEDS = {deed.name: deed for deed in (*JOB_DEEDS, *SECOND_DEEDS, *QUEUE_DEEDS, *PRINTER_DEEDS, *SUPPLY_DEEDS,
                                      *CHOOSING_DEEDS, PURGE_JOBS, ADD)}


class Renderer:
    """Makes pages; `zone` None = the system's own."""

    def __init__(
        self, assets: Assets, languages: Mapping[str, Translations], *,
        server: str, clock: Callable[[], float], zone: tzinfo | None = None, ways: Sequence[Way] = (),
    ) -> None:  # fmt: skip
        """`clock` tells seconds since the epoch; `ways` lead from each page to the others."""
        self._languages = languages
        self._clock = clock
        self._zone = zone
        self._ways = ways
        facts = {
            "asset": assets.url, "server": server, "version": __version__, "words": words, "of_code": of_code,
            "languages": [(language, own_name(language)) for language in languages],
            "look_of": look_of, "pictures": pictures, "deed_of": _DEEDS, "may": may, "money": money, **PANEL_FACTS,
        }
        self._environments = {language: environment(texts, facts) for language, texts in languages.items()}

    def visit(self, context: RequestContext) -> Visit:
        """Return what templates know of a request."""
        language = language_of(context, self._languages)
        texts = self._languages[language]
        identity = asking()
        who = "" if identity is None else identity.name
        return Visit(
            language=language, texts=texts, moments=Moments(texts, self._clock(), self._zone),
            by=who or cookie(context, NAME_COOKIE), who=who, path=context.path, query=query_of(context),
            back=back_of(context.asked("back")),
        )  # fmt: skip

    def page(self, context: RequestContext, template: str, status: int = 200, **values: object) -> Response:
        """Return a page; `values` are the template's own."""
        visit = self.visit(context)
        found = self._environments[visit.language].get_template(template)
        ways = [way for way in self._ways if may(way.operation)]
        text = found.render(visit=visit, moments=visit.moments, notice=_notice(context), ways=ways, **values)
        headers = (("Content-Type", HTML), ("Vary", "Accept-Language, Cookie"), *self._remembered(context))
        return Response(status, headers, text.encode())

    def _remembered(self, context: RequestContext) -> tuple[tuple[str, str], ...]:
        asked = context.asked("lang")
        if asked is None or asked not in self._languages or asked == cookie(context, COOKIE):
            return ()
        return (remember(COOKIE, asked),)

    def error(self, context: RequestContext, error: PrintServerError) -> Response:
        """Return the page that says what went wrong."""
        status = status_of(error)
        return self.page(context, "error.html", status, error=error, told=of_error(type(error)))

    def guarded(self, handler: Handler) -> Handler:
        """Return a handler whose errors are pages."""

        async def answer(context: RequestContext) -> Response:
            try:
                return await handler(context)
            except PrintServerError as error:
                return self.error(context, error)

        return answer


def environment(texts: Translations, facts: Mapping[str, object]) -> Environment:
    """Return the templates in one language."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, extensions=["jinja2.ext.i18n"],
    )  # fmt: skip
    install = getattr(made, "install_gettext_translations")  # noqa: B009 - the extension adds it; no type knows it
    install(texts if isinstance(texts, gettext.GNUTranslations) else gettext.NullTranslations(), newstyle=True)
    made.globals.update(facts)
    made.filters["harmless"] = harmless
    made.filters["segment"] = segment
    return made


def _notice(context: RequestContext) -> tuple[str, str] | None:
    """Return what was just done, as a text of the catalogue, and the number of the job it was done to."""
    deed = _DEEDS.get(context.asked("did") or "")
    job = context.asked("job") or ""
    return None if deed is None else (deed.done, job if job.isascii() and job.isdigit() and len(job) < 19 else "")
