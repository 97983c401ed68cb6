"""The suite that every driver passes: `class TestMine(DriverConformance)` with the four facts filled in.

| aspect | what is held against the driver |
|---|---|
| `claims` | what it says of itself fits together; it is cheap to import, and imports nothing of the world |
| `encoding` | encoding is pure, and what is encoded decodes to the same panels, on every ribbon |
| `texts` | no character in a track, option or name becomes a command, or a fault without a type |
| `cards` | one card comes out, in any pieces; a fault at every effect never makes a second one |
| `replies` | what the device complains of is told to people, and what nobody understands is never good |
| `attending` | what a person has it do feeds no second card, and maintenance has ended when it says so |
| `refusing` | a driver that prints nothing says why, before anything moves |
| `conversations` | recorded conversations replay byte for byte |

The four facts are `package`, `driver`, `model` and `emulator`. The other methods of `Subject` may be overridden too,
and so may each test, with the reason beside it.
"""

from printserver.testing.conformance.attending import AttendingTests
from printserver.testing.conformance.cards import CardTests
from printserver.testing.conformance.claims import ClaimTests
from printserver.testing.conformance.conversations import ConversationTests
from printserver.testing.conformance.encoding import EncodingTests
from printserver.testing.conformance.refusing import RefusingTests
from printserver.testing.conformance.replies import ReplyTests
from printserver.testing.conformance.subject import Subject, Trial
from printserver.testing.conformance.texts import TextTests

__all__ = ["DriverConformance", "Subject", "Trial"]


class DriverConformance(
    ClaimTests, EncodingTests, TextTests, CardTests, ReplyTests, AttendingTests, RefusingTests,
    ConversationTests,
):
    """Derive from this, name the class Test..., and fill in the four facts."""
