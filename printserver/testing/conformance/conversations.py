"""Recorded conversations: the driver says the same bytes to the same answers, whenever it is asked."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from twisted.internet.task import Clock

from printserver.dialogue.recordings import FOLDER, SUFFIX, Held, Recording, recording_of
from printserver.dialogue.replaying import PipedReplay, Replay, replay_of
from printserver.dialogue.transcripts import parse_transcript
from printserver.driver import Driver, Outcome, PrintableCard
from printserver.model.printer import Identity
from printserver.proving.register_card import register_card
from printserver.testing.cards import sample_card
from printserver.testing.conformance.imports import folder_of
from printserver.testing.conformance.subject import Subject, ending, evidence_of
from printserver.testing.dialogue_player import DialoguePlayer


class ConversationTests(Subject):
    """Transcripts replay byte for byte."""

    def test_a_conversation_follows_from_the_devices_words_alone(self) -> None:
        """What was said with the emulator is played again, in no time: the same bytes, the same outcome.

        So neither time nor chance has a part in it.
        """
        for blocks in self.jobs():
            trial = self.attempt(blocks)
            device = replay_of(trial.player.transcript)
            player = DialoguePlayer(device, Clock())
            outcome, fault = ending(player, self.driver().print_card(None, blocks, player.link.info))
            same = (outcome, str(fault)) == (trial.outcome, str(trial.fault))
            assert same, f"it came to {fault or outcome}, and before to {trial.fault or trial.outcome}"
            assert device.finished, "the driver said less"

    def test_recorded_conversations_replay_byte_for_byte(self) -> None:
        """Each file of the package's folder `transcripts`; `printserver.dialogue.recordings` says what stands in it."""
        for path in sorted((folder_of(self.package) / FOLDER).glob(f"*{SUFFIX}")):
            try:
                self.check_recording(path)
            except Exception as error:
                error.add_note(f"{FOLDER}/{path.name}")
                raise

    def check_recording(self, path: Path) -> None:
        """Play the dialogues of a recording against what the device said then."""
        text = path.read_text(encoding="utf-8")
        transcript = parse_transcript(text)
        assert parse_transcript(transcript.text()) == transcript, "it is not the same when it is written again"
        recording = recording_of(transcript.facts)
        if not recording.dialogues:
            return
        device = replay_of(transcript)
        outcome = self._played(device, recording)
        assert device.finished, "the driver said less than was recorded"
        if recording.outcome:
            found = type(outcome).__name__.lower()
            assert found == recording.outcome, f"{found}, and it was {recording.outcome}"

    def _played(self, device: Replay | PipedReplay, recording: Recording) -> Outcome | None:
        driver, player, outcome = self.recorded_driver(recording), DialoguePlayer(device, Clock()), None
        link = player.link.info
        for held in recording.dialogues:
            match held:
                case Held.IDENTIFY:
                    player.play(driver.identify(link))
                case Held.STATUS:
                    player.play(driver.status(link))
                case Held.PRINT:
                    blocks = list(driver.encode(self.recorded_card(recording)))
                    outcome = player.play(driver.print_card(None, blocks, link))
                case Held.RECONCILE:
                    player.play(driver.reconcile(evidence_of(player), link))
        return outcome

    def recorded_driver(self, recording: Recording) -> Driver:
        """Return the driver of a recording's model and options, as the server would open it."""
        package = import_module(self.package)
        for info in package.printserver_drivers():
            if info.find_model(recording.model) is not None:
                driver: Driver = package.printserver_open_driver(
                    driver=info.name, model=recording.model, options=recording.options
                )
                return driver
        raise AssertionError(f"{self.package} has no model {recording.model}")

    def recorded_card(self, recording: Recording) -> PrintableCard:
        """Return the card of a recording, for its model and ribbon: the one of `record`, else the sample."""
        if recording.model == self.model().name and not recording.register_card:
            return self.sample(recording.ribbon, two_sided=recording.two_sided)
        identity = Identity(family=self.package, model=recording.model)
        can = self.recorded_driver(recording).capabilities(identity)
        if not recording.register_card:
            return sample_card(can, recording.ribbon, two_sided=recording.two_sided)
        ribbon = can.ribbon(recording.ribbon)
        assert ribbon is not None, f"no ribbon {recording.ribbon}"
        return register_card(can, ribbon, two_sided=recording.two_sided)
