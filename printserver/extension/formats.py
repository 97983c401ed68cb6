"""Document formats that plugins bring: known at the door by their first bytes, decoded in the worker alone.

Laws kept here:

1. A plugin adds formats and replaces none: not by media type, and not by first bytes that begin like a bundled one's.
2. Two plugins for one media type: neither is taken, and both are named.
"""

from __future__ import annotations

from collections import Counter

import pluggy
import structlog

from printserver.documents.format import Format
from printserver.documents.sniff import FORMATS
from printserver.extension.asking import each_of
from printserver.extension.values import DecoderEntry
from printserver.sandbox.command import DecoderSetting

HOOK = "printserver_decoders"

_log = structlog.get_logger("plugins")


def plugin_decoders(manager: pluggy.PluginManager) -> tuple[DecoderSetting, ...]:
    """Return the decoders of all plugins as a worker is told of them."""
    found = list(each_of(manager, HOOK, DecoderEntry))
    often = Counter(entry.format.lower() for _, entry in found)
    usable = []
    for plugin, entry in found:
        if often[entry.format.lower()] > 1 or not entry.magic or _is_taken(entry):
            _log.error("document format is taken, or has no first bytes", plugin=plugin, format=entry.format)
        else:
            usable.append(DecoderSetting(format=entry.format, magic=entry.magic, function=entry.function))
    return tuple(usable)


def formats_with(decoders: tuple[DecoderSetting, ...]) -> tuple[Format, ...]:
    """Return every format that is taken at the doors."""
    return (*FORMATS, *(each.kind() for each in decoders))


def _is_taken(entry: DecoderEntry) -> bool:
    named = any(each.answers_to(entry.format.lower()) for each in FORMATS)
    begun = (magic for each in FORMATS for magic in (each.magic, *each.also) if magic)
    alike = any(magic.startswith(entry.magic) or entry.magic.startswith(magic) for magic in begun)
    return named or alike or any(each.begins(entry.magic) for each in FORMATS)
