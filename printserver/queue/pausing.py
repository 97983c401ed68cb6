"""Pausing a queue: by a person, or by the server itself when a job cannot go on.

Laws kept here:

1. A queue is paused in the store first, then on the board; so it stays paused over a restart.
2. A queue that stops by itself says so in the journal, with the card and the reason.
"""

from __future__ import annotations

import msgspec

from printserver.model.event import NewEvent
from printserver.model.job import Reason
from printserver.queue.board import Board
from printserver.queue.storekeeper import Storekeeper

BY_SERVER = "server"


async def set_paused(keeper: Storekeeper, board: Board, name: str | None, paused: bool, by: str) -> str:
    """Pause or resume a queue and return its name; raises UnknownQueue."""
    queue = board.queue_config(name)
    # who lets a queue print again wants it in use again, too
    queue = msgspec.structs.replace(queue, paused=paused, shut_down=queue.shut_down and paused)
    await keeper.write(keeper.store.put_queue, queue, by)
    board.put_queue(queue)
    board.stopped.pop(queue.name, None)
    board.ending.pop(queue.name, None)
    return queue.name


async def stop_queue(keeper: Storekeeper, board: Board, name: str, card: str, reason: Reason | None) -> None:
    """Pause a queue because of a card (`JOB/CARD`) that could not be printed."""
    cause = reason or Reason("failed-before")
    await set_paused(keeper, board, name, True, BY_SERVER)
    board.stopped[name] = Reason("card-failed", f"{card}: {cause.code}")
    told: dict[str, str | int | float | bool | None] = {"card": card, "reason": cause.code, "detail": cause.detail}
    await keeper.write(keeper.store.note, NewEvent(kind="queue", subject=name, what="stopped", data=told))
