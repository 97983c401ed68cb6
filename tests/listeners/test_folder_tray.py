"""The watched folder on a real disk: which files are taken, where each one goes, and what is never touched."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from printserver.errors import (
    ConfigurationError,
    DocumentBroken,
    DocumentEmpty,
    DocumentTooLarge,
    NotAllowed,
    ServerBusy,
)
from printserver.listeners.folder import FolderLimits, Tray
from printserver.listeners.folder.tray import REASON_SECONDS
from tests.listeners.test_raw_scan import JPEGS, PNG


class Wall:
    """Seconds since the epoch, ahead of the disk's by what a test wants."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Watched:
    """A folder with its tray; files put into it were written just now."""

    def __init__(self, folder: Path, limits: FolderLimits | None = None) -> None:
        self.folder = folder
        self.wall = Wall(1_000_000.0)
        self.tray = Tray(folder, self.wall, limits)
        self.tray.open("queue.card.folder")

    def put(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        os.utime(path, (self.wall.now, self.wall.now))
        return path

    def look(self, times: int = 1) -> list[str]:
        for _ in range(times):
            self.tray.take_ready()
        return self.tray.waiting()

    def names(self, room: str) -> list[str]:
        return sorted(path.name for path in (self.folder / room).iterdir())


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "in")


# taking


def test_a_file_that_stands_still_is_taken_at_the_second_look(watched: Watched) -> None:
    watched.put("a.png", PNG)
    assert watched.look() == []
    assert watched.look() == ["a.png"]
    taken = watched.tray.read("a.png")
    assert (taken.name, taken.data) == ("a.png", PNG)
    assert taken.user
    assert not (watched.folder / "a.png").exists()


def test_a_file_that_still_grows_is_left_alone(watched: Watched) -> None:
    path = watched.put("a.png", PNG)
    watched.look()
    path.write_bytes(JPEGS[0])
    os.utime(path, (watched.wall.now, watched.wall.now + 1))
    assert watched.look() == []
    assert watched.look() == ["a.png"]
    assert watched.tray.read("a.png").data == JPEGS[0]


@pytest.mark.parametrize("data", [PNG[:-1], PNG[:4], b"", JPEGS[0][:-1]])
def test_a_file_that_is_not_whole_is_waited_for_and_then_no_job(watched: Watched, data: bytes) -> None:
    watched.put("a.png", data)
    assert watched.look(3) == []
    watched.wall.now += 29.9
    assert watched.look() == []
    watched.wall.now += 0.1
    assert watched.look() == ["a.png"]
    with pytest.raises((DocumentBroken, DocumentEmpty)):
        watched.tray.read("a.png")


def test_what_does_not_say_where_it_ends_is_taken_when_it_has_not_changed_for_a_while(watched: Watched) -> None:
    watched.put("a.tif", b"II*\0 a picture")
    assert watched.look(3) == []
    watched.wall.now += 4.9
    assert watched.look() == []
    watched.wall.now += 0.1
    assert watched.look() == ["a.tif"]
    assert watched.tray.read("a.tif").data == b"II*\0 a picture"


@pytest.mark.parametrize(("data", "whole"), [
    (b"%PDF-1.7\n1 0 obj\n%%EOF\n", True), (b"%PDF-1.7\n1 0 obj\n", False), (b"%PDF-1.7\n%%EOF\n1 0 obj\n", False),
])  # fmt: skip
def test_a_pdf_is_whole_when_its_last_line_is_its_end_mark(watched: Watched, data: bytes, whole: bool) -> None:
    watched.put("a.pdf", data)
    assert watched.look(3) == (["a.pdf"] if whole else [])


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "in", FolderLimits(document=len(PNG) - 1))
    watched.put("a.png", PNG)
    assert watched.look(2) == ["a.png"]
    with pytest.raises(DocumentTooLarge):
        watched.tray.read("a.png")


@pytest.mark.parametrize("name", [".hidden.png", "a.png.part", "a.tmp", "a.png~", "a.crdownload"])
def test_names_of_files_that_are_being_written_are_not_seen(watched: Watched, name: str) -> None:
    watched.put(name, PNG)
    assert watched.look(3) == []
    assert (watched.folder / name).exists()


def test_folders_of_others_are_left_alone(watched: Watched) -> None:
    (watched.folder / "mine").mkdir()
    watched.put("mine/a.png", PNG)
    assert watched.look(3) == []
    assert (watched.folder / "mine" / "a.png").exists()


def test_only_so_many_files_are_taken_at_once(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "in", FolderLimits(files=2))
    for name in ("a.png", "b.png", "c.png"):
        watched.put(name, PNG)
    assert watched.look(2) == ["a.png", "b.png"]
    watched.tray.accepted("a.png", 1)
    assert watched.look(2) == ["b.png", "c.png"]


def test_a_file_waits_for_one_of_the_same_name_that_is_being_taken(watched: Watched) -> None:
    watched.put("a.png", PNG)
    watched.look(2)
    watched.put("a.png", JPEGS[0])
    assert watched.look(3) == ["a.png"]
    assert watched.tray.read("a.png").data == PNG
    watched.tray.accepted("a.png", 7)
    assert watched.look(2) == ["a.png"]
    assert watched.tray.read("a.png").data == JPEGS[0]


# what is no plain file


def test_links_pipes_and_sockets_are_put_aside_unread(watched: Watched, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(PNG)
    (watched.folder / "link.png").symlink_to(secret)
    os.link(secret, watched.folder / "hard.png")
    os.mkfifo(watched.folder / "pipe.png")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(watched.folder / "socket.png"))
        assert watched.look(3) == []
    names = ["hard.png", "link.png", "pipe.png", "socket.png"]
    assert watched.names("failed") == sorted([*names, *(f"{name}.reason.txt" for name in names)])
    assert "not read" in (watched.folder / "failed" / "link.png.reason.txt").read_text()
    assert secret.read_bytes() == PNG


def test_a_file_that_turns_into_a_link_after_it_was_taken_is_not_followed(watched: Watched, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(PNG)
    watched.put("a.png", PNG)
    watched.look(2)
    (watched.folder / "taking" / "a.png").unlink()
    (watched.folder / "taking" / "a.png").symlink_to(secret)
    with pytest.raises(NotAllowed):
        watched.tray.read("a.png")
    (watched.folder / "taking" / "a.png").unlink()
    os.mkfifo(watched.folder / "taking" / "a.png")
    with pytest.raises(NotAllowed):
        watched.tray.read("a.png")


# the key of a file's job


def test_a_file_has_the_same_key_however_often_it_is_read_and_another_file_another(watched: Watched) -> None:
    watched.put("a.png", PNG)
    watched.look(2)
    key = watched.tray.read("a.png").key
    again = Tray(watched.folder, watched.wall)
    again.open("key")
    assert again.waiting() == ["a.png"]
    assert again.read("a.png").key == key
    watched.tray.accepted("a.png", 1)
    watched.wall.now += 1
    watched.put("a.png", PNG)
    watched.look(2)
    assert watched.tray.read("a.png").key != key


# where files go


def test_a_file_goes_with_its_job(watched: Watched) -> None:
    for name in ("good.png", "bad.png"):
        watched.put(name, PNG)
    watched.look(2)
    watched.tray.accepted("good.png", 3)
    watched.tray.accepted("bad.png", 14)
    assert watched.tray.printing() == {3: "3-good.png", 14: "14-bad.png"}
    watched.tray.finished("3-good.png", "")
    watched.tray.finished("14-bad.png", "the ribbon tore")
    assert watched.tray.printing() == {}
    assert watched.names("done") == ["3-good.png"]
    assert watched.names("failed") == ["14-bad.png", "14-bad.png.reason.txt"]
    assert (watched.folder / "failed" / "14-bad.png.reason.txt").read_text() == "the ribbon tore\n"


def test_a_refused_file_lies_beside_its_reason_and_an_older_one_keeps_its_place(watched: Watched) -> None:
    for data in (PNG, JPEGS[0]):
        watched.put("a.png", data)
        watched.look(2)
        watched.tray.refused("a.png", ServerBusy("try later"))
    assert watched.names("failed") == ["2-a.png", "2-a.png.reason.txt", "a.png", "a.png.reason.txt"]
    assert (watched.folder / "failed" / "a.png").read_bytes() == PNG
    assert (watched.folder / "failed" / "2-a.png").read_bytes() == JPEGS[0]
    assert "try later" in (watched.folder / "failed" / "a.png.reason.txt").read_text()


def test_a_name_as_long_as_names_can_be_still_fits(watched: Watched) -> None:
    name = "k" * 251 + ".png"
    watched.put(name, PNG)
    [taken] = watched.look(2)
    assert taken.endswith(".png")
    watched.tray.accepted(taken, 2**31)
    [file] = watched.tray.printing().values()
    watched.tray.finished(file, "x")
    assert len(watched.names("failed")) == 2


def test_what_is_over_is_thrown_away_in_time_and_reasons_later(watched: Watched) -> None:
    for name in ("a.png", "b.png"):
        watched.put(name, PNG)
    watched.look(2)
    watched.tray.accepted("a.png", 1)
    watched.tray.finished("1-a.png", "")
    watched.tray.refused("b.png", ServerBusy())
    moved = (watched.folder / "done" / "1-a.png").stat().st_ctime
    watched.wall.now = moved + 59
    watched.tray.throw_away(60)
    assert (watched.names("done"), len(watched.names("failed"))) == (["1-a.png"], 2)
    watched.wall.now = moved + 70
    watched.tray.throw_away(60)
    assert (watched.names("done"), watched.names("failed")) == ([], ["b.png.reason.txt"])
    watched.wall.now = moved + REASON_SECONDS + 70
    watched.tray.throw_away(60)
    assert watched.names("failed") == []


# the folder itself


def test_a_folder_is_made_for_its_owner_alone(watched: Watched) -> None:
    for path in (watched.folder, *(watched.folder / room for room in ("taking", "printing", "done", "failed"))):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_a_folder_that_others_write_into_is_refused_with_its_key(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(ConfigurationError, match=r"queue\.card\.folder: .*everybody can write"):
        Tray(folder, Wall(0)).open("queue.card.folder")
    folder.chmod(0o700)
    (folder / "done").mkdir()
    (folder / "done").chmod(0o702)
    with pytest.raises(ConfigurationError, match="in/done: everybody can write"):
        Tray(folder, Wall(0)).open("queue.card.folder")


def test_a_folder_that_is_none_is_refused_with_its_key(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "real" / "taking").symlink_to(tmp_path)
    said = {"link": "or a link", "file": "is no folder", "none/none": "no such file", "real": "taking: is no folder"}
    for name, words in said.items():
        with pytest.raises(ConfigurationError, match=words):
            Tray(tmp_path / name, Wall(0)).open("queue.card.folder")


def test_the_file_of_a_purged_job_goes_and_its_reason_stays_under_its_number(watched: Watched) -> None:
    for room, name in (("done", "7-eve.png"), ("failed", "8-eve.png"), ("failed", "8-eve.png.reason.txt"),
                       ("done", "77-adam.png"), ("failed", "eve.png")):  # fmt: skip
        (watched.folder / room / name).write_bytes(b"x")
    assert watched.tray.ended() == {7, 8, 77}
    watched.tray.forget(7, "")
    watched.tray.forget(8, "Job 8 is aborted.")
    assert watched.names("done") == ["77-adam.png"]
    assert watched.names("failed") == ["8.reason.txt", "eve.png"]
    assert (watched.folder / "failed" / "8.reason.txt").read_text() == "Job 8 is aborted.\n"
    assert watched.tray.ended() == {77}
