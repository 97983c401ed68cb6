"""The decoders of one worker: the bundled ones, and those that plugins bring.

Laws kept here:

1. A plugin's decoder is imported here and nowhere else: before the limits are taken, and never in the daemon.
2. One that cannot be imported is named and left out; a document of its format is refused by its own error.
3. A bundled format keeps its decoder: a plugin adds formats and replaces none.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from printserver.documents.decode import DECODERS, Decoder
from printserver.documents.font_files import SHIPPED, FontBroken, FontShelf, fonts_in
from printserver.documents.format import Format
from printserver.documents.sniff import SVG
from printserver.documents.svg.drawing import decode_svg
from printserver.errors import ConfigurationError
from printserver.sandbox.command import DecoderSetting


def decoders_of(settings: Sequence[DecoderSetting], fonts: str | None = None) -> Mapping[Format, Decoder]:
    """Return the bundled decoders and those of `settings` that can be imported.

    Drawings are set in the server's own fonts and in those of the folder `fonts`; raises ConfigurationError.
    """
    found: dict[Format, Decoder] = {**DECODERS, SVG: partial(decode_svg, fonts=_fonts(fonts))}
    for each in settings:
        try:
            found.setdefault(each.kind(), _imported(each.function))
        except Exception as error:  # a plugin's import can fail in any way; it is named and the others still work
            print(f"decoder of {each.format} was not loaded: {type(error).__name__}: {error}", file=sys.stderr)
    return found


def _fonts(folder: str | None) -> FontShelf:
    try:
        return fonts_in((SHIPPED, *([Path(folder)] if folder else [])))
    except (OSError, FontBroken) as error:
        raise ConfigurationError(f"the fonts cannot be read: {error}", where="server.fonts") from error


def _imported(name: str) -> Decoder:
    module, _, function = name.partition(":")
    decoder: Decoder = getattr(importlib.import_module(module), function)
    return decoder
