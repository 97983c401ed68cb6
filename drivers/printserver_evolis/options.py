"""What an operator may choose for an Evolis printer beside model and ribbon."""

from __future__ import annotations

from collections.abc import Mapping

from printserver.errors import ConfigurationError

ESCAPE, SUPERVISION = "escape", "supervision"

# The first value of each is the default.
OPTIONS: dict[str, tuple[str, ...]] = {
    # What is at the address: the printer itself, or the vendor's print service (port 18000), which watches it.
    "dialect": (ESCAPE, SUPERVISION),
    # Pc: heat of each panel, 10 is the printer's own default.
    "contrast": ("10", *(str(value) for value in range(21) if value != 10)),
    # Ps: left alone unless asked for.
    "speed": ("default", *(str(value) for value in range(1, 11))),
    # Dbc and Dbpc for colour of 32 to 128 levels; no recorded job shows it, so it is off unless asked for.
    "colour-compression": ("off", "on"),
    # Pmc: left alone unless asked for.
    "coercivity": ("default", "high", "low"),
    # Pmi: where blank cards come from.
    "insertion": ("feeder", "manual", "auto"),
    # Seconds for which the counter must stand still before a card counts as not printed: more than the slowest card
    # takes. A printer that answers only after its work may have less.
    "settle": ("45", "1", "5", "20", "90"),
}
COERCIVITY_CODE = {"high": "h", "low": "l"}
INSERTION_CODE = {"feeder": "F", "manual": "M", "auto": "B"}


def chosen(options: Mapping[str, str]) -> dict[str, str]:
    """Return every option with its value, defaults filled in; raises ConfigurationError naming key and values."""
    for key, value in options.items():
        if key not in OPTIONS:
            raise ConfigurationError("there is no such option", where=f"options.{key}", allowed=", ".join(OPTIONS))
        if value not in OPTIONS[key]:
            raise ConfigurationError(f"not {value!r}", where=f"options.{key}", allowed=", ".join(OPTIONS[key]))
    return {key: options.get(key, values[0]) for key, values in OPTIONS.items()}
