"""The rows against other programs: who is not installed is named, and all get the same picture."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benches import contest, peers
from benches.rows import programs
from benches.rows.cards import Plane, card_picture, png_of
from benches.rows.programs import Card, Wrong, check_diffusion, check_light, check_panels, pdf_of
from benches.rows.threads import Load, by_kernels, check_kernels, gain_of_a_second, whole_card
from printserver.errors import PrintServerError


@pytest.fixture
def _no_peers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for look in (peers.package, peers.program, peers.cups_filters):
        look.cache_clear()
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr(peers, "import_module", no_module)
    yield
    for look in (peers.package, peers.program, peers.cups_filters):
        look.cache_clear()


def no_module(name: str) -> object:
    raise ImportError(name)


@pytest.mark.usefixtures("_no_peers")
def test_who_is_not_installed_is_named_and_no_row_is_met_without_them() -> None:
    (diffusion,) = programs.diffusion_rows()
    assert [part.missing for part in diffusion.parts] == ["dithering", "ImageMagick"]
    (panels,) = programs.program_rows()
    assert [part.missing for part in panels.parts] == ["CUPS filters", "ImageMagick"] * 3
    assert not diffusion.met
    assert "dithering is not installed" in diffusion.line()


@pytest.mark.usefixtures("_no_peers")
def test_who_is_not_installed_stays_in_the_table_of_peers() -> None:
    assert contest.by_imagemagick("IM", "png_file", "").work is None
    assert contest.by_netpbm("Netpbm").work is None
    assert contest.by_package("cv2", lambda cv2, subject: None) is None


def test_a_pdf_holds_the_pngs_own_packed_pixels() -> None:
    picture = card_picture("badge", 1)
    pdf = pdf_of(png_of(picture))
    stream = re.search(rb"/Predictor 15 .*?/Length ([0-9]+) >>\nstream\n", pdf, re.DOTALL)
    assert stream
    packed = pdf[stream.end() : stream.end() + int(stream[1])]
    assert len(zlib.decompress(packed)) == 648 * (1 + 3 * 1016)
    table = int(pdf.rsplit(b"startxref\n", 1)[1].split()[0])
    assert pdf[table:].startswith(b"xref\n0 6\n")
    for number, entry in enumerate(re.findall(rb"([0-9]{10}) 00000 n ", pdf[table:]), 1):
        assert pdf[int(entry) :].startswith(b"%d 0 obj" % number)


def card() -> Card:
    pixels = card_picture("badge", 2)
    return Card(pixels, np.ascontiguousarray(pixels[:, :, 1]), png_of(pixels), Path())


def test_a_round_with_a_wrong_result_is_no_measurement() -> None:
    one, bits, panels = card(), programs.diffuse(card()), programs.panels_of(card())
    check_diffusion(one, bits)
    check_panels(one, panels)
    light = np.asarray(Image.fromarray(one.grey).convert("1"))
    check_light(one, light)
    bits[7, 5] ^= 16
    with pytest.raises(Wrong, match="Floyd-Steinberg"):
        check_diffusion(one, bits)
    panels[2][600, 1000] ^= 1
    with pytest.raises(Wrong, match="panel"):
        check_panels(one, panels)
    for wrong in (~light, light[::-1], light[1:]):
        with pytest.raises(Wrong, match="halftone"):
            check_light(one, wrong)


@pytest.mark.parametrize("plane", range(5))
def test_a_share_of_kernels_with_a_wrong_result_is_no_measurement(plane: int) -> None:
    one = card()
    made = by_kernels(one, 1)
    check_kernels(one, made)
    made[plane][20, 30] ^= 255
    with pytest.raises(Wrong):
        check_kernels(one, made)


@pytest.mark.parametrize("first", [0, 1])
def test_two_workers_do_the_same_works_as_one(first: int) -> None:
    done: list[int] = []
    cards = [card(), card()]

    def share(card: Card) -> list[Plane]:
        done.append(id(card))
        return programs.panels_of(card)

    def check(card: Card, panels: list[Plane]) -> None:
        check_panels(card, panels)
        checked.append(id(card))

    checked: list[int] = []
    with ThreadPoolExecutor(2) as pool:
        gain = gain_of_a_second(Load("panels", share, check, pool), cards, first)
    assert sorted(done) == sorted(checked) == sorted([id(card) for card in cards] * 2)
    assert gain > 0


def test_a_share_uses_the_card_that_it_is_given() -> None:
    one = card()
    check_kernels(one, by_kernels(one, 1))
    check_panels(one, whole_card(one, 1))
    with pytest.raises(PrintServerError):
        whole_card(replace(one, png=b"no picture"), 1)
