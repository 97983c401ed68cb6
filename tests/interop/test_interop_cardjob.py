"""The same card job through every door, and the same card: equal to that of its plain pictures, dot for dot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.command_kit import call
from tests.crash.crash_harness import await_until
from tests.documents.cardjob_kit import card, piped, zipped
from tests.documents.pdf_kit import pdf
from tests.interop.interop_kit import House, backend, run

MIME = "application/vnd.printserver.cardjob+zip"
MANIFEST = b"[ticket]\nname = 'Badge'\n"


@pytest.fixture
def cardjob(server: House) -> Path:
    """A card job of the sample card's sides."""
    members = card(front=server.front.read_bytes(), back=server.back.read_bytes()) | {"job.toml": MANIFEST}
    file = server.folder / "badge.cardjob"
    file.write_bytes(zipped(members))
    return file


def by_print(server: House, file: Path) -> None:
    assert call("print", file, "--server", server.web).code == 0


def by_api(server: House, file: Path) -> None:
    part = f"front=@{file};type={MIME}"
    said = run("curl", "-sS", "-w", "\n%{http_code}", "-F", part, f"{server.web}/api/v1/jobs").expect()
    assert said.out.endswith("\n201"), said.out


def by_ipp(server: House, file: Path) -> None:
    server.ipp.print_job(file.read_bytes(), mime=MIME)


def by_ipp_piece_by_piece(server: House, file: Path) -> None:
    job = server.ipp.create_job()
    server.ipp.send_document(job.id, file, last=True)


def by_raw(server: House, file: Path) -> None:
    said = run("nc", "-N", "127.0.0.1", str(server.raw_port), stdin=file.read_bytes()).expect()
    assert json.loads(said.out)["state"] == "pending"


def by_lpd(server: House, file: Path) -> None:
    backend("lpd", f"lpd://127.0.0.1:{server.lpd_port}/card?reserve=none", "90", "sari", "x", "1", "", file).expect()


def by_folder(server: House, file: Path) -> None:
    aside = server.watched / "badge.cardjob.part"
    aside.write_bytes(file.read_bytes())
    aside.rename(server.watched / "badge.cardjob")
    await_until(lambda: any(path.name.endswith("badge.cardjob") for path in (server.watched / "done").iterdir()))


DOORS = [by_print, by_api, by_ipp, by_ipp_piece_by_piece, by_raw, by_lpd, by_folder]


@pytest.mark.parametrize("door", DOORS)
def test_a_card_job_is_the_card_of_its_pictures(
    server: House, both_sides: tuple[bytes, bytes], cardjob: Path, door: Callable[[House, Path], None]
) -> None:
    with server.one_job() as printed:
        door(server, cardjob)
    assert (printed.fronts, printed.backs) == ([both_sides[0]], [both_sides[1]])
    assert printed.name == "Badge"


def test_a_card_job_out_of_a_pipe_is_taken_when_its_sender_closes(
    server: House, both_sides: tuple[bytes, bytes], cardjob: Path
) -> None:
    members = card(front=server.front.read_bytes(), back=server.back.read_bytes())
    cardjob.write_bytes(piped(members))
    with server.one_job() as printed:
        by_raw(server, cardjob)
    assert (printed.fronts, printed.backs) == ([both_sides[0]], [both_sides[1]])


def test_a_card_job_that_is_not_whole_makes_no_job(server: House, cardjob: Path) -> None:
    whole = cardjob.read_bytes()
    for data in (whole[:-1], whole[: len(whole) // 2], piped({"job.toml": b"", "front.png": b"f" * 99})[:-3]):
        with server.no_job():
            said = run("nc", "-N", "127.0.0.1", str(server.raw_port), stdin=data).expect()
            assert json.loads(said.out)["error"]["code"] == "document-broken"


def test_what_is_wrong_inside_is_the_answer(server: House, cardjob: Path) -> None:
    members = card(front=server.front.read_bytes()) | {"../front.png": b"x"}
    cardjob.write_bytes(zipped(members))
    with server.no_job():
        said = run("nc", "-N", "127.0.0.1", str(server.raw_port), stdin=cardjob.read_bytes()).expect()
        assert json.loads(said.out)["error"]["code"] == "bad-cardjob"
        refused = call("print", cardjob, "--server", server.web)
        assert refused.code == 1
        assert "../front.png: has a name that leads out of the archive" in refused.stderr


@pytest.mark.parametrize("pages", [3, 4])
def test_a_document_of_many_pages_is_as_many_cards(server: House, pages: int) -> None:
    file = server.folder / "many.pdf"
    file.write_bytes(pdf(*[b"0 0 0 rg 0 0 %d 300 re f" % (20 + 30 * page) for page in range(pages)]))
    with server.one_job(2) as printed:
        server.ipp.print_job(file)
    assert (len(set(printed.fronts)), len(set(printed.backs))) == (2, pages - 2)
    found = server.ipp.get_job_attributes(printed.job)
    assert found["job-media-sheets-completed"] == [2]
    assert found["job-impressions-completed"] == [pages]
