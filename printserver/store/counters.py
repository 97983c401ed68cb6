"""What the record knows of a device's own counters.

Laws kept here:

1. The evidence of the last commit mark says what the counter was before that one card; nothing is kept beside it.
2. What a person took over (`counters-taken` in the journal) stands from then on, until the next commit mark.
3. After an older copy of the store was put back the record knows nothing: each card is in doubt by itself then.
"""

from __future__ import annotations

import json

from sqlalchemy import select

from printserver.store.contract import Counted
from printserver.store.tables import attempts, journal, marks
from printserver.store.work import Work

TAKEN = "counters-taken"
COUNTER = "counter."
LATEST = 20


def last_counted(work: Work, printer: str, serial: str) -> Counted | None:
    """Return a device's counters as they were last known, None where they are not."""
    known = [each for each in (_committed(work, printer, serial), _taken(work, printer, serial)) if each is not None]
    if not known:
        return None
    at, counted = max(known, key=lambda each: each[0])
    return None if at < _restored(work) else counted


def _committed(work: Work, printer: str, serial: str) -> tuple[float, Counted] | None:
    wanted = (
        select(marks.c.at, marks.c.evidence)
        .join(attempts, marks.c.attempt == attempts.c.id)
        .where(attempts.c.printer == printer, attempts.c.serial == serial, marks.c.point == "COMMITTED")
        .order_by(marks.c.id.desc())
        .limit(1)
    )
    row = work.connection.execute(wanted).one_or_none()
    if row is None:
        return None
    evidence = {name: int(value) for name, value in json.loads(row.evidence).items() if str(value).isdigit()}
    return row.at, Counted(evidence, 1)


def _taken(work: Work, printer: str, serial: str) -> tuple[float, Counted] | None:
    wanted = (
        select(journal.c.at, journal.c.data)
        .where(journal.c.subject == printer, journal.c.kind == "printer", journal.c.what == TAKEN)
        .order_by(journal.c.at.desc(), journal.c.id.desc())
        .limit(LATEST)
    )
    for row in work.connection.execute(wanted):
        data = json.loads(row.data)
        if data.get("serial") == serial:
            its = {name.removeprefix(COUNTER): value for name, value in data.items() if name.startswith(COUNTER)}
            return row.at, Counted(its, 0)
    return None


def _restored(work: Work) -> float:
    its = (journal.c.subject == "store", journal.c.kind == "server", journal.c.what == "restored")
    found = work.connection.execute(select(journal.c.at).where(*its).order_by(journal.c.at.desc()).limit(1)).scalar()
    return float("-inf") if found is None else float(found)
