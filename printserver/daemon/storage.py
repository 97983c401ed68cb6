"""Opening the store and the documents, before anything else of the server is there.

Laws kept here:

1. Nobody reads the store before cards that an older copy of it cannot know of are in doubt.
2. What was written for jobs that were never accepted is thrown away, once nobody can be accepting them any more.
"""

from __future__ import annotations

import socket
from functools import partial

import structlog

from printserver.daemon.running import Threads, Undo
from printserver.daemon.setting import Setting
from printserver.queue.restoring import doubt_all, is_older
from printserver.queue.storekeeper import Storekeeper
from printserver.store.heads import NewestHead
from printserver.store.opening import open_keeping
from printserver.store.room import MEGABYTE, Room

ORPHAN_SECONDS = 3600.0


async def open_keeper(setting: Setting, threads: Threads, undo: Undo) -> Storekeeper:
    """Open the store on a thread and return who runs its calls; raises ConfigurationError, StoreBusy, StoreDamaged."""
    server, section = setting.configuration.server, setting.configuration.store
    room = Room(server.spool_megabytes * MEGABYTE, server.free_megabytes * MEGABYTE)
    store, spool = await threads(
        open_keeping, section.url or setting.place.database, setting.place.spool, master_key=setting.place.key,
        clock=setting.wall, node=section.node or socket.gethostname(), randomness=setting.randomness, room=room,
    )
    keeper = Storekeeper(setting.reactor, store, spool)
    keeper.start()
    undo.steps.append(partial(threads, keeper.stop))
    await _doubt_older(keeper, setting)
    kept = await keeper.read(store.blobs)
    await keeper.on_disk(keeper.spool.sweep, kept, setting.wall() - ORPHAN_SECONDS)
    return keeper


async def _doubt_older(keeper: Storekeeper, setting: Setting) -> None:
    """Bring what is unfinished into doubt where the store is older than the head beside it tells."""
    heads = NewestHead(setting.place.head).heads()
    if await keeper.read(is_older, keeper.store, heads):
        note = "the store is older than the head that was kept beside it"
        cards = await keeper.write(doubt_all, keeper.store, note)
        structlog.get_logger("daemon").warning(note, cards=cards)
