"""What an operator may choose for a Magicard printer beside model and ribbon, and the words it puts into a header."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from printserver.errors import ConfigurationError
from printserver.model.card import Side
from printserver_magicard.header import Extras
from printserver_magicard.info import Line, Variant

_PERCENT = tuple(str(value) for value in range(101) if value != 50)
_PLACE = tuple(str(value) for value in range(1, 101) if value != 50)

# The first value of each is the default.
OPTIONS: dict[str, tuple[str, ...]] = {
    # Which dot of a line comes first; in the recorded job it is the lower edge.
    "image": ("bottom-first", "top-first"),
    # REQ,INF field 16: moves the image across the card. The printer's own value must stand here.
    "head-position": ("50", *(str(value) for value in range(35, 66) if value != 50)),
    # REQ,INF field 2: the head of an Enduro.
    "head": ("KGE2", "KEE1", "KEE4"),
    # RSP: quality of black resin, Enduro and Pronto.
    "resin": ("default", "fast", "quality"),
    # SLW: ColourSure, Rio, Tango and Rio Pro.
    "slow": ("off", "on"),
    "coercivity": ("high", "low"),
    # MGV: read each stripe after writing; left to the printer unless asked for.
    "verify": ("default", "on", "off"),
    # USF, HKT, HKM, TRO, CKI: the watermark HoloKote, off unless asked for.
    "holokote": ("off", "1", "2", "3", "4"),
    "holokote-side": ("front", "back", "both"),
    "holokote-turn": ("0", "90", "180", "270"),
    "holokote-tiles": ("FFFFFF", "AAAAAA", "555555", "FFF000", "000FFF"),
    "custom-key": ("off", "on"),
    # ICC: which colour correction was made before; by default what the vendor's driver says for this line.
    "colour-mode": ("default", "0", "1", "2", "3", "4"),
    # CPW, KPW, OPW: power of colour, black and overcoat. DDD, SOI, EOI: place, start and end of the image.
    "colour-power": ("50", *_PERCENT),
    "black-power": ("50", *_PERCENT),
    "overcoat-power": ("50", *_PERCENT),
    "image-position": ("50", *_PLACE),
    "image-start": ("50", *_PLACE),
    "image-end": ("50", *_PLACE),
    # LAN: the language of the printer's texts, which are shown word for word.
    "language": ("ENG", "POR", "ITA", "POL", "SCH"),
    # Seconds for which the printer must be idle and its counter still before a card is in doubt.
    "settle": ("90", "1", "5", "20", "45", "180"),
}
RESIN_WORDS = {"default": "DEF", "fast": "FAST", "quality": "HQ"}
HEADS = {Line.RIO: "KEE", Line.AVALON: "KEE", Line.AOTA: "KGE"}
# The recorded jobs: Enduro says 3, Alto 1. No source tells what the vendor sends to the others: nothing is said there.
COLOUR_MODES = {Line.ENDURO: "3", Line.AOTA: "1"}


def chosen(options: Mapping[str, str]) -> dict[str, str]:
    """Return every option with its value, defaults filled in; raises ConfigurationError naming key and values."""
    for key, value in options.items():
        if key not in OPTIONS:
            raise ConfigurationError("there is no such option", where=f"options.{key}", allowed=", ".join(OPTIONS))
        if value not in OPTIONS[key]:
            raise ConfigurationError(f"not {value!r}", where=f"options.{key}", allowed=", ".join(OPTIONS[key]))
    return {key: options.get(key, values[0]) for key, values in OPTIONS.items()}


def extras_of(options: Mapping[str, str], variant: Variant, side: Side) -> Extras:
    """Return what chosen options put into the header of a side."""
    mode = options["colour-mode"]
    return Extras(
        language=options["language"],
        resin=RESIN_WORDS[options["resin"]] if variant.takes_resin_quality else "",
        verify="" if options["verify"] == "default" else options["verify"].upper(),
        coercivity="H" if options["coercivity"] == "high" else "L",
        head=HEADS.get(variant.line, options["head"]),
        slow="ON" if variant.takes_slow and options["slow"] == "on" else "",
        watermark=_watermark(options, variant.line, side),
        colour=COLOUR_MODES.get(variant.line, "") if mode == "default" else mode,
        tail=tuple(_tail(options, variant.line)),
    )


def _watermark(options: Mapping[str, str], line: Line, side: Side) -> tuple[str, ...]:
    """TRO takes degrees on Enduro and Rio; the Alto line has another form, and keeps its own turn."""
    if options["holokote"] == "off" or options["holokote-side"] not in (side, "both"):
        return ("USFOFF",)
    key = "ON" if options["custom-key"] == "on" else "OFF"
    words = ("USFON", f"HKT{options['holokote']}", f"CKI{key}", f"HKM{options['holokote-tiles']}")
    return (*words, f"TRO{options['holokote-turn']}") if line in (Line.ENDURO, Line.RIO) else words


def _tail(options: Mapping[str, str], line: Line) -> Iterator[str]:
    """Enduro is always told CPW and DDD, as in the recorded job; all else only where it is not the printer's own."""
    always = ("CPW", "DDD") if line is Line.ENDURO else ()
    keys = {
        "CPW": "colour-power", "KPW": "black-power", "OPW": "overcoat-power", "DDD": "image-position",
        "SOI": "image-start", "EOI": "image-end",
    }  # fmt: skip
    for word, key in keys.items():
        if word in always or options[key] != "50":
            yield word + options[key]
