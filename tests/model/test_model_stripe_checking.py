"""What a track takes is known before a card is at stake: characters, lengths, and the room of a stripe."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.errors import BadTicket
from printserver.model.stripe import (
    AAMVA,
    FORMATS,
    ISO,
    JIS_II,
    Format,
    capacity,
    check,
    check_raw,
    check_tracks,
    encode,
)
from tests.model.references_stripe import KINDS

# magstripe.md section 1, without % and ?, without ; and ?
LETTERS = " !\"#$&'()*+,-./0123456789:;<=>@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_"
NUMBERS = "0123456789:<=>"


@pytest.mark.parametrize(
    ("form", "text", "where", "allowed"),
    [
        (ISO[0], "AB%C", "track 1, position 3", LETTERS),
        (ISO[0], "ABC?", "track 1, position 4", LETTERS),
        (ISO[0], "Sari", "track 1, position 2", LETTERS),
        (ISO[0], "A\x1b", "track 1, position 2", LETTERS),
        (ISO[0], "A\u00c4", "track 1, position 2", LETTERS),
        (ISO[1], "12A", "track 2, position 3", NUMBERS),
        (ISO[1], ";1", "track 2, position 1", NUMBERS),
        (ISO[1], "\u0661", "track 2, position 1", NUMBERS),
        (ISO[2], "1 2", "track 3, position 2", NUMBERS),
        (AAMVA[2], "a", "track 3, position 1", LETTERS),
        (JIS_II, "A\x7f", "track 1, position 2", "".join(map(chr, range(0x20, 0x7F)))),
        (JIS_II, "A\u00a5", "track 1, position 2", "".join(map(chr, range(0x20, 0x7F)))),
        (ISO[0], "A" * 77, "track 1", "up to 76"),
        (ISO[1], "1" * 38, "track 2", "up to 37"),
        (ISO[2], "1" * 105, "track 3", "up to 104"),
        (AAMVA[0], "A" * 80, "track 1", "up to 79"),
        (JIS_II, "A" * 70, "track 1", "up to 69"),
    ],
)
def test_what_a_track_does_not_take_is_refused_with_its_place(
    form: Format, text: str, where: str, allowed: str
) -> None:
    with pytest.raises(BadTicket) as caught:
        check(form.track, text, form)
    assert (caught.value.where, caught.value.allowed) == (where, allowed)
    with pytest.raises(BadTicket):
        encode(text, form)


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_a_full_track_is_taken_and_fits_a_card(form: Format) -> None:
    text = sorted(form.alphabet)[-1] * form.room
    check(form.track, text, form)
    assert len(encode(text, form)) == form.longest
    assert form.length_bits <= capacity(form.density_bpi)


def test_a_stripe_holds_what_its_density_gives() -> None:
    # 85.60 mm are 3.370 inches
    assert (capacity(210), capacity(75), capacity(75, 25.4)) == (707, 252, 75)


def test_what_the_stripe_has_no_room_for_is_refused() -> None:
    # 50.8 mm at 75 bpi hold 150 bits; without 22 zeros 128, which are 25 characters of five, 22 of them data
    check(2, "1" * 22, ISO[1], length_mm=50.8)
    with pytest.raises(BadTicket, match=r"^track 2: 23 characters \(allowed: up to 22\)$"):
        check(2, "1" * 23, ISO[1], length_mm=50.8)
    with pytest.raises(BadTicket, match="allowed: up to 0"):
        check(2, "1", ISO[1], length_mm=5)


def test_tracks_of_a_card() -> None:
    check_tracks((), ISO)
    check_tracks(("ANNA", "", "12"), ISO)
    with pytest.raises(BadTicket, match="track 2, position 1"):
        check_tracks(("", "ANNA"), ISO)
    with pytest.raises(BadTicket, match=r"^tracks: 4 tracks \(allowed: up to 3\)$"):
        check_tracks(("", "", "", ""), ISO)


def test_an_encoder_that_needs_a_character_for_itself_does_not_take_it() -> None:
    form = ISO[0].without(";,")
    check(1, "A:B", form)
    for text in ("A;B", "A,B"):
        check(1, text, ISO[0])
        with pytest.raises(BadTicket, match="track 1, position 2"):
            check(1, text, form)


@pytest.mark.parametrize(
    ("text", "where", "allowed"),
    [
        ("0G", "track 1, position 2", "0123456789ABCDEFabcdef"),
        ("\u0661\u0661", "track 1, position 1", "0123456789ABCDEFabcdef"),
        ("00 11", "track 1, position 3", "0123456789ABCDEFabcdef"),
        ("000", "track 1", "up to 62, two for each byte"),
        ("00" * 32, "track 1", "up to 62, two for each byte"),
    ],
)
def test_a_raw_track_is_whole_bytes_that_the_stripe_holds(text: str, where: str, allowed: str) -> None:
    with pytest.raises(BadTicket) as caught:
        check_raw(1, text, 75)
    assert (caught.value.where, caught.value.allowed) == (where, allowed)
    # 252 bits at 75 bpi are 31 bytes, 707 at 210 bpi are 88
    check_raw(1, "00" * 31, 75)
    check_raw(1, "fF" * 88, 210)


def test_what_is_reserved_is_the_rest_of_the_alphabet() -> None:
    # what Zebra's encoders take on track 1 (980081-001, C-3) is what is left
    assert ISO[0].alphabet - ISO[0].reserved == set(string.ascii_uppercase + string.digits + " $()-./^")
    assert ISO[1].alphabet - ISO[1].reserved == set(string.digits + "=")
    assert all(form.reserved <= form.alphabet for form in FORMATS.values())


@given(st.text(max_size=110), st.sampled_from(sorted(FORMATS)))
def test_a_text_is_taken_exactly_when_the_reference_has_a_code_for_it(text: str, name: str) -> None:
    form, kind = FORMATS[name], KINDS[name]
    good = set(text) <= set(kind.codes) - {kind.start, kind.end} and len(text) <= kind.room
    if good:
        check(form.track, text, form)
        return
    with pytest.raises(BadTicket) as caught:
        check(form.track, text, form)
    assert caught.value.where.startswith(f"track {form.track}")
    assert caught.value.allowed
