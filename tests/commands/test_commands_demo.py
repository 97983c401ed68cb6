"""`printserver demo --once`, as `make demo ONCE=1` runs it: a card comes out and looks like the one that was sent."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from printserver.commands import demo as demonstration
from printserver.config import DEFAULT_PORT

pytestmark = pytest.mark.xdist_group("demo")  # it is shown once, and its card is looked at by all


def test_a_port_that_somebody_takes_while_the_server_starts_is_left_to_them(monkeypatch: pytest.MonkeyPatch) -> None:
    # pytest's own folders are too deep for the emulated printer's socket
    with socket.socket() as quicker, tempfile.TemporaryDirectory(prefix="ps-") as folder:
        quicker.bind(("127.0.0.1", 0))
        quicker.listen()
        taken, free = quicker.getsockname()[1], demonstration.free_port

        def believed_free(wanted: int) -> int:
            return taken if wanted else free(wanted)

        monkeypatch.setattr(demonstration, "free_port", believed_free)
        with demonstration.server(Path(folder, "d")) as address:
            assert str(taken) not in address
        assert "is taken by another program" in Path(folder, "d.log").read_text()


def take_when_free(squatter: socket.socket, address: tuple[str, int]) -> None:
    """Listen at an address; who has it now may let it go before the demonstration looks, so that is waited for."""
    for _ in range(600):
        try:
            squatter.bind(address)
            squatter.listen()
            return
        except OSError:
            time.sleep(0.1)
    # who keeps it for a minute keeps it for the demonstration too: just as good


@pytest.fixture(scope="module")
def demo() -> Iterator[subprocess.CompletedProcess[str]]:
    """Run the demonstration once, with its usual port taken, beside a folder of the project's name."""
    with socket.socket() as squatter, tempfile.TemporaryDirectory(prefix="ps-") as folder:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        take_when_free(squatter, ("127.0.0.1", DEFAULT_PORT))
        beside = Path(folder, "printserver")  # as where a clone of the project lies
        beside.mkdir()
        (beside / "__init__.py").write_text("raise SystemExit('the folder where somebody stands is no code')")
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        yield subprocess.run(
            [sys.executable, "-P", "-m", "printserver", "demo", "--once", "--data", str(Path(folder, "data"))],
            cwd=folder, env=environment, capture_output=True, text=True, timeout=110, check=False,
        )


def printed(demo: subprocess.CompletedProcess[str]) -> Path:
    [line] = [line for line in demo.stdout.splitlines() if line.startswith("card: ")]
    return Path(line.removeprefix("card: "))


def test_it_ends_by_itself_with_success(demo: subprocess.CompletedProcess[str]) -> None:
    assert demo.returncode == 0, demo.stdout + demo.stderr


def test_it_takes_a_free_port_when_its_own_is_taken(demo: subprocess.CompletedProcess[str]) -> None:
    [page] = [line for line in demo.stdout.splitlines() if line.startswith("status page: ")]
    assert f":{DEFAULT_PORT}/" not in page


def test_it_tells_the_story_to_the_end(demo: subprocess.CompletedProcess[str]) -> None:
    for word in ("accepted -> pending", "start -> printing", "COMMITTED", "done -> done", "state -> completed"):
        assert word in demo.stdout


def test_the_printed_card_looks_like_the_card_that_was_sent(demo: subprocess.CompletedProcess[str]) -> None:
    card = printed(demo)
    assert card.is_absolute()
    sent = np.asarray(Image.open(card.parents[2] / "sample-card.png").convert("RGB"), np.int16)
    out = np.asarray(Image.open(card).convert("RGB"), np.int16)
    assert out.shape == sent.shape
    assert np.abs(out - sent).mean() < 3, "colours or orientation are wrong"
    assert (out[(sent == 0).all(axis=2)] < 60).all(), "black text is not black"


def test_the_printed_code_can_be_read(demo: subprocess.CompletedProcess[str]) -> None:
    [code] = zxingcpp.read_barcodes(Image.open(printed(demo)).convert("RGB"))
    assert code.text.startswith("ID 0042")
