"""Reads what a running server has kept of a job: the very bytes that arrived, from a copy of its store."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from printserver.store import open_store
from printserver.store.place import data_place
from printserver.store.spool import Spool
from tests.crash.crash_harness import Site


def kept_document(here: Site, job: int, number: int = 1) -> bytes:
    """Return a document of a job as it arrived."""
    place = data_place(here.data, None)
    with TemporaryDirectory() as folder:
        for part in place.root.glob(f"{place.database.name}*"):
            shutil.copy(part, folder)
        store = open_store(
            Path(folder) / place.database.name, master_key=place.key, clock=time.time, node="reader"
        )
        try:
            return Spool(place.spool).read(store.job_key(job), store.document_blob(job, number))
        finally:
            store.close()
