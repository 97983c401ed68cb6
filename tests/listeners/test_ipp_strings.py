# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""Words for attributes: every language has them all, and a client is given its own."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from printserver.ipp import Operation, Plain, build, encode
from printserver.listeners.ipp.media import MEDIA, SOURCES, TYPES
from printserver.listeners.ipp.pages import SCALING
from printserver.listeners.ipp.routes import ipp_routes
from printserver.listeners.ipp.strings import FOLDER, KIND, LANGUAGES, path_of
from printserver.listeners.ipp.template import (
    COLOUR_HALVES,
    CONTENTS,
    DEPTHS,
    K_MODES,
    OPTIONS,
    OURS,
    OVERLAYS,
)
from tests.listeners.http_kit import SiteCase
from tests.listeners.ipp_kit import HOST, PRINTER, DoorCase, FakeAdministration, FakeIppService, printer_of

LINE = re.compile(r'"([^"\\]+)" = "([^"\\]+)";')


def words(language: str) -> dict[str, str]:
    """Read a catalogue; every line but its comment must be an entry."""
    lines = (FOLDER / f"{language}.strings").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("/*")
    found = [LINE.fullmatch(line) for line in lines[1:]]
    assert all(found), [line for line, entry in zip(lines[1:], found, strict=True) if not entry]
    entries = [(entry[1], entry[2]) for entry in found if entry]
    assert len(entries) == len(dict(entries))
    return dict(entries)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_attribute_and_keyword_of_our_own_has_words(language: str) -> None:
    keywords: dict[str, Iterable[str]] = {
        "printserver-k-mode": K_MODES, "printserver-overlay": OVERLAYS, "printserver-colour-half": COLOUR_HALVES,
        "printserver-depth": DEPTHS, "media": MEDIA, "media-type": TYPES, "media-source": SOURCES,
        "print-content-optimize": CONTENTS, "print-scaling": SCALING,
    }  # fmt: skip
    wanted = {f"{name}.{keyword}" for name, each in keywords.items() for keyword in each}
    wanted |= {name for name in OPTIONS if name.startswith(OURS)}
    found = set(words(language))
    assert wanted <= found
    assert {name for name in found - wanted if not name.startswith("job-state-reasons.")} == set()


def test_the_languages_say_the_same_things_in_other_words() -> None:
    first, *others = (words(language) for language in LANGUAGES)
    for other in others:
        assert list(other) == list(first)
        assert sum(other[name] == first[name] for name in first) < len(first) / 10


class StringsTest(DoorCase):
    async def told(self, language: str) -> dict[str, list[Plain]]:
        request = build.request(Operation.GET_PRINTER_ATTRIBUTES, PRINTER, language=language)
        return printer_of(await self.post(encode(request)))

    async def test_a_client_is_given_the_catalogue_of_its_language(self) -> None:
        for language, chosen in (("id", "id"), ("id-ID", "id"), ("en-gb", "en"), ("fr", "en")):
            found = await self.told(language)
            self.assertEqual(found["printer-strings-uri"], [f"http://{HOST}{path_of(chosen)}"])
            self.assertEqual(found["printer-strings-languages-supported"], list(LANGUAGES))


class CatalogueTest(SiteCase):
    def setUp(self) -> None:
        service = FakeIppService()
        self.routes = ipp_routes(service, FakeAdministration(service))
        super().setUp()

    async def test_a_catalogue_is_fetched(self) -> None:
        for language in LANGUAGES:
            answer = await self.call("GET", path_of(language))
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.headers["content-type"], f"{KIND}; charset=utf-8")
            self.assertIn(b'"printserver-overlay" = ', answer.body)
