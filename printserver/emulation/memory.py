"""What an emulated printer keeps over being switched off: counters, supplies, the number of the next card."""

from __future__ import annotations

from pathlib import Path

import msgspec

from printserver.errors import ConfigurationError

CAPACITY = {"hopper": 100, "ribbon": 300, "cleaning": 1000}


class MachineState(msgspec.Struct, kw_only=True):
    """The kept state; `inside` = a card was in the machine when this was written."""

    counters: dict[str, int] = {}
    supplies: dict[str, int] = {}
    next_card: int = 1
    inside: bool = False


class Memory:
    """A machine's state and the file that it is kept in; no file = it forgets when the process ends."""

    def __init__(self, path: Path | None = None) -> None:
        """Read the file when there is one; raises ConfigurationError when it holds something else."""
        self._path = path
        self.state = MachineState(supplies=dict(CAPACITY))
        if path is not None and path.exists():
            self.state = _read(path)

    def save(self) -> None:
        """Write the state by rename, so that a reader or a crash never meets half of it."""
        if self._path is None:
            return
        draft = self._path.with_name(self._path.name + ".new")
        draft.write_bytes(msgspec.json.encode(self.state))
        draft.replace(self._path)

    def count(self, name: str, more: int = 1) -> None:
        """Add to a counter."""
        self.state.counters[name] = self.state.counters.get(name, 0) + more

    def use(self, supply: str) -> None:
        """Take one off a supply, never below nothing."""
        self.state.supplies[supply] = max(0, self.left(supply) - 1)

    def left(self, supply: str) -> int:
        """Return what remains of a supply."""
        return self.state.supplies.get(supply, CAPACITY[supply])

    def refill(self, supply: str) -> None:
        """Fill a supply up."""
        self.state.supplies[supply] = CAPACITY[supply]


def _read(path: Path) -> MachineState:
    try:
        return msgspec.json.decode(path.read_bytes(), type=MachineState)
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigurationError(f"this is not a printer's state: {error}", where=str(path)) from error
