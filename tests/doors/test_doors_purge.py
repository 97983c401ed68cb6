"""Personal data and magnetic tracks come through many doors, are printed and purged: then they are nowhere.

Looked through is everything that the server may write to: data directory with the store's log and the files of
documents, temporary files, log, watched folder, and a backup that is made afterwards. Finished cards of the emulated
printer are left out: they stand for the plastic that was handed out.
"""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from printserver.ipp import Operation, Status, build, encode, parse
from tests.commands.command_kit import call
from tests.crash.crash_harness import Site, await_until
from tests.documents.cardjob_kit import zipped
from tests.doors import doors_ipp
from tests.doors.doors_ipp import NAME, TEXT, print_job
from tests.doors.doors_kit import DEFAULT_QUEUE, http_request, raw_print, serving, submit

PERSON = "Eve Planted"
USER = "eve-at-desk"
TRACKS = ("B4929000000006^PLANTED/EVE^2912", "4929000000006=2912", "0149290000")
# One for each door, in the document itself.
IN_DOCUMENTS = {door: f"planted-in-{door}-document" for door in ("http", "ipp", "cardjob", "raw", "folder", "late")}
SOUGHT = tuple(
    text.encode() for text in (PERSON, "EVE", USER, "eve.planted", *TRACKS, *IN_DOCUMENTS.values())
)  # fmt: skip
REASON = ("--reason", "asked for in writing", "--by", "records office")


def portrait(door: str) -> bytes:
    """Return a small picture that names somebody in plain words."""
    words = PngInfo()
    words.add_text("Comment", f"{PERSON} {IN_DOCUMENTS[door]}")
    stream = io.BytesIO()
    Image.new("RGB", (101, 64), (len(door) * 9, 90, 40)).save(stream, "PNG", pnginfo=words)
    return stream.getvalue()


@dataclass
class Planted:
    """A server that printed what tells of a person, and the keys under which it was kept."""

    here: Site
    tray: Path
    temporary: Path
    jobs: dict[str, int] = field(default_factory=dict)
    keys: list[bytes] = field(default_factory=list)

    @property
    def root(self) -> Path:
        return self.here.data.parent

    @property
    def server(self) -> tuple[str, str]:
        return "--server", f"http://127.0.0.1:{self.here.port}"

    def places(self, sought: bytes) -> list[str]:
        """Return the files that hold some bytes, or bear them as a name."""
        found = []
        for path in self.root.rglob("*"):
            name = str(path.relative_to(self.root))
            if path.is_file() and not name.startswith("d/cards/") and (
                sought in name.encode() or sought in path.read_bytes()
            ):
                found.append(name)
        return found

    def wrapped_keys(self) -> list[bytes]:
        with closing(sqlite3.connect(f"file:{self.here.data}/store.sqlite?mode=ro", uri=True)) as store:
            return [row[0] for row in store.execute("SELECT wrapped FROM job_keys ORDER BY job")]

    def ask_ipp(self, operation: Operation, job: int, queue: str) -> Status:
        target = f"ipp://localhost/ipp/print/{queue}"
        asked = build.request(operation, target, build.integer("job-id", job), request_id=3)
        return Status(parse(doors_ipp.post(self.here.port, encode(asked)).body)[0].code)

    def purged(self) -> list[bool]:
        return [
            json.loads(http_request(self.here.port, "GET", f"/api/v1/jobs/{job}").body)["purged"]
            for job in self.jobs.values()
        ]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    """Send a card through each door, and wait until all are out."""
    folder = tmp_path_factory.mktemp("planted")
    config = folder / "ps.toml"
    tray = folder / "tray"
    config.write_text(
        f'{DEFAULT_QUEUE}[printer.second]\ndriver = "virtual"\nmodel = "card"\ndevice = "emulated"\n'
        f'[queue.tray]\nprinters = ["second"]\nfolder = "{tray}"\n'
    )
    with pytest.MonkeyPatch.context() as patch:
        yield from _planted(patch, config, tray)


def _planted(patch: pytest.MonkeyPatch, config: Path, tray: Path) -> Iterator[Planted]:
    temporary = config.parent / "temporary"
    temporary.mkdir()
    patch.setenv("TMPDIR", str(temporary))
    with serving("--config", str(config), "--emulate", "evolis:primacy+mag") as (here, raw):
        found = Planted(here, tray, temporary)
        names = {"name": PERSON, "user": USER}
        ticket = {**names, "tracks": TRACKS}
        found.jobs["http"] = submit(here.port, ticket, front=portrait("http")).json()["id"]
        said = ((NAME, "requesting-user-name", USER.encode()), (NAME, "job-name", b"eve.planted card"),
                (NAME, "document-name", b"eve.planted.png"))  # fmt: skip
        tracks = ((TEXT, "printserver-tracks", TRACKS[1].encode()),)
        found.jobs["ipp"] = doors_ipp.job_id(doors_ipp.post(here.port, print_job(*said, job=tracks) + portrait("ipp")))
        manifest = (
            f'version = 1\ntracks = ["{TRACKS[0]}"]\n[ticket]\nname = "{PERSON}"\n'
            f'[data]\nholder = "{PERSON}"\n'
        ).encode()
        archive = zipped({"job.toml": manifest, "front.png": portrait("cardjob")})
        kind = "application/vnd.printserver.cardjob+zip"
        answer = submit(here.port, names, kind, front=archive)
        assert answer.status == 201, answer.body
        found.jobs["cardjob"] = answer.json()["id"]
        found.jobs["raw"] = raw_print(raw, portrait("raw"))["job"]
        before = set(found.jobs.values())
        (tray / "eve.planted.png").write_bytes(portrait("folder"))
        await_until(lambda: bool(_numbers(here) - before))
        [found.jobs["folder"]] = _numbers(here) - before
        for job in found.jobs.values():
            assert here.await_settled(job).state == "completed", here.api.job(job)
        await_until(lambda: any((tray / "done").iterdir()))
        # the previews are looked at, as people do: they are kept too
        for job in found.jobs.values():
            http_request(here.port, "GET", f"/api/v1/jobs/{job}/cards/1/front.png")
        found.keys = found.wrapped_keys()
        yield found


def _numbers(here: Site) -> set[int]:
    return {job.id for job in here.api.jobs().jobs}


def test_before_the_purge_the_keys_are_there_and_a_backup_holds_them(planted: Planted) -> None:
    assert len(planted.keys) == len(planted.jobs) == 5
    old = planted.root / "old.backup"
    assert call("backup", old, "--data", planted.here.data).code == 0
    assert all("old.backup" in planted.places(key) for key in planted.keys), "it is told that it does"
    old.rename(planted.tray.parent / "old.backup")  # taken out of the house, and deleted in time
    assert [text for text in SOUGHT if planted.places(text)] == []
    in_tray = b"".join(path.read_bytes() for path in (planted.tray / "done").iterdir())
    assert IN_DOCUMENTS["folder"].encode() in in_tray, "the file that was put there is kept as long as its job"


def test_a_trial_throws_nothing_away_and_what_is_wanted_goes(planted: Planted) -> None:
    by_person = ("purge", "--person", "eve planted", *planted.server)
    outcome = call(*by_person, "--dry-run", "--json")
    named = sorted(planted.jobs[door] for door in ("http", "ipp", "cardjob", "folder"))
    assert (outcome.code, sorted(outcome.json()["purged"])) == (0, named)
    assert planted.purged() == [False] * 5
    assert call(*by_person).code == 1, "without a reason"
    assert call("purge", planted.jobs["raw"], "--by", "x", "--reason", "", *planted.server).code == 1
    outcome = call(*by_person, *REASON, "--json")
    assert (outcome.code, sorted(outcome.json()["purged"])) == (0, named)
    assert call("purge", planted.jobs["raw"], *REASON, *planted.server).code == 0
    assert planted.purged() == [True] * 5
    outcome = call("purge", "--older-than", "0", *REASON, *planted.server)
    assert (outcome.code, outcome.lines) == (0, ["The documents of 0 jobs are thrown away."])


def test_after_the_purge_nothing_of_it_is_anywhere(planted: Planted) -> None:
    await_until(lambda: not any((planted.tray / "done").iterdir()))
    made = planted.root / "new.backup"
    assert call("backup", made, "--data", planted.here.data).code == 0
    copied = planted.root / "tray"
    planted.tray.rename(copied)
    planted.temporary.rename(planted.root / "temporary")
    try:
        assert {text: planted.places(text) for text in SOUGHT if planted.places(text)} == {}
        assert {number: where for number, key in enumerate(planted.keys, 1) if (where := planted.places(key))} == {}
        assert planted.places(b"SQLite format 3"), "the store was looked through"
    finally:
        copied.rename(planted.tray)
        (planted.root / "temporary").rename(planted.temporary)
    assert planted.wrapped_keys() == [bytes(60)] * 5


def test_who_purged_and_why_stands_beside_each_job(planted: Planted) -> None:
    for job in planted.jobs.values():
        rows: Any = json.loads(http_request(planted.here.port, "GET", f"/api/v1/jobs/{job}/story").body)
        [row] = [row for row in rows["events"] if row["what"] == "purged"]
        assert (row["data"]["by"], row["data"]["note"]) == ("records office", "asked for in writing")


@pytest.mark.parametrize("door", ["http", "ipp", "cardjob", "raw", "folder"])
def test_it_is_said_at_every_door_that_it_cannot_be_printed_again(planted: Planted, door: str) -> None:
    job, port = planted.jobs[door], planted.here.port
    for wish in ("reprint", "reject"):
        problem = http_request(port, "POST", f"/api/v1/jobs/{job}/{wish}", b"{}", Content_Type="application/json")
        assert (problem.status, problem.problem()["code"]) == (410, "document-purged")
    for operation in (Operation.REPROCESS_JOB, Operation.RESTART_JOB, Operation.RESUBMIT_JOB):
        assert planted.ask_ipp(operation, job, "tray" if door == "folder" else "card") is Status.GONE
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    for method, body in (("GET", b""), ("POST", b"copies=1&token=00112233445566778899aabbccddeeff")):
        page = http_request(port, method, f"/jobs/{job}/reprint", body, **(form if body else {}))
        assert (page.status, page.media_type) == (410, "text/html"), page.body
        assert b"no longer kept" in page.body
    told = call("reprint", job, *planted.server)
    assert (told.code, "no longer kept" in told.complaint()) == (1, True)
    assert http_request(port, "GET", f"/api/v1/jobs/{job}/cards/1/front.png").status == 410


def test_what_is_refused_late_leaves_nothing_in_the_journal_or_log(planted: Planted) -> None:
    """Create-Job, then a document that is no card: its job is given up with a reason that does not tell its content."""
    said = (NAME, "requesting-user-name", USER.encode()), (NAME, "job-name", PERSON.encode())
    job = doors_ipp.job_id(doors_ipp.post(planted.here.port, print_job(*said, number=Operation.CREATE_JOB)))
    manifest = f'version = 1\ntracks = ["{TRACKS[0].lower()}~"]\n[ticket]\nname = "{PERSON}"\n'.encode()
    archive = zipped({"job.toml": manifest, "front.png": portrait("late")})
    sending = build.request(
        Operation.SEND_DOCUMENT, "ipp://localhost/ipp/print", build.integer("job-id", job),
        build.boolean("last-document", True), request_id=4,
    )  # fmt: skip
    doors_ipp.post(planted.here.port, encode(sending) + archive)
    assert planted.here.await_final(job).state in ("aborted", "canceled")
    assert call("purge", job, *REASON, *planted.server).code == 0
    left = {text: planted.places(text) for text in (*SOUGHT, TRACKS[0].lower().encode())}
    assert {text: where for text, where in left.items() if where} == {}
