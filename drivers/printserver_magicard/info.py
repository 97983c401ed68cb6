"""The family's facts, read from `driver.toml`; importing this loads nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from printserver.driver.info import DriverInfo, ModelInfo, load_info
from printserver.errors import ConfigurationError

FAMILY = "magicard"


class Line(StrEnum):
    """A line of models that share header extras, packing and questions."""

    RIO = "rio"
    AOTA = "aota"
    AVALON = "avalon"
    ENDURO = "enduro"

    @property
    def counts(self) -> bool:
        """Whether its printers tell how many cards they have printed (REQ,INF field 9)."""
        return self is Line.ENDURO


@cache
def info() -> DriverInfo:
    """Return the family's facts; raises PluginBroken when `driver.toml` is damaged."""
    return load_info(Path(__file__).with_name("driver.toml"))


@dataclass(frozen=True, slots=True)
class Variant:
    """One model with its factory options, as in `enduro+duo+mag`."""

    model: ModelInfo
    extras: frozenset[str] = frozenset()

    @property
    def line(self) -> Line:
        """The line that it belongs to."""
        return Line(str(self.model.facts["family"]))

    @property
    def width(self) -> int:
        """Lines of its image along the card: 1016, or 1000 of the Alto line."""
        return int(str(self.model.facts["width"]))

    @property
    def duplex(self) -> bool:
        """Whether it turns cards over."""
        return "duo" in self.extras

    @property
    def mag(self) -> bool:
        """Whether it has a magnetic encoder."""
        return "mag" in self.extras

    @property
    def takes_resin_quality(self) -> bool:
        """Whether its header has RSP: Enduro and Pronto, not Rio Pro."""
        return bool(self.model.facts.get("resin", False))

    @property
    def takes_slow(self) -> bool:
        """Whether its header has SLW: Rio, Tango and Rio Pro."""
        return self.line is Line.RIO or bool(self.model.facts.get("slow", False))


def variant(name: str) -> Variant:
    """Return a model by name with its extras; raises ConfigurationError naming what there is."""
    found = info().find_model(name)
    if found is None:
        models = ", ".join(model.name + "".join(f"[+{extra}]" for extra in model.extras) for model in info().model)
        raise ConfigurationError(f"there is no Magicard model {name!r}", where="model", allowed=models)
    return Variant(found, frozenset(name.lower().split("+")[1:]))
