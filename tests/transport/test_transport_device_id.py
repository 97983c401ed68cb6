"""IEEE 1284 device ids, out of whatever bytes a device sends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.model.display import harmless
from printserver.transport.device_id import KEYS, LONGEST, parse_device_id, parse_words

# USB Printer Class 1.1 section 4.2.1: the length, itself included, goes first, high byte first: 2 + 39 = 41 = 0x0029
GOLDEN = b"\x00\x29MFG:Evolis;MDL:Primacy;CMD:ESC;SN:10;\r\n"
WORDS = {"mfg": "Evolis", "mdl": "Primacy", "cmd": "ESC", "sn": "10"}


def test_words_are_read_by_their_keys() -> None:
    assert parse_device_id(GOLDEN) == WORDS


def test_long_keys_mean_the_same() -> None:
    text = "MANUFACTURER:Evolis; MODEL:Primacy;command set:ESC;SERN:10;DESCRIPTION:Card printer;CLASS:PRINTER;"
    assert parse_words(text) == WORDS | {"des": "Card printer", "cls": "PRINTER"}


@pytest.mark.parametrize("head", [b"\x29\x00", b"\x00\x00", b"\xff\xff"])
def test_a_wrong_length_hides_nothing(head: bytes) -> None:
    assert parse_device_id(head + GOLDEN[2:]) == WORDS


def test_what_stands_after_the_end_is_not_read() -> None:
    assert parse_device_id(b"\x00\x0dMFG:Evolis;MDL:Primacy;") == {"mfg": "Evolis"}


def test_the_first_of_two_counts() -> None:
    assert parse_words("MFG:Evolis;MFG:Magicard;") == {"mfg": "Evolis"}


@pytest.mark.parametrize("text", ["", ";;;", "MFG", "MFG:", "MFG: ;", ":Evolis;", "XYZ:1;", "mfg=Evolis"])
def test_what_is_no_device_id_has_no_words(text: str) -> None:
    assert parse_words(text) == {}


def test_escapes_and_directions_do_not_get_through() -> None:
    assert parse_words("MFG:\x1b[2JEvo\u202elis\n;MDL:" + "A" * 5000) == {"mfg": "[2JEvolis", "mdl": "A" * LONGEST}


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda data: GOLDEN + data))
def test_any_bytes_end_in_short_harmless_words(data: bytes) -> None:
    for key, value in parse_device_id(data).items():
        assert key in KEYS.values()
        assert value
        assert len(value) <= LONGEST
        assert harmless(value) == value
