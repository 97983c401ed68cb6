"""A server that is killed in the middle: what it acknowledged is there."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from printserver.model.job import CardState, JobState
from printserver.store.contract import JobQuery
from tests.contract.store_kit import SqliteShelf, broken_link, with_queues

ROOT = Path(__file__).parents[2]

# Accepts jobs and prints their cards for ever; says what was acknowledged, one line each, as soon as it was.
SERVER = """
import sys
from pathlib import Path
from tests.contract.store_kit import COMMITTED, SqliteShelf, a_job, led, with_queues

store = with_queues(SqliteShelf(Path(sys.argv[1])).open())
while True:
    job = store.add_job(a_job(copies=2))
    sys.stdout.write(f"accepted {job.id}\\n")
    sys.stdout.flush()
    led(store, job, *COMMITTED)
    sys.stdout.write(f"committed {job.id}\\n")
    sys.stdout.flush()
"""


@pytest.mark.parametrize("lines", [1, 2, 5, 12])
def test_every_acknowledged_job_and_mark_outlives_the_kill(tmp_path: Path, lines: int) -> None:
    shelf = SqliteShelf(tmp_path)
    with_queues(shelf.open()).close()
    acknowledged = killed_after(lines, tmp_path)
    assert len(acknowledged) >= lines
    store = shelf.open()
    found = {job.id: job for job in store.jobs(JobQuery(limit=1000)).jobs}
    for word, number in (line.split() for line in acknowledged):
        job = found[int(number)]
        assert (len(job.cards), len(job.documents)) == (2, 1)
        assert store.job_key(job.id)
        if word == "committed":
            assert (job.state, job.cards[0].committed) == (JobState.PROCESSING, True)
    assert {card.state for job in found.values() for card in job.cards} <= {
        CardState.QUEUED, CardState.RENDERING, CardState.READY, CardState.PRINTING,
    }  # fmt: skip
    assert len(found) - len([line for line in acknowledged if line.startswith("accepted")]) in (0, 1)
    assert broken_link(store) is None
    store.close()


def killed_after(lines: int, folder: Path) -> list[str]:
    """Run the server until it has acknowledged so much, kill it, and return all it acknowledged."""
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(folder)], stdout=subprocess.PIPE, text=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    with server:
        assert server.stdout is not None
        told = [server.stdout.readline() for _ in range(lines)]
        server.send_signal(signal.SIGKILL)
        told += server.stdout.readlines()
    assert server.returncode == -signal.SIGKILL
    return [line for line in told if line.endswith("\n")]
