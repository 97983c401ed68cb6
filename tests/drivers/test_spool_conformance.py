"""The driver of queues and commands, and its emulated spooler, held against the contract."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from printserver.driver import Driver, EmulatorEntry, ModelInfo, PrintableCard
from printserver.testing import sample_card
from printserver.testing.conformance import DriverConformance
from printserver.testing.conformance.replies import Babble
from printserver.testing.dialogue_player import DialoguePlayer
from printserver_spool import printserver_emulators
from printserver_spool.driver import SpoolDriver
from printserver_spool.info import info


class Spool(DriverConformance):
    package = "printserver_spool"
    name: str
    ribbon: str
    two_sided = False

    def driver(self) -> Driver:
        return SpoolDriver(self.name, {"queue": "cards"} if self.name.startswith("cups") else {})

    def model(self) -> ModelInfo:
        model = info().find_model(self.name)
        assert model is not None
        # the emulator is built by this name, so the factory options stay in it
        return ModelInfo(name=self.name, title=model.title, ribbons=model.ribbons, default_ribbon=model.default_ribbon)

    def emulator(self) -> EmulatorEntry:
        return printserver_emulators()[0]

    def cards(self) -> list[PrintableCard]:
        return [sample_card(self.capabilities(), self.ribbon, two_sided=self.two_sided)]


class TestQueue(Spool):
    """A CUPS queue, one side in colour."""

    name, ribbon = "cups", "YMC"


class TestCommandTwoSided(Spool):
    """A command, two sides in black."""

    name, ribbon, two_sided = "command+duo", "K", True

    @pytest.mark.parametrize("seed", [0])
    def test_nonsense_is_never_a_ready_printer(self, seed: int) -> None:
        """A command is not run to be asked, so nothing that it says is heard."""
        player = DialoguePlayer(Babble(seed), Clock())
        player.play(self.driver().identify(player.link.info))
        assert player.play(self.driver().status(player.link.info)).ready
        assert player.effects == []
