"""Programs that run in a test bed, and printers of the driver families to hang there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from printserver.emulation import FaultBook
from printserver.emulation.catalogue import declared_packages, find_emulator
from printserver.emulation.machine import CardMachine
from printserver.emulation.pace import FAST
from printserver.emulation.shelf import CardShelf
from printserver.emulation.usb import Label, UsbPrinter
from tests.devices.plugs import DEADLINE, Bed

ROOT = Path(__file__).parents[2]
PATHS = os.pathsep.join(str(ROOT / each) for each in (".", "drivers", "plugins"))
# Models and their families. Enduro and Primacy count their cards; of Alto the status of its USB port is all there is.
FAMILIES = {"enduro": "magicard", "alto": "magicard", "primacy": "evolis"}
# Magicard's ids are from public lists of ids. No source tells a product's id of Evolis: 0a00 is made up.
LABELS = {
    "enduro": Label(0x0C1F, 0x4800, "", "Magicard", "Enduro"),
    "alto": Label(0x0C1F, 0x2800, "", "Magicard", "Alto"),
    "primacy": Label(0x0F49, 0x0A00, "", "Evolis", "Primacy"),
}


@dataclass
class Cards:
    """A printer of a family at USB, with what it printed and what a person may do to it."""

    plug: UsbPrinter
    folder: Path
    faults: FaultBook
    machine: CardMachine

    def good(self) -> list[Path]:
        """The fronts that left by the output."""
        return sorted(self.folder.glob("*-front.png"))


def card_printer(model: str, folder: Path, serial: str = "", told: str = "EMU1") -> Cards:
    """A printer whose USB tells `serial`, and whose own language tells `told`."""
    emulated = find_emulator(FAMILIES[model], model, declared_packages())
    faults = FaultBook()
    folder.mkdir(parents=True, exist_ok=True)
    machine = CardMachine(
        now=time.monotonic, geometry=emulated.geometry, shelf=CardShelf(folder), faults=faults, pace=FAST,
        serial=told,
    )
    label = replace(LABELS[model], serial=serial)
    plug = UsbPrinter(label, emulated.entry.build(emulated.model, machine), time.monotonic, faults)
    return Cards(plug, folder, faults, machine)


class Speaking:
    """The program under test, started in a bed."""

    def __init__(self, bed: Bed, address: str, model: str = "", before: Sequence[str] = ()) -> None:
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end
        self.process = subprocess.Popen(
            [*before, sys.executable, "-m", "tests.devices.speak", address, FAMILIES.get(model, ""), model],
            env=bed.environment() | {"PYTHONPATH": PATHS}, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self._complaints,
        )

    def begin(self, *words: object) -> None:
        """Ask for one thing."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(words).encode() + b"\n")
        self.process.stdin.flush()

    def end(self) -> dict[str, Any]:
        """Wait for the answer."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.complaints()
        found: dict[str, Any] = json.loads(line)
        return found

    def ask(self, *words: object) -> Any:  # noqa: ANN401 - as JSON has it
        """Ask for one thing and return what came; fails on a fault."""
        self.begin(*words)
        told = self.end()
        assert "answers" in told, told
        return told["answers"]

    def run(self, *effects: Sequence[object]) -> Any:  # noqa: ANN401 - as JSON has it
        """Speak a dialogue of these effects."""
        return self.ask("run", *effects)

    def fault(self, *words: object) -> dict[str, Any]:
        """Ask for one thing and return its fault."""
        self.begin(*words)
        told = self.end()
        assert "fault" in told, told
        return told

    def complaints(self) -> str:
        """What the program wrote to its standard error."""
        self._complaints.seek(0)
        return self._complaints.read().decode(errors="replace")

    def kill(self) -> None:
        """End the program where it cannot end by itself."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """End the program by the end of its input."""
        if self.process.poll() is not None:
            return
        assert self.process.stdin is not None
        self.process.stdin.close()
        status = self.process.wait(DEADLINE)
        said = self.complaints()
        self._complaints.close()
        assert not status, said
        assert not said


@contextmanager
def speaking(bed: Bed, address: str, model: str = "", before: Sequence[str] = ()) -> Iterator[Speaking]:
    """The program under test, for the time of one test."""
    program = Speaking(bed, address, model, before)
    try:
        yield program
        program.close()
    finally:
        program.kill()
