from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from PIL import Image, ImageDraw

from tests.client.fake_print_server import FakePrintServer, running


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePrintServer]:
    """A server that answers what is laid ready; commands find it without being told."""
    with running() as fake:
        monkeypatch.setenv("PRINTSERVER_SERVER", fake.url)
        yield fake


@pytest.fixture(autouse=True)
def no_plugins_of_the_tester(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep what the tester has installed for a server of his own out of the tests."""
    monkeypatch.setattr("printserver.commands.shelf.default_data", lambda: tmp_path / "state")
    monkeypatch.setattr("printserver.commands.checking.default_data", lambda: tmp_path / "state")


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path is short enough for a socket in it."""
    with TemporaryDirectory(prefix="cmd") as name:
        yield Path(name)


@pytest.fixture(scope="session")
def front_png() -> bytes:
    """A card with every kind of ink: a sweep of colours, black lines, and white."""
    picture = Image.new("RGB", (1016, 648), "white")
    for x in range(40, 976):
        ImageDraw.Draw(picture).line((x, 40, x, 300), fill=((x * 255) // 976, 255 - (x * 255) // 976, (x * 7) % 256))
    ImageDraw.Draw(picture).rectangle((60, 360, 700, 420), fill="black")
    return png(picture)


@pytest.fixture(scope="session")
def back_png() -> bytes:
    picture = Image.new("RGB", (1016, 648), "white")
    ImageDraw.Draw(picture).rectangle((100, 500, 300, 600), fill="black")
    ImageDraw.Draw(picture).ellipse((600, 100, 900, 400), fill=(120, 120, 120))
    return png(picture)


def png(picture: Image.Image) -> bytes:
    stream = BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def front(tmp_path: Path, front_png: bytes) -> Path:
    path = tmp_path / "front.png"
    path.write_bytes(front_png)
    return path


@pytest.fixture
def back(tmp_path: Path, back_png: bytes) -> Path:
    path = tmp_path / "back.png"
    path.write_bytes(back_png)
    return path
