"""Reports of days in memory."""

from __future__ import annotations

from datetime import date

from printserver.queue.daily import CardCount, Daily, Stop, SupplyUse


class FakeReports:
    """Each day is like this one."""

    async def of(self, day: date | None) -> Daily:
        return Daily(
            day=day or date(2031, 5, 6), begins=0.0, ends=1.0, whole=day is not None,
            printers=(CardCount(name="front-office", good=41, spoiled=2, in_doubt=1),),
            queues=(CardCount(name="card", good=41, spoiled=2, in_doubt=1),),
            supplies=(SupplyUse(printer="front-office", fed=44, blanks_loaded=100, ribbons_changed=1),),
            stops=(Stop(printer="front-office", cause="cover-open", times=3, seconds=610.0),),
        )  # fmt: skip
