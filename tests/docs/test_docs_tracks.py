"""The page tells of magnetic tracks what the formats and the drivers have."""

import re
from pathlib import Path
from string import ascii_uppercase, digits

import pytest

import printserver_epcl.magnetic
import printserver_evolis.job
import printserver_magicard.job
from printserver.model.stripe import ISO, Format

PAGE = Path(__file__).parents[2].joinpath("docs", "client-applications.md").read_text()
SECTION = PAGE.split("### Magnetic tracks", 1)[1].split("\n## ", 1)[0]
DRIVERS = {
    "Evolis": printserver_evolis.job.TRACKS, "Magicard": printserver_magicard.job.TRACKS,
    "Zebra, Eltron (EPCL)": printserver_epcl.magnetic.TRACKS,
}  # fmt: skip


def row(first: str) -> list[str]:
    found = re.search(rf"^\| {re.escape(first)} \| (.+) \|$", SECTION, re.M)
    assert found
    return found[1].split(" | ")


def signs(cell: str) -> set[str]:
    """Return the single characters of a cell, those between backticks."""
    return {sign for code in re.findall("`+([^`]+)`+", cell) for sign in code.split() if len(sign) == 1}


@pytest.mark.parametrize("form", ISO, ids=lambda form: form.name)
def test_what_a_track_takes(form: Format) -> None:
    characters, longest, sentinels, separator, density = row(str(form.track))
    spelled = set(digits) | (set(ascii_uppercase) | {" "} if form.track == 1 else set())
    assert signs(characters) | spelled == form.alphabet
    assert (int(longest), density) == (form.room, f"{form.density_bpi} bpi")
    assert (sentinels, separator) == (f"`{form.start}` `{form.end}`", f"`{form.separator}`")


def test_what_the_standard_keeps() -> None:
    kept = re.search(r"The standard keeps (.+?) of track 1 and (.+?) of tracks 2 and 3", SECTION)
    assert kept
    assert signs(kept[1]) == ISO[0].reserved
    assert signs(kept[2]) == ISO[1].reserved == ISO[2].reserved


@pytest.mark.parametrize("driver", DRIVERS)
def test_what_a_printer_takes_less(driver: str) -> None:
    first, others = row(driver)
    for iso, form, cell in zip(ISO, DRIVERS[driver], (first, others, others), strict=True):
        wanted = iso.reserved if "what the standard keeps" in cell else signs(cell)
        assert iso.alphabet - form.alphabet == wanted
