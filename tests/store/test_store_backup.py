"""A backup: whole while somebody writes, nothing in it in the clear, and put back only when all of it is right."""

from __future__ import annotations

import io
import json
import os
import stat
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from printserver.errors import BackupDamaged, ConfigurationError, StoreDamaged
from printserver.model.ticket import Ticket
from printserver.store import backup as backup_file
from printserver.store import open_store
from printserver.store.backup import write_backup
from printserver.store.contract import JobStore, NewCard, NewDocument, NewJob
from printserver.store.place import DataPlace, data_place
from printserver.store.spool import Spool
from printserver.store.unpacking import unpack
from tests.contract.store_kit import KEY, PRINTED, led, with_queues

PICTURE = b"a picture of Sari Nobody"


class Site:
    """A data directory with a store at work in it."""

    def __init__(self, folder: Path) -> None:
        self.place: DataPlace = data_place(folder / "d", None)
        self.place.prepare()
        self.store: JobStore = with_queues(self.open(self.place))
        self.spool = Spool(self.place.spool)

    @staticmethod
    def open(place: DataPlace) -> JobStore:
        return open_store(place.database, master_key=place.key, clock=time.time, node="here")

    def add(self) -> tuple[int, str]:
        """Add a job; return its number and its document's name."""
        blob = self.spool.write(KEY, PICTURE)
        document = NewDocument(format="image/png", size=len(PICTURE), sha256="ab" * 32, blob=blob)
        new = NewJob(queue="card", ticket=Ticket(name="Sari"), key=KEY, documents=(document,), cards=(NewCard(),))
        return self.store.add_job(new).id, blob


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def nothing(database: Path) -> None: ...


def elsewhere(site: Site) -> DataPlace:
    """Another data directory with the same master key."""
    return DataPlace(site.place.root.with_name("other"), site.place.key)


def test_what_was_backed_up_comes_back(site: Site, tmp_path: Path) -> None:
    job, blob = site.add()
    made = write_backup(site.place, tmp_path / "b", lambda: 7.0)
    assert (made.made, [head.id for head in made.heads]) == (7.0, [site.store.last_event()])
    place = elsewhere(site)
    assert unpack(tmp_path / "b", place, nothing) == made
    again = Site.open(place)
    assert again.job(job) == site.store.job(job)
    assert again.verify_journal()[0].flaws == ()
    assert Spool(place.spool).read(again.job_key(job), blob) == PICTURE
    assert stat.S_IMODE(place.root.stat().st_mode) == 0o700
    again.close()


def test_a_backup_is_for_its_owner_and_tells_nothing(site: Site, tmp_path: Path) -> None:
    site.add()
    write_backup(site.place, tmp_path / "b", time.time)
    whole = (tmp_path / "b").read_bytes()
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o600
    assert not any(secret in whole for secret in (PICTURE, b"Sari", KEY, site.place.key.read_bytes()))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "d", "d.key"]


def test_it_is_made_as_of_one_moment(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job, _ = site.add()
    copy = backup_file._copy_database

    def and_go_on(source: Path, snapshot: Path) -> None:
        copy(source, snapshot)
        site.add()  # after the moment, before the documents are read

    monkeypatch.setattr(backup_file, "_copy_database", and_go_on)
    write_backup(site.place, tmp_path / "b", time.time)
    place = elsewhere(site)
    unpack(tmp_path / "b", place, nothing)
    again = Site.open(place)
    assert [found.id for found in again.unfinished()] == [job]
    assert len(list(place.spool.iterdir())) == 1
    again.close()


def test_it_is_made_while_another_transaction_is_open(site: Site, tmp_path: Path) -> None:
    site.add()
    with site.store._writing():  # type: ignore[attr-defined]  # the store's own transaction
        assert len(write_backup(site.place, tmp_path / "b", time.time).members) == 2


def test_a_document_purged_meanwhile_is_left_out_and_named(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, blob = site.add()
    led(site.store, site.store.job(job), *PRINTED)
    copy = backup_file._copy_database

    def and_purge(source: Path, snapshot: Path) -> None:
        copy(source, snapshot)
        site.spool.remove(site.store.purge(job))

    monkeypatch.setattr(backup_file, "_copy_database", and_purge)
    made = write_backup(site.place, tmp_path / "b", time.time)
    assert (made.purged, list(made.members)) == ((blob,), ["store.sqlite"])


def test_a_missing_document_is_an_error_and_leaves_no_backup(site: Site, tmp_path: Path) -> None:
    _, blob = site.add()
    (site.place.spool / blob).unlink()
    with pytest.raises(StoreDamaged, match="missing") as refusal:
        write_backup(site.place, tmp_path / "b", time.time)
    assert refusal.value.where == f"spool/{blob}"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d", "d.key"]


def test_a_file_that_is_there_is_not_written_over(site: Site, tmp_path: Path) -> None:
    (tmp_path / "b").write_text("another backup")
    with pytest.raises(ConfigurationError, match="already"):
        write_backup(site.place, tmp_path / "b", time.time)
    assert (tmp_path / "b").read_text() == "another backup"
    with pytest.raises(ConfigurationError, match="No such file"):
        write_backup(site.place, tmp_path / "nowhere" / "b", time.time)


def test_a_directory_that_holds_something_is_not_written_over(site: Site, tmp_path: Path) -> None:
    write_backup(site.place, tmp_path / "b", time.time)
    with pytest.raises(ConfigurationError, match="holds something") as refusal:
        unpack(tmp_path / "b", site.place, nothing)
    assert refusal.value.where == str(site.place.root)
    place = elsewhere(site)
    place.root.mkdir()
    unpack(tmp_path / "b", place, nothing)
    assert place.database.is_file()


def test_nothing_counts_when_the_store_cannot_be_made_ready(site: Site, tmp_path: Path) -> None:
    write_backup(site.place, tmp_path / "b", time.time)
    place = elsewhere(site)

    def fails(database: Path) -> None:
        assert database.is_file()
        assert not place.root.exists()
        raise ConfigurationError("the wrong key")

    with pytest.raises(ConfigurationError, match="wrong key"):
        unpack(tmp_path / "b", place, fails)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "d", "d.key"]


# what is no backup

Packed = tuple[tarfile.TarInfo, bytes]
Edit = Callable[[list[Packed]], None]


def rewritten(source: Path, edit: Edit) -> None:
    """Write a tar archive anew with its members edited."""
    with tarfile.open(source) as tar:
        members = [(info, file.read()) for info in tar if (file := tar.extractfile(info))]
    edit(members)
    with tarfile.open(source, "w") as tar:
        for info, data in members:
            info.size = len(data) if info.isreg() else 0
            tar.addfile(info, io.BytesIO(data))


def a_member(name: str, data: bytes = b"x", kind: bytes = tarfile.REGTYPE, link: str = "") -> Packed:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info, data


def first(member: Packed) -> Edit:
    return lambda members: members.insert(0, member)


def changed(name: str, change: Callable[[bytes], bytes]) -> Edit:
    def edit(members: list[Packed]) -> None:
        members[:] = [(info, change(data) if info.name == name else data) for info, data in members]

    return edit


def without(name: str) -> Edit:
    def edit(members: list[Packed]) -> None:
        members[:] = [(info, data) for info, data in members if info.name != name]

    return edit


def with_format(data: bytes) -> bytes:
    return json.dumps(json.loads(data) | {"format": 2}).encode()


BLOB = "spool/" + "0" * 32
NO_BACKUP: dict[str, tuple[Edit, str]] = {
    "an absolute name": (first(a_member("/tmp/evil")), "no such member"),
    "a name that climbs": (first(a_member("spool/../../evil")), "no such member"),
    "another name in the spool": (first(a_member("spool/evil")), "no such member"),
    "a link": (first(a_member(BLOB, b"", tarfile.SYMTYPE, "/etc/passwd")), "no such member"),
    "a hard link": (first(a_member(BLOB, b"", tarfile.LNKTYPE, "store.sqlite")), "no such member"),
    "a pipe": (first(a_member(BLOB, b"", tarfile.FIFOTYPE)), "no such member"),
    "a folder": (first(a_member("spool", b"", tarfile.DIRTYPE)), "no such member"),
    "a member too many": (first(a_member(BLOB)), "not what the manifest says"),
    "a store twice": (first(a_member("store.sqlite")), "no such member"),
    "no manifest": (without("manifest.json"), "no manifest"),
    "no store": (without("store.sqlite"), "not what the manifest says"),
    "something after the manifest": (lambda members: members.append(a_member(BLOB)), "follows the manifest"),
    "a changed store": (changed("store.sqlite", lambda data: data[:-1] + b"\xa5"), "not what the manifest says"),
    "a longer store": (changed("store.sqlite", lambda data: data + b"\0"), "not what the manifest says"),
    "a manifest of words": (changed("manifest.json", lambda data: b"{}"), "cannot be read"),
    "a manifest of another form": (changed("manifest.json", with_format), "its form is 2"),
}  # fmt: skip


@pytest.mark.parametrize("what", NO_BACKUP)
def test_what_is_no_backup_is_refused_and_leaves_nothing(site: Site, tmp_path: Path, what: str) -> None:
    site.add()
    write_backup(site.place, tmp_path / "b", time.time)
    edit, told = NO_BACKUP[what]
    rewritten(tmp_path / "b", edit)
    with pytest.raises(BackupDamaged, match=told):
        unpack(tmp_path / "b", elsewhere(site), nothing)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "d", "d.key"]


def test_a_cut_backup_is_refused_wherever_it_was_cut(site: Site, tmp_path: Path) -> None:
    site.add()
    write_backup(site.place, tmp_path / "b", time.time)
    whole = (tmp_path / "b").read_bytes()
    with tarfile.open(tmp_path / "b") as tar:
        manifest = tar.getmember("manifest.json")
    end = manifest.offset_data + manifest.size
    for length in (0, 1, 511, 512, 700, end // 2, manifest.offset, manifest.offset_data, end - 1):
        (tmp_path / "b").write_bytes(whole[:length])
        with pytest.raises(BackupDamaged):
            unpack(tmp_path / "b", elsewhere(site), nothing)
    (tmp_path / "b").write_bytes(os.urandom(2048))
    with pytest.raises(BackupDamaged):
        unpack(tmp_path / "b", elsewhere(site), nothing)
