"""A hall of emulated printers in one process: `python -m benches.scale.hall --count N --folder F`.

It says `listening` and the addresses in one line when all are ready; it ends when its standard input does. Cards that
come out are counted and thrown away.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from pathlib import Path
from typing import Any

from printserver.emulation.process import Process, Settings

SWEEP_SECONDS = 5.0


def settings(folder: Path, number: int, driver: str, model: str, pace: str) -> Settings:
    """Return what one printer is started with."""
    place = folder / f"{number}"
    return Settings(
        driver=driver, model=model, listen="tcp:0", cards=place, control=folder / f"{number}.c",
        state=folder / f"{number}.s", serial=f"HALL{number:05}", ribbon="YMCKO", pace=pace, faults=(), packages=(),
    )  # fmt: skip


def sweep(folder: Path) -> int:
    """Throw away the pictures of cards; return how many there were."""
    pictures = list(folder.glob("*/*.png"))
    for picture in pictures:
        picture.unlink(missing_ok=True)
    return len(pictures)


def main() -> None:
    """Run until the standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--driver", default="evolis")
    parser.add_argument("--model", default="primacy")
    parser.add_argument("--pace", default="real")
    given = parser.parse_args()
    from twisted.internet import asyncioreactor

    asyncioreactor.install()
    from twisted.internet import reactor as installed

    reactor: Any = installed
    reactor.seconds = time.monotonic
    folder: Path = given.folder
    addresses = [
        Process(settings(folder, number, given.driver, given.model, given.pace), reactor).start()
        for number in range(given.count)
    ]

    def again() -> None:
        reactor.callInThread(sweep, folder)
        reactor.callLater(SWEEP_SECONDS, again)

    def end() -> None:
        sys.stdin.read()
        reactor.callFromThread(reactor.stop)

    reactor.callWhenRunning(print, "listening", *addresses, flush=True)
    reactor.callLater(SWEEP_SECONDS, again)
    threading.Thread(target=end, daemon=True).start()
    reactor.run()


if __name__ == "__main__":
    main()
