"""A profile changes dyes and nothing else: black resin follows the picture, and the neutral profile changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from printserver.model.card import Geometry, PanelName, Plane, Ribbon, Side
from printserver.model.ticket import KMode, Ticket
from printserver.raster import kernels
from printserver.raster.dyeing import dye_by
from printserver.raster.ribbon_profile import Intent, RibbonProfile, complement_nodes, neutral
from printserver.raster.separate import separate_side
from tests.raster import references_colour

GEOMETRY = Geometry(40, 30)
YMCKO = Ribbon("YMCKO", tuple(PanelName(letter) for letter in "YMCKO"))
YMCO = Ribbon("YMCO", tuple(PanelName(letter) for letter in "YMCO"))
TICKET = Ticket()
DYES = (PanelName.Y, PanelName.M, PanelName.C)


def profile() -> RibbonProfile:
    """Return a profile that lays down less yellow, more magenta, and a cyan that is as it was."""
    nodes = complement_nodes(17).astype(np.int64) * [3, 5, 4, 0] // 4
    nodes = np.minimum(nodes, kernels.FULL_NODE).astype(np.uint16)
    return RibbonProfile(
        name="odd", ribbon="YMCKO", intent=Intent.RELATIVE, source=neutral("YMCKO").source,
        nodes=np.ascontiguousarray(nodes),
    )  # fmt: skip


def picture() -> Plane:
    pixels = np.random.default_rng(3).integers(0, 256, (GEOMETRY.height, GEOMETRY.width, 3), dtype=np.uint8)
    pixels[:8] = 0
    pixels[8:12] = 20
    return pixels


def planes(made_with: RibbonProfile | None, ticket: Ticket = TICKET, ribbon: Ribbon = YMCKO) -> dict[str, Plane]:
    side = separate_side(picture(), Side.FRONT, ribbon, GEOMETRY, {}, ticket, made_with)
    return {panel.name: panel.plane for panel in side.panels}


@pytest.mark.parametrize("ticket", [Ticket(k_mode=mode) for mode in (KMode.NONE, KMode.BLACK, KMode.THRESHOLD)])
def test_the_neutral_profile_changes_no_byte(ticket: Ticket) -> None:
    without = planes(None, ticket)
    for name, plane in planes(neutral("YMCKO"), ticket).items():
        np.testing.assert_array_equal(plane, without[name])


@pytest.mark.parametrize("mode", [KMode.NONE, KMode.BLACK, KMode.THRESHOLD])
def test_dyes_come_from_the_table_and_black_from_the_picture(mode: KMode) -> None:
    ticket = Ticket(k_mode=mode)
    found, without = planes(profile(), ticket), planes(None, ticket)
    np.testing.assert_array_equal(found["K"], without["K"])
    np.testing.assert_array_equal(found["O"], without["O"])
    expected = references_colour.tetrahedral(picture(), profile().nodes)
    expected[without["K"] != 0] = 0
    for index, name in enumerate(DYES):
        np.testing.assert_array_equal(found[name], expected[..., index])


def test_a_ribbon_without_black_keeps_the_dyes_of_pure_black() -> None:
    found = planes(profile(), ribbon=YMCO)
    expected = references_colour.tetrahedral(picture(), profile().nodes)
    for index, name in enumerate(DYES):
        np.testing.assert_array_equal(found[name], expected[..., index])


def test_what_separation_left_of_the_complement_is_left_of_the_dyes() -> None:
    pixels = np.array([[[0, 0, 0], [10, 10, 10], [100, 50, 0]]], dtype=np.uint8)
    yellow, magenta, cyan = (255 - pixels[..., channel] for channel in (2, 1, 0))
    for ink in (yellow, magenta, cyan):
        ink[0, 0] //= 2  # half of it: 127 of 255
        ink[0, 1] = 0
    dye_by(profile(), pixels, yellow, magenta, cyan)
    full = references_colour.tetrahedral(pixels, profile().nodes)[0]
    found = [[int(ink[0, x]) for ink in (yellow, magenta, cyan)] for x in range(3)]
    assert found[0] == [int(ink) * 127 // 255 for ink in full[0, :3]]
    assert found[1] == [0, 0, 0]
    assert found[2] == full[2, :3].tolist()


def test_pictures_of_four_samples_are_dyed_alike() -> None:
    four = np.dstack([picture(), np.full(picture().shape[:2], 77, dtype=np.uint8)])
    found = []
    for pixels in (picture(), four):
        yellow, magenta, cyan, black = (np.empty(pixels.shape[:2], dtype=np.uint8) for _ in range(4))
        kernels.separate(pixels, yellow, magenta, cyan, black)
        dye_by(profile(), pixels, yellow, magenta, cyan)
        found.append(np.stack([yellow, magenta, cyan]))
    np.testing.assert_array_equal(found[0], found[1])
