"""The master key: made once, kept from others, never replaced."""

import os
from pathlib import Path

import pytest

from printserver.errors import ConfigurationError
from printserver.store import open_store
from printserver.store.keys import master_key
from tests.contract.store_kit import SqliteShelf, a_job, with_queues


def test_a_key_is_made_once_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "etc" / "master.key"
    made = master_key(path, may_make=True, randomness=os.urandom)
    assert (len(made), path.stat().st_mode & 0o777) == (32, 0o600)
    assert master_key(path, may_make=True, randomness=os.urandom) == made
    assert master_key(path, may_make=False, randomness=os.urandom) == made
    assert [each.name for each in path.parent.iterdir()] == ["master.key"]


def test_randomness_comes_from_the_argument(tmp_path: Path) -> None:
    assert master_key(tmp_path / "key", may_make=True, randomness=bytes) == bytes(32)


def test_a_missing_key_is_not_made_where_it_may_not_be(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    with pytest.raises(ConfigurationError, match=r"master\.key: the master key is missing"):
        master_key(path, may_make=False, randomness=os.urandom)
    assert not path.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_key_that_others_can_open_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(bytes(32))
    path.chmod(mode)
    with pytest.raises(ConfigurationError, match="others can open"):
        master_key(path, may_make=True, randomness=os.urandom)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_of_another_length_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(bytes(length))
    path.chmod(0o600)
    with pytest.raises(ConfigurationError, match=f"has {length} bytes"):
        master_key(path, may_make=True, randomness=os.urandom)
    assert path.stat().st_size == length


def test_a_folder_in_the_keys_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "master.key").mkdir()
    with pytest.raises(ConfigurationError):
        master_key(tmp_path / "master.key", may_make=True, randomness=os.urandom)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match=r"file/master\.key"):
        master_key(tmp_path / "file" / "master.key", may_make=True, randomness=os.urandom)


def test_a_store_with_jobs_never_gets_a_new_key(tmp_path: Path) -> None:
    shelf = SqliteShelf(tmp_path)
    store = with_queues(shelf.open())
    store.add_job(a_job())
    store.close()
    key = shelf.key.read_bytes()
    shelf.key.unlink()
    with pytest.raises(ConfigurationError, match="missing"):
        shelf.open()
    assert not shelf.key.exists()
    shelf.key.write_bytes(bytes(32))
    shelf.key.chmod(0o600)
    with pytest.raises(ConfigurationError, match="does not open this store"):
        shelf.open()
    shelf.key.write_bytes(key)
    store = shelf.open()
    assert store.job(1).id == 1
    store.close()


def test_a_store_without_jobs_takes_another_key(tmp_path: Path) -> None:
    shelf = SqliteShelf(tmp_path)
    with_queues(shelf.open()).close()
    shelf.key.unlink()
    store = shelf.open()
    store.add_job(a_job())
    store.close()
    again = shelf.open()
    assert again.job(1).id == 1
    again.close()


def test_the_key_lies_where_it_is_told_to(tmp_path: Path) -> None:
    shelf = SqliteShelf(tmp_path)
    location = f"sqlite:///{tmp_path}/data/store.sqlite"
    open_store(location, master_key=tmp_path / "etc" / "key", clock=shelf.clock, node="here").close()
    assert (tmp_path / "etc" / "key").exists()
    with pytest.raises(ConfigurationError, match="no store is kept in mysql"):
        open_store("mysql://host/base", master_key=shelf.key, clock=shelf.clock, node="here")
    with pytest.raises(ConfigurationError):
        open_store("://", master_key=shelf.key, clock=shelf.clock, node="here")
