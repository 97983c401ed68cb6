"""The server's own command, whose disk is full from a chosen point on: `doors_brimful.py MARK:BYTES serve ...`.

MARK is a point of a card's life (COMMITTED, EJECTED). From the first time that the server is about to write it down,
no file of the server's may grow beyond BYTES, as on a disk without room. Who has started the server makes room again
from outside (RLIMIT_FSIZE: prlimit(2), setrlimit(2)).
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence

from printserver.model.job import Job
from printserver.store.contract import CardMark, Change
from printserver.store.sql import SqlStore


def fill_at(mark: str, size: int) -> None:
    """Let the disk be full when this mark is written for the first time."""
    apply = SqlStore.apply
    waiting = [mark]

    def apply_on_full_disk(self: SqlStore, job: int, changes: Sequence[Change]) -> Job:
        if any(isinstance(change, CardMark) and change.mark.point in waiting for change in changes):
            waiting.clear()
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        return apply(self, job, changes)

    SqlStore.apply = apply_on_full_disk  # type: ignore[method-assign]  # that is what this program is for


if __name__ == "__main__":
    mark, size = sys.argv.pop(1).split(":")
    fill_at(mark, int(size))
    from printserver.cli import main

    main()
