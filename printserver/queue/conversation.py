"""Speaking with a device beside a card's attempt: identify, status, reconcile, maintain. No card is committed here."""

from __future__ import annotations

from typing import TypeVar

from printserver.dialogue import Dialogue, Mark, Point, Report
from printserver.errors import NotPossibleNow
from printserver.queue.surroundings import Surroundings
from printserver.transport.link import Link
from printserver.transport.runner import DialogueRunner

_T = TypeVar("_T")


async def converse(around: Surroundings, link: Link, dialogue: Dialogue[_T]) -> _T:
    """Run a dialogue that prints no card; a commit mark in it is refused."""

    async def refuse_commit(mark: Mark) -> None:
        if mark.point is Point.COMMITTED:
            raise NotPossibleNow("this conversation may not feed a card")

    def show(report: Report) -> None:
        if report.status is not None:
            around.board.tell_status(around.entry, report.status)

    return await DialogueRunner(clock=around.clock, link=link, on_mark=refuse_commit, on_report=show).run(dialogue)
