"""The report of a day: what the journal says of it, in the site's own zone, whatever was before and after."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from printserver.daemon.reporting import Reporting
from printserver.model.event import NewEvent
from printserver.model.job import CardState
from printserver.queue.daily import CardCount, Daily, DailyReports, Stop, bounds, told
from printserver.queue.views import By, Verdict
from tests.queue.queue_kit import World, world

ANNA = By("anna", "why")
DAY = 86_400


def report(here: World, day: date) -> Daily:
    return here.do(DailyReports(here.life.keeper, UTC).of(day, here.wall()))


def today(here: World) -> date:
    return datetime.fromtimestamp(here.wall(), UTC).date()


def next_day(here: World) -> date:
    """Let the clock come to an hour of the next day."""
    begin = bounds(today(here) + timedelta(days=1), UTC)[0]
    here.clock.advance(begin + 3600 - here.wall())
    return today(here)


def printed(here: World) -> int:
    job = here.submit()
    here.run_until(lambda: here.job(job).state.final)
    return job.id


def test_cards_are_counted_on_their_day_by_printer_and_queue(tmp_path: Path) -> None:
    here = world(tmp_path)
    printed(here)
    first, day = today(here), next_day(here)
    ruined = printed(here)
    printed(here)
    here.do(here.service.reject(ruined, 1, ANNA))
    here.run_until(lambda: here.job(ruined).state.final)
    found = report(here, day)
    assert found.printers == (CardCount(name="left", good=2, spoiled=1, in_doubt=0),)
    assert found.queues == (CardCount(name="card", good=2, spoiled=1, in_doubt=0),)
    assert (found.supplies[0].printer, found.supplies[0].fed, found.whole) == ("left", 3, False)
    assert report(here, first).printers == (CardCount(name="left", good=1, spoiled=0, in_doubt=0),)
    next_day(here)
    assert report(here, day) == replace(found, whole=True)
    assert report(here, day + timedelta(days=400)).printers == ()
    assert told(found) == {"day": day.isoformat(), "good": 2, "spoiled": 1, "in-doubt": 0}


def test_a_doubt_counts_until_it_is_settled_and_a_job_of_another_day_is_known_by_its_queue(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.do(here.service.pause("card", ANNA))
    job = here.submit()
    day = next_day(here)
    here.do(here.service.resume("card", ANNA))
    here.run_until(lambda: here.card(job).committed)
    here.cut()
    here.run_until(here.in_state(job, CardState.UNCERTAIN))
    assert report(here, day).queues == (CardCount(name="card", good=0, spoiled=0, in_doubt=1),)
    here.do(here.service.settle(job.id, 1, Verdict.DONE, ANNA))
    assert report(here, day).queues == (CardCount(name="card", good=1, spoiled=0, in_doubt=0),)


def test_stops_are_told_with_cause_and_length_until_now_or_the_days_end(tmp_path: Path) -> None:
    here = world(tmp_path)
    day = next_day(here)
    store = here.life.keeper.store

    def state(word: str, reason: str | None = None) -> None:
        store.note(NewEvent(kind="printer", subject="r", what="state", data={"state": word, "reason": reason}))

    for _ in range(2):
        state("blocked", "cover-open")
        here.clock.advance(60)
        state("idle")
    state("offline", "offline")
    here.clock.advance(30)
    stops = [each for each in report(here, day).stops if each.printer == "r"]
    assert stops == [Stop(printer="r", cause="cover-open", times=2, seconds=120.0),
                     Stop(printer="r", cause="offline", times=1, seconds=30.0)]  # fmt: skip
    next_day(here)
    [offline] = [each for each in report(here, day).stops if (each.printer, each.cause) == ("r", "offline")]
    assert offline.seconds == DAY - 3600 - 120


@pytest.mark.parametrize(("zone", "day", "hours"), [
    ("Europe/Berlin", date(2031, 3, 30), 23), ("Europe/Berlin", date(2031, 10, 26), 25),
    ("Asia/Jakarta", date(2031, 3, 30), 24),
])  # fmt: skip
def test_a_day_is_the_sites_own_also_when_clocks_are_changed(zone: str, day: date, hours: int) -> None:
    begin, end = bounds(day, ZoneInfo(zone))
    assert end - begin == hours * 3600
    assert datetime.fromtimestamp(begin, ZoneInfo(zone)).isoformat().startswith(f"{day.isoformat()}T00:00")


def test_at_its_time_it_is_written_and_told_once_over_restarts(tmp_path: Path) -> None:
    here = world(tmp_path / "d")
    folder = tmp_path / "reports"
    folder.mkdir()
    day = next_day(here)
    printed(here)

    async def at_once(call: object, *args: object) -> object:
        return call(*args)  # type: ignore[operator]  # whatever is to be called

    def look(at: str) -> list[str]:
        reports = DailyReports(here.life.keeper, UTC)
        when = datetime.fromisoformat(f"2031-01-01T{at}").time()
        reporting = Reporting(here.life.keeper, reports, when, UTC, folder, here.wall, at_once)
        here.do(reporting.look())
        return sorted(path.name for path in folder.iterdir())

    before = (day - timedelta(days=1)).isoformat()
    assert look("18:00") == [f"report-{before}.json"]
    here.clock.advance(17 * 3600)
    here.stop()
    here.begin()
    for _ in range(2):
        assert look("18:00") == [f"report-{before}.json", f"report-{day.isoformat()}.json"]
    rows = [row for row in here.life.keeper.store.events(0, 500) if (row.kind, row.what) == ("server", "report")]
    assert [(row.data["day"], row.data["good"]) for row in rows] == [(before, 0), (day.isoformat(), 1)]
    assert b'"good": 1' in (folder / f"report-{day.isoformat()}.json").read_bytes()


def test_before_noon_it_is_the_former_days(tmp_path: Path) -> None:
    here = world(tmp_path)
    day = next_day(here)
    reports = DailyReports(here.life.keeper, UTC)
    early = Reporting(here.life.keeper, reports, datetime(2031, 1, 1, 0, 30).time(), UTC, None, here.wall, None)  # type: ignore[arg-type]  # no folder
    assert early.due() == day - timedelta(days=1)
