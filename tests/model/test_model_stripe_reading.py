"""Bits of a swipe to text: either direction, zeros round it, and each thing that can be wrong, by its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.model.stripe import (
    FORMATS,
    ISO,
    JIS_II,
    Flaw,
    Format,
    Order,
    Reading,
    TrackUnreadable,
    bits_of,
    decode,
    encode,
    unpack,
)
from tests.model.references_stripe import KINDS, slow_texts

T1, T2, T3 = ISO
SECRET = "QXJZVW"


def of(text: str) -> list[int]:
    return [int(bit) for bit in text.replace(" ", "")]


# magstripe.md section 2
SWIPE = "11010 10000 01000 11001 00100 10101 11111 10101"


def test_a_swipe_as_readers_give_it() -> None:
    # the first bit as the highest: `%ABC123?` and `;12345?` of magstripe.md section 2
    assert decode(unpack(bytes.fromhex("a30d1e28a9727c54"), Order.HIGH), T1) == Reading("ABC123", False, 0, 1)
    assert decode(unpack(bytes.fromhex("d4119257f5"), Order.HIGH), T2) == Reading("12345", False, 0, 0)


def test_either_direction_and_zeros_round_it() -> None:
    bits = [*[0] * 22, *of(SWIPE), *[0] * 9]
    assert decode(bits, T2) == Reading("12345", False, 22, 9)
    assert decode(bits[::-1], T2) == Reading("12345", True, 22, 9)


@pytest.mark.parametrize(
    ("bits", "flaw", "character"),
    [
        ("", Flaw.BLANK, 0),
        ("00000 00000", Flaw.BLANK, 0),
        ("10000 01000 11001 00100 10101 11111 10101", Flaw.START, 1),
        ("11010 10000 01010 11001 00100 10101 11111 10101", Flaw.PARITY, 3),
        ("11010 10000 01000 11001 00100 10101", Flaw.END, 7),
        ("11010 10000 01000 11001 00100 10101 11111", Flaw.CHECK, 8),
        ("11010 10000 01000 11001 00100 10101 11111 1010", Flaw.CHECK, 8),
        ("11010 10000 01000 11001 00100 10101 11111 00100", Flaw.CHECK, 8),
        # its columns are even, its own parity is not odd
        ("11010 10000 01000 11001 00100 10101 11111 10100", Flaw.CHECK, 8),
        # a second start sentinel in the data, an LRC that would fit
        ("11010 11010 11111 11111", Flaw.CHARACTER, 2),
        (SWIPE + " 00001", Flaw.MORE, 8),
        ("11010" + "00001" * 38 + "11111 00100", Flaw.LONG, 39),
    ],
)
def test_what_is_wrong_is_named_with_its_place(bits: str, flaw: Flaw, character: int) -> None:
    with pytest.raises(TrackUnreadable) as caught:
        decode(of(bits), T2)
    assert (caught.value.flaw, caught.value.character, caught.value.backwards) == (flaw, character, False)
    assert caught.value.where == (f"track 2, character {character}" if character else "track 2")


def test_the_direction_that_came_further_is_spoken_of() -> None:
    bits = of("11010 10000 01010 11001 00100 10101 11111 10101")[::-1]
    with pytest.raises(TrackUnreadable, match=r"track 2, character 3: .* wrong parity, read backwards") as caught:
        decode(bits, T2)
    assert caught.value.backwards


def test_two_texts_are_no_text() -> None:
    # & is 26: bits 0110010, parity 1; the other way round 1010011 0, which is e (65). The columns of && are even.
    bits = of("00000000" "11111111" "01100101" "01100101" "11111111" "00000000")
    with pytest.raises(TrackUnreadable) as caught:
        decode(bits, JIS_II)
    assert caught.value.flaw is Flaw.BOTH
    assert slow_texts("".join(map(str, bits)), KINDS["jis-ii"]) == [("&&", False), ("ee", True)]
    # without so many zeros before it, it is no track the other way round
    assert decode(bits[8:], JIS_II).text == "&&"


def test_the_same_text_in_both_directions_is_that_text() -> None:
    # f is 66: bits 0110011, parity 0, its own mirror image
    bits = of("00000000" "11111111" "01100110" "01100110" "11111111" "00000000")
    assert decode(bits, JIS_II) == Reading("ff", False, 8, 0)


@pytest.mark.parametrize("place", range(60))
def test_an_error_says_nothing_of_what_is_on_the_track(place: int) -> None:
    bits = list(bits_of(encode(SECRET, T1), T1))
    bits[place % len(bits)] ^= 1
    with pytest.raises(TrackUnreadable) as caught:
        decode(bits, T1)
    assert SECRET[:2] not in caught.value.sentence()
    assert caught.value.message.removesuffix(", read backwards") in set(Flaw)


@given(st.data())
def test_every_track_is_read_back(data: st.DataObject) -> None:
    form = FORMATS[data.draw(st.sampled_from(sorted(FORMATS)))]
    text = data.draw(st.text(st.sampled_from(sorted(form.alphabet)), min_size=1, max_size=form.room))
    leading, trailing = data.draw(st.tuples(st.integers(0, 70), st.integers(0, 70)))
    bits = (*bits_of(encode(text, form), form, leading), *[0] * trailing)
    for backwards, way in ((False, bits), (True, bits[::-1])):
        assert outcome(way, form) == expected(way, form)
        assert (text, backwards) in slow_texts("".join(map(str, way)), KINDS[form.name])


@given(st.data())
def test_a_damaged_track_is_read_as_the_slow_reference_reads_it(data: st.DataObject) -> None:
    form = FORMATS[data.draw(st.sampled_from(sorted(FORMATS)))]
    text = data.draw(st.text(st.sampled_from(sorted(form.alphabet)), max_size=12))
    bits = list(bits_of(encode(text, form), form, data.draw(st.integers(0, 3))))
    for place in data.draw(st.lists(st.integers(0, len(bits) - 1), max_size=4)):
        bits[place] ^= 1
    cut = data.draw(st.integers(0, 3))
    bits = bits[: len(bits) - cut] + data.draw(st.lists(st.integers(0, 1), max_size=3))
    assert outcome(bits, form) == expected(bits, form)


@given(st.lists(st.integers(0, 1), max_size=60), st.sampled_from(sorted(FORMATS)))
def test_any_bits_end_in_a_text_or_a_typed_error(bits: list[int], name: str) -> None:
    assert outcome(bits, FORMATS[name]) == expected(bits, FORMATS[name])


def outcome(bits: list[int] | tuple[int, ...], form: Format) -> tuple[str, bool] | None:
    try:
        found = decode(bits, form)
    except TrackUnreadable:
        return None
    return found.text, found.backwards


def expected(bits: list[int] | tuple[int, ...], form: Format) -> tuple[str, bool] | None:
    """Return what the reference reads; None for nothing, and for two texts."""
    found = slow_texts("".join(map(str, bits)), KINDS[form.name])
    return found[0] if len({text for text, _ in found}) == 1 else None
