"""A driver's process: `python -m printserver.sandbox.speaker SETTINGS`, questions on stdin, answers on stdout.

Laws kept here:

1. The driver's code is loaded first, then the limits and fences are taken, then the first question is read.
2. One dialogue at a time; each question gets one answer, and no error of the driver's ends the process.
3. The process has no link, no network and no files: what it wants of the world it asks for, effect by effect.
"""

from __future__ import annotations

import gc
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import msgspec

import printserver
from printserver.dialogue import Dialogue, Effect, Framer, Unsupported
from printserver.driver import Driver
from printserver.driver.loading import shelf_of
from printserver.errors import PluginBroken, PrintServerError
from printserver.sandbox.confinement import code_roots, confine
from printserver.sandbox.limits import Limits, grant_processor_time, take
from printserver.sandbox.questions import (
    Begin,
    Finished,
    Found,
    Leave,
    Left,
    Look,
    Question,
    Raised,
    Reply,
    Step,
    Up,
    Wants,
    read,
)
from printserver.sandbox.streams import leave_signals_to_parent, messages, take_over_streams, write
from printserver.sandbox.wire import EFFECTS, answer_in, carry, effect_out, fault_in


class SpeakerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A process's one argument, as JSON: the package to load, found on `paths` first, and what driver to open."""

    package: str
    driver: str
    model: str
    options: dict[str, str] = {}
    paths: tuple[str, ...] = ()
    limits: Limits = Limits(memory=256 * 1024 * 1024)


class Speaker:
    """Runs one driver's dialogues, question by question."""

    def __init__(self, driver: Driver) -> None:
        """Speak for an opened driver."""
        self._driver = driver
        self._dialogue: Dialogue[Any] | None = None
        self._framers: list[Framer] = []

    def answer(self, question: Question) -> Reply:
        """Do what is asked; whatever the driver's code raises is the answer."""
        try:
            match question:
                case Begin():
                    self._framers = []
                    self._dialogue = self._begun(question)
                    return self._next(Step())
                case Step():
                    return self._next(question)
                case Look():
                    return self._looked(question)
                case Leave():
                    return self._left()
        except Exception as error:
            # a driver is foreign code: whatever it raises is told, and ends this dialogue alone
            if not isinstance(error, PrintServerError):
                traceback.print_exc()
            self._dialogue = None
            return Raised.because(error)

    def _begun(self, begin: Begin) -> Dialogue[Any]:
        driver, link = self._driver, begin.link
        match begin:
            case Begin(verb="identify"):
                return driver.identify(link)
            case Begin(verb="status"):
                return driver.status(link)
            case Begin(verb="print_card", blocks=blocks):
                return driver.print_card(None, blocks, link)
            case Begin(verb="reconcile", evidence=evidence) if evidence is not None:
                return driver.reconcile(evidence, link)
            case Begin(verb="recover", alert=alert) if alert is not None:
                return driver.recover(alert, link)
            case Begin(verb="maintain", action=action) if action is not None:
                return driver.maintain(action, link)
            case _:
                raise PluginBroken(f"no dialogue: {begin.verb}")

    def _next(self, step: Step) -> Reply:
        if self._dialogue is None:
            raise PluginBroken("no dialogue is under way")
        try:
            effect = self._stepped(self._dialogue, step)
            while type(effect).__name__ not in EFFECTS:
                effect = self._dialogue.throw(Unsupported(f"no effect: {type(effect).__name__}"))
        except StopIteration as end:
            self._dialogue = None
            return Finished(carry(end.value))
        return Wants(effect_out(effect, self._keep))

    def _stepped(self, dialogue: Dialogue[Any], step: Step) -> Effect:
        if step.fault is not None:
            return dialogue.throw(fault_in(step.fault))
        return dialogue.send(answer_in(step.answer))

    def _keep(self, framer: Framer) -> int:
        self._framers.append(framer)
        return len(self._framers) - 1

    def _looked(self, look: Look) -> Found:
        found = self._framers[look.number](look.data, look.ended)
        return Found() if found is None else Found(found.message, found.used)

    def _left(self) -> Left:
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is not None:
            dialogue.close()
        return Left()


def main(arguments: Sequence[str]) -> None:
    """Speak until stdin ends."""
    leave_signals_to_parent()
    questions, answers = take_over_streams()
    settings = msgspec.json.decode(arguments[0], type=SpeakerSettings)
    try:
        driver = shelf_of([settings.package], settings.paths).open(settings.driver, settings.model, settings.options)
    except Exception as error:  # whatever the driver's code raises on being opened, it is told
        write(answers, msgspec.msgpack.encode(Raised.because(error)))
        return
    write(answers, msgspec.msgpack.encode(fenced(settings)))
    speaker = Speaker(driver)
    for message in messages(questions):
        grant_processor_time(settings.limits)
        write(answers, msgspec.msgpack.encode(speaker.answer(read(message, Question))))


def fenced(settings: SpeakerSettings) -> Up:
    """Take all limits and fences and say which hold."""
    shares = take(settings.limits)  # before the fences: the size of the program is read from /proc
    fences = confine(code_roots([printserver, sys.modules[settings.package]]))
    gc.freeze()
    return Up((*shares, *fences.in_force), fences.missing)


if __name__ == "__main__":
    main(sys.argv[1:])
