"""Control transfers of a device in memory, whole and disturbed."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from printserver.dialogue import Control, Dialogue, DialogueFault, Effect, LinkLost, Stalled, TimedOut, Unsupported
from printserver.testing import DialoguePlayer, Disturbance, script
from printserver.transport.link import CONTROL


class Piped:
    """A device that knows one control request."""

    def receive(self, data: bytes) -> bytes:
        return b""

    def control(
        self, request_type: int, request: int, value: int, index: int, data: bytes, length: int
    ) -> bytes | None:
        return b"A"[:length] if (request_type, request) == (0xA1, 1) else None


def test_a_device_in_memory_may_have_a_control_pipe() -> None:
    player = DialoguePlayer(Piped(), Clock())
    assert CONTROL in player.link.info.abilities
    assert player.play(asking(Control(0xA1, 1, 0, 0, length=1))) == b"A"
    with pytest.raises(Stalled):
        player.play(asking(Control(0xA1, 2, 0, 0, length=1)))


def test_without_one_a_control_transfer_is_refused() -> None:
    assert CONTROL not in DialoguePlayer(script(), Clock()).link.info.abilities
    with pytest.raises(Unsupported):
        DialoguePlayer(script(), Clock()).play(asking(Control(0xA1, 1, 0, 0, length=1)))


@pytest.mark.parametrize(
    ("kind", "fault"),
    [(Disturbance.SILENCE, TimedOut), (Disturbance.CUT_BEFORE, LinkLost), (Disturbance.MUTE, TimedOut)],
)
def test_a_disturbed_link_disturbs_control_transfers(kind: Disturbance, fault: type[DialogueFault]) -> None:
    player = DialoguePlayer(Piped(), Clock(), disturbance=kind)
    with pytest.raises(fault):
        player.play(asking(Control(0xA1, 1, 0, 0, length=1)))


def test_a_damaged_reading_is_another() -> None:
    ask = Control(0xA1, 1, 0, 0, length=1)
    player = DialoguePlayer(Piped(), Clock(), disturbance=Disturbance.NOISE, at=1)
    assert player.play(asking(ask)) == b"A"
    assert player.play(asking(ask)) == bytes([ord("A") ^ 0xA5])


def asking(effect: Effect) -> Dialogue[object]:
    return (yield effect)
