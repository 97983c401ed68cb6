"""Where ribbon or blanks end within a batch, and what becomes of prices."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from printserver.model.cost import CardUse, money, prices_of, total_of
from printserver.model.printer import PrinterConfig
from printserver.model.supply import SupplyKind, forecast

NUMBERS = st.lists(st.integers(1, 500), unique=True, min_size=1).map(sorted)


@given(st.integers(0, 600), st.integers(0, 300), NUMBERS)
def test_a_forecast_is_what_counting_down_gives(left: int, ahead: int, numbers: list[int]) -> None:
    there, last, short = left - ahead, 0, 0
    for number in numbers:
        if there > 0:
            there, last = there - 1, number
        else:
            short += 1
    found = forecast(SupplyKind.RIBBON, left, ahead, numbers)
    assert found.ends_at == (last if short else None)
    assert found.short == short


def test_the_ribbon_ends_at_card_37() -> None:
    found = forecast(SupplyKind.RIBBON, 37, 0, range(1, 61))
    assert (found.ends_at, found.short) == (37, 23)
    assert forecast(SupplyKind.RIBBON, 36, 0, range(2, 61)).ends_at == 37
    assert forecast(SupplyKind.BLANKS, 5, 5, [1]).ends_at == 0
    assert forecast(SupplyKind.BLANKS, 6, 5, [1]).ends_at is None


def a_printer(**prices: object) -> PrinterConfig:
    return PrinterConfig(name="p", driver="d", model="m", device="emulated", ribbon="K", **prices)  # type: ignore[arg-type]


def test_a_card_costs_its_share_of_the_roll_and_a_blank() -> None:
    prices = prices_of(a_printer(currency="IDR", ribbon_price="850000", ribbon_cards=200, blank_price="1500.50"))
    assert (prices.ribbon, prices.blank) == (Decimal(4250), Decimal("1500.50"))
    assert prices_of(a_printer(ribbon_price="850000")).ribbon is None, "a roll for nobody knows how many cards"


def test_a_cost_is_whole_or_not_told() -> None:
    known = CardUse(number=1, blanks=1, spoiled=0, panels={"K": 1}, cost=Decimal("0.005"), currency="EUR")
    unknown = CardUse(number=2, blanks=1, spoiled=0, panels={"K": 1}, cost=None)
    nothing = CardUse(number=3, blanks=0, spoiled=0, panels={}, cost=Decimal(0))
    other = CardUse(number=4, blanks=1, spoiled=0, panels={"K": 1}, cost=Decimal(1), currency="IDR")
    assert total_of([known, nothing]).cost == Decimal("0.005")
    assert total_of([known, unknown]).cost is None
    assert total_of([known, other]).cost is None
    assert total_of([nothing]).cost is None
    assert (money(Decimal("1.005")), money(None)) == ("1.00", "")
