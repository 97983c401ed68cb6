"""What looks odd in tracks is remarked upon, with its place and without what stands there, and never refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.model.stripe import AAMVA, ISO, RemarkKind, remarks_on
from printserver.model.stripe.remarks import Month, luhn
from tests.model.references_stripe import slow_luhn

# A number of tests only; 4111 1111 1111 1111 is that of magstripe.md section 2.
GOOD = "4111111111111111"
TRACK_1 = f"B{GOOD}^DOE/JOHN^25121010000000000000"
TRACK_2 = f"{GOOD}=25121010000000000"
DECEMBER = Month(2025, 12)


def places(*tracks: str, today: Month | None = None) -> list[tuple[str, int, int]]:
    return [(each.kind.value, each.track, each.position) for each in remarks_on(tracks, today=today)]


def test_a_card_as_it_should_be_has_none() -> None:
    assert places(TRACK_1, TRACK_2, "") == []
    assert places(TRACK_1, TRACK_2, "", today=DECEMBER) == []
    assert places() == []


@pytest.mark.parametrize("tracks", [("STAFF 4711", "4711", "0815"), ("BAKER", "", ""), ("B", "1234567890", "")])
def test_what_is_no_payment_card_is_not_looked_at_as_one(tracks: tuple[str, ...]) -> None:
    assert places(*tracks) == []


def test_a_card_past_its_month() -> None:
    assert places(TRACK_1, TRACK_2, today=Month(2026, 1)) == [("expired", 1, 28), ("expired", 2, 18)]
    assert TRACK_1[27:31] == TRACK_2[17:21] == "2512"


@pytest.mark.parametrize(
    ("track", "kind", "position"),
    [
        (f"B{GOOD[:-1]}2^DOE/JOHN^2512101", "check-digit", 2),
        (f"B{GOOD}", "field", 18),
        (f"B{GOOD}/DOE", "field", 18),
        (f"B{GOOD}^", "field", 19),
        (f"B{GOOD}^D^2512101", "field", 19),
        (f"B{GOOD}^{'D' * 27}^2512101", "field", 19),
        (f"B{GOOD}^DOE/JOHN", "field", 27),
        (f"B{GOOD}^DOE/JOHN^", "field", 28),
        (f"B{GOOD}^DOE/JOHN^2513101", "field", 28),
        (f"B{GOOD}^DOE/JOHN^251", "field", 28),
        (f"B{GOOD}^DOE/JOHN^2512", "field", 32),
        (f"B{GOOD}^DOE/JOHN^251210A", "field", 32),
        (f"B{GOOD}^DOE/JOHN^^10", "field", 29),
        (f"B{'0' * 20}^DOE/JOHN^2512101", "field", 2),
        ("A*B", "character", 2),
    ],
)
def test_track_1(track: str, kind: str, position: int) -> None:
    assert (kind, 1, position) in places(track)


@pytest.mark.parametrize("track", [f"B{GOOD}^DOE/JOHN^^101", f"B{GOOD}^DOE/JOHN^2512^", f"B{GOOD}^DOE/JOHN^^^X"])
def test_a_separator_may_stand_for_expiry_and_service_code(track: str) -> None:
    assert places(track) == []


@pytest.mark.parametrize(
    ("track", "kind", "position"),
    [
        (f"{GOOD[:-1]}2=2512101", "check-digit", 1),
        (f"{GOOD}=", "field", 18),
        (f"{GOOD}=2500101", "field", 18),
        (f"{GOOD}=251299", "field", 22),
        (f"{'0' * 20}=2512101", "field", 1),
        ("12:3", "character", 3),
    ],
)
def test_track_2(track: str, kind: str, position: int) -> None:
    assert places("", track) == [(kind, 2, position)]


def test_two_tracks_with_two_numbers() -> None:
    assert places(TRACK_1, "4242424242424242=2512101") == [("accounts", 2, 1)]


def test_a_licence_has_no_check_digit_on_track_2() -> None:
    assert remarks_on(("", "636000123456=2512"), AAMVA) == ()
    assert remarks_on(("", "636000123456=2512"), ISO) != ()


def test_a_remark_repeats_nothing_of_the_track() -> None:
    tracks = (f"B{GOOD[:-1]}2^D*E/JOHN^9913", "4242424242424241=9900", "")
    found = remarks_on(tracks)
    assert {each.kind for each in found} == set(RemarkKind) - {RemarkKind.EXPIRED}
    for each in found:
        assert not any(word in each.message for word in ("4111", "4242", "JOHN", "9913", "9900"))


@given(st.text("0123456789", min_size=1, max_size=25))
def test_luhn_is_the_slow_one(digits: str) -> None:
    assert luhn(digits) is slow_luhn(digits)
    assert sum(luhn(digits + last) for last in "0123456789") == 1


@given(st.lists(st.text("B0123456789^=AZ/*:", max_size=40), max_size=3))
def test_places_are_those_of_the_track(tracks: list[str]) -> None:
    for each in remarks_on(tracks, today=DECEMBER):
        assert 1 <= each.position <= len(tracks[each.track - 1]) + 1
