"""A whole session at printers that work, and at ones that do not: what is found, and what is kept."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from printserver.dialogue import Dialogue, TimedOut
from printserver.dialogue.transcripts import Direction, LeftOut, parse_transcript
from printserver.driver import Done, Driver, EmulatorEntry, LinkInfo
from printserver.driver.proofs import CHECKS as REQUIRED
from printserver.driver.proofs import Proof, Verdict
from printserver.proving.checks import CHECKS, TRACKS
from printserver_evolis.driver import EvolisDriver
from printserver_evolis.emulator import EvolisEmulator
from printserver_evolis.recorded import decode as decode_evolis
from printserver_magicard.driver import MagicardDriver
from printserver_magicard.emulator import MagicardEmulator
from printserver_magicard.recorded import decode as decode_magicard
from tests.proving.proving_kit import Deaf, Scene, finding

EVOLIS = EmulatorEntry("evolis", EvolisEmulator, decode_evolis)
MAGICARD = EmulatorEntry("magicard", MagicardEmulator, decode_magicard)


def evolis(model: str = "primacy+mag") -> Scene:
    return Scene(EvolisDriver(model, {}), EVOLIS, model)


def magicard() -> Scene:
    return Scene(MagicardDriver("enduro", {}), MAGICARD, "enduro")


SCENES = {"evolis": evolis, "magicard": magicard}


def test_the_checks_are_those_that_a_proof_needs() -> None:
    assert {check.key for check in CHECKS} == REQUIRED
    assert len(CHECKS) == len(REQUIRED)


@pytest.mark.parametrize("family", SCENES)
def test_a_driver_that_tells_the_truth_is_proven(family: str, tmp_path: Path) -> None:
    scene = SCENES[family]()
    proof = scene.prove(tmp_path)
    failed = {each.check: each.says for each in proof.findings if each.verdict is Verdict.FAILED}
    assert failed == {}, failed
    assert proof.holds
    assert (proof.serial, proof.code, proof.by, proof.link) == ("A-77", "c0de", "dewi", "loop")
    assert msgspec.json.decode((tmp_path / "proof.json").read_bytes(), type=Proof) == proof


def test_what_a_printer_has_not_is_inapplicable(tmp_path: Path) -> None:
    proof = magicard().prove(tmp_path)
    inapplicable = {each.check for each in proof.findings if each.verdict is Verdict.INAPPLICABLE}
    assert inapplicable == {"second-side", "stripe"}


def test_each_check_keeps_its_transcript_without_panels_and_tracks(tmp_path: Path) -> None:
    proof = evolis().prove(tmp_path, "feed", "stripe")
    for each in proof.findings:
        text = (tmp_path / each.transcript).read_text()
        transcript = parse_transcript(text)
        assert transcript.facts["check"] == each.check
        assert transcript.facts["serial"] == "A-77"
        left_out = [line for line in transcript.lines if isinstance(line, LeftOut)]
        assert left_out
        assert max(line.length for line in left_out) > 50_000
        assert transcript.said(Direction.DEVICE)
        assert len(text) < 20_000
        assert not any(track in text for track in TRACKS)
        times = [line.at for line in transcript.lines]
        assert times == sorted(times)


def test_a_check_that_cannot_be_done_is_left_out_and_proves_nothing(tmp_path: Path) -> None:
    scene = magicard()
    scene.hands.skips = {"COVER"}
    proof = scene.prove(tmp_path)
    assert finding(proof, "cover").verdict is Verdict.LEFT_OUT
    assert not proof.holds
    assert {each.check for each in proof.findings} == REQUIRED


@pytest.mark.parametrize(
    ("word", "answer", "check", "says"),
    [
        ("agree with the label", False, "identity", "label"),
        ("frame whole", False, "register", "frame"),
        ("each other", False, "register", "register"),
        ("mirrored", False, "register", "mirrored"),
        ("patches", False, "register", "patches"),
        ("How many", 2, "feed", "2 cards came out of one attempt"),
        ("How many", 0, "feed", "sure that the card is out"),
        ("back point up", False, "second-side", "turned"),
        ("Track 2", False, "stripe", "track 2"),
    ],
)
def test_what_the_person_sees_counts(word: str, answer: object, check: str, says: str, tmp_path: Path) -> None:
    scene = evolis()
    scene.hands.lies = {word: answer}
    found = finding(scene.prove(tmp_path, check, ribbon="YMCKOK"), check)
    assert found.verdict is Verdict.FAILED
    assert any(says in line for line in found.says), found.says


class Boaster:
    """A driver that says done as soon as its bytes are away."""

    def __init__(self, inner: Driver) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def print_card(self, card: object, blocks: object, link: LinkInfo) -> Dialogue[Done]:
        try:
            yield from self._inner.print_card(None, blocks, link)  # type: ignore[arg-type]
        except Exception:
            return Done()
        return Done()


@pytest.mark.parametrize("check", ["power", "cable"])
def test_a_driver_that_says_done_too_early_is_found_out(check: str, tmp_path: Path) -> None:
    scene = magicard()
    scene.driver = Boaster(scene.driver)  # type: ignore[assignment]
    found = finding(scene.prove(tmp_path, check), check)
    assert found.verdict is Verdict.FAILED
    assert any("the driver is sure" in line for line in found.says), found.says


def test_a_driver_that_is_blind_is_found_out(tmp_path: Path) -> None:
    """Nobody touched the cover, the ribbon or the hopper: a driver that noticed nothing does not pass."""
    scene = evolis()
    scene.hands.deeds = {}
    proof = scene.prove(tmp_path, "cover", "ribbon-out", "hopper")
    assert {each.check: each.verdict for each in proof.findings} == dict.fromkeys(
        ["cover", "ribbon-out", "hopper"], Verdict.FAILED
    )


def test_a_printer_that_cannot_say_who_it_is_is_not_begun_with(tmp_path: Path) -> None:
    scene = magicard()
    scene.device = Deaf()
    with pytest.raises(TimedOut):
        scene.prove(tmp_path / "proof", "identity", "status", "feed")
    assert not (tmp_path / "proof").exists()
    assert scene.hands.told[1:] == []


def test_a_printer_that_falls_silent_ends_each_check_alone(tmp_path: Path) -> None:
    scene = magicard()

    def fall_silent() -> None:
        scene.device = Deaf()

    scene.hands.deeds["Put in a YMCKO ribbon"] = fall_silent
    proof = scene.prove(tmp_path, "identity", "status", "feed")
    assert [each.verdict for each in proof.findings] == [Verdict.PASSED, Verdict.FAILED, Verdict.FAILED]
    assert (tmp_path / "proof.json").exists()


@pytest.mark.parametrize(("label", "holds"), [("FG-20", True), ("", False)])
def test_a_printer_that_tells_no_serial_number_is_named_by_its_label(
    label: str, holds: bool, tmp_path: Path
) -> None:
    scene = SCENES["magicard"]()
    scene.machine._serial = ""
    scene.hands.lies = {"on its label": label}
    proof = scene.prove(tmp_path)
    assert (proof.serial, proof.label, proof.ribbon, proof.holds) == ("", label, "YMCKO", holds)
