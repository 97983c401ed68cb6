"""Emulated Evolis printers that behave as some models are said to."""

from __future__ import annotations

from printserver_evolis.codec import text_reply
from printserver_evolis.complaints import Refused
from printserver_evolis.emulator import EvolisEmulator


class Talkative(EvolisEmulator):
    """Answers every command with a text, as newer printers do, and knows no Pem;4."""

    _acknowledges = property(lambda self: False)

    def _acknowledge(self) -> None:
        self._out += text_reply("OK")

    def _refuse(self, refusal: Refused) -> None:
        super()._refuse(refusal)
        self._out += text_reply(f"ERR {refusal.letter}")


class Prompt(EvolisEmulator):
    """Answers every question at once, whatever work is under way."""

    def tick(self) -> bytes:
        self._activity.run()
        self._answer_waiting_questions()
        return super().tick()


class PromptTalkative(Prompt, Talkative):
    """Answers questions at once, and every command with a text after its work."""
