"""A driver that prints nothing (`Capabilities.refuses`): it says why, before anything moves."""

from __future__ import annotations

import re

import pytest
from twisted.internet.task import Clock

from printserver.errors import UnsupportedByPrinter
from printserver.testing.conformance.subject import Subject, ending
from printserver.testing.dialogue_player import DialoguePlayer


class RefusingTests(Subject):
    """Refusing, in the bytes as in the conversation."""

    def test_what_refuses_to_print_moves_nothing_and_says_why(self) -> None:
        """Encoding raises the reason, a card is never begun, and the printer is never ready."""
        can, clock = self.capabilities(), Clock()
        if not can.refuses:
            assert self.cards(), "a driver that prints needs a card to try"
            return
        with pytest.raises(UnsupportedByPrinter, match=re.escape(can.refuses)):
            list(self.driver().encode(self.sample()))
        bench = self.bench(clock)
        player = DialoguePlayer(bench.printer, clock)
        _, fault = ending(player, self.driver().print_card(None, [], player.link.info))
        player.rest()
        assert isinstance(fault, UnsupportedByPrinter), "a card was begun"
        assert not player.committed, "a card was begun"
        assert bench.used == 0, "a card moved"
        assert not player.play(self.driver().status(player.link.info)).ready, "ready, though nothing is printed"
