"""A printer's plug that is pulled while nothing is printed, and links whose device has to be looked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from printserver.driver import LinkInfo
from printserver.model.printer import PrinterState
from printserver.transport.usb_refusals import DevicesAlike
from tests.queue.queue_kit import CutLink, world

IDLE_LOOK = 11.0
"""Seconds after which the server has looked again at a printer that rests, and rests once more."""


@pytest.mark.parametrize(("kind", "state"), [("usb", PrinterState.OFFLINE), ("tcp", PrinterState.IDLE)])
def test_a_plug_that_is_pulled_is_noticed_before_the_next_look(kind: str, state: PrinterState, tmp_path: Path) -> None:
    """A network printer that hangs up is asked at the next look; many do so when nothing is said for a while."""
    here = world(tmp_path)
    here.run(5)
    for link in here.life.links:
        link.info = LinkInfo(kind)
    here.run(IDLE_LOOK)
    here.cut()
    here.run(2)
    assert here.printer_state() is state
    here.mend()
    here.run(5)
    assert here.printer_state() is PrinterState.IDLE


class FallingLink(CutLink):
    """A plug that falls out whenever it was put in."""

    async def open(self) -> None:
        fresh = self.traffic.ended
        await super().open()
        if fresh:
            self.info = LinkInfo("usb")
            self._clock.callLater(0.02, self.traffic.lost, "it fell out")


def test_a_plug_that_falls_out_again_and_again_is_not_asked_without_a_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.queue.queue_kit.CutLink", FallingLink)
    here = world(tmp_path)
    for _ in range(1000):  # in ten seconds
        here.clock.advance(0.01)
    assert 5 < len(here.printer.heard) < 50


class SeekingLink(CutLink):
    """A link that asks twice, as if the first printer were not the right one; or finds that none can be told."""

    asked = 0
    alike = False

    async def seek(self, ask: Callable[[], Awaitable[str]]) -> None:
        if self.alike:
            raise DevicesAlike("2 devices fit usb:0c1f:2800 and look alike: usb:@1-1.1, usb:@1-1.2")
        for _ in range(2):
            SeekingLink.asked += 1
            assert await ask() == "S-LEFT"


def test_a_link_that_seeks_asks_as_often_as_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.queue.queue_kit.CutLink", SeekingLink)
    monkeypatch.setattr(SeekingLink, "asked", 0)
    here = world(tmp_path)
    here.run(5)
    assert SeekingLink.asked == 2
    assert here.printer_state() is PrinterState.IDLE


def test_printers_that_look_alike_stop_with_that_reason_and_get_no_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.queue.queue_kit.CutLink", SeekingLink)
    monkeypatch.setattr(SeekingLink, "alike", True)
    here = world(tmp_path)
    here.submit()
    here.run(30)
    view = here.service.printer("left")
    assert view.state is PrinterState.STOPPED
    assert view.reason is not None
    assert (view.reason.code, "usb:@1-1.2" in view.reason.detail) == ("devices-alike", True)
    assert here.out() == 0
