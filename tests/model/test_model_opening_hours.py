"""Hours in which a queue prints: what is written, what it means on a clock that is put forward and back."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.errors import ConfigurationError
from printserver.model.opening_hours import DAYS, OpeningHours, opening_hours

WEEK = "Mon-Fri 07:00-17:00, Sat 08:00-12:00"
# 5 January 2026 is a Monday
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def at(day: int, hour: int, minute: int = 0) -> float:
    return (MONDAY + timedelta(days=day, hours=hour, minutes=minute)).timestamp()


@pytest.mark.parametrize(
    ("text", "day", "hour", "minute", "is_open"),
    [
        (WEEK, 0, 6, 59, False), (WEEK, 0, 7, 0, True), (WEEK, 4, 16, 59, True), (WEEK, 4, 17, 0, False),
        (WEEK, 5, 8, 0, True), (WEEK, 5, 12, 0, False), (WEEK, 6, 10, 0, False),
        ("", 6, 3, 0, True),
        ("22:00-06:00", 3, 23, 0, True), ("22:00-06:00", 3, 5, 59, True), ("22:00-06:00", 3, 6, 0, False),
        ("Fri 22:00-06:00", 5, 5, 0, True), ("Fri 22:00-06:00", 4, 5, 0, False), ("Sun 22:00-06:00", 7, 1, 0, True),
        ("sat-MON 00:00-24:00", 0, 23, 59, True), ("Sat-Mon 00:00-24:00", 1, 0, 0, False),
    ],
)  # fmt: skip
def test_when_it_is_open(text: str, day: int, hour: int, minute: int, is_open: bool) -> None:
    assert opening_hours(text).is_open(at(day, hour, minute), UTC) is is_open


@pytest.mark.parametrize(
    "text",
    ["Mon", "Mon-Fri", "Mon 7:00-17:00", "Mon 07:00-07:00", "Mon 24:00-06:00", "Mon 07:00-24:01", "Moo 07:00-17:00",
     "Mon-Moo 07:00-17:00", "Mon 07:00-17:60", "Mon 07:00-17:00,", "Mon  07:00-17:00", "07:00", "Mon 07:00-17:00;",
     "07:00-17:00 " * 60],
)  # fmt: skip
def test_what_is_no_hours_is_refused_with_its_key(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        opening_hours(text, "queue.card.hours")
    assert caught.value.where == "queue.card.hours"


def test_when_it_opens_next() -> None:
    found = opening_hours(WEEK)
    assert found.opens(at(0, 9), UTC) is None
    assert found.opens(at(0, 17), UTC) == at(1, 7)
    assert found.opens(at(5, 12), UTC) == at(7, 7)
    assert opening_hours("Mon 07:00-08:00").opens(at(0, 8), UTC) == at(7, 7)


def test_hours_are_those_of_the_sites_own_clock_also_when_it_is_put_forward() -> None:
    # on 29 March 2026, a Sunday, Berlin goes from 02:00 to 03:00
    found = opening_hours("07:00-17:00")
    before = datetime(2026, 3, 28, 17, tzinfo=BERLIN).timestamp()
    opens = found.opens(before, BERLIN)
    assert opens == datetime(2026, 3, 29, 5, tzinfo=UTC).timestamp(), "07:00 is 05:00 UTC from that day on"
    assert found.is_open(opens, BERLIN)
    assert not found.is_open(opens - 60, BERLIN)


DAY = st.sampled_from(DAYS)
TIME = st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda time: f"{time[0]:02}:{time[1]:02}")
PARTS = st.tuples(DAY, DAY, TIME, TIME).filter(lambda of: of[2] != of[3])
WINDOW = PARTS.map(lambda of: f"{of[0]}-{of[1]} {of[2]}-{of[3]}")
TEXT = st.lists(WINDOW, min_size=1, max_size=4).map(", ".join)


@given(TEXT, st.integers(0, 7 * 24 * 60))
def test_it_opens_at_the_first_minute_at_which_it_is_open(text: str, minute: int) -> None:
    found: OpeningHours = opening_hours(text)
    now = at(0, 0, minute)
    opens = found.opens(now, UTC)
    if opens is None:
        assert found.is_open(now, UTC)
        return
    assert found.is_open(opens, UTC)
    minutes = [now, *(at(0, 0, minute + further) for further in range(1, round((opens - now) / 60)))]
    assert all(one < opens for one, _ in pairwise([*minutes, opens]))
    assert not any(found.is_open(each, UTC) for each in minutes)
