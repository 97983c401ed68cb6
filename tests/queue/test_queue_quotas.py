"""Quotas over a whole queue, and for which department a job is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.errors import QuotaExceeded
from printserver.model.job import JobState
from printserver.model.printer import QueueConfig
from printserver.model.quota import Holder, Over, Period, Quota, begins
from printserver.model.ticket import Ticket
from printserver.queue.quotas import Quotas
from tests.queue.queue_kit import world

JAKARTA = timezone(timedelta(hours=7))
STAFF = Quota(name="staff", holder=Holder.USER, who="*", cards=3)
HR = Quota(name="hr", holder=Holder.DEPARTMENT, who="HR", cards=5, over=Over.HOLD)


def test_a_quota_holds_at_the_service_and_a_reprint_counts(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.life.board.quotas = Quotas([STAFF, HR], {"hr": ["ani", "budi"]}, UTC)
    job = here.submit(user="ani", copies=2)
    assert job.ticket.department == "hr"
    with pytest.raises(QuotaExceeded):
        here.submit(user="Ani", copies=2)
    here.submit(user="budi", copies=3)
    held = here.submit(user="ani")
    assert held.state is JobState.HELD
    assert "quota-exceeded" in held.reasons
    with pytest.raises(QuotaExceeded):
        here.submit(user="ani")


def test_the_department_is_the_users_then_the_tickets_then_the_queues() -> None:
    quotas = Quotas([], {"hr": ["ani"]})
    queue, plain = QueueConfig(name="q", printers=("p",), department="front"), QueueConfig(name="q", printers=("p",))
    assert quotas.placed(Ticket(user="ANI", department="it"), queue).department == "hr"
    assert quotas.placed(Ticket(user="budi", department="it"), queue).department == "it"
    assert quotas.placed(Ticket(user="budi"), queue).department == "front"
    assert quotas.placed(Ticket(user="budi"), plain).department is None


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.sampled_from(Period))
def test_a_period_begins_at_midnight_of_the_site(at: datetime, period: Period) -> None:
    now = at.replace(tzinfo=JAKARTA)
    began = datetime.fromtimestamp(begins(period, now.timestamp(), JAKARTA), JAKARTA)
    assert (began.hour, began.minute, began.second, began.microsecond) == (0, 0, 0, 0)
    assert began <= now < began + timedelta(days={Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 31}[period])
    assert period is not Period.WEEK or began.weekday() == 0
    assert period is not Period.MONTH or began.day == 1
