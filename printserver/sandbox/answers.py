"""A worker's side of the talk: ready with these limits, rendered, or refused with a typed error.

Laws kept here:

1. An error keeps its class over the pipe: it travels as its code with message, place and allowed values.
2. A worker may name only errors of `printserver.errors`; anything else is the worker's own failure.
"""

from __future__ import annotations

import msgspec

from printserver import errors
from printserver.errors import PrintServerError, WorkerFailed
from printserver.sandbox.orders import RenderResult


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The worker takes orders; `in_force` and `missing` say in words which limits hold and which could not be had."""

    in_force: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class Rendered(msgspec.Struct, frozen=True, tag="rendered"):
    """The order is done."""

    result: RenderResult


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """The order cannot be done; `spent` = the worker asks to be replaced before the next order."""

    code: str
    message: str
    where: str = ""
    allowed: str = ""
    spent: bool = False

    @classmethod
    def because(cls, error: Exception) -> Refused:
        """Return an error in the form that travels."""
        if isinstance(error, PrintServerError):
            return cls(error.code, error.message, error.where, error.allowed)
        return cls(WorkerFailed.code, f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)

    def error(self) -> PrintServerError:
        """Return the error that was carried, of its own class again."""
        kind = CARRIED.get(self.code)
        if kind is None:
            return WorkerFailed(f"{self.code}: {self.message}", where=self.where, allowed=self.allowed)
        return kind(self.message, where=self.where, allowed=self.allowed)


Answer = Ready | Rendered | Refused

CARRIED: dict[str, type[PrintServerError]] = {
    kind.code: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, PrintServerError) and kind is not PrintServerError
}


def decode_answer(message: bytes | memoryview) -> Answer:
    """Read an answer; raises WorkerFailed for anything else."""
    try:
        answer: Answer = msgspec.msgpack.decode(message, type=Answer)
        return answer
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise WorkerFailed(f"the worker's answer cannot be read: {error}") from error
