"""What an operator may choose for a Fargo printer beside model and ribbon."""

from __future__ import annotations

from collections.abc import Mapping

from printserver.errors import ConfigurationError

RECORDED_MIL = 30

# The first value of each is the default.
OPTIONS: dict[str, tuple[str, ...]] = {
    # How a card held landscape is turned into the portrait image: clockwise, its left edge is the first line.
    "image": ("clockwise", "counter-clockwise"),
    "back-image": ("clockwise", "counter-clockwise"),
    # Ids 1 to 4: the one resin of a single-colour ribbon.
    "black-ribbon": ("standard", "premium", "colour", "metallic"),
    # In thousandths of an inch; the vendor's description has 10 to 50.
    "thickness": (str(RECORDED_MIL), *(str(mil) for mil in range(10, 51) if mil != RECORDED_MIL)),
}


def chosen(options: Mapping[str, str]) -> dict[str, str]:
    """Return every option with its value, defaults filled in; raises ConfigurationError naming key and values."""
    for key, value in options.items():
        if key not in OPTIONS:
            raise ConfigurationError("there is no such option", where=f"options.{key}", allowed=", ".join(OPTIONS))
        if value not in OPTIONS[key]:
            raise ConfigurationError(f"not {value!r}", where=f"options.{key}", allowed=", ".join(OPTIONS[key]))
    return {key: options.get(key, values[0]) for key, values in OPTIONS.items()}
