"""Who speaks for a printer: its driver's verbs, here or in another process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from printserver.dialogue import Spoken
from printserver.driver import Block, Evidence, LinkInfo, MaintenanceAction, Outcome, PrintableCard
from printserver.model.alert import Alert
from printserver.model.printer import Identity, PrinterStatus


class Speaker(Protocol):
    """The verbs of `printserver.driver.Driver` that are dialogues; every driver is one."""

    def identify(self, link: LinkInfo) -> Spoken[Identity]:
        """Ask the device who it is."""
        ...

    def status(self, link: LinkInfo) -> Spoken[PrinterStatus]:
        """Ask the device for supplies, alerts and counters."""
        ...

    def print_card(self, card: PrintableCard | None, blocks: Sequence[Block], link: LinkInfo) -> Spoken[Outcome]:
        """Print one card."""
        ...

    def reconcile(self, evidence: Evidence, link: LinkInfo) -> Spoken[Outcome]:
        """Find out what became of a committed card whose attempt was broken off."""
        ...

    def recover(self, alert: Alert, link: LinkInfo) -> Spoken[None]:
        """Bring the device back after a person has removed a cause."""
        ...

    def maintain(self, action: MaintenanceAction, link: LinkInfo) -> Spoken[None]:
        """Clean, calibrate or print the device's own test card."""
        ...
