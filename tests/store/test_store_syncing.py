"""One sync serves several threads, and none that began before somebody asked counts for him."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

from printserver.store.syncing import SharedSync


class SlowDisk:
    """A disk whose syncs wait until they are let go; says how many have begun."""

    def __init__(self) -> None:
        self.begun = 0
        self.inside, self.go = Event(), Event()

    def sync(self) -> None:
        self.begun += 1
        self.inside.set()
        assert self.go.wait(10)


def test_those_who_come_while_one_syncs_share_the_next() -> None:
    disk = SlowDisk()
    shared = SharedSync(disk.sync)
    with ThreadPoolExecutor(9) as threads:
        first = threads.submit(shared.sync)
        assert disk.inside.wait(10)
        others = [threads.submit(shared.sync) for _ in range(8)]
        while shared.waiting() < 8:
            pass
        disk.go.set()
        for each in (first, *others):
            each.result(10)
    assert disk.begun == 2


def test_a_sync_that_fails_serves_nobody() -> None:
    refusals = [OSError(5, "I/O error")]

    def sync() -> None:
        if refusals:
            raise refusals.pop()

    shared = SharedSync(sync)
    with ThreadPoolExecutor(1) as threads:
        assert isinstance(threads.submit(shared.sync).exception(10), OSError)
    shared.sync()
    assert not refusals


def test_each_who_comes_alone_has_his_own() -> None:
    synced: list[str] = []
    shared = SharedSync(lambda: synced.append("once"))
    shared.sync()
    shared.sync()
    assert synced == ["once", "once"]
