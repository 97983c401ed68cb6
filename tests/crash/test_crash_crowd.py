"""Pull the plug while many clients print at once: each job that was answered is there, once, with its document.

All jobs are held, so that nothing but accepting them goes on, and as many as possible are under way at the end.
"""

from __future__ import annotations

import contextlib
import http.client
import struct
import threading
import time
import zlib
from collections import Counter
from pathlib import Path

from printserver.store import open_store
from printserver.store.contract import JobQuery
from printserver.store.place import DataPlace
from printserver.store.spool import Spool
from tests.crash.crash_harness import Site, await_until, site
from tests.doors.doors_ipp import KEYWORD, NAME, job_id, post, print_job, status_of

CLIENTS = 24
ENOUGH = 60
"""So many jobs have been answered when the plug is pulled, and as many as there are clients are under way."""
PATIENCE = 20.0
IHDR_END = 33


def picture(plain: bytes, words: str) -> bytes:
    """Return a picture that is like no other: with a comment of its own (PNG, section 11.3.3)."""
    chunk = b"tEXt" + b"Comment\0" + words.encode()
    comment = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return plain[:IHDR_END] + comment + plain[IHDR_END:]


class Crowd:
    """Clients that print one job after another, each with a name and a document of its own, until nobody answers."""

    def __init__(self, here: Site, plain: bytes) -> None:
        self._here, self._plain = here, plain
        self.answered: dict[str, tuple[int, bytes]] = {}
        self.sent: set[str] = set()
        self._threads = [threading.Thread(target=self._print_on, args=(number,)) for number in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def _print_on(self, client: int) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            for number in range(1_000):
                self._print(f"{client}-{number}")

    def _print(self, name: str) -> None:
        document = picture(self._plain, name)
        self.sent.add(name)
        request = print_job((NAME, "job-name", name.encode()), job=((KEYWORD, "job-hold-until", b"indefinite"),))
        answer = post(self._here.port, request + document)
        assert status_of(answer) == 0
        self.answered[name] = (job_id(answer), document)

    def end(self) -> None:
        """Wait until each client has noticed that nobody is there."""
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()


def test_a_crowd_that_loses_its_server_loses_no_job() -> None:
    with site() as here:
        here.start()
        crowd = Crowd(here, here.picture())
        await_until(lambda: len(crowd.answered) >= ENOUGH, PATIENCE)
        here.kill()
        crowd.end()
        here.start()  # what a start does with what it finds is done
        here.stop()
        judge(here.data, crowd.answered, crowd.sent)


def judge(data: Path, answered: dict[str, tuple[int, bytes]], sent: set[str]) -> None:
    """Hold what the store has after it all against what clients were told."""
    place = DataPlace(data, data.with_suffix(".key"))
    store = open_store(place.database, master_key=place.key, clock=time.time, node="here")
    spool = Spool(place.spool)
    jobs = {job.id: job for job in store.jobs(JobQuery(limit=10_000)).jobs}
    names = Counter(job.ticket.name for job in jobs.values())
    assert len(answered) >= ENOUGH
    assert set(names) <= sent, "a job that nobody sent"
    assert set(answered) <= set(names), "a job that was answered is lost"
    assert set(names.values()) == {1}, "a job is there twice"
    for name, (number, document) in answered.items():
        assert jobs[number].ticket.name == name
        assert len(jobs[number].cards) == 1
        assert spool.read(store.job_key(number), store.document_blob(number, 1)) == document
    assert not [report for report in store.verify_journal() if report.flaws]
    store.close()
