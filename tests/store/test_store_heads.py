"""Heads of the journal in files outside the store."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from printserver.errors import ConfigurationError
from printserver.model.chain import Head
from printserver.store.heads import HeadFile, NewestHead, SystemLog, head_place, read_heads

FIRST = Head(node="here", id=7, at=1.5, hash="ab")
SECOND = Head(node="here", id=9, at=2.5, hash="cd")
OTHER = Head(node="there", id=2, at=2.0, hash="ef")
LINE = '{"node":"here","id":7,"at":1.5,"hash":"ab"}\n'


def test_a_file_of_heads_grows(tmp_path: Path) -> None:
    path = tmp_path / "heads"
    HeadFile(path).keep(FIRST)
    assert path.read_text() == LINE
    HeadFile(path).keep(SECOND)
    assert read_heads(path) == [FIRST, SECOND]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_of_heads_is_not_reached_through_a_link(tmp_path: Path) -> None:
    target = tmp_path / "target"
    (tmp_path / "heads").symlink_to(target)
    with pytest.raises(OSError, match="symbolic"):
        HeadFile(tmp_path / "heads").keep(FIRST)
    assert not target.exists()


def test_the_newest_head_of_each_node_is_kept(tmp_path: Path) -> None:
    newest = NewestHead(tmp_path / "d.head")
    assert newest.heads() == []
    for head in (FIRST, OTHER, SECOND):
        newest.keep(head)
    assert newest.heads() == [OTHER, SECOND]
    assert [path.name for path in tmp_path.iterdir()] == ["d.head"]


def test_lines_of_a_system_log_are_read(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(f"Nov 25 03:00:00 desk printserver: journal head {LINE}\n")
    assert read_heads(log) == [FIRST]


@pytest.mark.parametrize("line", ["", "{}", '{"node":"here","id":"7","at":1,"hash":"a"}', "no brace"])
def test_a_line_that_is_no_head_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "heads"
    path.write_text(f"{LINE}{line or '{'}\n")
    with pytest.raises(ConfigurationError) as refusal:
        read_heads(path)
    assert refusal.value.where == f"{path}:2"


@pytest.mark.parametrize("text", ["file:relative", "mailto:x", "", "syslog:", "/heads"])
def test_a_place_is_a_whole_path_or_the_system_log(text: str) -> None:
    assert head_place("file:/var/heads", "x") == HeadFile(Path("/var/heads"))
    assert head_place("syslog", "x") == SystemLog()
    with pytest.raises(ConfigurationError, match="place for heads"):
        head_place(text, "journal.heads")


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let a disk take five bytes more and no others, as write(2) does when a file system is full."""
    write = os.write

    def fill() -> None:
        room = [5]

        def write_what_fits(descriptor: int, data: bytes) -> int:
            if not room:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return write(descriptor, bytes(data)[: room.pop()])

        monkeypatch.setattr(os, "write", write_what_fits)

    return fill


def test_a_full_disk_leaves_the_newest_head_as_it_was(tmp_path: Path, full_disk: Callable[[], None]) -> None:
    newest = NewestHead(tmp_path / "d.head")
    newest.keep(FIRST)
    full_disk()
    with pytest.raises(OSError, match="No space"):
        newest.keep(SECOND)
    assert newest.heads() == [FIRST]


def test_a_full_disk_leaves_no_part_of_a_line_in_a_file_of_heads(tmp_path: Path, full_disk: Callable[[], None]) -> None:
    path = tmp_path / "heads"
    HeadFile(path).keep(FIRST)
    full_disk()
    with pytest.raises(OSError, match="No space"):
        HeadFile(path).keep(SECOND)
    assert path.read_text() == LINE
