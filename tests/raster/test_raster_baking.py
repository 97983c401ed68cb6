"""A baked profile prints what lcms2 would print, within a code; and what cannot be baked is refused by file."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt
import pytest
from PIL import ImageCms

from benches.rows.profiles import cmyk_profile, lut16, profile
from printserver.errors import BadProfile
from printserver.raster import baking, kernels
from printserver.raster.baking import bake
from printserver.raster.ribbon_profile import Intent, RibbonProfile, SourceKind
from tests.raster.references import Plane

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
CMYK = cmyk_profile()


def baked(icc: bytes, intent: Intent = Intent.PERCEPTUAL, grid: int = 33) -> RibbonProfile:
    return bake(icc, file="printer.icc", name="Glossy", ribbon="YMCKO", intent=intent, grid=grid)


def dyes_of(profile: RibbonProfile, colours: Plane) -> npt.NDArray[np.int64]:
    planes = tuple(np.empty(colours.shape[:2], dtype=np.uint8) for _ in range(3))
    kernels.tetrahedral(colours, planes, profile.nodes)
    return np.stack(planes, axis=-1).astype(np.int64)


def random_colours() -> Plane:
    return np.random.default_rng(7).integers(0, 256, (200, 200, 3), dtype=np.uint8)


def two_way(space: str, kind: str = "prtr") -> bytes:
    """Return a profile of three inks or lights whose Lab is a plain function of them."""
    grid = np.stack(np.meshgrid(*[np.linspace(0, 1, 9)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    tables = {"A2B0": lut16(grid, 3, 3, 9), "B2A0": lut16(grid[:, [0, 0, 0]] ** 2, 3, 3, 9)}
    return profile(space, kind, tables)


@pytest.mark.parametrize("intent", Intent)
@pytest.mark.parametrize("grid", kernels.GRIDS)
def test_a_cmyk_profile_is_baked_to_within_a_code(intent: Intent, grid: int) -> None:
    # Asked as a program asks that prints without baking, not through `baking`.
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION if intent is Intent.RELATIVE else ImageCms.Flags.NONE
    opened, _space = baking.open_icc(CMYK, "printer.icc")
    transform = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), opened, "RGB", "CMYK", baking.INTENTS[intent], flags
    )
    values = baking.device_values(transform, random_colours()).astype(float)
    light = (255 - values[..., 2::-1]) * (255 - values[..., 3:]) / 255
    deviation = dyes_of(baked(CMYK, intent, grid), random_colours()) - (255 - light)
    assert np.sqrt(np.mean(deviation**2)) <= 1
    assert np.abs(deviation.mean()) <= 0.25


def test_the_two_intents_differ() -> None:
    differences = dyes_of(baked(CMYK, Intent.PERCEPTUAL), random_colours()) - dyes_of(
        baked(CMYK, Intent.RELATIVE), random_colours()
    )
    assert np.abs(differences).max() > 5


@pytest.mark.parametrize("intent", Intent)
@pytest.mark.parametrize("grid", kernels.GRIDS)
def test_the_profile_of_the_pictures_themselves_is_neutral(intent: Intent, grid: int) -> None:
    assert baked(SRGB, intent, grid).is_neutral


def test_an_rgb_printer_gets_the_complement_of_what_lcms2_sends_it() -> None:
    wide = two_way("RGB")
    opened, space = baking.open_icc(wide, "printer.icc")
    transform = baking.link(opened, space, Intent.PERCEPTUAL, "printer.icc")
    values = baking.device_values(transform, random_colours()).astype(int)
    deviation = dyes_of(baked(wide), random_colours()) - (255 - values[..., ::-1])
    assert np.sqrt(np.mean(deviation**2)) <= 1
    assert values.std() > 10


@pytest.mark.parametrize("intent", Intent)
def test_a_profile_of_three_inks_gives_its_inks(intent: Intent) -> None:
    """Its inks are the square of L, equal for all three, and full where lights are highest."""
    inks = dyes_of(baked(two_way("CMY"), intent), np.array([[[247] * 3, [119] * 3, [0] * 3]], dtype=np.uint8))
    assert inks[0, 0].min() > 230
    assert inks[0, 2].max() < 3
    # sRGB 119 has L 50 (IEC 61966-2-1), of which version 2 writes 0xFF00 / 0xFFFF: (0.5 * 0.996)^2 * 255 = 63.
    assert np.abs(inks[0, 1] - 63).max() <= 2


@pytest.mark.parametrize("intent", Intent)
def test_white_gets_no_dye_though_the_profile_would_lay_some_down(intent: Intent) -> None:
    opened, space = baking.open_icc(CMYK, "printer.icc")
    white = np.full((1, 1, 3), 255, dtype=np.uint8)
    asked = baking.dyes(baking.device_values(baking.link(opened, space, intent, "printer.icc"), white), space)
    assert asked.max() > 0
    assert dyes_of(baked(CMYK, intent), white).max() == 0


def test_black_of_a_profile_is_given_to_the_dyes() -> None:
    values = np.array([[[0, 0, 0, 255], [255, 0, 0, 0], [0, 128, 255, 128]]], dtype=np.uint8)
    dyes = baking.dyes(values, "CMYK")
    assert dyes[0, 0].tolist() == [255, 255, 255]
    assert dyes[0, 1].tolist() == [0, 0, 255]
    # Light of magenta 127/255 and of black 127/255 multiplied.
    assert dyes[0, 2] == pytest.approx([255, 255 - 127 * 127 / 255, 255 - 127])


def test_a_baked_profile_says_what_it_was_made_of() -> None:
    made = baked(CMYK)
    assert made.source.kind is SourceKind.ICC
    assert made.source.description == "Drawn for measuring"
    assert made.source.sha256 == hashlib.sha256(CMYK).hexdigest()
    assert (made.name, made.ribbon, made.intent, made.grid) == ("Glossy", "YMCKO", Intent.PERCEPTUAL, 33)


WRONG = {
    "nothing": b"",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(200),
    "half a profile": CMYK[: len(CMYK) // 2],
    "a way in only": profile("RGB", "prtr", {"A2B0": lut16(np.zeros((8, 3)), 3, 3, 2)}),
    "greys": profile("GRAY", "prtr", {}),
    "a colour space": two_way("RGB", "abst"),
    "beyond the limit": bytes(baking.LARGEST_ICC + 1),
}


@pytest.mark.parametrize("icc", WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_baked_is_refused_by_file(icc: bytes) -> None:
    with pytest.raises(BadProfile) as refusal:
        baked(icc)
    assert refusal.value.where == "printer.icc"
