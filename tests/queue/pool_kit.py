"""Printers of one queue that differ: each tells its ribbon and its blanks, and has a card stock of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twisted.internet.task import Clock

from printserver.dialogue import Ask, Dialogue, line
from printserver.driver import Confirms, LinkInfo
from printserver.model.printer import PrinterConfig, PrinterStatus, QueueConfig
from printserver.model.supply import Supply, SupplyKind
from tests.queue.bench_printer import BenchDriver, BenchPrinter
from tests.queue.queue_kit import World


@dataclass
class PoolPrinter(BenchPrinter):
    """A printer that answers `SUPPLIES LF` with its ribbon and its blanks, -1 = it cannot tell."""

    ribbon: str = "K"
    blanks: int = -1

    def _answer(self, message: bytes) -> bytes:
        if message == b"SUPPLIES":
            return b"%s %d\n" % (self.ribbon.encode(), self.blanks)
        return super()._answer(message)


class PoolDriver(BenchDriver):
    """Its driver."""

    def status(self, link: LinkInfo) -> Dialogue[PrinterStatus]:
        plain = yield from super().status(link)
        reply = yield Ask(b"SUPPLIES\n", line(64), 5.0)
        assert isinstance(reply, bytes)
        ribbon, blanks = reply.decode().split()
        hopper = Supply(kind=SupplyKind.BLANKS, name="hopper", remaining=int(blanks))
        return PrinterStatus(
            ready=plain.ready, counters=plain.counters, alerts=plain.alerts, ribbon=ribbon,
            supplies=() if int(blanks) < 0 else (hopper,),
        )


def declared(name: str, ribbon: str = "K", stock: str = "cr80-pvc") -> PrinterConfig:
    return PrinterConfig(name=name, driver="bench", model="one", device="tcp:bench:1", ribbon=ribbon, stock=stock)


def pool(folder: Path, *configs: PrinterConfig, driver: Callable[[Confirms], BenchDriver] = PoolDriver,
         blanks: Sequence[int] = (), **queue: Any) -> World:  # noqa: ANN401 - a queue's fields # fmt: skip
    """Return a world with one queue over printers, each with the ribbon that it is declared with."""
    clock = Clock()
    printers: dict[str, BenchPrinter] = {}
    for at, config in enumerate(configs):
        left = blanks[at] if blanks else -1
        printers[config.name] = PoolPrinter(clock, serial=f"S-{config.name.upper()}", ribbon=config.ribbon, blanks=left)
    queues = (QueueConfig(name="card", printers=tuple(each.name for each in configs), **queue),)
    return World(folder, configs, queues, make_driver=driver, clock=clock, printers=printers)


def machine(here: World, name: str) -> PoolPrinter:
    """Return a printer by its name."""
    found = here.printers[name]
    assert isinstance(found, PoolPrinter)
    return found


def outs(here: World) -> dict[str, int]:
    """Return how many cards came out of each printer."""
    return {name: len(printer.out) for name, printer in here.printers.items()}
