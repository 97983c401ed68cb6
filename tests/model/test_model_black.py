"""Wishes about black that contradict each other are refused by name; those that change nothing by default go on."""

from __future__ import annotations

import pytest

from printserver.errors import BadTicket
from printserver.model.black import check_black, removed_below
from printserver.model.card import PanelName, Ribbon, Side
from printserver.model.inspection import WarningCode
from printserver.model.ticket import KMode, Ticket
from printserver.raster.inspection import inspect_wishes

Y, M, C, K, O = PanelName.Y, PanelName.M, PanelName.C, PanelName.K, PanelName.O  # noqa: E741
YMCKOK = Ribbon("YMCKOK", front=(Y, M, C, K, O), back=(K,))
YMCO = Ribbon("YMCO", front=(Y, M, C, O))


@pytest.mark.parametrize("ticket", [
    Ticket(), Ticket(k_mode=KMode.NONE), Ticket(k_mode=KMode.NONE, gcr=0, k_choke=0), Ticket(gcr=50), Ticket(ucr=100),
    Ticket(k_mode=KMode.COMPOSITE, k_choke=2), Ticket(ucr=99, k_choke=2), Ticket(k_mode=KMode.COMPOSITE, ucr=100),
])  # fmt: skip
def test_wishes_that_have_an_effect_and_defaults_go_on(ticket: Ticket) -> None:
    check_black(ticket)


@pytest.mark.parametrize(("ticket", "key", "allowed"), [
    (Ticket(k_mode=KMode.NONE, ucr=0), "ucr", "black, threshold, text, composite"),
    (Ticket(k_mode=KMode.NONE, gcr=1), "gcr", "black, threshold, text, composite"),
    (Ticket(k_mode=KMode.NONE, k_choke=1), "k-choke", "black, threshold, text, composite"),
    (Ticket(k_choke=1), "k-choke", "ucr below 100"),
    (Ticket(k_mode=KMode.COMPOSITE, ucr=100, k_choke=1), "k-choke", "ucr below 100"),
])  # fmt: skip
def test_wishes_without_any_effect_are_refused_by_name(ticket: Ticket, key: str, allowed: str) -> None:
    with pytest.raises(BadTicket, match="has no effect") as refusal:
        check_black(ticket)
    assert refusal.value.where == key
    assert allowed in refusal.value.allowed


def test_how_much_colour_goes_from_below_black() -> None:
    tickets = [Ticket(), Ticket(k_mode=KMode.COMPOSITE), Ticket(ucr=30), Ticket(k_mode=KMode.COMPOSITE, ucr=30)]
    assert [removed_below(ticket) for ticket in tickets] == [100, 0, 30, 30]


def test_a_side_without_black_beside_colour_is_warned_of() -> None:
    wished = Ticket(gcr=50)
    assert inspect_wishes(Side.FRONT, YMCKOK, wished) == ()
    assert [each.code for each in inspect_wishes(Side.FRONT, YMCO, wished)] == [WarningCode.NO_BLACK]
    assert [each.side for each in inspect_wishes(Side.BACK, YMCKOK, wished)] == [Side.BACK]
    assert inspect_wishes(Side.FRONT, YMCO, Ticket()) == ()
