"""IEEE 1284 device ids: what a printer says of itself, `MFG:Evolis;MDL:Primacy;CMD:ESC;`, read from hostile bytes.

Laws kept here:

1. Whatever a device sends ends in a few short, harmless words; a text that is none of this ends in no words at all.
2. Of a key that stands twice the first one counts.

Sources: IEEE 1284-2000 section 7.6 (keys, abbreviations); USB Printer Class 1.1 section 4.2.1 (two bytes of length).
"""

from __future__ import annotations

from printserver.model.display import harmless

LENGTH = 2
MOST_BYTES = 4096
LONGEST = 126
KEYS = {
    "MFG": "mfg", "MANUFACTURER": "mfg", "MDL": "mdl", "MODEL": "mdl", "CMD": "cmd", "COMMAND SET": "cmd",
    "CLS": "cls", "CLASS": "cls", "DES": "des", "DESCRIPTION": "des",
    "SN": "sn", "SERN": "sn", "SERIALNUMBER": "sn", "SERIAL NUMBER": "sn",
}  # fmt: skip


def parse_device_id(data: bytes) -> dict[str, str]:
    """Return the words of an answer to GET_DEVICE_ID, without its two bytes of length."""
    return parse_words(data[LENGTH : _end(data)].decode(errors="replace"))


def _end(data: bytes) -> int:
    """Return where the text ends: as the length says, which counts itself; all of it where the length cannot be.

    The class says big-endian; devices that send it the other way round are read too.
    """
    for order in ("big", "little"):
        told = int.from_bytes(data[:LENGTH], order)
        if LENGTH < told <= len(data):
            return told
    return len(data)


def parse_words(text: str) -> dict[str, str]:
    """Return the words of a device id, by the lower-case abbreviations of their keys."""
    found: dict[str, str] = {}
    for field in text[:MOST_BYTES].split(";"):
        key, colon, value = field.partition(":")
        name = KEYS.get(harmless(key).strip().upper())
        shown = harmless(value)[:LONGEST].strip()
        if colon and name and shown:
            found.setdefault(name, shown)
    return found
