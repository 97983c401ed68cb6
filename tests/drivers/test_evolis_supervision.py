"""The vendor's print service: its messages byte by byte, what its words mean, and watching a printer through it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from printserver.dialogue import CloseWrite, Dialogue, Framed
from printserver.dialogue.transcripts import Direction
from printserver.driver import Confirms, Evidence, LinkInfo, Unknown
from printserver.driver.contract import MaintenanceAction
from printserver.emulation import FAST, CardMachine, FaultBook, FaultKind, Memory, NoShelf, parse_fault
from printserver.errors import ConfigurationError, DeviceReplyUnknown, PrintServerError, UnsupportedByPrinter
from printserver.model.alert import Alert, AlertKind, Severity
from printserver.model.printer import Identity, PrinterStatus
from printserver.testing import DialoguePlayer, Disturbance
from printserver_evolis import printserver_open_driver
from printserver_evolis.driver import EvolisDriver
from printserver_evolis.emulator import EvolisEmulator
from printserver_evolis.job import GEOMETRY
from printserver_evolis.ribbons import by_name
from printserver_evolis.rpc import FRAME, parse_result, refusal, request, result
from printserver_evolis.states import Event, State, parse_event, parse_state
from printserver_evolis.supervised import SupervisedDriver
from printserver_evolis.supervision import Supervisor
from tests.drivers.bench import card_of

GET_STATE = (
    b'{"jsonrpc":"2.0","method":"SUPERVISION.GetState","params":{"device":"Evolis Primacy"},"id":"1"}'
)


def watching(model: str = "primacy") -> SupervisedDriver:
    found = printserver_open_driver("evolis", model, {"dialect": "supervision"})
    assert isinstance(found, SupervisedDriver)
    return found


class Bench:
    """An emulated printer with the service before it."""

    def __init__(self, *faults: str, model: str = "primacy+chip") -> None:
        self.clock, self.faults, self.memory = Clock(), FaultBook(*map(parse_fault, faults)), Memory()
        self.machine = CardMachine(
            now=self.clock.seconds, geometry=GEOMETRY, shelf=NoShelf(), faults=self.faults, memory=self.memory,
            pace=FAST, serial="SN1",
        )
        self.printer = EvolisEmulator(model, self.machine)
        self.player = DialoguePlayer(self.printer, self.clock)

    def status(self) -> PrinterStatus:
        return self.player.play(watching().status(LinkInfo("loop", frozenset({"close-write"}))))

    def say(self, data: bytes) -> bytes:
        self.printer.connected()
        return self.printer.receive(data)


# messages, worked out by hand


def test_a_request_is_these_bytes() -> None:
    assert request("SUPERVISION.GetState", device="Evolis Primacy") == GET_STATE


def test_answers_are_these_bytes() -> None:
    assert result("READY,PRINTER_READY", "1") == b'{"jsonrpc":"2.0","result":"READY,PRINTER_READY","id":"1"}'
    assert refusal(-32601, "Method not found", "1") == (
        b'{"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":"1"}'
    )


@given(st.text(), st.text())
def test_nothing_that_is_written_into_a_request_becomes_another(device: str, command: str) -> None:
    wire = request("CMD.SendCommand", device=device, command=command)
    assert FRAME(wire, False) == Framed(wire, len(wire))
    assert FRAME(wire[:-1], False) is None
    asked = json.loads(wire)
    assert (asked["method"], asked["params"]) == ("CMD.SendCommand", {"device": device, "command": command})
    assert wire.isascii()
    assert not any(byte < 0x20 for byte in wire)


@pytest.mark.parametrize(("answer", "words"), [
    (b'{"jsonrpc":"2.0","error":{"code":12,"message":"Printer \\u001b busy"},"id":"1"}', "12: Printer . busy"),
    (b'{"jsonrpc":"2.0","result":"OK","id":"2"}', '"id":"2"'),
    (b'{"jsonrpc":"2.0","result":7,"id":"1"}', '"result":7'),
    (b"<html>", "<html>"),
    (b"", "the service says ''"),
    (b"[1]", "1"),
    (b"{" * 3000, "{{{"),
])
def test_what_is_no_answer_is_shown_word_for_word(answer: bytes, words: str) -> None:
    with pytest.raises(DeviceReplyUnknown, match=words):
        parse_result(answer)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading_of_an_answer(data: bytes) -> None:
    found = FRAME(data, True)
    with pytest.raises(DeviceReplyUnknown) as raised:
        parse_result(b"" if found is None else found.message)
    assert raised.value.sentence().isprintable()


# what its words mean


@pytest.mark.parametrize(("text", "ready", "alerts"), [
    ("READY,PRINTER_READY", True, []),
    ("READY,INF_SLEEP_MODE", True, []),
    ("READY,INF_PRINTING_RUNNING", False, []),
    ("READY,INF_ENCODING_RUNNING", False, []),
    ("READY,INF_CLEANING", True, [(AlertKind.CLEANING_DUE, "warning")]),
    ("WARNING,INF_RIBBON_LOW", False, [(AlertKind.RIBBON_LOW, "warning")]),
    ("WARNING,BUSY", False, []),
    ("WARNING,DEF_COVER_OPEN", False, [(AlertKind.COVER_OPEN, "error")]),
    ("WARNING,FEEDER_EMPTY", False, [(AlertKind.FEEDER, "error")]),
    ("WARNING,DEF_UNSUPPORTED_RIBBON", False, [(AlertKind.RIBBON_WRONG, "error")]),
    ("ERROR,ERR_MECHANICAL", False, [(AlertKind.CARD_JAM, "error")]),
    ("ERROR,ERR_REJECT_BOX_FULL", False, [(AlertKind.REJECT_FULL, "error")]),
    ("ERROR,ERR_WRITE_MAGNETIC", False, [(AlertKind.ENCODER, "error")]),
    ("ERROR,RIBBON_ENDED", False, [(AlertKind.RIBBON_EMPTY, "error")]),
    ("ERROR,ERR_HEAD_TEMP", False, [(AlertKind.HEAD_HOT, "error")]),
    ("ERROR,PRINTER_READY", False, [(AlertKind.OTHER, "error")]),
    ("OFF,PRINTER_OFFLINE", False, [(AlertKind.OFFLINE, "error")]),
    ("OFF,PRINTER_READY", False, [(AlertKind.OFFLINE, "error")]),
    ("READY,SOMETHING_NEW", False, [(AlertKind.OTHER, "error")]),
    ("READY,DEF_COVER_OPEN", False, [(AlertKind.COVER_OPEN, "error")]),
])
def test_states(text: str, ready: bool, alerts: list[tuple[AlertKind, str]]) -> None:
    state = parse_state(text)
    assert state.resting is ready
    assert [(alert.kind, alert.severity.value) for alert in state.alerts] == alerts
    assert all(alert.verbatim == text for alert in state.alerts)


@pytest.mark.parametrize("text", ["", "READY", "READY,", "ready,PRINTER_READY", "READY,PRINTER_READY,X", "FINE,X"])
def test_what_is_no_state_is_none(text: str) -> None:
    with pytest.raises(DeviceReplyUnknown):
        parse_state(text)


@given(st.text(max_size=40))
def test_only_the_words_that_are_known_are_ready(text: str) -> None:
    try:
        state = parse_state(text)
    except DeviceReplyUnknown:
        return
    assert not state.resting or text.strip().startswith("READY,")


@pytest.mark.parametrize(("text", "event"), [
    ("", None),
    ("DEF_COVER_OPEN:CANCEL,RETRY", Event("DEF_COVER_OPEN", ("CANCEL", "RETRY"))),
    ("INF_RIBBON_LOW:OK", Event("INF_RIBBON_LOW", ("OK",))),
    ("PRINTER_READY", Event("PRINTER_READY")),
])
def test_events(text: str, event: Event | None) -> None:
    assert parse_event(text) == event


@pytest.mark.parametrize("text", ["X:FIRE", "X:", "bad word", "X:OK:OK", ":OK"])
def test_what_is_no_event_is_none(text: str) -> None:
    with pytest.raises(DeviceReplyUnknown):
        parse_event(text)


def test_an_event_that_waits_for_an_answer_stops_and_one_that_does_not_warns() -> None:
    assert Event("INF_RIBBON_LOW", ("OK", "CANCEL")).alerts == (
        Alert(kind=AlertKind.RIBBON_LOW, severity=Severity.ERROR, verbatim="INF_RIBBON_LOW:OK,CANCEL"),
    )
    assert [alert.severity for alert in Event("SOMETHING_NEW").alerts] == [Severity.WARNING]
    assert Event("PRINTER_READY").alerts == ()


# a printer is watched


def test_a_printer_tells_who_it_is() -> None:
    bench = Bench()
    assert bench.player.play(watching().identify(bench.player.link.info)) == Identity(
        family="evolis", model="primacy", serial="SN1", firmware="EMULATED"
    )


def test_each_request_has_a_connection_of_its_own() -> None:
    bench = Bench()
    assert bench.status().ready
    names = [type(effect).__name__ for effect in bench.player.effects]
    assert names == ["Open", "Send", "CloseWrite", "Listen", "Close"] * 6
    said = bench.player.transcript.said(Direction.HOST)
    assert said.count(b'"jsonrpc"') == 6
    assert GET_STATE in said


def test_a_link_that_cannot_close_its_half_is_used_as_it_is() -> None:
    bench = Bench()
    status = bench.player.play(watching().status(LinkInfo("serial")))
    assert status.ready
    assert not any(isinstance(effect, CloseWrite) for effect in bench.player.effects)


def test_a_printer_at_rest_tells_its_counters() -> None:
    bench = Bench()
    bench.memory.count("cards", 7)
    assert bench.status() == PrinterStatus(ready=True, counters={"cards": 7, "panels": 0, "cleanings": 0})


@pytest.mark.parametrize(("fault", "kind"), [
    ("cover-open", AlertKind.COVER_OPEN), ("ribbon-out", AlertKind.RIBBON_EMPTY),
    ("hopper-empty", AlertKind.FEEDER), ("jam", AlertKind.CARD_JAM), ("need-cleaning", AlertKind.CLEANING_DUE),
    ("unknown-reply", AlertKind.OTHER),
])
def test_what_stands_in_the_way_is_told_once(fault: str, kind: AlertKind) -> None:
    status = Bench(fault).status()
    assert (status.ready, [alert.kind for alert in status.alerts], status.counters) == (False, [kind], {})


def test_a_card_at_its_station_and_a_card_that_is_printed_are_seen() -> None:
    bench = Bench()
    bench.say(b"\x1bSis\r")
    bench.clock.advance(5)
    bench.printer.tick()
    assert bench.printer.state() == State("READY", "INF_ENCODING_RUNNING")
    status = bench.status()
    assert (status.ready, status.alerts, status.counters) == (False, (), {})
    bench.say(b"\x1bPr;k\r\x1bSs\r\x1bSr\r\x1bWcb;k;255\r\x1bSp;k\r")
    bench.clock.advance(5)
    bench.printer.tick()
    assert bench.printer.state() == State("READY", "INF_PRINTING_RUNNING")


@dataclass
class Told:
    """A service that gives one answer after the other, and keeps what it was asked."""

    answers: list[bytes]
    asked: list[bytes] = field(default_factory=list)

    def receive(self, data: bytes) -> bytes:
        self.asked.append(data)
        return self.answers.pop(0)


def answers(*texts: str) -> list[bytes]:
    return [result(text, "1") for text in texts]


def test_an_event_stops_a_printer_whose_state_is_well() -> None:
    told = Told(answers("Evolis Primacy", "READY,PRINTER_READY", "INF_RIBBON_LOW:CANCEL,OK"))
    player = DialoguePlayer(told, Clock())
    status = player.play(watching().status(player.link.info))
    assert (status.ready, [alert.kind for alert in status.alerts]) == (False, [AlertKind.RIBBON_LOW])
    assert status.counters == {}


@pytest.mark.parametrize(("listed", "found"), [
    ("Evolis Primacy", "Evolis Primacy"),
    ("Evolis Primacy (Copy 1)", "Evolis Primacy (Copy 1)"),
    ("Evolis Primacy (Copy 1);Evolis Primacy", "Evolis Primacy"),
    ("Desk 2;", "Desk 2"),
])
def test_the_printer_is_found_among_those_that_are_watched(listed: str, found: str) -> None:
    told = Told(answers(listed))
    player = DialoguePlayer(told, Clock())
    assert player.play(Supervisor(player.link.info).printer("Evolis Primacy")) == found
    assert told.asked == [
        b'{"jsonrpc":"2.0","method":"SUPERVISION.List","params":{"device":"Evolis Primacy","level":"0"},"id":"1"}'
    ]


@pytest.mark.parametrize("listed", ["", "Desk 1;Desk 2"])
def test_which_printer_is_meant_is_never_guessed(listed: str) -> None:
    player = DialoguePlayer(Told(answers(listed)), Clock())
    with pytest.raises(DeviceReplyUnknown, match=r"none|Desk 1, Desk 2"):
        player.play(Supervisor(player.link.info).printer("Evolis Primacy"))


@pytest.mark.parametrize(("event", "answer"), [
    ("INF_RIBBON_LOW:CANCEL,OK", b'"INF_RIBBON_LOW:OK"'), ("ERR_COVER_OPEN:CANCEL,RETRY", None), ("", None),
])
def test_only_ok_is_ever_answered(event: str, answer: bytes | None) -> None:
    told = Told(answers("Evolis Primacy", event, "OK"))
    player = DialoguePlayer(told, Clock())
    player.play(watching().recover(Alert(kind=AlertKind.RIBBON_LOW), player.link.info))
    assert len(told.asked) == (2 if answer is None else 3)
    assert answer is None or answer in told.asked[2]


def test_counters_that_cannot_be_read_are_left_out() -> None:
    told = Told([*answers("Evolis Primacy", "READY,PRINTER_READY", "", "12", "ERR 1"), refusal(1, "reserved", "1")])
    player = DialoguePlayer(told, Clock())
    assert player.play(watching().status(player.link.info)).counters == {"cards": 12}


# no card is printed this way


def test_no_card_goes_through_the_service() -> None:
    driver, link = watching(), LinkInfo("loop")
    can = driver.capabilities(Identity(family="evolis", model="primacy"))
    assert "only watched" in can.refuses, "jobs would be taken and fail later"
    assert can.maintenance == ()
    card = card_of(by_name("K"), GEOMETRY, 2)
    with pytest.raises(UnsupportedByPrinter, match=r"options\.dialect"):
        driver.encode(card)
    bench = Bench()
    dialogues: list[Dialogue[object]] = [
        driver.print_card(None, [], link), *(driver.maintain(action, link) for action in MaintenanceAction),
    ]
    for dialogue in dialogues:
        with pytest.raises(UnsupportedByPrinter):
            bench.player.play(dialogue)
    assert bench.player.effects == []
    assert isinstance(bench.player.play(driver.reconcile(Evidence(()), link)), Unknown)
    assert driver.capabilities(Identity(family="evolis", model="primacy")).confirms is Confirms.NOTHING


def test_the_dialect_is_the_operators_choice() -> None:
    assert isinstance(printserver_open_driver("evolis", "primacy", {}), EvolisDriver)
    with pytest.raises(ConfigurationError, match=r"options\.dialect"):
        printserver_open_driver("evolis", "primacy", {"dialect": "xml"})


# the link and the service may be bad


@pytest.mark.parametrize("kind", [kind for kind in Disturbance if kind is not Disturbance.SPLINTER])
def test_a_broken_link_is_never_a_ready_printer(kind: Disturbance) -> None:
    for at in range(30):
        bench = Bench("cover-open")
        player = DialoguePlayer(bench.printer, bench.clock, disturbance=kind, at=at)
        try:
            assert not player.play(watching().status(player.link.info)).ready
        except PrintServerError:
            continue


def test_an_answer_that_comes_byte_by_byte_is_one() -> None:
    bench = Bench()
    player = DialoguePlayer(bench.printer, bench.clock, disturbance=Disturbance.SPLINTER, at=0)
    assert player.play(watching().status(LinkInfo("loop"))).ready


@pytest.mark.parametrize(("wire", "answer"), [
    (b'{"id":"a","method":"ECHO.Echo","params":{"data":"hi"}}', result("hi", "a")),
    (b'{"id":"a","method":"PRINT.Begin","params":{"device":"Evolis Primacy"}}',
     refusal(-32601, "Method not found", "a")),
    (b'{"id":"a","method":"SUPERVISION.GetState","params":{"device":"Other"}}', refusal(-32000, "Unknown device", "a")),
    (b'{"id":"a","method":"SUPERVISION.GetState","params":7}', refusal(-32600, "Invalid Request", "a")),
    (b'{"id":"a","method":"SUPERVISION.List","params":{"device":"Evolis Primacy","level":"2"}}',
     result("Evolis Primacy,READY,PRINTER_READY", "a")),
    (b'{"id":"a","method":"SUPERVISION.List","params":{"device":"Evolis Zenius","level":"0"}}', result("", "a")),
    # a question is passed on; what moves a card, or hides a second command, is not
    (b'{"id":"a","method":"CMD.SendCommand","params":{"device":"Evolis Primacy","command":"Rsn"}}', result("SN1", "a")),
    (b'{"id":"a","method":"CMD.SendCommand","params":{"device":"Evolis Primacy","command":"Sie"}}',
     refusal(-32602, "Invalid params", "a")),
    (b'{"id":"a","method":"CMD.SendCommand","params":{"device":"Evolis Primacy","command":"Rsn\\r\\u001bSie"}}',
     refusal(-32602, "Invalid params", "a")),
])
def test_what_the_emulated_service_says(wire: bytes, answer: bytes) -> None:
    bench = Bench()
    assert bench.say(wire) == answer
    bench.player.rest()
    assert not bench.machine.loaded


def test_the_same_door_speaks_the_printers_own_language() -> None:
    bench = Bench()
    assert bench.say(b"\x1bRsn\r") == b"SN1\0"
    assert bench.say(GET_STATE) == result("READY,PRINTER_READY", "1")
    assert bench.say(b"\0\0\x1bRsn\r") == b"SN1\0"


def test_signs_of_the_printers_language_never_get_between_the_services_words() -> None:
    bench = Bench("hopper-empty")
    bench.say(b"\x1bPem;4\r\x1bSi\r")
    assert bench.say(GET_STATE) == result("WARNING,FEEDER_EMPTY", "1")
    bench.faults.clear(FaultKind.HOPPER_EMPTY)
    bench.clock.advance(9)
    assert bench.printer.tick() == b""


@given(st.lists(st.sampled_from([b"{", b"}", b'"', b"[", b"\\", GET_STATE, b"\x1bSie\r", b"\0", b" "]), max_size=30))
def test_no_bytes_break_the_emulated_service(parts: list[bytes]) -> None:
    bench = Bench()
    bench.say(b"{" + b"".join(parts))
    assert not bench.machine.loaded
    assert bench.say(GET_STATE) == result("READY,PRINTER_READY", "1")
