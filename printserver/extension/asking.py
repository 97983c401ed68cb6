"""Asking each plugin by itself, so that one plugin's fault is its own.

Laws kept here:

1. A hook that raises is logged with its plugin's name and counts as no answer; the others are asked all the same.
2. Each plugin gets its own handles: its own configuration, nobody else's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import pluggy
import structlog

_T = TypeVar("_T")

_log = structlog.get_logger("extension")


def answers_of(
    manager: pluggy.PluginManager, hook: str, given: Callable[[str], Mapping[str, object]] = lambda plugin: {}
) -> Iterator[tuple[str, Any]]:
    """Yield (plugin's name, answer) of every plugin that has the hook; `given` tells what a plugin is called with."""
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        name = implementation.plugin_name
        arguments = given(name)
        try:
            answer = implementation.function(*(arguments[each] for each in implementation.argnames))
        except Exception:
            # law 1: a plugin is foreign code, whatever it raises is named and stays its own
            _log.exception("hook failed", plugin=name, hook=hook)
            continue
        yield name, answer


def each_of(
    manager: pluggy.PluginManager, hook: str, kind: type[_T],
    given: Callable[[str], Mapping[str, object]] = lambda plugin: {},
) -> Iterator[tuple[str, _T]]:
    """Yield (plugin's name, value) of every value in the lists that a hook returns; what is no `kind` is logged."""
    for name, answer in answers_of(manager, hook, given):
        for value in answer if isinstance(answer, list | tuple) else [answer]:
            if isinstance(value, kind):
                yield name, value
            elif value is not None:
                _log.error("hook returned something else", plugin=name, hook=hook, returned=type(value).__name__)
