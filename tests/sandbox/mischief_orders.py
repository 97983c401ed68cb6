"""What the sandbox's tests share: orders for the mischievous driver and the command that knows it."""

import io
import sys
from pathlib import Path
from typing import cast

from PIL import Image

from printserver.model.ticket import Ticket
from printserver.sandbox.command import worker_command
from printserver.sandbox.limits import Limits
from printserver.sandbox.orders import RenderOrder, RenderResult
from printserver.sandbox.reactor import Reactor

PACKAGES = Path(__file__).parent / "packages"


def png(width: int = 1016, height: int = 648, colour: str = "red") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(stream, "PNG")
    return stream.getvalue()


def order(do: str = "nothing", front: bytes | None = None, **options: str) -> RenderOrder:
    return RenderOrder(
        driver="mischief", model="one", front=png() if front is None else front, ribbon="YMCKO",
        options={"do": do, **options}, want=frozenset({"blocks"}),
    )


def urgent(do: str, priority: int) -> RenderOrder:
    return RenderOrder(
        driver="mischief", model="one", front=png(), ticket=Ticket(priority=priority), options={"do": do}
    )


def command(limits: Limits | None = None) -> tuple[str, ...]:
    return worker_command(limits, packages=("mischief",), paths=(str(PACKAGES),))


def said(result: RenderResult) -> str:
    """What the driver had to say, in its first block."""
    return result.blocks[0].data.decode()


def installed_reactor() -> Reactor:
    """The reactor that tests/conftest.py installed."""
    return cast(Reactor, sys.modules["twisted.internet.reactor"])
