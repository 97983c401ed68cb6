"""A dialogue as its runner drives it; whether the driver's code runs here or in another process is not its matter.

Laws kept here:

1. One step at a time: an answer or a fault goes in, the next effect or the end comes out.
2. What the driver's code raises is raised by `step`, whichever process it ran in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar, runtime_checkable

from printserver.dialogue.answers import DialogueFault
from printserver.dialogue.effects import Answer, Dialogue, Effect
from printserver.dialogue.framers import Framed

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Ended(Generic[Result]):
    """The dialogue came to its end."""

    result: Result


class Talk(Protocol[Result]):
    """A dialogue that is asked for its effects one after another."""

    async def step(self, answer: Answer, fault: DialogueFault | None) -> Effect | Ended[Result]:
        """Give the answer to the last effect, or throw a fault in; the first step has neither."""
        ...

    def close(self) -> None:
        """End the dialogue where it stands; nothing that it still wants is done."""
        ...


@runtime_checkable
class DistantFramer(Protocol):
    """A framer whose code runs in another process; called like any other it knows only what it was told already."""

    def __call__(self, data: bytes, ended: bool) -> Framed | None:
        """Return what is known of these very bytes, and ask about them where nothing is."""
        ...

    async def look(self, data: bytes, ended: bool) -> Framed | None:
        """Return what the framer says of these bytes."""
        ...


class Here(Generic[Result]):
    """A dialogue in this process."""

    def __init__(self, dialogue: Dialogue[Result]) -> None:
        """Drive a generator."""
        self._dialogue = dialogue

    async def step(self, answer: Answer, fault: DialogueFault | None) -> Effect | Ended[Result]:
        """Run the driver's code up to its next effect."""
        try:
            return self._dialogue.send(answer) if fault is None else self._dialogue.throw(fault)
        except StopIteration as end:
            return Ended(end.value)

    def close(self) -> None:
        """Close the generator; raises RuntimeError when it yields on being closed."""
        self._dialogue.close()


Spoken: TypeAlias = Dialogue[Result] | Talk[Result]
