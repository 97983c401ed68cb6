"""An older copy of the data is put back while cards are printed: by the server's own command, or behind its back."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import time

from printserver.store.backup import write_backup
from printserver.store.place import data_place
from tests.crash.batch import Batch
from tests.crash.bureau import Bureau
from tests.crash.crash_harness import ROOT

# The head beside the data is written every two seconds: what is younger than that, nobody can tell.
HEAD_SECONDS = 2.5


def put_back(bureau: Bureau, batch: Batch, seconds: float, *, told: bool) -> None:
    """Make a backup after the first jobs are accepted, let the printer go on, kill the server, and put the backup back.

    `told` = by the command `restore`; else its database is put in place of the newer one, which has to be noticed.
    """
    batch.send(bureau.api)
    file = bureau.folder / "backup"
    file.unlink(missing_ok=True)
    write_backup(data_place(bureau.data, None), file, time.time)
    time.sleep(seconds if told else max(seconds, HEAD_SECONDS))
    bureau.life.kill()
    bureau.await_rest()
    if told:
        for path in bureau.data.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        words = [sys.executable, "-m", "printserver", "restore", str(file), "--data", str(bureau.data)]
        done = subprocess.run(words, cwd=ROOT, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    else:
        for name in ("store.sqlite-wal", "store.sqlite-shm"):
            (bureau.data / name).unlink(missing_ok=True)
        with tarfile.open(file) as tar:
            tar.extract("store.sqlite", bureau.data, filter="data")

