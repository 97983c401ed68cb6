"""The frozen data of the field: what follows from it, and what it does not accept."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.model.card import ID1_HEIGHT_MM, ID1_WIDTH_MM, Geometry, PanelName, Ribbon, Side
from printserver.model.job import Attempt, Card, CardState, IppJobState, Job, JobState, Mark
from printserver.model.printer import PrinterConfig, QueueConfig
from printserver.model.supply import Supply, SupplyKind
from printserver.model.ticket import Ticket

P = PanelName


def test_an_id1_card_has_the_dots_that_printers_name() -> None:
    # ISO/IEC 7810: 85.60 x 53.98 mm; at 300 dpi 1011 x 638 dots, which printers exceed for bleed (1016 x 648).
    geometry = Geometry(1016, 648, 300)
    assert (geometry.dots(ID1_WIDTH_MM), geometry.dots(ID1_HEIGHT_MM)) == (1011, 638)


def test_a_ribbon_tells_its_panels_by_side_and_whether_it_has_colour() -> None:
    ymckok = Ribbon("YMCKOK", (P.Y, P.M, P.C, P.K, P.O), (P.K,))
    assert ymckok.panels(Side.FRONT)[-1] is P.O
    assert ymckok.panels(Side.BACK) == (P.K,)
    assert ymckok.has_colour
    assert not Ribbon("KO", (P.K, P.O)).has_colour
    assert [panel for panel in P if panel.is_dye] == [P.Y, P.M, P.C]


@pytest.mark.parametrize(
    ("remaining", "capacity", "percent"),
    [(50, 200, 25), (1, 300, 0), (2, 300, 1), (0, 100, 0), (120, 100, 100), (-3, 100, 0), (None, 100, None),
     (5, None, None), (5, 0, None)],
)  # fmt: skip
def test_what_is_left_of_a_supply(remaining: int | None, capacity: int | None, percent: int | None) -> None:
    supply = Supply(kind=SupplyKind.RIBBON, name="YMCKO", remaining=remaining, capacity=capacity)
    assert supply.percent == percent


def attempt(*points: str, ended: float | None = None) -> Attempt:
    marks = tuple(Mark(point, 0.0) for point in points)
    return Attempt(number=1, printer="p", serial="s", started=0.0, ended=ended, marks=marks)


def card(state: CardState, *attempts: Attempt) -> Card:
    return Card(id=1, job=1, number=1, state=state, version=1, changed=0.0, attempts=attempts)


@pytest.mark.parametrize(
    ("attempts", "committed"),
    [
        ((), False),
        ((attempt(),), False),
        ((attempt("FED"),), False),
        ((attempt("COMMITTED"),), True),
        ((attempt("COMMITTED", "FRONT"),), True),
        ((attempt("COMMITTED", ended=1.0),), False),
        ((attempt("COMMITTED", ended=1.0), attempt()), False),
    ],
)
def test_a_card_is_committed_by_the_attempt_under_way(attempts: tuple[Attempt, ...], committed: bool) -> None:
    assert card(CardState.PRINTING, *attempts).committed is committed


def test_ipp_numbers_follow_rfc_8011() -> None:
    assert {state: int(IppJobState.of(state)) for state in JobState} == {
        "pending": 3, "pending-held": 4, "processing": 5, "processing-stopped": 6, "canceled": 7, "aborted": 8,
        "completed": 9,
    }  # fmt: skip
    assert {state for state in JobState if state.final} == {"canceled", "aborted", "completed"}


def test_a_job_counts_its_cards() -> None:
    cards = (card(CardState.DONE), card(CardState.DONE), card(CardState.UNCERTAIN))
    job = Job(
        id=1, queue="card", state=JobState.STOPPED, reasons=(), ticket=Ticket(name="badge"), created=0.0, changed=0.0,
        version=1, cards=cards,
    )  # fmt: skip
    assert job.counts() == {"done": 2, "uncertain": 1}
    assert job.name == "badge"


@pytest.mark.parametrize(
    ("driver", "device", "simulated"),
    [("evolis", "emulated", True), ("evolis", "emulated:x", True), ("virtual", "loop:", True),
     ("evolis", "tcp:192.0.2.1:9100", False)],
)  # fmt: skip
def test_cards_that_are_no_plastic_are_known_as_such(driver: str, device: str, simulated: bool) -> None:
    printer = PrinterConfig(name="p", driver=driver, model="m", device=device, ribbon="YMCKO")
    assert printer.simulated is simulated


@pytest.mark.parametrize(
    "ticket",
    [
        '{"copies": 0}', '{"copies": 10001}', '{"copies": 1.5}', '{"priority": 101}', '{"k-threshold": 256}',
        '{"k-mode": "grey"}', '{"k_mode": "none"}', '{"colour": 1}', '{"name": "' + "x" * 256 + '"}', "[]", "7",
    ],
)  # fmt: skip
def test_a_ticket_that_is_not_possible_is_refused(ticket: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(ticket, type=Ticket)


@given(st.builds(Ticket, copies=st.integers(1, 10_000), priority=st.integers(1, 100), name=st.text(max_size=255)))
def test_a_ticket_is_the_same_after_a_journey_as_json(ticket: Ticket) -> None:
    assert msgspec.json.decode(msgspec.json.encode(ticket), type=Ticket) == ticket


def test_the_names_of_a_queue_are_written_with_hyphens() -> None:
    queue = msgspec.toml.decode('name = "card"\nprinters = ["p"]\naccept-unconfirmed = true', type=QueueConfig)
    assert queue.accept_unconfirmed
    with pytest.raises(msgspec.ValidationError, match="retentoin"):
        msgspec.toml.decode('name = "card"\nprinters = []\nretentoin = 3', type=QueueConfig)
