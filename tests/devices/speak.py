"""The program under test: speaks with one device as its standard input says, on the server's own links and drivers.

Each line of input asks for one thing and is answered by one line: `{"answers": [...]}`, or `{"fault": KIND,
"code": ..., "words": ..., "sent": ...}`. Either tells in `longest` for how many seconds the reactor
stood still at most meanwhile.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Coroutine
from typing import Any

from twisted.internet import asyncioreactor

asyncioreactor.install()

from twisted.internet import reactor as installed  # noqa: E402
from twisted.internet.defer import Deferred  # noqa: E402
from twisted.internet.task import LoopingCall  # noqa: E402
from twisted.internet.threads import deferToThread  # noqa: E402

from printserver.dialogue import (  # noqa: E402
    Ask,
    Control,
    Dialogue,
    DialogueFault,
    Effect,
    Interrupted,
    Listen,
    Mark,
    Reopen,
    Send,
    Sent,
    fixed,
    line,
)
from printserver.driver import Driver, PrintableCard  # noqa: E402
from printserver.driver.loading import shelf_of  # noqa: E402
from printserver.emulation.catalogue import declared_packages  # noqa: E402
from printserver.model.printer import Identity  # noqa: E402
from printserver.testing import sample_card  # noqa: E402
from printserver.transport.opening import open_link  # noqa: E402
from printserver.transport.runner import DialogueRunner  # noqa: E402
from tests.drivers.magicard_kit import ramped  # noqa: E402

reactor: Any = installed
BEAT = 0.01


class Beats:
    """How long the reactor stood still."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = reactor.seconds()
        LoopingCall(self._beat).start(BEAT)

    def _beat(self) -> None:
        now = reactor.seconds()
        self.longest, self._last = max(self.longest, now - self._last), now

    def taken(self) -> float:
        longest, self.longest = self.longest, 0.0
        return longest


class Speaker:
    """One link, and the driver of what hangs on it."""

    def __init__(self, address: str, family: str, model: str) -> None:
        self.link = open_link(address, reactor)
        self.family, self.model = family, model
        self.driver: Driver | None = None
        if family:
            self.driver = shelf_of(declared_packages()).open(family, model, {})
        self.marks: list[str] = []

    async def do(self, deed: str, *words: Any) -> list[object]:  # noqa: ANN401 - as JSON has it
        match deed:
            case "run":
                return [_shown(each) for each in await self.run(_says([_effect(*each) for each in words]))]
            case "identify":
                identity = await self.run(self._driver().identify(self.link.info))
                return [identity.model, identity.serial, self.link.info.serial]
            case "status":
                status = await self.run(self._driver().status(self.link.info))
                return [status.ready, status.counters]
            case "print":
                return await self._print()
            case "close":
                await self.link.close()
                return []
        raise ValueError(deed)

    def _driver(self) -> Driver:
        assert self.driver is not None
        return self.driver

    async def run(self, dialogue: Dialogue[Any]) -> Any:  # noqa: ANN401 - whatever it comes to
        await self.link.open()  # so that the link can say who it leads to

        async def keep(mark: Mark) -> None:
            self.marks.append(str(mark.point))

        runner = DialogueRunner(clock=reactor, link=self.link, on_mark=keep, on_report=lambda report: None)
        return await runner.run(dialogue)

    async def _print(self) -> list[object]:
        driver = self._driver()
        self.marks.clear()
        card = _card(driver, self.family, self.model)
        outcome = await self.run(driver.print_card(card, list(driver.encode(card)), self.link.info))
        return [type(outcome).__name__, getattr(outcome, "sure", None), *self.marks]


def _card(driver: Driver, family: str, model: str) -> PrintableCard:
    if family == "magicard":
        return ramped(model, "YMCKO")
    return sample_card(driver.capabilities(Identity(family=family, model=model)), "YMCKO")


def _says(effects: list[Effect]) -> Dialogue[list[Any]]:
    answers = []
    for effect in effects:
        answers.append((yield effect))
    return answers


def _effect(kind: str, *words: Any) -> Effect:  # noqa: ANN401 - as JSON has it
    match kind, words:
        case "send", (int(size), stall):
            return Send(bytes(range(256)) * (size // 256), stall)
        case "watched", (int(size), stall):
            status = Control(0xA1, 1, 0, 0, length=1)
            return Send(bytes(size), stall, status, 0.05, frozenset({b"\x18"}))
        case "ask", (str(text), timeout):
            return Ask(text.encode(), line(), timeout)
        case "listen", (int(size), timeout):
            return Listen(fixed(size), timeout)
        case "control", (int(to), int(request), int(length), timeout):
            return Control(to, request, 0, 0, length=length, timeout=timeout)
        case "reopen", ():
            return Reopen()
    raise ValueError(kind)


def _shown(answer: object) -> object:
    match answer:
        case bytes():
            return answer.hex() if len(answer) < 1000 else len(answer)
        case Sent():
            return "sent"
        case Interrupted():
            return f"stopped by {answer.reading.hex()}"
    return answer


async def _answer(speaker: Speaker, beats: Beats, asked: str) -> None:
    beats.taken()
    told: dict[str, Any]
    try:
        told = {"answers": await speaker.do(*json.loads(asked))}
    except DialogueFault as fault:
        told = {
            "fault": type(fault).__name__, "code": fault.code, "words": fault.sentence(),
            "sent": getattr(fault, "sent", None), "marks": speaker.marks,
        }
    print(json.dumps(told | {"longest": beats.taken()}), flush=True)


async def _speak(speaker: Speaker) -> None:
    beats = Beats()
    while asked := await deferToThread(sys.stdin.readline):
        await _answer(speaker, beats, asked)
    await speaker.link.close()


def main() -> None:
    speaking: Coroutine[Any, Any, None] = _speak(Speaker(*sys.argv[1:4]))

    def end(_result: object) -> None:
        reactor.stop()

    reactor.callWhenRunning(lambda: Deferred.fromCoroutine(speaking).addErrback(_complain).addBoth(end))
    reactor.run()


def _complain(failure: Any) -> None:  # noqa: ANN401 - Twisted's Failure
    failure.printTraceback(sys.stderr)


if __name__ == "__main__":
    main()
