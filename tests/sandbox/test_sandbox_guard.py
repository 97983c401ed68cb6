"""A card that is black all over, or lies across, gets no bytes unless it is forced; its picture is shown anyway."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from printserver.driver.loading import shelf_of
from printserver.errors import PanelRefused
from printserver.model.ticket import KMode, Rotation, Ticket
from printserver.sandbox.answers import Refused
from printserver.sandbox.orders import BLOCKS, COMPOSITES, RenderOrder
from printserver.sandbox.render import render

SHELF = shelf_of(["printserver_evolis"])
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def picture(colour: tuple[int, int, int], size: tuple[int, int] = (1016, 648)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def order(front: bytes, ticket: Ticket, want: str = BLOCKS, back: bytes | None = None) -> RenderOrder:
    return RenderOrder(
        driver="evolis", model="primacy", front=front, back=back, ticket=ticket, want=frozenset({want}),
        ribbon="YMCKOK",
    )  # fmt: skip


@pytest.mark.parametrize(("ticket", "where"), [
    (Ticket(), "front, panel K"), (Ticket(k_mode=KMode.NONE), "front, panels Y, M and C"),
])  # fmt: skip
def test_a_black_card_is_refused_unless_it_is_forced(ticket: Ticket, where: str) -> None:
    with pytest.raises(PanelRefused) as refused:
        render(order(picture(BLACK), ticket), SHELF)
    assert refused.value.where == where
    assert "force" in refused.value.allowed
    assert render(order(picture(BLACK), Ticket(k_mode=ticket.k_mode, force=True)), SHELF).blocks
    assert render(order(picture(BLACK), ticket, COMPOSITES), SHELF).composites, "a person can see why"


def test_a_black_back_is_refused_by_its_name() -> None:
    with pytest.raises(PanelRefused) as refused:
        render(order(picture(WHITE), Ticket(), back=picture(BLACK)), SHELF)
    assert refused.value.where == "back, panel K"


def test_a_picture_that_lies_across_is_refused_unless_it_is_forced() -> None:
    standing = picture(WHITE, (648, 1016))
    with pytest.raises(PanelRefused) as refused:
        render(order(standing, Ticket(rotation=Rotation.NONE)), SHELF)
    assert refused.value.where == "front"
    assert "648 x 1016 dots" in refused.value.message
    assert render(order(standing, Ticket()), SHELF).blocks, "auto turns it"
    assert render(order(standing, Ticket(rotation=Rotation.NONE, force=True)), SHELF).blocks


def test_it_is_of_its_own_class_again_behind_the_pipe() -> None:
    error = PanelRefused("full ink", where="front, panel K")
    assert type(Refused.because(error).error()) is PanelRefused
