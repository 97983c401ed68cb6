"""All that `driver.toml` declares is tried: every model with every ribbon, every option, every byte of every field."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from printserver.driver import Done, Evidence, PrintableCard, Spoiled, Unknown
from printserver.driver.contract import MaintenanceAction
from printserver.emulation import REAL, FaultKind
from printserver.errors import BadTicket, DeviceReplyUnknown, UnsupportedByPrinter
from printserver.model.alert import Alert, AlertKind
from printserver.model.card import Panel, PanelName, Plane, Side, SidePanels
from printserver.model.job import Mark as JournalMark
from printserver.model.printer import Identity
from printserver.raster.composite import composite
from printserver.testing import sample_card
from printserver_evolis.codec import Command
from printserver_evolis.driver import EvolisDriver
from printserver_evolis.emulator import EvolisEmulator
from printserver_evolis.info import info
from printserver_evolis.job import GEOMETRY
from printserver_evolis.options import OPTIONS
from printserver_evolis.recorded import decode
from printserver_evolis.ribbons import CODE_OF, RIBBONS, by_code, by_name
from printserver_evolis.tokens import Tokeniser
from tests.drivers.bench import LINK, Desk, card_of, desk
from tests.drivers.evolis_kit import Prompt, PromptTalkative, Talkative

BLACK = card_of(by_name("K"), GEOMETRY, 2)


def declared() -> Iterator[tuple[str, str, bool]]:
    for model in info().model:
        for ribbon in model.ribbons:
            yield model.name, ribbon, False
            if model.facts["duplex"] and by_name(ribbon).back:
                yield model.name, ribbon, True


def printable(model: str, ribbon: str, *, two_sided: bool) -> PrintableCard:
    """The kit's sample card; on a half ribbon its colour is kept to the left half, as the renderer keeps it."""
    card = sample_card(EvolisDriver(model, {}).capabilities(IDENTITY), ribbon, two_sided=two_sided)
    if not card.ribbon.half:
        return card
    sides = tuple(SidePanels(side.side, tuple(map(left_half, side.panels))) for side in card.sides)
    return PrintableCard(sides, card.ribbon, card.geometry)


def left_half(panel: Panel) -> Panel:
    plane: Plane = panel.plane.copy()
    if panel.name.is_dye:
        plane[:, 420:] = 0
    return Panel(panel.name, plane, panel.levels)


IDENTITY = Identity(family="evolis", model="primacy")


@pytest.mark.parametrize(("model", "ribbon", "two_sided"), list(declared()))
def test_every_ribbon_of_every_model_comes_out_as_it_was_drawn(model: str, ribbon: str, two_sided: bool) -> None:
    card = printable(model, ribbon, two_sided=two_sided)
    driver = EvolisDriver(model, {"settle": "5"})
    blocks = list(driver.encode(card))
    found = decode(model, b"".join(block.data for block in blocks))
    assert (found.unknown_commands, found.trailing_bytes, len(found.cards)) == ((), 0, 1)
    assert found.cards[0].ribbon == card.ribbon
    for side in card.sides:
        for sent, got in zip(side.panels, found.cards[0].panels(side.side), strict=True):
            assert (sent.name, sent.levels) == (got.name, got.levels)
            np.testing.assert_array_equal(sent.plane, got.plane)
        np.testing.assert_array_equal(composite(side.panels), composite(found.cards[0].panels(side.side)))
    printer = desk(EvolisEmulator, model, GEOMETRY, ribbon=ribbon)
    assert printer.play(driver.print_card(None, blocks, LINK)) == Done({"cards": "1"})


def test_every_ribbon_has_a_code_that_names_it_alone() -> None:
    assert {ribbon.name for ribbon in RIBBONS} == set(CODE_OF) == {
        ribbon for model in info().model for ribbon in model.ribbons
    }
    assert [by_code(CODE_OF[ribbon.name]) for ribbon in RIBBONS] == list(RIBBONS)


@pytest.mark.parametrize("model", ["pebble", "dualys"])
def test_compression_makes_colour_smaller_and_nothing_else(model: str) -> None:
    flat: Plane = np.full((648, 1016), 9, dtype=np.uint8)
    panels = tuple(Panel(name, flat, 128) for name in (PanelName.Y, PanelName.M, PanelName.C))
    card = PrintableCard((SidePanels(Side.FRONT, panels),), by_name("YMCKO"), GEOMETRY)
    plain, small = (
        list(EvolisDriver(model, {"colour-compression": choice}).encode(card)) for choice in ("off", "on")
    )
    assert [block.name for block in plain] == [block.name for block in small]
    assert sum(len(block.data) for block in small) < sum(len(block.data) for block in plain) / 50
    [one], [other] = (decode(model, b"".join(block.data for block in blocks)).cards for blocks in (plain, small))
    for panel, same in zip(one.panels(Side.FRONT), other.panels(Side.FRONT), strict=True):
        np.testing.assert_array_equal(panel.plane, same.plane)
    assert [block.data for block in plain if block.name in ("settings", "start", "end")] == [
        block.data for block in small if block.name in ("settings", "start", "end")
    ]


# no byte of any field becomes another command


def commands_of(card: PrintableCard, name: str = "primacy+mag", **options: str) -> list[Command]:
    tokens = Tokeniser()
    found = tokens.feed(b"".join(block.data for block in EvolisDriver(name, options).encode(card)))
    assert tokens.pending == 0
    return found


@pytest.mark.parametrize("track", [0, 1, 2])
def test_no_character_of_a_track_makes_another_command(track: int) -> None:
    """Each is refused with its place, or stands on the stripe as it was given, among the same commands."""
    taken = 0
    names = [each.name for each in commands_of(PrintableCard(BLACK.sides, BLACK.ribbon, GEOMETRY, ("1",)))]
    for value in [*range(256), 0x2028, 0xFF1B, 0x1F600]:
        tracks = ("",) * track + (f"1{chr(value)}2",)
        card = PrintableCard(BLACK.sides, BLACK.ribbon, GEOMETRY, tracks)
        complaint = complaint_of(card)
        if complaint:
            assert f"track {track + 1}, position 2" in complaint
            continue
        taken += 1
        found = commands_of(card)
        assert [each.name for each in found] == names
        assert [each.parameters for each in found if each.name == "Dm"] == [(str(track + 1), tracks[track])]
    # ISO/IEC 7811-2: 64 characters and 16, without both sentinels and the separator of the language
    assert taken == (61, 14, 14)[track]


def complaint_of(card: PrintableCard) -> str:
    try:
        EvolisDriver("primacy+mag", {}).check_tracks(card.tracks)
    except BadTicket as error:
        return error.sentence()
    return ""


@pytest.mark.parametrize("key", OPTIONS)
def test_no_option_takes_anything_but_its_values(key: str) -> None:
    driver = EvolisDriver("primacy+mag", {})
    for hostile in ("\r", "\x1bSie\r", "10\rSie", "10;Sie", "", " 10", "\0"):
        card = PrintableCard(BLACK.sides, BLACK.ribbon, GEOMETRY, options={key: hostile})
        with pytest.raises(Exception, match=rf"options\.{key}"):
            driver.encode(card)


@pytest.mark.parametrize("key", OPTIONS)
def test_every_value_of_an_option_makes_commands_that_are_known(key: str) -> None:
    for value in OPTIONS[key]:
        card = PrintableCard(BLACK.sides, BLACK.ribbon, GEOMETRY, ("1",), {key: value})
        found = decode("primacy+mag", b"".join(each.data for each in EvolisDriver("primacy+mag", {}).encode(card)))
        assert (found.unknown_commands, found.trailing_bytes, len(found.cards)) == ((), 0, 1)


@pytest.mark.parametrize(("choice", "wire"), [
    ("default", b""), ("high", b"\x1bPmc;h\r"), ("low", b"\x1bPmc;l\r"),
])
def test_coercivity_is_said_before_the_tracks(choice: str, wire: bytes) -> None:
    card = PrintableCard(BLACK.sides, BLACK.ribbon, GEOMETRY, ("A",))
    blocks = {block.name: block for block in EvolisDriver("primacy+mag", {"coercivity": choice}).encode(card)}
    assert blocks["magnetic"].data == wire + b"\x1bDm;1;A\r\x1bSmw\r"
    assert blocks["magnetic"].feeds
    assert b"Pmc" not in blocks["settings"].data


# work on the printer itself


KINDS = [EvolisEmulator, Talkative, Prompt, PromptTalkative]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("action", "wire", "counter"), [
    (MaintenanceAction.CLEAN, "1B 53 63 70 0D", "cleanings"),  # ESC Scp CR
    (MaintenanceAction.TEST_CARD, "1B 53 74 0D", "cards"),  # ESC St CR
])
def test_maintenance_is_over_when_the_printer_has_counted_it(
    kind: type[EvolisEmulator], action: MaintenanceAction, wire: str, counter: str
) -> None:
    # slow: a test card must still be in the printer when an answer to the questions before it is read
    printer, driver = desk(kind, "primacy", GEOMETRY, pace=REAL), EvolisDriver("primacy", {})
    printer.play(driver.maintain(action, LINK))
    assert printer.machine.counter(counter) == 1
    assert not printer.machine.loaded
    assert orders(printer) == [b"\x1bPem;4\r", bytes.fromhex(wire)]
    status = printer.play(driver.status(LINK))
    assert status.ready
    assert {"cards": 0, "cleanings": 0} | {counter: 1} == {
        name: status.counters[name] for name in ("cards", "cleanings")
    }, "the next questions are answered out of step"


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_tells_that_an_adjustment_has_ended(kind: type[EvolisEmulator]) -> None:
    printer, driver = desk(kind, "primacy", GEOMETRY), EvolisDriver("primacy", {})
    with pytest.raises(DeviceReplyUnknown, match="does not tell when it has ended"):
        printer.play(driver.maintain(MaintenanceAction.CALIBRATE, LINK))
    assert orders(printer) == [b"\x1bPem;4\r", bytes.fromhex("1B 53 61 0D")]  # ESC Sa CR


@pytest.mark.parametrize(("cards", "words"), [(0, "still stands at 0"), (2, "went from 0 to 2")])
def test_a_test_card_that_is_not_counted_as_one_is_in_doubt(cards: int, words: str) -> None:
    class Miscounting(EvolisEmulator):
        """Prints so many test cards."""

        def _move_by(self, name: str, command: Command) -> Iterator[object]:  # type: ignore[override]
            for _ in range(cards):
                yield from super()._move_by(name, command)

    printer = desk(Miscounting, "primacy", GEOMETRY)
    with pytest.raises(DeviceReplyUnknown, match=words):
        printer.play(EvolisDriver("primacy", {}).maintain(MaintenanceAction.TEST_CARD, LINK), limit=10_000)


def test_what_was_said_unasked_is_no_answer_to_a_status() -> None:
    printer, driver = desk(Talkative, "primacy", GEOMETRY), EvolisDriver("primacy", {})
    printer.connect()
    printer.write(b"\x1bPem;4\r\x1bScs\r")
    assert printer.play(driver.status(LINK)).counters == {"cards": 0, "panels": 0, "cleanings": 0}


def test_the_answer_to_clearing_the_status_does_not_make_a_printer_well() -> None:
    printer, driver = desk(Talkative, "primacy", GEOMETRY, None, "unknown-reply"), EvolisDriver("primacy", {})
    printer.play(driver.recover(Alert(kind=AlertKind.OTHER), LINK))
    assert orders(printer) == [b"\x1bScs\r", b"\x1bSrs\r"]


def orders(printer: Desk) -> list[bytes]:
    """What was sent without a question."""
    return [bytes(effect.data) for effect in printer.effects if hasattr(effect, "data") and hasattr(effect, "stall")]


def test_a_test_card_waits_for_a_person_and_says_why() -> None:
    printer = desk(EvolisEmulator, "primacy", GEOMETRY, None, "hopper-empty")
    printer.on_report = lambda report: printer.faults.clear(FaultKind.HOPPER_EMPTY)
    printer.play(EvolisDriver("primacy", {}).maintain(MaintenanceAction.TEST_CARD, LINK))
    told = [alert.kind for report in printer.reports if report.status for alert in report.status.alerts]
    assert told == [AlertKind.FEEDER]
    assert printer.machine.counter("cards") == 1


@pytest.mark.parametrize("kind", [EvolisEmulator, Prompt])
def test_a_stripe_that_was_refused_is_never_done_however_soon_the_printer_answers(kind: type[EvolisEmulator]) -> None:
    printer = desk(kind, "primacy+mag", GEOMETRY, None, "mag-error", pace=REAL)
    driver = EvolisDriver("primacy+mag", {"settle": "90"})
    blocks = list(driver.encode(PrintableCard(BLACK.sides, BLACK.ribbon, GEOMETRY, ("A",))))
    outcome = printer.play(driver.print_card(None, blocks, LINK))
    assert isinstance(outcome, Spoiled if printer.machine.counter("rejected") else Unknown)
    assert outcome.reason.code == "encoder-error"
    marks = tuple(JournalMark(str(mark.point), 0.0, mark.evidence) for mark in printer.marks)
    later = printer.play(driver.reconcile(Evidence(marks), LINK))
    assert type(later) is type(outcome), "what was heard then is forgotten later"


def test_maintenance_that_the_printer_refuses_is_not_done() -> None:
    class Plain(EvolisEmulator):
        """Knows no cleaning."""

        def _move_by(self, name: str, command: Command) -> Iterator[object]:  # type: ignore[override]
            return super()._move_by("Nothing" if name == "Scp" else name, command)

    printer = desk(Plain, "primacy", GEOMETRY)
    with pytest.raises(UnsupportedByPrinter, match="refuses Scp"):
        printer.play(EvolisDriver("primacy", {}).maintain(MaintenanceAction.CLEAN, LINK), limit=60)
