"""One server for all programs: each finds it as the former one left it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from printserver.design.sample import sample_back, sample_front
from tests.crash.crash_harness import await_until
from tests.interop.interop_kit import House, house, same_picture


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The server that all tests print on."""
    with house(card_files(tmp_path_factory.mktemp("cards")), "YMCKOK") as found:
        yield found


@pytest.fixture
def server(running: House) -> Iterator[House]:
    """The same server, held to a log without a fault while one test uses it."""
    await_until(running.idle)
    said = len(running.log())
    yield running
    new = running.log()[said:]
    assert '"level": "error"' not in new
    assert "Traceback" not in new


@pytest.fixture(scope="session")
def front_card(running: House) -> bytes:
    """The sample card as it leaves the printer, sent by the project's own client; what it shows are the panels."""
    with running.one_job() as printed:
        running.api.submit({"name": "reference"}, running.front)
    assert same_picture(printed.fronts[0], running.preview(printed.job))
    return printed.fronts[0]


@pytest.fixture(scope="session")
def both_sides(running: House) -> tuple[bytes, bytes]:
    """The sample card with its back."""
    with running.one_job() as printed:
        running.api.submit({"name": "reference"}, running.front, running.back)
    assert same_picture(printed.backs[0], running.preview(printed.job, "back"))
    return printed.fronts[0], printed.backs[0]


def card_files(folder: Path) -> Path:
    """Write the sample card, and a text under the name of a picture."""
    (folder / "front.png").write_bytes(sample_front())
    (folder / "back.png").write_bytes(sample_back())
    (folder / "text.png").write_text("Dear printer,\nthis is no picture.\n")
    return folder
