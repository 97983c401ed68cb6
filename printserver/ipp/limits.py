"""How much of a hostile IPP message is read."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes, counts and depth of one message; its document data is not counted.

    `total_bytes` is header and attributes; `attributes` counts members of collections too; `depth` is how many
    collections may lie inside each other (0 = none); `name_length` and `value_length` are in bytes.
    """

    total_bytes: int = 1024 * 1024
    attributes: int = 5_000
    values: int = 20_000
    depth: int = 8
    name_length: int = 255
    value_length: int = 0x7FFF
