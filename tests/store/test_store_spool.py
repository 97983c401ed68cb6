"""The spool: what was written is read, what was touched is noticed, what found no room is gone."""

import errno
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printserver.errors import ConfigurationError, StoreBusy, StoreDamaged, StoreFull
from printserver.store import Spool
from printserver.store.spool import MAGIC, PIECE_BYTES, SALT_BYTES, SEALED_BYTES

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
HEAD = len(MAGIC) + SALT_BYTES
EDGES = [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES, 3 * PIECE_BYTES - 5]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def spool(folder: Path) -> Spool:
    return Spool(folder)


@pytest.mark.parametrize("size", EDGES)
def test_what_was_written_is_read(spool: Spool, size: int) -> None:
    data = os.urandom(size)
    assert spool.read(KEY, spool.write(KEY, data)) == data


def test_a_blob_is_sealed_private_and_named_by_chance(spool: Spool, folder: Path) -> None:
    name = spool.write(KEY, b"the holder's portrait " * 5000)
    again = spool.write(KEY, b"the holder's portrait " * 5000)
    assert name != again
    assert spool.names() == {name, again}
    assert b"portrait" not in (folder / name).read_bytes()
    assert (folder / name).read_bytes()[HEAD:] != (folder / again).read_bytes()[HEAD:]
    assert ((folder / name).stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)


def test_another_key_opens_nothing(spool: Spool) -> None:
    name = spool.write(KEY, b"portrait")
    with pytest.raises(StoreDamaged):
        spool.read(OTHER, name)


def test_one_blob_cannot_stand_for_another(spool: Spool, folder: Path) -> None:
    front, back = spool.write(KEY, b"front"), spool.write(KEY, b"back")
    (folder / front).rename(folder / back)
    with pytest.raises(StoreDamaged):
        spool.read(KEY, back)
    with pytest.raises(StoreDamaged):
        spool.read(KEY, front)


@pytest.mark.parametrize("left", [0, 3, HEAD, HEAD + 15, HEAD + 16, HEAD + SEALED_BYTES, HEAD + 2 * SEALED_BYTES])
def test_a_cut_blob_is_noticed_also_where_a_piece_ends(spool: Spool, folder: Path, left: int) -> None:
    name = spool.write(KEY, bytes(3 * PIECE_BYTES))
    os.truncate(folder / name, left)
    with pytest.raises(StoreDamaged):
        spool.read(KEY, name)


def test_reordered_and_repeated_pieces_are_noticed(spool: Spool, folder: Path) -> None:
    name = spool.write(KEY, os.urandom(3 * PIECE_BYTES))
    whole = (folder / name).read_bytes()
    pieces = [whole[start : start + SEALED_BYTES] for start in range(HEAD, len(whole), SEALED_BYTES)]
    for order in ((1, 0, 2), (0, 0, 2), (0, 2), (0, 1, 2, 2)):
        (folder / name).write_bytes(whole[:HEAD] + b"".join(pieces[number] for number in order))
        with pytest.raises(StoreDamaged):
            spool.read(KEY, name)
    (folder / name).write_bytes(whole)
    assert len(spool.read(KEY, name)) == 3 * PIECE_BYTES


@given(position=st.integers(0, HEAD + 16 + 99), flip=st.integers(1, 255))
@settings(deadline=None)
def test_every_altered_byte_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, position: int, flip: int
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    spool = Spool(folder)
    name = spool.write(KEY, bytes(100))
    blob = bytearray((folder / name).read_bytes())
    blob[position] ^= flip
    (folder / name).write_bytes(blob)
    with pytest.raises(StoreDamaged):
        spool.read(KEY, name)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 32, "0" * 31, "0" * 32 + "\n", "0" * 32 + ".part"])
def test_a_name_of_another_shape_is_refused(spool: Spool, name: str) -> None:
    with pytest.raises(StoreDamaged):
        spool.read(KEY, name)
    with pytest.raises(StoreDamaged):
        spool.remove([name])


def test_no_link_is_followed(spool: Spool, folder: Path) -> None:
    name = spool.write(KEY, b"front")
    (folder / name).rename(folder.parent / "elsewhere")
    (folder / name).symlink_to(folder.parent / "elsewhere")
    with pytest.raises(StoreDamaged):
        spool.read(KEY, name)


def test_removed_blobs_are_gone_and_may_be_removed_again(spool: Spool) -> None:
    name, kept = spool.write(KEY, b"a"), spool.write(KEY, b"b")
    spool.remove([name])
    spool.remove([name])
    spool.remove([])
    assert spool.names() == {kept}


def test_only_old_blobs_that_nobody_refers_to_are_swept(spool: Spool, folder: Path) -> None:
    kept, orphan, young = (spool.write(KEY, b"x") for _ in range(3))
    (folder / ("0" * 32 + ".part")).write_bytes(b"of a server that was killed")
    (folder / "lost+found").mkdir()
    for old in (kept, orphan, "0" * 32 + ".part"):
        os.utime(folder / old, (1000, 1000))
    assert spool.sweep(frozenset({kept}), older_than=2000) == {orphan, "0" * 32 + ".part"}
    assert spool.names() == {kept, young}
    assert sorted(path.name for path in folder.iterdir()) == sorted(["lost+found", kept, young])


@pytest.fixture
def small_files_only() -> Iterator[None]:
    """Let no file grow beyond 100,000 bytes: the kernel's own refusal, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("small_files_only")
def test_what_finds_no_room_leaves_nothing_behind(spool: Spool, folder: Path) -> None:
    with pytest.raises(StoreFull):
        spool.write(KEY, bytes(200_000))
    assert list(folder.iterdir()) == []
    assert spool.read(KEY, spool.write(KEY, b"small")) == b"small"


@pytest.mark.parametrize(("code", "error"), [
    (errno.ENOSPC, StoreFull), (errno.EDQUOT, StoreFull), (errno.EIO, StoreBusy),
])  # fmt: skip
@pytest.mark.parametrize("call", ["pwrite", "fsync"])
def test_the_disks_refusals_are_told_apart(
    spool: Spool, folder: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int, error: type[Exception]
) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(f"printserver.store.spool.os.{call}", refuse)
    with pytest.raises(error):
        spool.write(KEY, b"front")
    monkeypatch.undo()
    assert list(folder.iterdir()) == []


def test_a_spool_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="spool"):
        Spool(tmp_path / "file" / "spool")
