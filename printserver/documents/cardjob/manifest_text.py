"""`job.toml` written: what is given and nothing else, in the order of the schema.

Laws kept here:

1. The same values give the same bytes; what is written is read back as it was given.

Source: TOML 1.0.0, sections on strings and tables.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from printserver.model.cardjob import file_keys

DELETE = "\x7f"


def write_manifest(
    ticket: Mapping[str, object], tracks: Sequence[str] = (), data: Mapping[str, str] | None = None
) -> bytes:
    """Return the text of a manifest; `ticket` holds texts, numbers, truths and lists of texts by their keys."""
    lines = ["version = 1"]
    if any(tracks):
        lines.append(f"tracks = {value_of(list(tracks))}")
    given = {key: ticket[key] for key in file_keys().values() if key in ticket}
    for name, table in (("data", data or {}), ("ticket", given)):
        if table:
            lines += ["", f"[{name}]", *(f"{value_of(key)} = {value_of(value)}" for key, value in table.items())]
    return "".join(f"{line}\n" for line in lines).encode()


def value_of(value: object) -> str:
    """Return a value as TOML has it."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case list() | tuple():
            return f"[{', '.join(map(value_of, value))}]"
        case _:
            return json.dumps(str(value), ensure_ascii=False).replace(DELETE, "\\u007f")
