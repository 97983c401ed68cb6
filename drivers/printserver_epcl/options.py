"""What an operator may choose for an EPCL printer beside model and ribbon."""

from __future__ import annotations

from collections.abc import Mapping

from printserver.errors import ConfigurationError

# The first value of each is the default.
OPTIONS: dict[str, tuple[str, ...]] = {
    # Whether the printer answers each command (serial and other ports that speak both ways), or never says anything.
    "answers": ("ack", "none"),
    # ESC ... CR, or the four bytes of length that a USB job of the i-series was seen with.
    "framing": ("escape", "prefix"),
    # Uncompressed with 256 levels, or compressed with 32.
    "image-data": ("plain", "compressed"),
    # Which axes are mirrored in the data: both, the lines alone, none.
    "image": ("turned", "right-to-left", "upright"),
    # +RIB: the printer's own setting stays, or a number out of the printer's manual; 4 is monochrome.
    "ribbon-type": ("printer", *(str(number) for number in range(10))),
    # &SVM: read each stripe after writing; left to the printer unless it is switched off.
    "verify": ("default", "off"),
    # Seconds for which a printing card may go without an answer before it is in doubt.
    "patience": ("180", "20", "60", "300"),
}
COLOUR_LEVELS = {"plain": 256, "compressed": 32}


def chosen(options: Mapping[str, str]) -> dict[str, str]:
    """Return every option with its value, defaults filled in; raises ConfigurationError naming key and values."""
    for key, value in options.items():
        if key not in OPTIONS:
            raise ConfigurationError("there is no such option", where=f"options.{key}", allowed=", ".join(OPTIONS))
        if value not in OPTIONS[key]:
            raise ConfigurationError(f"not {value!r}", where=f"options.{key}", allowed=", ".join(OPTIONS[key]))
    return {key: options.get(key, values[0]) for key, values in OPTIONS.items()}
