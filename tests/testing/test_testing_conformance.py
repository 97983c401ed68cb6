"""The suite for drivers, held against a sound driver, which passes, and against mistakes, each of which it finds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from printserver.dialogue.recordings import Recording
from printserver.dialogue.replaying import TranscriptDiffers
from printserver.driver import Driver, EmulatorEntry, MaintenanceAction, ModelInfo
from printserver.emulation import FaultKind
from printserver.testing import Disturbance
from printserver.testing.conformance import DriverConformance
from printserver.testing.conformance.imports import ROOMS, offences
from printserver.testing.conformance.imports import WORLDLY as WORLDLY_MODULES
from tests.test_architecture import BELOW_DRIVERS, WORLDLY
from tests.testing.tiny import MODEL, entry
from tests.testing.tiny.driver import (
    Careful,
    Careless,
    Cheerful,
    Clumsy,
    Deserting,
    Eager,
    Forgetful,
    Gullible,
    Hasty,
    Helpful,
    Hesitant,
    Lavish,
    Mistaken,
    Moody,
    Obedient,
    Resigned,
    Reticent,
    Stubborn,
    Tester,
    TinyDriver,
    Trusting,
    Vague,
    Wordless,
)


class Tiny(DriverConformance):
    package = "tests.testing.tiny"
    kind: Callable[[], Driver] = TinyDriver

    def driver(self) -> Driver:
        return type(self).kind()

    def model(self) -> ModelInfo:
        return MODEL

    def emulator(self) -> EmulatorEntry:
        return entry()


class TestTiny(Tiny):
    """A sound driver passes."""


class TestTinyWithATestCard(Tiny):
    """So does one whose printer has a test card."""

    kind = Tester


Check = Callable[[DriverConformance], None]


def sweep(kind: Disturbance) -> Check:
    return lambda suite: suite.test_a_fault_at_any_moment_never_makes_a_second_card(kind)


def complaint(kind: FaultKind) -> Check:
    return lambda suite: suite.test_every_complaint_of_the_printer_is_told_to_people(kind)


def clearing(kind: FaultKind) -> Check:
    return lambda suite: suite.test_clearing_a_printer_feeds_no_card(kind, removed_first=True)


@pytest.mark.parametrize(
    ("mistake", "check", "words"),
    [
        (Eager, DriverConformance.test_a_card_comes_out, "before the card was out"),
        (Eager, sweep(Disturbance.CUT_AFTER), "never came out"),
        (Careless, DriverConformance.test_the_commit_mark_comes_before_the_first_feeding_byte, "did not leave after"),
        (Careless, DriverConformance.test_a_commit_mark_that_cannot_be_kept_moves_nothing, "moved before COMMITTED"),
        (Stubborn, sweep(Disturbance.SILENCE), "more than one blank"),
        (Resigned, sweep(Disturbance.CUT_AFTER), "spoiled, but it came out"),
        (Gullible, lambda suite: suite.test_nonsense_is_never_a_ready_printer(0), "counts as ready"),
        (Gullible, lambda suite: suite.test_nonsense_is_never_a_finished_card(0), "device that babbles"),
        (Reticent, sweep(Disturbance.MUTE), "without a word"),
        (Forgetful, DriverConformance.test_encoding_is_pure, "other bytes"),
        (Forgetful, DriverConformance.test_what_is_encoded_decodes_to_the_same_panels, "not equal"),
        (Forgetful, DriverConformance.test_every_ribbon_comes_back_panel_for_panel, "not equal"),
        (Obedient, DriverConformance.test_no_character_of_an_option_becomes_a_command, "nobody named changed the job"),
        (Trusting, DriverConformance.test_no_character_of_a_track_becomes_a_command, "it became a command"),
        (Wordless, complaint(FaultKind.COVER_OPEN), "nobody was told"),
        (Vague, complaint(FaultKind.COVER_OPEN), "no words for people"),
        (Cheerful, complaint(FaultKind.JAM), "counts as ready"),
        (Mistaken, complaint(FaultKind.HOPPER_EMPTY), "speaks of something else"),
        (Helpful, clearing(FaultKind.HOPPER_EMPTY), "fed a card"),
        (Hasty, DriverConformance.test_maintenance_has_ended_when_the_driver_says_so, "the card is not out"),
        (Lavish, DriverConformance.test_maintenance_has_ended_when_the_driver_says_so, "used|not out"),
        (Deserting, DriverConformance.test_maintenance_has_ended_when_the_driver_says_so, "1 cards were used"),
        (Hesitant, DriverConformance.test_maintenance_has_ended_when_the_driver_says_so, "who knows"),
        (Gullible, lambda suite: suite.test_an_unknown_reply_is_a_typed_error_or_an_alert(Disturbance.NOISE), "ready"),
    ],
)
def test_each_mistake_is_found(mistake: type[TinyDriver], check: Check, words: str) -> None:
    suite = type("Suite", (Tiny,), {"kind": mistake})()
    with pytest.raises(AssertionError, match=words):
        check(suite)


def test_a_driver_that_says_what_its_printer_never_tells_is_found() -> None:
    suite = type("Suite", (Tiny,), {"kind": Tester, "untold": frozenset({MaintenanceAction.TEST_CARD})})()
    with pytest.raises(AssertionError, match="nothing tells that it has ended"):
        suite.test_maintenance_has_ended_when_the_driver_says_so()


def test_a_driver_that_breaks_on_a_strange_reply_is_found() -> None:
    suite = type("Suite", (Tiny,), {"kind": Clumsy})()
    with pytest.raises(ValueError, match=r"unpack|literal"):
        suite.test_a_fault_at_any_moment_never_makes_a_second_card(Disturbance.NOISE)


def test_a_name_that_breaks_the_driver_is_found() -> None:
    suite = type("Suite", (Tiny,), {"kind": Careful})()
    with pytest.raises(UnicodeEncodeError):
        suite.test_no_character_of_a_name_becomes_a_command()


def test_a_driver_that_says_something_else_the_next_time_is_found() -> None:
    suite = type("Suite", (Tiny,), {"kind": Moody})()
    with pytest.raises(AssertionError, match=r"the host (said|goes on)"):
        suite.test_a_conversation_follows_from_the_devices_words_alone()


RECORDED = """= model one
= ribbon K
= dialogues status print
= outcome done
0 > a STATUS\\n
0 < a READY 0\\n
1 > a STATUS\\n
1 < a READY 0\\n
1 > a CARD\\n
1 > r 32 card
1 > a STATUS\\n
2 < a %s\\n
"""


class Recorded(Tiny):
    def recorded_driver(self, recording: Recording) -> Driver:
        return TinyDriver()


def test_a_recording_is_replayed(tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.write_text(RECORDED % "READY 1")
    Recorded().check_recording(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (RECORDED % "READY 0", "unknown, and it was done"),
        (RECORDED % "READY 1" + "3 > a STATUS\\n\n", "said less"),
        ("= model one\n= dialogues status\n0 > a HOW\\n\n", "the host said"),
    ],
)
def test_a_recording_that_is_not_what_the_driver_says_is_found(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.write_text(text)
    with pytest.raises((AssertionError, TranscriptDiffers), match=words):
        Recorded().check_recording(path)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("import socket", "socket"), ("import os.path", "os.path"), ("from time import sleep", "time"),
        ("def f():\n    import threading", "threading"), ("import twisted.internet", "twisted.internet"),
        ("from printserver.transport import link", "printserver.transport"),
        ("from printserver import queue", "printserver.queue"), ("import serial", "serial"),
        ("import printserver_evolis", "printserver_evolis"), ("from random import Random", "random"),
        ("open('/etc/passwd')", "open"), ("import mine_too", "mine_too"),
    ],
)
def test_what_reaches_the_world_is_found_in_a_drivers_source(line: str, word: str) -> None:
    found = list(offences(f"import re\n{line}\n", "mine"))
    assert [words.split()[-1] for _, words in found] == [word]


def test_what_a_driver_stands_on_is_none() -> None:
    source = (
        "import re, zlib, numpy as np\nimport msgspec.json\nfrom mine.codec import frame\nfrom . import codec\n"
        "from printserver.dialogue import Ask\nfrom printserver.driver.info import load_info\nimport special\n"
        "path.open()\n"
    )
    assert list(offences(source, "mine", frozenset({"special"}))) == []


def test_the_suite_and_the_architecture_agree_on_what_a_driver_imports() -> None:
    assert ROOMS == BELOW_DRIVERS
    assert WORLDLY - {"serial", "twisted", "usb"} <= WORLDLY_MODULES


def test_the_moment_of_a_failure_is_told() -> None:
    suite = type("Suite", (Tiny,), {"kind": Stubborn})()
    with pytest.raises(AssertionError) as failure:
        suite.test_a_fault_at_any_moment_never_makes_a_second_card(Disturbance.SILENCE)
    assert any(note.startswith("silence at effect") for note in failure.value.__notes__)
