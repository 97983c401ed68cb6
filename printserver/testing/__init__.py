"""The public kit for people who write drivers: play a dialogue, disturb its link, hold a driver against its contract.

`DialoguePlayer` drives a dialogue against a device in memory on a clock that only the test moves; `Disturbance` names
what may happen to the link; `DriverConformance` is the suite that every driver passes. It needs pytest.
"""

from printserver.testing.bench import Bench, bench_of
from printserver.testing.cards import sample_card
from printserver.testing.dialogue_player import DialoguePlayer, Stuck, script
from printserver.testing.hostile import Disturbance, HostileLink

__all__ = [
    "Bench",
    "DialoguePlayer",
    "Disturbance",
    "HostileLink",
    "Stuck",
    "bench_of",
    "sample_card",
    "script",
]
