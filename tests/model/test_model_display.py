"""Strangers' text made fit to be shown."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.model.display import MAX_MARKS, harmless

# Names of real scripts: joiners, marks and supplementary planes are a part of them.
NAMES = ["Ana", "Siti Nurhaliza", "محمد", "می‌خواهم", "क्‍ष", "José", "Jose\u0301", "李小龍", "Ng̃ũgĩ", "👩‍🔬", "𝒜"]

# U+202A to 202E, 2066 to 2069, 200E, 200F and 061C are all of UAX 9's explicit directional characters.
DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


@pytest.mark.parametrize("name", NAMES)
def test_names_stay_as_they_are(name: str) -> None:
    assert harmless(name) == name


@pytest.mark.parametrize(("text", "shown"), [
    ("card\x1b[2J\x1b]0;owned\x07", "card[2J]0;owned"),
    ("photo\u202egpj.exe", "photogpj.exe"),
    (DIRECTIONS + "x", "x"),
    ("two\r\nlines\tand tab", "two  lines and tab"),
    ("paragraph\u2029line\u2028next\x85", "paragraph line next "),
    ("nul\x00del\x7fc1\x9bcsi", "nuldelc1csi"),
    ("soft\u00adhyphen\ufeffmark\u200bblank", "softhyphenmarkblank"),
    ("half\ud800pair", "halfpair"),
    ("tag\U000e0041", "tag"),
    ("private\ue000", "private"),
])  # fmt: skip
def test_what_moves_turns_or_hides_is_taken_out(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_a_letter_does_not_grow_over_its_neighbours() -> None:
    assert harmless("a" + "\u0301" * 50 + "b") == "a" + "\u0301" * MAX_MARKS + "b"


@given(st.text(st.characters()))
def test_nothing_harmful_is_left(text: str) -> None:
    shown = harmless(text)
    assert not set(shown) & set(DIRECTIONS)
    assert all(unicodedata.category(one) not in ("Cc", "Cs", "Zl", "Zp") for one in shown)
    assert len(shown.splitlines()) <= 1
    shown.encode("utf-8")


@given(st.text())
def test_once_is_enough(text: str) -> None:
    assert harmless(harmless(text)) == harmless(text)


@given(st.text())
def test_nothing_is_added(text: str) -> None:
    assert len(harmless(text)) <= len(text)
