"""The suite for drivers, held against a sound driver, which passes, and against mistakes, each of which it finds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from printserver.driver import Driver, EmulatorEntry, ModelInfo
from printserver.testing import Disturbance
from printserver.testing.conformance import DriverConformance
from tests.testing.tiny import MODEL, entry
from tests.testing.tiny.driver import (
    Careless,
    Clumsy,
    Eager,
    Forgetful,
    Gullible,
    Resigned,
    Reticent,
    Stubborn,
    TinyDriver,
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


Check = Callable[[DriverConformance], None]


def sweep(kind: Disturbance) -> Check:
    return lambda suite: suite.test_a_fault_at_any_moment_never_makes_a_second_card(kind)


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
    ],
)
def test_each_mistake_is_found(mistake: type[TinyDriver], check: Check, words: str) -> None:
    suite = type("Suite", (Tiny,), {"kind": mistake})()
    with pytest.raises(AssertionError, match=words):
        check(suite)


def test_a_driver_that_breaks_on_a_strange_reply_is_found() -> None:
    suite = type("Suite", (Tiny,), {"kind": Clumsy})()
    with pytest.raises(ValueError, match=r"unpack|literal"):
        suite.test_a_fault_at_any_moment_never_makes_a_second_card(Disturbance.NOISE)


def test_the_moment_of_a_failure_is_told() -> None:
    suite = type("Suite", (Tiny,), {"kind": Stubborn})()
    with pytest.raises(AssertionError) as failure:
        suite.test_a_fault_at_any_moment_never_makes_a_second_card(Disturbance.SILENCE)
    assert any(note.startswith("silence at effect") for note in failure.value.__notes__)
