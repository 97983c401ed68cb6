"""Message catalogues: a language is one `.po` file, read when the server starts.

Laws kept here:

1. English is the language of the sources: its texts are their own translations, and every catalogue falls back to it.
2. What is handed out is `gettext`'s own class; there is no compiled file that could be older than its source.
3. A catalogue is read strictly: what is not understood is an error that names the line, not a text left out.

Source: GNU gettext manual, sections 3 (PO files) and 10.3 (MO files).
"""

from __future__ import annotations

import gettext
import io
import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec

from printserver.errors import ConfigurationError

MO_MAGIC, MO_REVISION, MO_HEADER = 0x950412DE, 0, 28
PLURAL = "\x00"


def read_catalogue(path: Path) -> gettext.GNUTranslations:
    """Return the translations of a `.po` file; raises ConfigurationError naming the line."""
    messages = {key: text for key, text in po_messages(path) if text}
    return gettext.GNUTranslations(io.BytesIO(mo_bytes(messages)))


def po_messages(path: Path) -> Iterator[tuple[str, str]]:
    """Yield each message and its translation; plural forms are joined by NUL, as MO files have them."""
    entry: dict[str, str] = {}
    field = ""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        text = line.strip()
        if text.startswith("#") or not text:
            continue
        if text.startswith('"'):
            entry[field] += _unquoted(text, path, number)
            continue
        field, _, rest = text.partition(" ")
        if field not in ("msgid", "msgid_plural") and not field.startswith("msgstr"):
            raise ConfigurationError(f"{field!r} is not understood", where=f"{path}:{number}")
        if field == "msgid" and entry:
            yield _message(entry)
            entry = {}
        entry[field] = _unquoted(rest.strip(), path, number)
    if entry:
        yield _message(entry)


def _unquoted(text: str, path: Path, number: int) -> str:
    try:
        return msgspec.json.decode(text, type=str)
    except msgspec.DecodeError as error:
        raise ConfigurationError(f"is not a quoted text: {error}", where=f"{path}:{number}") from None


def _message(entry: dict[str, str]) -> tuple[str, str]:
    key = PLURAL.join(entry[name] for name in ("msgid", "msgid_plural") if name in entry)
    forms = [text for name, text in sorted(entry.items()) if name.startswith("msgstr")]
    return key, PLURAL.join(forms) if all(forms) else ""


def mo_bytes(messages: dict[str, str]) -> bytes:
    """Return the same messages as an MO file, sorted by key as the format asks."""
    keys = [key.encode() for key in sorted(messages, key=str.encode)]
    texts = [messages[key.decode()].encode() for key in keys]
    tables = MO_HEADER, MO_HEADER + 8 * len(keys)
    start = MO_HEADER + 16 * len(keys)
    index, data = b"", b""
    for piece in (*keys, *texts):
        index += struct.pack("<II", len(piece), start + len(data))
        data += piece + b"\x00"
    return struct.pack("<7I", MO_MAGIC, MO_REVISION, len(keys), *tables, 0, start) + index + data
