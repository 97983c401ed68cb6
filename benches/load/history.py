"""Jobs of former days: what a server has in its store before anything is measured.

Laws kept here:

1. A job of the history was written by the same calls that write any job, and is over; our rows are then multiplied.
2. The history of the print service is one of jobs that it has printed, sent before it is made durable: it keeps them
   the same way, and making them takes minutes less. Their files are gone (PreserveJobFiles No), as ours are.
3. Documents of the history have passed through our spool's two files, which have their blocks since.
"""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from benches.load import clients
from benches.load.clients import Load, Target
from printserver.ipp import Operation
from printserver.model.printer import PrinterConfig, QueueConfig
from printserver.store import open_store
from printserver.store.ahead import FILE_BYTES
from printserver.store.keys import KEY_BYTES
from printserver.store.place import data_place
from printserver.store.spool import Spool
from tests.store.store_history import lengthen

CLIENTS = 20
DOCUMENT_BYTES = 300_000
BY = "history"
PRINTER = PrinterConfig(name="printer", driver="virtual", model="card", device="emulated", ribbon="YMCKO")


def of_ours(data: Path, count: int) -> None:
    """Write `count` printed jobs into the store of a server that does not run yet."""
    if not count:
        return
    place = data_place(data, None)
    place.prepare()
    store = open_store(place.database, master_key=place.key, clock=time.time, node="here")
    try:
        store.put_printer(PRINTER, BY)
        store.put_queue(QueueConfig(name="card", printers=(PRINTER.name,)), BY)
        lengthen(store, place.database, count)
    finally:
        store.close()
    _through_the_spool(place.spool)


def _through_the_spool(directory: Path) -> None:
    """Write and remove documents until both files that are written ahead have their whole size."""
    spool = Spool(directory, ahead=True)
    key, document = os.urandom(KEY_BYTES), bytes(DOCUMENT_BYTES)
    spool.remove([spool.write(key, document) for _ in range(2 * FILE_BYTES // DOCUMENT_BYTES + 1)])
    spool.close()


def of_cups(target: Target, count: int, document: bytes) -> None:
    """Send `count` jobs to a print service and wait until all are over; raises RuntimeError when one is refused."""
    result = clients.run(target, Load("history", Operation.PRINT_JOB, count, CLIENTS, document))
    if result.failures:
        raise RuntimeError(f"the history was not taken: {dict(result.failures)}")
    server = f"127.0.0.1:{target.port}"
    while subprocess.run(["lpstat", "-h", server, "-o"], check=True, capture_output=True).stdout:
        time.sleep(0.5)
