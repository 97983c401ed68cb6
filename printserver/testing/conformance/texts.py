"""Texts that clients write: no character of one becomes a command of the device, or a fault without a type.

A card brings three kinds: tracks, the driver's own options (keys and values), and the name of its ribbon. Each is
tried with every byte value, and with some characters beyond, at its beginning, in its middle and at its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from printserver.driver import Block, EncodesMagstripe, PrintableCard
from printserver.errors import BadTicket, PrintServerError
from printserver.testing.conformance.subject import Subject

# Every byte value as a character, a line end and a digit of other scripts, and a character of four bytes.
CHARACTERS = (*map(chr, range(256)), "\u0100", "\u2028", "\u0663", "\U0001f4a0")
TRACK = "1"


class TextTests(Subject):
    """Every character in every text."""

    def test_no_character_of_a_track_becomes_a_command(self) -> None:
        """It is refused, naming the track, or comes back from the job as it was sent, and nothing else does."""
        plain = self._smallest()
        for number in range(1, max(1, self.capabilities().magnetic_tracks) + 1):
            for text in _texts(TRACK):
                tracks = (*[""] * (number - 1), text)
                try:
                    self._check_track(replace(plain, tracks=tracks), number)
                except Exception as error:
                    error.add_note(f"track {number}: {text!r}")
                    raise

    def _check_track(self, card: PrintableCard, number: int) -> None:
        driver, text = self.driver(), card.tracks[-1]
        refused: PrintServerError | None = None
        if isinstance(driver, EncodesMagstripe):
            try:
                driver.check_tracks(card.tracks)
            except PrintServerError as error:
                refused = error
        blocks = self._encoded(card)
        if refused is not None:
            assert blocks is None, "check_tracks refuses it and encode takes it"
            named = not isinstance(refused, BadTicket) or str(number) in refused.where
            assert named, f"the refusal names {refused.where!r}, not the track"
        if blocks is None:
            return
        assert self.capabilities().magnetic_tracks, "a printer without an encoder takes a track"
        decoded = self.emulator().decode(self.model().name, b"".join(block.data for block in blocks))
        parts = (decoded.unknown_commands, decoded.trailing_bytes, len(decoded.cards))
        assert parts == ((), 0, 1), "it became a command"
        found = decoded.cards[0].tracks
        assert (*found, "", "", "")[:3] == (*card.tracks, "", "", "")[:3], f"{text!r} came back in {found!r}"

    def test_no_character_of_an_option_becomes_a_command(self) -> None:
        """A value that the driver does not name, and a key, are refused, or change no byte of the job."""
        plain = self._smallest()
        usual = self._encoded(plain)
        options = self.capabilities().options or {"colour": ("",)}
        for key, allowed in options.items():
            for text in _texts(allowed[0]):
                if text not in allowed:
                    self._check_option(plain, {key: text}, usual)
        key = next(iter(options))
        for text in _texts(key):
            if text not in options:
                self._check_option(plain, {text: options[key][0]}, usual)

    def _check_option(self, plain: PrintableCard, options: dict[str, str], usual: list[Block] | None) -> None:
        blocks = self._encoded(replace(plain, options=options))
        assert blocks is None or blocks == usual, f"an option that nobody named changed the job: {options!r}"

    def test_no_character_of_a_name_becomes_a_command(self) -> None:
        """A ribbon of a strange name is refused, or makes a job in which the family's reader finds one card."""
        plain = self._smallest()
        for text in _texts(plain.ribbon.name):
            blocks = self._encoded(replace(plain, ribbon=replace(plain.ribbon, name=text)))
            if blocks is not None:
                decoded = self.emulator().decode(self.model().name, b"".join(block.data for block in blocks))
                found = (decoded.unknown_commands, decoded.trailing_bytes, len(decoded.cards))
                assert found == ((), 0, 1), f"it became a command: {text!r}"

    def _smallest(self) -> PrintableCard:
        """Return a blank card with as few panels as a ribbon of this printer has: it is encoded hundreds of times."""
        ribbon = min(self.capabilities().ribbons, key=lambda each: len(each.front) or 99)
        card = self.sample(ribbon.name)
        for panel in (panel for side in card.sides for panel in side.panels):
            panel.plane[:] = 0
        return card

    def _encoded(self, card: PrintableCard) -> list[Block] | None:
        """Return a card's blocks, None where it is refused with a typed error."""
        try:
            return list(self.driver().encode(card))
        except PrintServerError:
            return None


def _texts(text: str) -> Iterator[str]:
    """Yield a text with each character before it, within it and after it."""
    middle = (len(text) + 1) // 2
    for character in CHARACTERS:
        yield from dict.fromkeys(
            (character + text, text[:middle] + character + text[middle:] + TRACK, text + character)
        )
