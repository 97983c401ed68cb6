"""Times of day, by the clock of the site."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.errors import ConfigurationError
from printserver.model.holding import HOURS, HoldUntil, is_now, zone_of

JAKARTA, BERLIN = ZoneInfo("Asia/Jakarta"), ZoneInfo("Europe/Berlin")
WEDNESDAY, SATURDAY, SUNDAY = 25, 28, 29  # of November 2026


def at(day: int, hour: int, minute: int = 0, zone: ZoneInfo = JAKARTA) -> float:
    return datetime(2026, 11, day, hour, minute, tzinfo=zone).timestamp()


@pytest.mark.parametrize(("until", "inside", "outside"), [
    (HoldUntil.DAY_TIME, [(6, 0), (12, 0), (17, 59)], [(5, 59), (18, 0), (0, 0)]),
    (HoldUntil.EVENING, [(18, 0), (21, 59)], [(17, 59), (22, 0)]),
    (HoldUntil.NIGHT, [(22, 0), (23, 59), (0, 0), (5, 59)], [(6, 0), (21, 59)]),
    (HoldUntil.SECOND_SHIFT, [(16, 0), (23, 59)], [(15, 59), (0, 0)]),
    (HoldUntil.THIRD_SHIFT, [(0, 0), (7, 59)], [(8, 0), (23, 59)]),
])  # fmt: skip
def test_hours_are_the_site_s(
    until: HoldUntil, inside: list[tuple[int, int]], outside: list[tuple[int, int]]
) -> None:
    for day in (WEDNESDAY, SUNDAY):
        assert all(is_now(until, at(day, *time), JAKARTA) for time in inside)
        assert not any(is_now(until, at(day, *time), JAKARTA) for time in outside)


def test_the_weekend_is_two_days() -> None:
    assert not is_now(HoldUntil.WEEKEND, at(SATURDAY - 1, 23, 59), JAKARTA)
    assert is_now(HoldUntil.WEEKEND, at(SATURDAY, 0), JAKARTA)
    assert is_now(HoldUntil.WEEKEND, at(SUNDAY, 23, 59), JAKARTA)
    assert not is_now(HoldUntil.WEEKEND, at(SUNDAY + 1, 0), JAKARTA)


def test_another_place_has_another_time() -> None:
    evening = at(WEDNESDAY, 19)
    assert is_now(HoldUntil.EVENING, evening, JAKARTA)
    assert not is_now(HoldUntil.EVENING, evening, BERLIN)


@given(st.integers(0, 4_000_000_000), st.sampled_from([JAKARTA, BERLIN, None]))
def test_it_is_day_evening_or_night_and_nothing_else(now: int, zone: ZoneInfo | None) -> None:
    thirds = (HoldUntil.DAY_TIME, HoldUntil.EVENING, HoldUntil.NIGHT)
    assert sum(is_now(each, now, zone) for each in thirds) == 1


def test_every_word_has_its_hours() -> None:
    assert set(HoldUntil) == {*HOURS, HoldUntil.WEEKEND}


@pytest.mark.parametrize("name", ["Mars/Olympus", "../../etc/passwd", "/etc/localtime", "a\0b"])
def test_a_zone_that_is_none_is_named(name: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        zone_of(name, "server.time_zone")
    assert told.value.where == "server.time_zone"


def test_without_a_zone_it_is_the_system_s() -> None:
    assert zone_of("", "x") is None
    assert zone_of("Asia/Jakarta", "x") == JAKARTA


def test_the_documentation_tells_the_hours() -> None:
    text = (Path(__file__).parents[2] / "docs" / "operators.md").read_text()
    for until, (begin, end) in HOURS.items():
        assert f"| `{until}` | {begin:02} to {end:02} |" in text
