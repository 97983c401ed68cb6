"""Fonts of one's own: named in the configuration or at `render`, checked before anything is drawn, and drawn with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.commands.command_kit import call
from tests.documents.svg_kit import another_family, svg

DRAWING = svg('<text y="300" font-size="200" font-family="Vazirmatx">Sari</text>')
CONFIGURATION = """
[server]
fonts = "{}"
[printer.one]
driver = "virtual"
model = "card"
device = "emulated"
[queue.card]
printers = ["one"]
"""


@pytest.fixture
def fonts(tmp_path: Path) -> Path:
    folder = tmp_path / "fonts"
    folder.mkdir()
    (folder / "own.ttf").write_bytes(another_family())
    return folder


def render(tmp_path: Path, *more: str) -> tuple[int, str]:
    (tmp_path / "card.svg").write_bytes(DRAWING)
    outcome = call(
        "render", tmp_path / "card.svg", "--driver", "virtual", "--model", "card", "--out", tmp_path / "out", *more
    )
    return outcome.code, outcome.stderr


def test_a_drawing_is_set_in_a_font_of_the_folder(tmp_path: Path, fonts: Path) -> None:
    assert render(tmp_path, "--fonts", str(fonts)) == (0, "")
    page = np.asarray(Image.open(tmp_path / "out" / "card1-front.png").convert("L"))
    assert (page < 64).sum() > 5_000


def test_without_the_folder_the_error_says_what_there_is(tmp_path: Path) -> None:
    code, says = render(tmp_path)
    assert code != 0
    assert "there is no font 'Vazirmatx' (allowed: Vazirmatn)" in says


def test_a_folder_that_is_none_is_refused(tmp_path: Path, fonts: Path) -> None:
    code, says = render(tmp_path, "--fonts", str(fonts / "missing"))
    assert code == 2
    assert "--fonts" in says
    assert "no such file" in says


@pytest.mark.parametrize(("damage", "says"), [
    (lambda folder: "fonts", "is no whole path"),
    (lambda folder: f"{folder}/missing", "no such file"),
    (lambda folder: (folder / "bad.otf").write_bytes(b"OTTO") and folder, "bad.otf: is no font that can be read"),
])  # fmt: skip
def test_the_configuration_s_folder_is_checked_with_its_key(
    tmp_path: Path, fonts: Path, damage: object, says: str
) -> None:
    assert callable(damage)
    file = tmp_path / "printserver.toml"
    file.write_text(CONFIGURATION.format(fonts))
    assert call("check-config", file).code == 0
    file.write_text(CONFIGURATION.format(damage(fonts)))
    outcome = call("check-config", file)
    assert outcome.code == 2
    assert "server.fonts" in outcome.stderr
    assert says in outcome.stderr
