"""Which language a page is in, and its texts.

Laws kept here:

1. What was asked for by `?lang=` goes before what was chosen before (cookie), that before what the browser says.
2. A language is there when the pages' own catalogue is; English always is.
3. A driver brings words of its own for its own texts; they never take the place of the pages' words. A catalogue that
   cannot be read costs these words and nothing else.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import structlog

from printserver.errors import ConfigurationError
from printserver.listeners.http.message import RequestContext

from .catalogue import read_catalogue
from .cookies import cookie

LOCALE = Path(__file__).with_name("locale")
SOURCE_LANGUAGE = "en"
NAMES = {"en": "English", "id": "Bahasa Indonesia"}
COOKIE = "lang"

Translations = gettext.NullTranslations
Translate = Callable[[str], str]


def read_languages(folder: Path = LOCALE, of_drivers: Iterable[Path] = ()) -> dict[str, Translations]:
    """Return the translations of each language whose catalogue is in a folder, English first.

    `of_drivers` are folders with catalogues for further texts.
    """
    found: dict[str, Translations] = {SOURCE_LANGUAGE: gettext.NullTranslations()}
    for path in sorted(folder.glob("*.po")):
        found[path.stem] = read_catalogue(path)
    for further in of_drivers:
        for path in sorted(further.glob("*.po")):
            _join(found, path)
    return found


def _join(languages: Mapping[str, Translations], path: Path) -> None:
    if path.stem not in languages:
        return
    try:
        languages[path.stem].add_fallback(read_catalogue(path))
    except (ConfigurationError, OSError, UnicodeDecodeError) as error:
        structlog.get_logger("pages").warning("catalogue left out", detail=str(error), where=str(path))


def own_name(language: str) -> str:
    """Return what a language calls itself."""
    return NAMES.get(language, language)


def language_of(context: RequestContext, known: Mapping[str, Translations]) -> str:
    """Return the language in which to answer."""
    for wanted in (context.asked("lang"), cookie(context, COOKIE), *accepted(context)):
        if wanted in known:
            return str(wanted)
    return SOURCE_LANGUAGE


def accepted(context: RequestContext) -> list[str]:
    """Return the primary languages of Accept-Language (RFC 9110 section 12.5.4), the most wanted first."""
    wishes = []
    for place, part in enumerate(",".join(context.headers.get("accept-language", ())).split(",")[:20]):
        tag, _, parameter = part.partition(";")
        weight = _weight(parameter)
        if weight > 0:
            wishes.append((-weight, place, tag.strip().partition("-")[0].lower()))
    return [language for _, _, language in sorted(wishes)]


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
