"""Words for this server's attributes in the languages of its clients (PWG 5100.13 section 6.6, printer-strings-uri).

Laws kept here:

1. Every attribute and keyword of our own has its words in every language; a test compares catalogues and code.
2. A client is given the catalogue of the language it speaks, English where there is none.
"""

from __future__ import annotations

from pathlib import Path

from printserver.ipp import Attribute, build
from printserver.listeners.http import RequestContext, Response, Route
from printserver.listeners.ipp.addresses import Addresses

LANGUAGES = ("en", "id")
FOLDER = Path(__file__).with_name("catalogues")
KIND = "text/strings"


def path_of(language: str) -> str:
    """Return where the catalogue of a language is fetched."""
    return f"/ipp/strings/{language}.strings"


def strings_attributes(addresses: Addresses, language: str) -> list[Attribute]:
    """Return what a printer tells of its words to a client that speaks `language` (RFC 5646)."""
    main = language.partition("-")[0].lower()
    chosen = main if main in LANGUAGES else LANGUAGES[0]
    return [
        build.uri("printer-strings-uri", addresses.page(path_of(chosen))),
        build.natural_language("printer-strings-languages-supported", *LANGUAGES),
    ]


def strings_routes() -> list[Route]:
    """Return the routes of the catalogues."""
    return [_route(language) for language in LANGUAGES]


def _route(language: str) -> Route:
    catalogue = (FOLDER / f"{language}.strings").read_bytes()

    async def show(context: RequestContext) -> Response:
        return Response(200, (("Content-Type", f"{KIND}; charset=utf-8"), ("Cache-Control", "no-cache")), catalogue)

    return Route("GET", path_of(language), show)
