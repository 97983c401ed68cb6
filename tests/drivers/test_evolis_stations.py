"""A card is brought to a chip station and back: it counts as fed, whatever happens to the link meanwhile."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from twisted.internet.task import Clock

from printserver.dialogue import Dialogue, Effect, Mark, Point, Send
from printserver.driver import Block, Done, Evidence, LinkInfo, Outcome, PositionsChip, PrintableCard, Spoiled, Unknown
from printserver.driver.emulator import CardLost
from printserver.emulation import FaultKind, parse_fault
from printserver.errors import PrintServerError, UnsupportedByPrinter
from printserver.model import job as model
from printserver.model.alert import AlertKind
from printserver.model.printer import Identity
from printserver.testing import DialoguePlayer, Disturbance, bench_of
from printserver_evolis import printserver_emulators
from printserver_evolis.driver import EvolisDriver
from printserver_evolis.emulator import EvolisEmulator
from printserver_evolis.job import GEOMETRY
from printserver_evolis.ribbons import by_name
from tests.drivers.bench import LINK, Desk, card_of, desk

NAME = "primacy+chip+contactless"
K_CARD = card_of(by_name("K"), GEOMETRY, 2)


def driver(name: str = NAME) -> EvolisDriver:
    return EvolisDriver(name, {"settle": "5"})


def printer_with(*faults: str, name: str = NAME) -> Desk:
    return desk(EvolisEmulator, name, GEOMETRY, None, *faults)


def emulated(printer: Desk) -> EvolisEmulator:
    found = printer.port._printer  # the emulator behind the line
    assert isinstance(found, EvolisEmulator)
    return found


def sent(printer: Desk) -> list[bytes]:
    return [bytes(effect.data) for effect in printer.effects if isinstance(effect, Send)]


# a card that comes to its station


@pytest.mark.parametrize(("station", "wire"), [
    ("contact", "1B 53 69 73 0D"),  # ESC Sis CR
    ("contactless", "1B 53 69 63 0D"),  # ESC Sic CR
])
def test_a_card_is_fed_to_a_station_after_the_mark(station: str, wire: str) -> None:
    printer = printer_with()
    printer.memory.count("cards", 41)
    printer.play(driver().to_station(station, LINK))
    assert printer.marks == [Mark(Point.COMMITTED, {"cards": "41"}), Mark(Point.FED, {"station": station})]
    committed, command = printer.effects.index(printer.marks[0]), bytes.fromhex(wire)
    moving = [effect for effect in printer.effects if isinstance(effect, Send) and bytes(effect.data) == command]
    assert [printer.effects.index(effect) > committed for effect in moving] == [True]
    assert (printer.machine.loaded, emulated(printer).at_station) == (True, True)
    assert printer.machine.counter("cards") == 0 + 41


def test_the_card_at_the_station_is_the_card_that_is_printed() -> None:
    printer, mine = printer_with(), driver()
    printer.play(mine.to_station("contact", LINK))
    before = len(sent(printer))
    printer.play(mine.from_station(LINK))
    assert sent(printer)[before:] == [b"\x1bPem;4\r"], "nothing that could feed"
    assert printer.machine.loaded
    assert printer.play(mine.print_card(None, list(mine.encode(K_CARD)), LINK)) == Done({"cards": "1"})
    assert (printer.machine.loaded, emulated(printer).at_station) == (False, False)
    assert printer.memory.left("hopper") == printer.machine.supply("hopper")[1] - 1, "one blank was fed"


def test_a_fed_card_may_go_from_one_station_to_the_other() -> None:
    printer, mine = printer_with(), driver()
    printer.play(mine.to_station("contact", LINK))
    printer.play(mine.to_station("contactless", LINK))
    assert [mark.evidence for mark in printer.marks if mark.point is Point.FED] == [
        {"station": "contact"}, {"station": "contactless"},
    ]
    assert printer.memory.left("hopper") == printer.machine.supply("hopper")[1] - 1, "one blank was fed"


@pytest.mark.parametrize(("name", "station"), [
    ("primacy", "contact"), ("primacy+chip", "contactless"), ("primacy+contactless", "contact"), (NAME, "optical"),
])
def test_a_station_that_is_not_there_is_refused_before_anything_moves(name: str, station: str) -> None:
    printer = printer_with(name=name)
    with pytest.raises(UnsupportedByPrinter):
        printer.play(driver(name).to_station(station, LINK))
    assert (printer.marks, printer.effects) == ([], [])


def test_a_printer_that_refuses_the_command_is_believed() -> None:
    printer = printer_with(name="primacy")
    with pytest.raises(UnsupportedByPrinter, match="refuses Sis"):
        printer.play(driver().to_station("contact", LINK), limit=60)


def test_the_stations_are_abilities() -> None:
    mine = driver()
    assert isinstance(mine, PositionsChip)
    can = mine.capabilities(Identity(family="evolis", model="primacy"))
    assert (can.chip, can.contactless) == (True, True)
    plain = driver("primacy+chip").capabilities(Identity(family="evolis", model="primacy"))
    assert (plain.chip, plain.contactless) == (True, False)


# a person is needed


def test_an_empty_feeder_is_told_and_waited_for() -> None:
    printer = printer_with("hopper-empty@card=1")
    printer.on_report = lambda report: printer.faults.clear(FaultKind.HOPPER_EMPTY)
    printer.play(driver().to_station("contact", LINK))
    blocked = [report.status for report in printer.reports if report.blocked]
    assert [alert.kind for status in blocked if status for alert in status.alerts] == [AlertKind.FEEDER]
    assert emulated(printer).at_station


def test_a_card_that_jammed_on_its_way_is_never_taken_for_the_one_at_the_station() -> None:
    printer, mine = printer_with(), driver()
    printer.play(mine.to_station("contact", LINK))
    printer.faults.set(parse_fault("jam"))
    printer.write(b"\x1bPem;4\r\x1bSie\r")  # it is moved, and sticks
    printer.pass_time(1)
    printer.on_report = lambda report: printer.faults.clear(FaultKind.JAM)
    with pytest.raises(CardLost):
        printer.play(mine.from_station(LINK))


def test_a_card_given_up_at_the_station_goes_to_the_reject_box() -> None:
    printer, mine = printer_with(), driver()
    printer.play(mine.to_station("contactless", LINK))
    assert isinstance(printer.play(mine.reconcile(evidence(printer), LINK)), Spoiled)
    assert (printer.machine.loaded, printer.machine.counter("rejected")) == (False, 1)


def evidence(printer: Desk) -> Evidence:
    return Evidence(tuple(model.Mark(mark.point, 0.0, mark.evidence) for mark in printer.marks), "SN1")


# the link breaks


def whole(mine: EvolisDriver, blocks: list[Block], link: LinkInfo) -> Dialogue[Outcome]:
    """A card with a chip, as a host would play it in one go."""
    yield from mine.to_station("contact", link)
    yield from mine.from_station(link)
    return (yield from mine.print_card(None, blocks, link))


class Trial:
    """One card with a chip on a new printer whose link is disturbed at one effect."""

    def __init__(self, kind: Disturbance | None = None, at: int = 0) -> None:
        self.clock, self.driver, self.marks_at_end = Clock(), driver(), 0
        self.bench = bench_of(printserver_emulators()[0], NAME, GEOMETRY, self.clock)
        self.player = DialoguePlayer(self.bench.printer, self.clock, disturbance=kind, at=at)
        self.outcome: Outcome | PrintServerError
        try:
            self.outcome = self.player.play(whole(self.driver, BLOCKS, self.player.link.info))
        except PrintServerError as fault:
            self.outcome = fault
        self.player.rest()

    def reconciled(self) -> Outcome:
        marks = tuple(model.Mark(str(mark.point), 0.0, mark.evidence) for mark in self.player.marks)
        again = DialoguePlayer(self.bench.printer, self.clock)
        found = again.play(self.driver.reconcile(Evidence(marks), again.link.info))
        again.rest()
        return found


def blocks_of(card: PrintableCard) -> list[Block]:
    return list(driver().encode(card))


BLOCKS = blocks_of(K_CARD)
EFFECTS = len(Trial().player.effects)


def moments() -> Generator[tuple[Disturbance, int], None, None]:
    for kind in Disturbance:
        if kind is not Disturbance.SPLINTER:
            yield from ((kind, at) for at in range(EFFECTS))


def test_nothing_goes_wrong() -> None:
    trial = Trial()
    assert trial.outcome == Done({"cards": "1"})
    assert [mark.point for mark in trial.player.marks] == [
        Point.COMMITTED, Point.FED, Point.COMMITTED, Point.EJECTED,
    ]
    assert EFFECTS > 20


@pytest.mark.parametrize(("kind", "at"), list(moments()))
def test_a_fault_at_any_moment_uses_one_blank_at_most_and_is_never_done_in_vain(kind: Disturbance, at: int) -> None:
    trial = Trial(kind, at)
    assert trial.bench.used <= 1, "more than one blank was used"
    if not trial.player.committed:
        assert trial.bench.used == 0, "a card moved before COMMITTED"
        return
    outcome = trial.outcome
    if not isinstance(outcome, Done | Spoiled):
        outcome = trial.reconciled()
    assert trial.bench.used <= 1
    assert not trial.bench.inside(), "a card was forgotten in the printer"
    assert trial.bench.out() == (1 if isinstance(outcome, Done) else 0), outcome


@pytest.mark.parametrize("kind", [Disturbance.CUT_BEFORE, Disturbance.CUT_MIDWAY, Disturbance.CUT_AFTER])
def test_before_the_mark_a_fault_costs_nothing(kind: Disturbance) -> None:
    for at in range(EFFECTS):
        trial = Trial(kind, at)
        if trial.player.committed:
            assert at > 3
            return
        assert trial.bench.used == 0
    raise AssertionError("no mark was ever reached")


def effect_names(effects: list[Effect]) -> list[str]:
    return [type(effect).__name__ for effect in effects]


def test_a_mark_that_cannot_be_kept_feeds_nothing() -> None:
    clock = Clock()
    bench = bench_of(printserver_emulators()[0], NAME, GEOMETRY, clock)
    player = DialoguePlayer(bench.printer, clock, store_away=True)
    with pytest.raises(PrintServerError):
        player.play(driver().to_station("contact", player.link.info))
    player.rest()
    assert bench.used == 0
    assert effect_names(player.effects)[-1] == "Mark"


def test_unknown_is_not_a_verdict_of_the_trial() -> None:
    """The sweep above would be blind if every card ended in doubt: most faults are found out."""
    verdicts = [Trial(Disturbance.CUT_AFTER, at) for at in range(EFFECTS)]
    found = [trial.reconciled() for trial in verdicts if trial.player.committed and not isinstance(trial.outcome, Done)]
    assert any(isinstance(each, Done) for each in found)
    assert any(isinstance(each, Spoiled) for each in found)
    assert not any(isinstance(each, Unknown) for each in found)
