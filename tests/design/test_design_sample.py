"""The sample card: right in size, black where it must be, readable by a machine, the same each time."""

import io

import numpy as np
import zxingcpp
from PIL import Image

from printserver.design.sample import QR_BOX, SampleHolder, sample_back, sample_front


def opened(card: bytes) -> Image.Image:
    return Image.open(io.BytesIO(card)).convert("RGB")


def test_both_sides_are_exactly_the_cards_image() -> None:
    assert opened(sample_front()).size == opened(sample_back()).size == (1016, 648)


def test_the_same_holder_gives_the_same_bytes() -> None:
    assert sample_front() == sample_front()
    assert sample_front(SampleHolder(name="Budi Contoh")) != sample_front()


def test_its_qr_code_says_number_and_name() -> None:
    [code] = zxingcpp.read_barcodes(opened(sample_front()))
    holder = SampleHolder()
    assert code.text == f"{holder.number} {holder.name}"


def test_text_is_pure_black_so_that_resin_prints_it() -> None:
    name = np.asarray(opened(sample_front()))[194:250, 372:820]
    assert (name.sum(axis=2) == 0).mean() > 0.1


def test_arabic_is_joined_and_runs_from_the_right() -> None:
    """A word drawn letter by letter is wider than its joined form, and a short one leaves the left of its box empty."""
    strip = np.asarray(opened(sample_front()))[262:330, 372:968]
    columns = np.flatnonzero((strip.sum(axis=2) == 0).any(axis=0))
    assert columns.max() > 580, "the name does not begin at the right edge"
    assert columns.min() > 300, "the name is wider than its joined form"


def test_the_back_is_black_on_white_outside_antialiased_edges() -> None:
    back = np.asarray(opened(sample_back()))
    assert (back[..., 0] == back[..., 1]).all()
    assert np.isin(back, (0, 255)).mean() > 0.98


def test_the_qr_code_lies_on_white_with_its_quiet_zone() -> None:
    left, top, right, bottom = QR_BOX
    box = np.asarray(opened(sample_front()))[top:bottom, left:right]
    assert (box[:8] == 255).all()
    assert (box[:, :8] == 255).all()
