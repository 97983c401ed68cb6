"""An older backup is put back in the middle of a batch: nothing that was printed since comes out a second time."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections import Counter
from urllib.request import Request, urlopen

from printserver.model.job import CardState
from tests.crash.crash_harness import ROOT, Site, await_until, site


def run(here: Site, command: str, name: str) -> None:
    words = [sys.executable, "-m", "printserver", command, str(here.data.with_name(name)), "--data", str(here.data)]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)


def states(here: Site) -> Counter[str]:
    return Counter(card["state"] for card in here.cards_of(1))


def clear_path(here: Site) -> None:
    """Say that no card is left in the printer: the one that was in it when the backup was made stops it."""
    address = f"http://127.0.0.1:{here.port}/api/v1/printers/card-printer/clear"
    words = json.dumps({"by": "Sari", "reason": "its path is empty"}).encode()
    request = Request(address, words, {"Content-Type": "application/json"})
    urlopen(request, timeout=10).close()


def test_an_older_backup_prints_nothing_by_itself() -> None:
    with site() as here:
        here.start()
        here.api.submit({"name": "batch", "copies": 100}, here.picture())
        await_until(lambda: len(here.good_cards()) >= 1)
        run(here, "backup", "first")
        before = len(here.good_cards())
        await_until(lambda: len(here.good_cards()) >= before + 2)
        here.kill()
        here.await_printer()
        printed = [hashlib.sha256(path.read_bytes()).hexdigest() for path in here.good_cards()]
        for name in ("store.sqlite", "store.sqlite-wal", "store.sqlite-shm", "lock"):
            (here.data / name).unlink(missing_ok=True)
        shutil.rmtree(here.data / "spool")
        # the printer and what came out of it stay where they are; the data come back beside them
        outside = here.data.with_name("outside")
        here.data.rename(outside)
        run(here, "restore", "first")
        for name in ("cards", "emulators"):
            shutil.rmtree(here.data / name, ignore_errors=True)
            (outside / name).rename(here.data / name)
        here.start()
        await_until(lambda: here.api.printers() is not None)
        assert states(here)[CardState.UNCERTAIN] >= 100 - before
        assert states(here)[CardState.QUEUED] == 0
        job = here.await_settled(1)
        assert job.state == "processing-stopped"
        here.await_printer()
        again = [hashlib.sha256(path.read_bytes()).hexdigest() for path in here.good_cards()]
        assert again == printed, "a card of the older store was printed by itself"
        unprinted = [card["number"] for card in here.cards_of(1) if card["state"] == CardState.UNCERTAIN][-1]
        here.api.settle(1, "queued", card=unprinted, by="Sari", reason="looked for it")
        clear_path(here)
        await_until(lambda: len(here.good_cards()) == len(printed) + 1)
