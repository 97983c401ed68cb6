"""What is thrown into a dialogue when an effect cannot be answered.

Laws kept here:

1. Answers are values; these five and `Cancelled` are the only things thrown in at a yield.
2. Each tells how far the effect came, so that the dialogue can judge what the device may have got.
3. A dialogue may catch them and go on (ask again, eject); what it does not catch ends it, and the runner
   turns that into an outcome: before COMMITTED the card goes back, after it the card is in doubt.
"""

from __future__ import annotations

from printserver.errors import Fault, PrintServerError


class DialogueFault(PrintServerError):
    """The conversation with the device was disturbed."""

    code = "dialogue"
    fault = Fault.DEVICE
    retry = True
    remedy = "Check the printer and its cable."


class TimedOut(DialogueFault):
    """The device did not answer in time."""

    code = "device-silent"
    remedy = "Switch the printer off and on again."

    def __init__(self, partial: bytes = b"") -> None:
        """Keep what had come of the answer."""
        self.partial = partial
        super().__init__(f"the device did not answer in time ({len(partial)} bytes of an answer came)")


class LinkLost(DialogueFault):
    """The connection to the device broke."""

    code = "device-unreachable"
    remedy = "Check that the printer is switched on and its cable is in."

    def __init__(self, sent: int = 0, detail: str = "") -> None:
        """Keep how many bytes of the effect may have left."""
        self.sent = sent
        super().__init__(f"the connection to the device broke{': ' + detail if detail else ''}")


class Stalled(DialogueFault):
    """The device takes no more bytes."""

    code = "device-stalled"
    remedy = "Look at the printer's display; it may wait for a person."

    def __init__(self, sent: int = 0) -> None:
        """Keep how many bytes of the effect left."""
        self.sent = sent
        super().__init__(f"the device stopped taking bytes after {sent}")


class Unsupported(DialogueFault):
    """This link cannot do what the driver asked."""

    code = "link-unsupported"
    retry = False
    remedy = "Connect the printer in the way its driver names."


class CardAbsent(DialogueFault):
    """There is no card at the reader."""

    code = "card-absent"
    remedy = "Check the chip station's position and the reader."


class Cancelled(DialogueFault):
    """The conversation was called off at a point where that is allowed."""

    code = "cancelled"
    retry = False
    remedy = "Nothing is left to do."
