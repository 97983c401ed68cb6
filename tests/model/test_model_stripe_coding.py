"""Text to the bits of a track: every vector of magstripe.md section 2, and a slow reference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.model.stripe import (
    AAMVA,
    FORMATS,
    ISO,
    JIS_II,
    Format,
    Order,
    bits_of,
    encode,
    pack,
    raw_bits,
    raw_text,
    unpack,
)
from tests.model.references_stripe import KINDS, slow_bits

T1, T2, T3 = ISO
CREDIT_2 = "0b04" + "01" * 15 + "0d0215010201" + "1001" + "10" * 10 + "1f08"
CREDIT_1 = (
    "45625451" + "51" * 14 + "3e642f254f2a2f686e3e521551525110" + "51" + "10" * 13 + "1f5b"
)

# magstripe.md section 2: text with sentinels, words with parity on top and the LRC last, both ways to pack them
VECTORS = [
    (T1, "%ABC123?", "45616223515213" + "1f2a", "c5b07814954e3e2a", "a30d1e28a9727c54"),
    (T2, ";12345?", "0b01021304151f15", "2b8849eaaf", "d4119257f5"),
    (T2, ";0123456789?", "0b1001021304151607" + "08191f15", "0b063149b507e55f01", "d0608c92ade0a7fa80"),
    (T2, ";4111111111111111=25121010000000000?", CREDIT_2, "8b841042082184104208a1891a4480014208218410c28f00",
     "d1210842108421084210859158220180421084210843f100"),
    (T1, "%B4111111111111111^DOE/JOHN^25121010000000000000?", CREDIT_1,
     "4531351a8d46a3d168341a8d46a3d1a88ffc2a3d552fb4db27ad44a551481402814020100804028140209f2d",
     "a28cac58b162c58b162c58b162c58b15f13f54bcaaf42ddbe4b522a58a12284081020408102040810204f9b4"),
    (T1, "%?", "451f1a", "c58f06", "a3f160"),
    (T2, ";?", "0b1f04", "eb13", "d7c8"),
]  # fmt: skip
# magstripe.md section 2, the table of tracks 2 and 3
NUMERIC_WORDS = dict(zip("0123456789:;<=>?", bytes.fromhex("10010213041516070819" "1a0b1c0d0e1f"), strict=True))


@pytest.mark.parametrize(("form", "text", "words", "low", "high"), VECTORS)
def test_a_vector_of_the_protocol(form: Format, text: str, words: str, low: str, high: str) -> None:
    found = encode(text[1:-1], form)
    assert bytes(found).hex() == words
    bits = bits_of(found, form)
    assert pack(bits, Order.LOW).hex() == low
    assert pack(bits, Order.HIGH).hex() == high
    assert unpack(bytes.fromhex(low), Order.LOW)[: len(bits)] == bits
    assert unpack(bytes.fromhex(high), Order.HIGH)[: len(bits)] == bits


def test_bits_lie_on_the_stripe_lowest_first_and_parity_last() -> None:
    wanted = "11010 10000 01000 11001 00100 10101 11111 10101"
    bits = bits_of(encode("12345", T2), T2)
    assert "".join(map(str, bits)) == wanted.replace(" ", "")
    assert bits_of(encode("12345", T2), T2, leading=T2.leading) == (*[0] * 22, *bits)


@pytest.mark.parametrize("character", sorted(set(NUMERIC_WORDS) - set(";?")))
def test_characters_of_tracks_2_and_3(character: str) -> None:
    for form in (T2, T3):
        assert encode(character, form)[:3] == (NUMERIC_WORDS[";"], NUMERIC_WORDS[character], NUMERIC_WORDS["?"])


def test_a_jis_track_has_del_round_it_and_even_parity() -> None:
    # DEL has seven ones: an eighth makes them even. A = 41 has two. The columns of FF 41 FF leave 41.
    assert encode("A", JIS_II) == (0xFF, 0x41, 0xFF, 0x41)
    assert encode("a", JIS_II) == (0xFF, 0xE1, 0xFF, 0xE1)


def test_a_licence_has_letters_on_track_3() -> None:
    assert encode("ABC123", AAMVA[2]) == encode("ABC123", T1)
    assert [(form.bits, form.density_bpi, form.longest) for form in AAMVA] == [(7, 210, 82), (5, 75, 40), (7, 210, 82)]


@given(st.data())
def test_bits_are_those_of_the_slow_reference(data: st.DataObject) -> None:
    form = FORMATS[data.draw(st.sampled_from(sorted(FORMATS)))]
    text = data.draw(st.text(st.sampled_from(sorted(form.alphabet)), max_size=form.room))
    assert "".join(map(str, bits_of(encode(text, form), form))) == slow_bits(text, KINDS[form.name])


@given(st.lists(st.integers(0, 1), max_size=100), st.sampled_from(Order))
def test_bits_come_back_from_bytes(bits: list[int], order: Order) -> None:
    packed = pack(bits, order)
    assert len(packed) == (len(bits) + 7) // 8
    assert unpack(packed, order) == (*bits, *[0] * (-len(bits) % 8))


def test_the_two_orders_are_each_other_reversed() -> None:
    assert unpack(b"\x80", Order.LOW) == (0, 0, 0, 0, 0, 0, 0, 1)
    assert unpack(b"\x80", Order.HIGH) == (1, 0, 0, 0, 0, 0, 0, 0)


def test_a_raw_track_is_its_bits() -> None:
    assert raw_bits("a30D") == (1, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 1)
    assert raw_text(raw_bits("a30D")) == "A30D"
    assert raw_text((1, 0, 1)) == "A0"


def test_the_reference_knows_the_same_formats() -> None:
    assert {name: form.room for name, form in FORMATS.items()} == {name: kind.room for name, kind in KINDS.items()}
