"""The family's facts, read from `driver.toml`; importing this loads nothing else."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from printserver.driver.info import DriverInfo, ModelInfo, load_info
from printserver.errors import ConfigurationError

FAMILY = "hiti"


@cache
def info() -> DriverInfo:
    """Return the family's facts; raises PluginBroken when `driver.toml` is damaged."""
    return load_info(Path(__file__).with_name("driver.toml"))


def model_of(name: str) -> ModelInfo:
    """Return a model by name; raises ConfigurationError naming what there is."""
    found = info().find_model(name)
    if found is None:
        models = ", ".join(model.name for model in info().model)
        raise ConfigurationError(f"there is no HiTi model {name!r}", where="model", allowed=models)
    return found
