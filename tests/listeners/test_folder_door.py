"""The watched folder's door: what is sent, under which key, and where files go as their jobs go on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from printserver.errors import StoreFull
from printserver.listeners.folder import FolderDoor, Tray
from printserver.model.job import CardState, Job, JobState, Reason
from printserver.queue.views import Submission
from tests.listeners.fake_service import FakeService
from tests.listeners.test_folder_tray import Wall
from tests.listeners.test_raw_scan import JPEGS, PDF, PNG


async def at_once(call: Callable[..., Any], *args: object) -> Any:  # noqa: ANN401 - whatever the call returns
    return call(*args)


class House:
    """A door, its folder, and a service in memory; seconds pass when a test lets them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.service = folder, FakeService()
        self.begin()

    def begin(self) -> None:
        self.clock, self.wall = Clock(), Wall(1_000_000.0)
        self.tray = Tray(self.folder, self.wall)
        self.tray.open("key")
        self.door = FolderDoor(self.service, "card", self.tray, self.clock, at_once)
        Deferred.fromCoroutine(self.door.start())

    def put(self, name: str, data: bytes = PNG) -> None:
        (self.folder / name).write_bytes(data)
        os.utime(self.folder / name, (self.wall.now, self.wall.now))

    def passes(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.advance(1.0)

    def end(self, job: int, state: JobState, *reasons: str) -> None:
        self.service.kept[job] = replace(self.service.kept[job], state=state, reasons=reasons)
        self.service.happen(subject=str(job), what="state", state=state)

    def files(self) -> list[str]:
        return sorted(
            str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()
        )  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "in")


def test_a_file_becomes_a_job_and_is_done_when_its_card_is_out(house: House) -> None:
    house.put("Sari Dewi.png")
    house.passes(2)
    [submission] = house.service.submissions
    assert (submission.ticket.queue, submission.ticket.name, submission.origin) == ("card", "Sari Dewi.png", "folder")
    assert submission.documents[0].data == PNG
    assert submission.key.startswith("folder ")
    assert house.files() == ["printing/1-Sari Dewi.png"]
    house.passes(5)
    assert house.files() == ["printing/1-Sari Dewi.png"]
    house.end(1, JobState.COMPLETED, "job-completed-successfully")
    house.passes(1)
    assert house.files() == ["done/1-Sari Dewi.png"]
    assert len(house.service.submissions) == 1


@pytest.mark.parametrize(("state", "reasons"), [
    (JobState.ABORTED, ("aborted-by-system", "document-format-error")), (JobState.CANCELED, ("job-canceled-by-user",)),
    (JobState.COMPLETED, ("job-completed-with-errors",)),
])  # fmt: skip
def test_a_job_that_printed_not_every_card_leaves_a_failed_file_and_its_reason(
    house: House, state: JobState, reasons: tuple[str, ...]
) -> None:
    house.put("a.png")
    house.passes(2)
    card = replace(house.service.kept[1].cards[0], state=CardState.FAILED, reason=Reason("ribbon-out", "no ribbon"))
    house.service.kept[1] = replace(house.service.kept[1], cards=(card,))
    house.end(1, state, *reasons)
    house.passes(1)
    assert house.files() == ["failed/1-a.png", "failed/1-a.png.reason.txt"]
    reason = (house.folder / "failed" / "1-a.png.reason.txt").read_text()
    assert f"Job 1 is {state}: {', '.join(reasons)}." in reason
    assert "Card 1: failed, ribbon-out: no ribbon" in reason


def test_a_doubtful_job_keeps_its_file_where_it_is(house: House) -> None:
    house.put("a.png")
    house.passes(2)
    house.end(1, JobState.STOPPED, "printer-stopped", "card-uncertain")
    house.passes(3)
    assert house.files() == ["printing/1-a.png"]


def test_a_refused_file_fails_with_the_reason_and_does_not_hold_up_others(house: House) -> None:
    house.put("a.txt", b"hello")
    house.put("b.png")
    house.wall.now += 5
    house.passes(2)
    assert house.files() == ["failed/a.txt", "failed/a.txt.reason.txt", "printing/1-b.png"]
    assert "image/png" in (house.folder / "failed" / "a.txt.reason.txt").read_text()


def test_a_pdf_is_taken_when_it_has_its_end_mark_and_not_before(house: House) -> None:
    house.put("a.pdf", PDF[:-1])
    house.passes(3)
    assert house.files() == ["a.pdf"]
    house.put("a.pdf", PDF)
    house.passes(2)
    assert house.files() == ["printing/1-a.pdf"]


def test_what_cannot_be_taken_now_is_tried_again(house: House) -> None:
    house.service.failing = StoreFull()
    house.put("a.png")
    house.passes(2)
    assert house.files() == ["taking/a.png"]
    house.passes(1)
    assert house.files() == ["printing/1-a.png"]


def test_a_crash_after_the_job_and_before_the_move_sends_the_same_key_again(house: House) -> None:
    house.put("a.png")
    accepted: list[Submission] = []

    async def dies(submission: Submission) -> Job:
        accepted.append(submission)
        raise KeyError("the power fails here")

    submit = house.service.submit
    house.service.submit = dies  # type: ignore[method-assign]
    house.passes(2)
    house.service.submit = submit  # type: ignore[method-assign]
    assert house.files() == ["taking/a.png"]
    house.begin()
    house.passes(1)
    assert [each.key for each in house.service.submissions] == [accepted[0].key]
    assert house.files() == ["printing/1-a.png"]


def test_jobs_that_ended_while_the_server_was_away_are_followed(house: House) -> None:
    for name in ("a.png", "b.png", "c.png"):
        house.put(name)
    house.passes(2)
    Deferred.fromCoroutine(house.door.stop())
    assert list(house.clock.getDelayedCalls()) == []
    for job, state in ((1, JobState.COMPLETED), (2, JobState.ABORTED)):
        house.service.kept[job] = replace(house.service.kept[job], state=state, reasons=("x",))
    house.begin()
    house.passes(1)
    assert house.files() == ["done/1-a.png", "failed/2-b.png", "failed/2-b.png.reason.txt", "printing/3-c.png"]
    house.end(3, JobState.COMPLETED)
    house.passes(1)
    assert "done/3-c.png" in house.files()


def test_a_job_that_the_store_does_not_know_is_a_failed_file(house: House) -> None:
    house.put("a.png")
    house.passes(2)
    house.service.kept.clear()
    house.begin()
    house.passes(1)
    assert house.files() == ["failed/1-a.png", "failed/1-a.png.reason.txt"]


def test_a_store_that_does_not_answer_is_asked_again(house: House) -> None:
    house.put("a.png")
    house.passes(2)
    house.end(1, JobState.COMPLETED)
    house.service.failing = StoreFull()
    house.passes(1)
    assert house.files() == ["printing/1-a.png"]
    house.passes(1)
    assert house.files() == ["done/1-a.png"]


def test_a_look_that_fails_is_not_the_last(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(house.tray, "take_ready", lambda: (_ for _ in ()).throw(OSError("gone")))
        house.passes(2)
    house.put("a.png", JPEGS[0])
    house.passes(2)
    assert len(house.service.submissions) == 1


def test_done_files_go_with_the_queue_s_retention(house: House) -> None:
    house.put("a.png")
    house.passes(2)
    house.end(1, JobState.COMPLETED)
    house.passes(1)
    moved = (house.folder / "done" / "1-a.png").stat().st_ctime
    house.wall.now = moved + 7 * 86_400 - 1
    house.passes(1)
    assert house.files() == ["done/1-a.png"]
    house.wall.now = moved + 7 * 86_400
    house.passes(1)
    assert house.files() == []




def test_the_file_of_a_purged_job_goes_at_once_also_of_one_purged_while_nobody_looked(house: House) -> None:
    for name in ("eve.png", "adam.png"):
        house.put(name)
        house.passes(2)
    for job in (1, 2):
        house.end(job, JobState.COMPLETED)
    house.passes(1)
    assert house.files() == ["done/1-eve.png", "done/2-adam.png"]
    house.service.kept[1] = replace(house.service.kept[1], purged=True)
    house.service.happen(subject="1", what="purged")
    house.passes(1)
    assert house.files() == ["done/2-adam.png"]
    Deferred.fromCoroutine(house.door.stop())
    house.service.kept[2] = replace(house.service.kept[2], purged=True)
    house.begin()
    house.passes(1)
    assert house.files() == []


def test_a_job_that_is_purged_as_soon_as_it_is_over_leaves_no_file(house: House) -> None:
    house.put("eve.png")
    house.passes(2)
    house.end(1, JobState.COMPLETED)
    house.service.kept[1] = replace(house.service.kept[1], purged=True)
    house.service.happen(subject="1", what="purged")
    house.passes(1)
    assert house.files() == []
