"""The plugins' own tables of the configuration file, held against the forms that the plugins ask for.

Laws kept here:

1. A wrong table is one error with file, key and what is allowed; a plugin never gets a table that does not fit.
2. A table that no loaded plugin asks for is an error for `check-config`; a server only says so: its plugin may be
   disabled, and the server goes on without it.
3. Two plugins that ask for a section of the same name are both named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
import pluggy
import structlog

from printserver.errors import ConfigurationError
from printserver.extension.asking import answers_of

HOOK = "printserver_config_section"

_log = structlog.get_logger("plugins")


@dataclass(frozen=True, slots=True)
class Section:
    """A plugin's table as it stands in the file, and as the form that the plugin asked for, with its defaults."""

    table: Mapping[str, object] = field(default_factory=dict)
    form: object | None = None


def read_sections(
    tables: Mapping[str, Mapping[str, object]], manager: pluggy.PluginManager, source: str, *, strict: bool
) -> dict[str, Section]:
    """Return each plugin's section by the plugin's name; raises ConfigurationError.

    `tables` are the file's `[plugin.NAME]`, `source` names the file; `strict` refuses what a server only logs: a table
    that nobody asks for, and a name that two ask for.
    """
    found: dict[str, Section] = {}
    asked = _asked(manager)
    for name in sorted(set(tables) | set(asked)):
        where, owners = f"{source}: plugin.{name}", asked.get(name, [])
        match owners:
            case [(plugin, kind)]:
                found[plugin] = _section(kind, tables.get(name), where)
            case []:
                _complain(f"no plugin has a section {name!r}", where, ", ".join(sorted(asked)) or "none", strict)
            case _:
                both = " and ".join(plugin for plugin, _ in owners)
                _complain(f"plugins {both} ask for one section", where, "a section for each plugin", strict)
    return found


def _asked(manager: pluggy.PluginManager) -> dict[str, list[tuple[str, type]]]:
    """Return who asks for a section, and its form, by the section's name."""
    asked: dict[str, list[tuple[str, type]]] = {}
    for plugin, answer in answers_of(manager, HOOK):
        match answer:
            case (str() as name, type() as kind):
                asked.setdefault(name, []).append((plugin, kind))
            case None:
                continue
            case _:
                _log.error("configuration section is not a name and a form", plugin=plugin)
    return asked


def _complain(complaint: str, where: str, allowed: str, strict: bool) -> None:
    if strict:
        raise ConfigurationError(complaint, where=where, allowed=allowed)
    _log.warning(complaint, where=where)


def _section(kind: type, table: Mapping[str, object] | None, where: str) -> Section:
    try:
        return Section(table or {}, msgspec.convert(table or {}, kind))
    except msgspec.ValidationError as error:
        if table is None:
            return Section()  # the file says nothing, and the form has keys without a default
        text, _, place = str(error).partition(" - at ")
        key = place.strip("`").removeprefix("$")
        allowed = ", ".join(getattr(kind, "__struct_encode_fields__", ())) if "unknown field" in text else ""
        raise ConfigurationError(text, where=f"{where}{key}", allowed=allowed) from error
