"""Speaking with a device beside a card's attempt: identify, status, reconcile, maintain.

Laws kept here:

1. No card is committed here: a commit mark ends the dialogue before its next byte.
2. A driver that breaks is named; its fault is a typed error like any other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog

from printserver.dialogue import Mark, Point, Report, Spoken
from printserver.driver import LinkInfo
from printserver.errors import PluginBroken, PrintServerError
from printserver.model.printer import Identity
from printserver.queue.speaker import Speaker
from printserver.queue.surroundings import Surroundings
from printserver.transport.link import Link, Seeks
from printserver.transport.runner import DialogueRunner

_T = TypeVar("_T")

_log = structlog.get_logger("conversation")


async def converse(
    around: Surroundings, link: Link, begin: Callable[[Speaker, LinkInfo], Spoken[_T]],
    heed: Callable[[Report], None] = lambda report: None,
) -> _T:  # fmt: skip
    """Run the dialogue that `begin` makes; raises a PrintServerError, PluginBroken for whatever else a driver raises.

    A commit mark in it is refused; `heed` is told each report beside the board.
    """

    async def refuse_commit(mark: Mark) -> None:
        if mark.point is Point.COMMITTED:
            raise PluginBroken("this conversation may not feed a card")

    def show(report: Report) -> None:
        if report.status is not None:
            around.board.tell_status(around.entry, report.status)
        heed(report)

    runner = DialogueRunner(clock=around.clock, link=link, on_mark=refuse_commit, on_report=show)
    try:
        return await runner.run(begin(around.entry.speaker, link.info))
    except PrintServerError:
        raise
    except Exception as error:
        # a driver is foreign code: whatever it raises, its printer stops and the server goes on
        _log.exception("driver failed", printer=around.entry.config.name)
        raise PluginBroken(f"{type(error).__name__}: {error}", where=f"driver {around.entry.info.name}") from error


async def introduce(around: Surroundings, link: Link) -> Identity:
    """Ask the device who it is; where the address may mean several, each is asked until the right one is found.

    Raises what `converse` raises.
    """
    told: list[Identity] = []

    async def ask() -> str:
        told[:] = [await converse(around, link, lambda driver, info: driver.identify(info))]
        return told[0].serial

    if isinstance(link, Seeks):
        await link.seek(ask)
    else:
        await ask()
    return told[0]
