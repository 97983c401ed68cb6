"""What the server asks a driver's process, and what that answers: msgpack messages, one answer to each question.

Laws kept here:

1. What comes from the process is one of the answers below, or WorkerFailed is raised.
2. An error of the driver's keeps its class where `printserver.errors` knows it, else it is PluginBroken in its words.
"""

from __future__ import annotations

from typing import TypeAlias, TypeVar, cast

import msgspec

from printserver.dialogue import DialogueFault, Framed
from printserver.driver import Block, Evidence, LinkInfo, MaintenanceAction
from printserver.errors import PluginBroken, PrintServerError, WorkerFailed
from printserver.model.alert import Alert
from printserver.sandbox.answers import CARRIED
from printserver.sandbox.wire import Carried, fault_in, fault_out

T = TypeVar("T")


class Begin(msgspec.Struct, frozen=True, kw_only=True, tag="begin"):
    """Begin a dialogue: the driver's verb, its link, and what else the verb takes. Answered like `Step`."""

    verb: str
    link: LinkInfo
    blocks: tuple[Block, ...] = ()
    evidence: Evidence | None = None
    alert: Alert | None = None
    action: MaintenanceAction | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True, tag="step"):
    """The answer to the last effect, or the fault to throw in. Answered by an effect, an end, or an error."""

    answer: Carried | None = None
    fault: Carried | None = None


class Look(msgspec.Struct, frozen=True, tag="look"):
    """Ask what framer `number` says of these bytes."""

    number: int
    data: bytes
    ended: bool


class Leave(msgspec.Struct, frozen=True, tag="leave"):
    """Close the dialogue where it stands."""


class Wants(msgspec.Struct, frozen=True, tag="wants"):
    """The next effect."""

    effect: Carried


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """The dialogue's end."""

    result: Carried


class Raised(msgspec.Struct, frozen=True, tag="raised"):
    """The driver's code raised this: a fault of the dialogue, or an error by its code."""

    code: str
    message: str
    where: str = ""
    allowed: str = ""
    fault: Carried | None = None

    @classmethod
    def because(cls, error: Exception) -> Raised:
        """Return an error in the form that travels."""
        match error:
            case DialogueFault():
                return cls(error.code, error.message, fault=fault_out(error))
            case PrintServerError():
                return cls(error.code, error.message, error.where, error.allowed)
            case _:
                return cls("", f"{type(error).__name__}: {error}")

    def error(self, driver: str) -> PrintServerError:
        """Return the error, of its own class where that is known here."""
        if self.fault is not None:
            return fault_in(self.fault)
        kind = CARRIED.get(self.code)
        if kind is None:
            return PluginBroken(self.message, where=f"driver {driver}")
        return kind(self.message, where=self.where, allowed=self.allowed)


class Found(msgspec.Struct, frozen=True, tag="found"):
    """What the framer said: a message that uses so many bytes, or nothing yet (`used` = -1)."""

    message: bytes = b""
    used: int = -1

    def framed(self) -> Framed | None:
        """Return it as a framer would."""
        return None if self.used < 0 else Framed(self.message, self.used)


class Up(msgspec.Struct, frozen=True, tag="up"):
    """The process is ready; `in_force` and `missing` say in words which fences hold."""

    in_force: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class Left(msgspec.Struct, frozen=True, tag="left"):
    """The dialogue is closed."""


Question: TypeAlias = Begin | Step | Look | Leave
Reply: TypeAlias = Up | Wants | Finished | Raised | Found | Left

def read(message: bytes | memoryview, kind: type[T] | object) -> T:
    """Read a message; raises WorkerFailed."""
    try:
        return msgspec.msgpack.decode(message, type=cast(type[T], kind))
    except msgspec.MsgspecError as error:
        raise WorkerFailed(f"the driver's process said what cannot be read: {error}") from error
