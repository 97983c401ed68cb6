"""The family's facts, read from `driver.toml`; importing this loads nothing else."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from printserver.driver.info import DriverInfo, ModelInfo, load_info
from printserver.errors import ConfigurationError
from printserver.model.card import Geometry, PanelName, Ribbon

FAMILY = "virtual"
GEOMETRY = Geometry(1016, 648)

_COLOUR = (PanelName.Y, PanelName.M, PanelName.C, PanelName.K, PanelName.O)
RIBBONS = (
    Ribbon("YMCKO", front=_COLOUR, back=_COLOUR),
    Ribbon("YMCKOK", front=_COLOUR, back=(PanelName.K,)),
    Ribbon("KO", front=(PanelName.K, PanelName.O), back=(PanelName.K, PanelName.O)),
    Ribbon("K", front=(PanelName.K,), back=(PanelName.K,)),
)


@cache
def info() -> DriverInfo:
    """Return the family's facts; raises PluginBroken when `driver.toml` is damaged."""
    return load_info(Path(__file__).with_name("driver.toml"))


def known_model(name: str) -> ModelInfo:
    """Return a model by name; raises ConfigurationError naming what there is."""
    found = info().find_model(name)
    if found is None:
        allowed = ", ".join(model.name for model in info().model)
        raise ConfigurationError(f"there is no virtual model {name!r}", where="model", allowed=allowed)
    return found
