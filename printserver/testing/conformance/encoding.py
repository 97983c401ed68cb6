"""A card to bytes, and the bytes back to the card."""

from __future__ import annotations

import numpy as np

from printserver.driver import PrintableCard
from printserver.model.card import Panel, SidePanels
from printserver.testing.conformance.subject import Subject


class EncodingTests(Subject):
    """The codec, there and back."""

    def test_encoding_is_pure(self) -> None:
        """The same card gives the same bytes, and keeps its panels."""
        for card, same in zip(self.cards(), self.cards(), strict=True):
            first, second = list(self.driver().encode(card)), list(self.driver().encode(card))
            assert first == second, "the same card gave other bytes"
            assert all(np.array_equal(panel.plane, kept.plane) for panel, kept in pairs(card, same.sides)), (
                "encoding changed the card"
            )

    def test_what_is_encoded_decodes_to_the_same_panels(self) -> None:
        """The family's own reader finds one card in the job, with exactly the panels that were sent."""
        for card in self.cards():
            self.check_round_trip(card)
            assert any(block.feeds for block in self.driver().encode(card)), "no block feeds a card"

    def test_every_ribbon_comes_back_panel_for_panel(self) -> None:
        """On each ribbon, on one side and, where it has panels for both and the printer turns cards, on two."""
        can = self.capabilities()
        for ribbon in () if can.refuses else can.ribbons:
            for two_sided in (False, True) if can.duplex and ribbon.back else (False,):
                try:
                    self.check_round_trip(self.sample(ribbon.name, two_sided=two_sided))
                except Exception as error:
                    error.add_note(f"ribbon {ribbon.name}, {'two sides' if two_sided else 'one side'}")
                    raise

    def check_round_trip(self, card: PrintableCard) -> None:
        """Encode a card, take the job apart and compare."""
        job = b"".join(block.data for block in self.driver().encode(card))
        decoded = self.emulator().decode(self.model().name, job)
        assert (decoded.unknown_commands, decoded.trailing_bytes, len(decoded.cards)) == ((), 0, 1), (
            f"unknown {decoded.unknown_commands}, {decoded.trailing_bytes} bytes left, {len(decoded.cards)} cards"
        )
        for sent, found in pairs(card, decoded.cards[0].sides):
            assert (sent.name, sent.levels) == (found.name, found.levels), "another panel came back"
            np.testing.assert_array_equal(sent.plane, found.plane)


def pairs(card: PrintableCard, sides: tuple[SidePanels, ...]) -> list[tuple[Panel, Panel]]:
    """Pair the panels of a card with those of other sides, which must be just as many."""
    assert [side.side for side in card.sides] == [side.side for side in sides], "other sides came back"
    return [
        pair for mine, other in zip(card.sides, sides, strict=True)
        for pair in zip(mine.panels, other.panels, strict=True)
    ]  # fmt: skip
