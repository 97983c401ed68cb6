"""What one card costs a fleet, measured: commits, documents through the database, rows of the journal, streams.

The costs of preparing a card and of serving it come from the trials with printers (`python -m benches.scale`).
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from benches.load.__main__ import badge
from benches.scale.bureau import Costs
from benches.scale.site import Node, cpu, hall, server
from printserver.store import open_store
from printserver.store.contract import JobStore
from printserver.store.opening import open_keeping
from tests.contract.store_kit import PRINTED, a_job, led, with_queues
from tests.postgresql import server as postgresql

CARDS = 60
STREAMS, SENT = 40, 30


def measure(prepare: float, serve: float) -> Costs:
    """Measure what a card costs; `prepare` and `serve` are processor seconds that were measured with printers."""
    with tempfile.TemporaryDirectory(prefix="costs-") as place:
        folder = Path(place)
        database = postgresql()
        url = database.url(database.new_database())
        key = folder / "key"
        key.write_bytes(os.urandom(32))
        key.chmod(0o600)
        store = with_queues(open_store(url, master_key=key, clock=time.time, node="one"))
        alone, transactions = _cards(store)
        together = _together(store)
        rows, size = _rows(url, store.node)
        store.close()
        return Costs(
            commit=max(alone - together, 0.0), transaction=together, document=_document(folder, url, key),
            transactions=transactions, prepare=prepare, serve=serve, rows=round(rows / CARDS), row_bytes=size,
            document_bytes=len(badge()), stream=_streams(folder),
        )  # fmt: skip


def _cards(store: JobStore) -> tuple[float, int]:
    """Return seconds of a transaction that commits alone, and how many of them a card takes."""
    jobs = [store.add_job(a_job(key=os.urandom(32))) for _ in range(CARDS)]
    began = time.perf_counter()
    for job in jobs:
        led(store, job, *PRINTED)
    transactions = len(PRINTED)
    return (time.perf_counter() - began) / CARDS / transactions, transactions + 1


def _together(store: JobStore) -> float:
    """Return seconds of a transaction among many in one commit."""
    calls = [partial(store.add_job, a_job(key=os.urandom(32))) for _ in range(64)]
    began = time.perf_counter()
    store.together(calls)
    return (time.perf_counter() - began) / len(calls)


def _rows(url: str, node: str) -> tuple[int, float]:
    """Return how many rows of the journal the cards have made, and how large one is."""
    import psycopg

    with psycopg.connect(url) as connection:
        query = (
            "SELECT count(*), avg(pg_column_size(journal.*)) FROM journal"
            " WHERE split_part(subject, '/', 1) IN (SELECT id::text FROM jobs ORDER BY id LIMIT %s)"
        )
        found = connection.execute(query, (CARDS,)).fetchone()
    assert found is not None
    return int(found[0]), float(found[1])


def _document(folder: Path, url: str, key: Path) -> float:
    store, spool = open_keeping(url, folder / "spool", master_key=key, clock=time.time, node="one")
    picture, began = badge(), time.perf_counter()
    for _ in range(30):
        spool.write(os.urandom(32), picture, document=True)
    took = (time.perf_counter() - began) / 30
    spool.close()
    store.close()
    return took


def _streams(folder: Path) -> float:
    """Return processor seconds of a server for telling one row to one that watches."""
    with ExitStack() as stack:
        addresses, _ = stack.enter_context(hall(folder / "hall", 1, "real"))
        node = stack.enter_context(server(folder / "node", {"p": addresses[0]}))
        node.api.pause("pool")
        quiet = _sent(node)
        streams = [
            stack.enter_context(urllib.request.urlopen(f"http://127.0.0.1:{node.port}/api/v1/events", timeout=60))
            for _ in range(STREAMS)
        ]
        last = node.rows()
        watched = _sent(node)
        told = node.rows() - last
        del streams
    return max(watched - quiet, 0.0) / (told * STREAMS)


def _sent(node: Node) -> float:
    began = cpu(node.pid)
    for number in range(SENT):
        node.api.submit({"name": f"card {number}", "queue": "pool"}, badge(), key=os.urandom(8).hex())
    time.sleep(1.0)
    return cpu(node.pid) - began


def contended(nodes: Sequence[int] = (1, 2, 4)) -> dict[int, float]:
    """Return how many transactions a second so many servers commit on one database."""
    database = postgresql()
    found = {}
    for many in nodes:
        with tempfile.TemporaryDirectory(prefix="nodes-") as place:
            key = Path(place) / "key"
            key.write_bytes(os.urandom(32))
            key.chmod(0o600)
            url = database.url(database.new_database())
            with_queues(open_store(url, master_key=key, clock=time.time, node="0")).close()
            context = multiprocessing.get_context("spawn")
            with context.Pool(many) as pool:
                seconds = pool.starmap(_node, [(url, key, str(number)) for number in range(many)])
            found[many] = many * CARDS / max(seconds)
    return found


def _node(url: str, key: Path, name: str) -> float:
    store = open_store(url, master_key=key, clock=time.time, node=name)
    jobs = [a_job(key=os.urandom(32)) for _ in range(CARDS)]
    began = time.perf_counter()
    for job in jobs:
        store.add_job(job)
    took = time.perf_counter() - began
    store.close()
    return took
