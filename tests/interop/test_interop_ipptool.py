"""ipptool and the test files that Debian ships with it: a witness that shares no line with this project."""

from __future__ import annotations

import io
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from printserver.ipp import build
from printserver.ipp.pwg_raster import write_pwg
from printserver.ipp.raster_page import Colours, RasterPage
from tests.crash.crash_harness import ROOT, await_until
from tests.interop.interop_kit import House, house, ipptool

SHIPPED = Path("/usr/share/cups/ipptool")
HERE = Path(__file__).parent


@pytest.mark.parametrize("test", [
    "get-printer-attributes", "get-printer-description-attributes", "get-job-template-attributes", "validate-job",
])  # fmt: skip
def test_questions_are_answered(server: House, test: str) -> None:
    with server.no_job():
        score = ipptool(server.printer, f"{test}.test", "-f", str(server.front))
    assert (score.passed, score.failed, score.skipped) == (1, 0, 0), score.words


@pytest.mark.parametrize("test", ["identify-printer", "identify-printer-multiple", "identify-printer-display"])
def test_a_printer_that_cannot_beep_says_so_and_shows_a_message(server: House, test: str) -> None:
    score = ipptool(server.printer, f"{test}.test")
    assert (score.passed, score.failed) == (1, 0), score.words
    [message] = server.ipp.get_printer_attributes("printer-message-from-operator").values()
    assert message != [""]


def test_print_job_makes_a_card(server: House, front_card: bytes) -> None:
    with server.one_job() as printed:
        score = ipptool(server.printer, "print-job.test", "-f", str(server.front))
        assert (score.passed, score.failed) == (1, 0), score.words
    assert printed.fronts == [front_card]


def test_print_job_and_wait_sees_the_card_out(server: House, front_card: bytes) -> None:
    with server.one_job() as printed:
        score = ipptool(server.printer, "print-job-and-wait.test", "-f", str(server.front))
        assert (score.passed, score.failed) == (2, 0), score.words
    assert printed.fronts == [front_card]


def test_create_job_and_send_document_make_a_card(server: House, front_card: bytes) -> None:
    with server.one_job() as printed:
        score = ipptool(server.printer, "create-job.test", "-f", str(server.front))
        assert (score.passed, score.failed) == (2, 0), score.words
    assert printed.fronts == [front_card]


def test_two_documents_are_the_two_sides_of_one_card(server: House, both_sides: tuple[bytes, bytes]) -> None:
    with server.one_job() as printed:
        score = ipptool(
            server.printer, HERE / "front-and-back.test", "-d", f"front={server.front}", "-d", f"back={server.back}"
        )
        assert (score.passed, score.failed) == (4, 0), score.words
    assert (printed.fronts, printed.backs) == ([both_sides[0]], [both_sides[1]])


def test_each_page_of_a_pdf_is_a_card_where_a_printer_has_one_side(tmp_path: Path) -> None:
    """RFC 8011 section 5.2: who says nothing of `sides` has the printer's default."""
    pages = [Image.new("RGB", (1016, 648), colour) for colour in ("red", "green", "blue")]
    pages[0].save(tmp_path / "pages.pdf", "PDF", save_all=True, append_images=pages[1:])
    with house(tmp_path, "YMCKO") as alone, alone.one_job(cards=3) as printed:
        score = ipptool(alone.printer, "print-job.test", "-f", str(tmp_path / "pages.pdf"))
        assert (score.passed, score.failed) == (1, 0), score.words
    assert len(set(printed.fronts)) == 3
    assert printed.backs == []


def test_what_is_told_of_a_document_is_kept(server: House, front_card: bytes) -> None:
    with server.one_job(cards=2) as printed:
        score = ipptool(server.printer, HERE / "what-is-kept-of-a-job.test", "-f", str(server.front))
        assert (score.passed, score.failed) == (3, 0), score.words
    assert printed.fronts == [front_card, front_card]


def test_a_job_of_nothing_ends_without_complaint(server: House) -> None:
    score = ipptool(server.printer, HERE / "a-job-of-nothing.test")
    assert (score.passed, score.failed) == (3, 0), score.words


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_printer_is_told_by_the_name_that_it_was_asked_by(server: House, host: str) -> None:
    score = ipptool(f"ipp://{host}:{server.port}/ipp/print", HERE / "addresses-of-a-printer.test")
    assert (score.passed, score.failed) == (1, 0), score.words


def test_a_held_job_waits_for_its_release(server: House, front_card: bytes) -> None:
    with server.one_job() as printed:
        score = ipptool(server.printer, "print-job-hold.test", "-f", str(server.front))
        assert (score.passed, score.failed) == (2, 0), score.words
    assert printed.fronts == [front_card]


def test_jobs_are_listed(server: House) -> None:
    with server.one_job():
        held = server.ipp.print_job(server.front, attributes=[build.keyword("job-hold-until", "indefinite")])
        score = ipptool(server.printer, "get-jobs.test")
        assert (score.passed, score.failed) == (1, 0), score.words
        assert f"job-id (integer) = {held.id}\n" in score.words
        score = ipptool(server.printer, "get-completed-jobs.test")
        assert (score.passed, score.failed) == (1, 0), score.words
        assert f"job-id (integer) = {held.id}\n" not in score.words
        server.ipp.release(held.id)


def test_a_file_that_is_no_picture_is_refused(server: House) -> None:
    with server.no_job():
        score = ipptool(server.printer, "print-job.test", "-f", str(server.folder / "text.png"))
    assert (score.passed, score.failed) == (0, 1), score.words
    assert "client-error-document-format-not-supported" in score.words


@pytest.mark.parametrize(("name", "tests"), [("1.1", 66), ("2.0", 67), ("2.1", 68), ("2.2", 69)])
def test_the_files_of_each_version_find_no_fault(tmp_path: Path, name: str, tests: int) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / "ipptool")
    stand_ins(folder)
    shutil.copy(folder / "color.jpg", folder / "front.jpg")
    with house(folder, "YMCKOK") as alone:
        score = ipptool(alone.printer, f"ipp-{name}.test", "-f", "front.jpg", folder=folder)
        assert score.failed == 0, score.words
        assert score.passed + score.skipped == tests, score.words
        assert score.skipped == told_in_the_documentation() == 24, score.words
        await_until(lambda: all(row.final or "job-incoming" in row.reasons for row in alone.api.jobs().jobs))
        assert '"level": "error"' not in alone.log()


def test_the_file_of_ipp_everywhere_finds_no_fault(tmp_path: Path) -> None:
    """Its raster files come with no package: each is a small stand-in of its name, kind and resolution."""
    folder = shutil.copytree(SHIPPED, tmp_path / "ipptool")
    stand_ins(folder)
    shutil.copy(folder / "color.jpg", folder / "front.jpg")
    for name in re.findall(r"^\s*FILE\s+(pwg-raster-samples\S+)", everywhere(folder), re.MULTILINE):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(raster(*KIND.findall(name)[0]))
    with house(folder, "YMCKOK") as alone:
        score = ipptool(alone.printer, "ipp-everywhere.test", "-f", "front.jpg", folder=folder)
        assert score.failed == 0, score.words
        assert score.passed + score.skipped == 500, score.words
        assert score.passed >= 120, score.words
        assert "Print onepage-letter @ 300dpi, srgb-8, gzip" in passed(score.words)
        rasters = [row for row in alone.api.jobs().jobs if row.name.startswith(("color.jpg", "onepage", "document"))]
        assert not [row.reasons for row in rasters if row.state == "aborted"]
        assert '"level": "error"' not in alone.log()


def told_in_the_documentation() -> int:
    """How many tests docs/ipp.md gives a reason for."""
    page = (ROOT / "docs" / "ipp.md").read_text()
    return sum(map(int, re.findall(r"^\|[^|]+\| ([0-9]+) \|[^|]+\|$", page, re.MULTILINE)))


KIND = re.compile(r"-(black|sgray|srgb|cmyk)-(1|8|16)-([0-9]+)dpi\.pwg$")
COLOURS = {"black": Colours.BLACK, "sgray": Colours.GREY, "srgb": Colours.SRGB, "cmyk": Colours.CMYK}


def everywhere(folder: Path) -> str:
    return (folder / "ipp-everywhere.test").read_text()


def raster(kind: str, bits: str, dpi: str) -> bytes:
    """A page of one tone."""
    page = RasterPage(64, 40, int(dpi), COLOURS[kind], int(bits), b"")
    return write_pwg([replace(page, pixels=bytes([0x55]) * (page.bytes_per_line * page.height))])


def passed(words: str) -> list[str]:
    return [line.removesuffix("[PASS]").strip() for line in words.splitlines() if line.endswith("[PASS]")]


def stand_ins(folder: Path) -> None:
    """Write files under the names that the tests open; which of them are sent is up to what the printer declares."""
    picture, pages = io.BytesIO(), io.BytesIO()
    image = Image.new("RGB", (1016, 648), (20, 90, 160))
    image.save(picture, "JPEG")
    image.save(pages, "PDF")
    for name in ("color.jpg", "gray.jpg"):
        (folder / name).write_bytes(picture.getvalue())
    for name in ("document-a4.pdf", "document-letter.pdf"):
        (folder / name).write_bytes(pages.getvalue())
    for name in ("document-a4.ps", "document-letter.ps"):
        (folder / name).write_bytes(b"never sent: the printer does not declare PostScript")
