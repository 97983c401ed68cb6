"""A disk without room: nothing more is accepted, what was accepted is safe, and all goes on when there is room again.

The disk is made full by the size to which files of the server may grow (RLIMIT_FSIZE), set and lifted from outside
while it runs: that needs no privilege and no file system of its own. A document of some length does not fit into the
spool then, and no transaction into the store's log, which is longer than that already.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from printserver.emulation.launch import find_running
from printserver.emulation.memory import CAPACITY
from printserver.errors import StoreBusy
from printserver.ipp import Status
from printserver.store.ahead_file import FILES
from tests.commands.command_kit import call
from tests.crash.crash_harness import Site, await_until, site
from tests.doors import doors_ipp
from tests.doors.doors_inputs import GOOD, png
from tests.doors.doors_kit import (
    await_printer,
    faults_in_log,
    http_request,
    page,
    printer_row,
    raw_print,
    serving,
    submit,
)

BRIMFUL = Path(__file__).with_name("doors_brimful.py")
ROOM = 32 * 1024
# No document fits, and no line of the log.
NO_ROOM = 1
SMALL = png(100, 64, (b"\0" + bytes([40, 90, 200]) * 100) * 64)
FULL_HOPPER = CAPACITY["hopper"]
FULL, BUSY = (507, "store-full"), (503, "store-busy")


@contextmanager
def room(here: Site, size: int) -> Iterator[None]:
    """Let files of a running server be so many bytes long and no longer."""
    assert here.process is not None
    before = resource.prlimit(here.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(here.process.pid, resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        make_room(here)


def has_room(here: Site) -> bool:
    """Whether files of a running server may grow beyond `NO_ROOM`."""
    assert here.process is not None
    return resource.prlimit(here.process.pid, resource.RLIMIT_FSIZE)[0] != NO_ROOM


def make_room(here: Site) -> None:
    """Let files grow again."""
    assert here.process is not None
    hard = resource.prlimit(here.process.pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(here.process.pid, resource.RLIMIT_FSIZE, (hard, hard))


def spool(here: Site) -> set[str]:
    """The names of the documents in the spool."""
    return {file.name for file in (here.data / "spool").iterdir() if file.name not in FILES}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, int]]:
    """A server that has accepted two jobs, and whose disk then was full; and its raw port."""
    with serving() as (here, raw):
        await_printer(here, "idle")
        here.api.pause("card")
        assert [here.api.submit({}, picture).id for picture in (GOOD, SMALL)] == [1, 2]
        with room(here, ROOM):
            yield here, raw


@pytest.mark.parametrize(("document", "answer"), [(GOOD, FULL), (SMALL, BUSY)])
class TestNothingIsAccepted:
    """A long document finds no room in the spool; a short one finds none for its job in the store."""

    def test_by_the_api(self, full: tuple[Site, int], document: bytes, answer: tuple[int, str]) -> None:
        problem = submit(full[0].port, {}, front=document).problem()
        assert (problem["status"], problem["code"], problem["retry"]) == (*answer, True)

    def test_over_ipp(self, full: tuple[Site, int], document: bytes, answer: tuple[int, str]) -> None:
        reply = doors_ipp.post(full[0].port, doors_ipp.print_job() + document)
        assert doors_ipp.status_of(reply) == {FULL: Status.TEMPORARY_ERROR, BUSY: Status.BUSY}[answer]

    def test_by_the_raw_door(self, full: tuple[Site, int], document: bytes, answer: tuple[int, str]) -> None:
        assert raw_print(full[1], document)["error"]["code"] == answer[1]

    @pytest.mark.parametrize("wait", [(), ("--wait",)])
    def test_by_the_command_line(
        self, full: tuple[Site, int], document: bytes, answer: tuple[int, str], wait: tuple[str, ...], tmp_path: Path
    ) -> None:
        (tmp_path / "card.png").write_bytes(document)
        outcome = call("print", tmp_path / "card.png", *wait, "--server", f"http://127.0.0.1:{full[0].port}")
        assert (outcome.code, outcome.out) == (1, "")
        assert outcome.complaint()


def test_a_wish_that_cannot_be_kept_is_refused(full: tuple[Site, int]) -> None:
    here, _ = full
    for wish in (here.api.hold, here.api.cancel):
        with pytest.raises(StoreBusy):
            wish(1)
    with pytest.raises(StoreBusy):
        here.api.resume("card")


def test_what_was_accepted_is_still_there_and_prints_when_there_is_room(full: tuple[Site, int]) -> None:
    here, _ = full
    assert {(job.id, str(job.state)) for job in here.api.jobs().jobs} == {(1, "pending"), (2, "pending")}
    assert http_request(here.port, "GET", "/").status == 200
    assert len(spool(here)) == 2, "something of a refused document stayed behind"
    assert here.good_cards() == []
    make_room(here)
    here.api.resume("card")
    assert [str(here.await_settled(job).state) for job in (1, 2)] == ["completed"] * 2
    assert here.await_settled(here.api.submit({}, GOOD).id).state == "completed"
    await_until(lambda: len(here.good_cards()) == 3)
    assert faults_in_log(here.data) == []


# in the middle of a card


@contextmanager
def full_at(mark: str) -> Iterator[Site]:
    """A server whose disk has become full, its log's too, when its first card came to this point."""
    with site() as here:
        here.launcher = BRIMFUL
        here.start(f"{mark}:{NO_ROOM}")
        here.api.submit({}, GOOD)
        await_until(lambda: not has_room(here))
        yield here


def hopper(here: Site) -> int:
    """How many blank cards the emulated printer has left."""
    status = find_running(here.control)
    assert status is not None
    return status.supplies["hopper"]


def test_no_card_is_fed_when_its_commit_mark_cannot_be_written() -> None:
    with full_at("COMMITTED") as here:
        await_until(lambda: printer_row(here)["needs_person"])
        assert printer_row(here)["reason"]["code"] in ("store-busy", "store-full")
        assert printer_row(here)["reason"]["detail"] in page(here)
        here.await_printer()
        assert (hopper(here), here.good_cards()) == (FULL_HOPPER, [])
        make_room(here)
        assert here.await_settled(1).state == "completed"
        await_until(lambda: len(here.good_cards()) == 1)
        assert hopper(here) == FULL_HOPPER - 1


def test_the_outcome_of_a_card_is_kept_until_it_can_be_written() -> None:
    with full_at("EJECTED") as here:
        await_until(lambda: len(here.good_cards()) == 1)
        assert not here.api.job(1).final, "it says done, and nothing says so on disk"
        make_room(here)
        assert here.await_settled(1).state == "completed"
        [card] = here.cards_of(1)
        assert [attempt["outcome"] for attempt in card["attempts"]] == ["done"]
        second = here.api.submit({}, GOOD).id
        assert here.await_settled(second).state == "completed", "the printer's worker did not survive"
        await_until(lambda: len(here.good_cards()) == 2)
