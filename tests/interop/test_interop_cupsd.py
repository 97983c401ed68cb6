"""cupsd before the server, as print dialogs use it: `lpadmin -m everywhere`, then `lp`, with a picture and a PDF."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.crash.crash_harness import await_until
from tests.interop.cupsd_kit import QUEUE, Cupsd, cupsd
from tests.interop.interop_kit import House, Printed, pixels
from tests.interop.kept_documents import kept_document

ALIKE = 8.0  # of 255, on average: the same picture, laid on a page by another program; upside down it is 92

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def spooler(running: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cupsd]:
    """A running cupsd with one queue that it has made by asking the server what it is."""
    with cupsd(tmp_path_factory.mktemp("cupsd")) as here:
        await_until(running.idle)
        here.run("lpadmin", "-p", QUEUE, "-E", "-v", running.printer, "-m", "everywhere").expect()
        await_until((here.folder / "settings" / "ppd" / f"{QUEUE}.ppd").exists)
        yield here


@pytest.fixture(scope="module")
def front_pdf(running: House) -> Path:
    """The sample card as a PDF of the card's size."""
    path = running.folder / "front.pdf"
    with Image.open(running.front) as picture:
        picture.convert("RGB").save(path, resolution=300)
    return path


def by_cupsd(server: House, spooler: Cupsd, *arguments: str | Path) -> tuple[Printed, bytes]:
    """Print by way of cupsd; return what came out, and the document that the server was given."""
    with server.one_job() as printed:
        spooler.await_done(spooler.lp(*arguments))
        await_until(lambda: server.newest() > 0 and server.idle())
    return printed, kept_document(server.site, printed.job)


def panels(server: House, job: int) -> list[bytes]:
    """All panels of a job's card, in printing order."""
    told = json.loads(server.api.fetch(f"/jobs/{job}/cards/1/panels"))
    return [server.api.fetch(each["picture"].removeprefix("/api/v1")) for each in told["panels"]]


def test_it_makes_the_queue_of_what_the_server_says(spooler: Cupsd) -> None:
    ppd = (spooler.folder / "settings" / "ppd" / f"{QUEUE}.ppd").read_text()
    assert '*cupsFilter2: "image/png image/png 0 -"' in ppd
    assert '*cupsFilter2: "application/vnd.cups-pdf application/pdf 10 -"' in ppd
    assert "*DefaultPageSize: 53.98x85.6mm" in ppd


def test_a_picture_arrives_as_it_was_sent(server: House, spooler: Cupsd, front_card: bytes) -> None:
    printed, arrived = by_cupsd(server, spooler, "-t", "badge", server.front)
    assert arrived == server.front.read_bytes()
    assert printed.fronts == [front_card]
    assert printed.name == "badge"


def test_a_pdf_gives_the_panels_of_the_bytes_that_arrived(
    server: House, spooler: Cupsd, front_pdf: Path, front_card: bytes
) -> None:
    printed, arrived = by_cupsd(server, spooler, front_pdf)
    assert arrived.startswith(b"%PDF-")
    assert arrived != front_pdf.read_bytes()
    with server.one_job() as again:
        server.api.submit({"name": "the bytes that arrived"}, arrived)
    assert printed.fronts == again.fronts
    assert len(panels(server, printed.job)) == 5
    assert panels(server, printed.job) == panels(server, again.job)
    apart = np.abs(pixels(printed.fronts[0]).astype(int) - pixels(front_card)).mean()
    assert apart < ALIKE
