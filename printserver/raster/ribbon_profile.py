"""A ribbon's profile: which dye to lay down for each colour, as a table of nodes with a name and an origin.

Laws kept here:

1. A file is hostile until parsed: a wrong one gives one BadProfile that names file and key; nothing is guessed.
2. A file says by itself what it is: form, version, ribbon, intent, and the digests of its source and of its nodes.
3. The neutral profile is the complement of the picture, exactly; whoever has it needs no table.

The file is JSON; `nodes` is base64 of zlib of the nodes as 16-bit numbers, low byte first, in the order red, green,
blue, ink (yellow, magenta, cyan): ink runs fastest, red slowest.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import numpy as np

from printserver.errors import BadProfile
from printserver.raster.kernels import FULL_NODE, GRIDS, Nodes

FORM: Final = "printserver ribbon profile"
VERSION: Final = 1
LARGEST_FILE = 2_000_000  # 33^3 nodes that do not pack at all are 290 000 bytes
DYES = 3

NEUTRAL = "neutral"

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Intent(StrEnum):
    """How colours that a ribbon cannot print are brought to those that it can."""

    PERCEPTUAL = "perceptual"
    RELATIVE = "relative"


class SourceKind(StrEnum):
    """What a profile was made of."""

    ICC = "icc"
    MEASUREMENTS = "measurements"
    BUILT_IN = "built-in"


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a profile was made of: its own description, and the SHA-256 of its bytes."""

    kind: SourceKind
    description: Annotated[str, msgspec.Meta(max_length=200)]
    sha256: Digest


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The file, key for key."""

    form: Literal["printserver ribbon profile"]
    version: Literal[1]
    name: Text
    ribbon: Text
    intent: Intent
    grid: Literal[17, 33]
    source: Source
    sha256: Digest
    nodes: str


class RibbonProfile(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A profile; `nodes` is (grid, grid, grid, 4) as `kernels.tetrahedral` takes it: yellow, magenta, cyan, nothing."""

    name: str
    ribbon: str
    intent: Intent
    source: Source
    nodes: Nodes

    @property
    def grid(self) -> int:
        """Return how many nodes stand along each axis."""
        return int(self.nodes.shape[0])

    @property
    def is_neutral(self) -> bool:
        """Tell whether the table is the complement: then there is a shorter way to the same inks."""
        return bool(np.array_equal(self.nodes, complement_nodes(self.grid)))


def neutral(ribbon: str) -> RibbonProfile:
    """Return the built-in profile of a ribbon: every dye is the complement of its light."""
    return RibbonProfile(
        name=NEUTRAL, ribbon=ribbon, intent=Intent.RELATIVE, nodes=complement_nodes(GRIDS[0]),
        source=Source(kind=SourceKind.BUILT_IN, description="the complement", sha256=hashlib.sha256().hexdigest()),
    )  # fmt: skip


@cache
def complement_nodes(grid: int) -> Nodes:
    """Return the table that turns each colour into its complement, exactly: 32640 is a multiple of 16 and of 32."""
    ink = FULL_NODE - np.arange(grid) * (FULL_NODE // (grid - 1))
    red, green, blue = np.meshgrid(ink, ink, ink, indexing="ij")
    nodes = np.stack([blue, green, red, np.zeros_like(red)], axis=-1).astype(np.uint16)
    nodes.setflags(write=False)
    return nodes


def profile_bytes(path: Path) -> bytes:
    """Return the bytes of a profile's file, one more than the limit where it has more; raises BadProfile naming it."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise BadProfile(f"cannot be read: {error.strerror}", where=str(path)) from error


def write_profile(profile: RibbonProfile) -> bytes:
    """Return a profile as a file."""
    packed = profile.nodes[..., :DYES].astype("<u2").tobytes()
    file = _File(
        form=FORM, version=VERSION, name=profile.name, ribbon=profile.ribbon, intent=profile.intent,
        grid=17 if profile.grid == GRIDS[0] else 33, source=profile.source, sha256=hashlib.sha256(packed).hexdigest(),
        nodes=base64.b64encode(zlib.compress(packed, 9)).decode(),
    )  # fmt: skip
    return msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n"


def read_profile(content: bytes, file: str) -> RibbonProfile:
    """Return the profile that a file holds; `file` is its name for the error. Raises BadProfile."""
    if len(content) > LARGEST_FILE:
        raise BadProfile("the file is too large", where=file, allowed=f"at most {LARGEST_FILE} bytes")
    try:
        found = msgspec.json.decode(content, type=_File)
    except msgspec.ValidationError as error:
        raise _explained(error, file) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadProfile("is no ribbon profile: it is not JSON", where=file, allowed=FORM) from error
    return RibbonProfile(
        name=found.name, ribbon=found.ribbon, intent=found.intent, source=found.source, nodes=_nodes(found, file)
    )


def _explained(error: msgspec.ValidationError, file: str) -> BadProfile:
    """Turn msgspec's "Expected `int`, got `str` - at `$.grid`" into file, key and sentence."""
    text, _, path = str(error).partition(" - at ")
    key = path.strip("`").removeprefix("$").removeprefix(".")
    named = re.search(r"(?:unknown|missing required) field `([^`]+)`", text)
    if named:
        key, text = f"{key}.{named[1]}".removeprefix("."), "is missing" if "missing" in text else "there is no such key"
    return BadProfile(text, where=f"{file}: {key}" if key else file, allowed=", ".join(_File.__struct_fields__))


def _nodes(found: _File, file: str) -> Nodes:
    shape = (found.grid, found.grid, found.grid, DYES)
    size, inflater = 2 * found.grid**3 * DYES, zlib.decompressobj()
    try:
        packed = inflater.decompress(base64.b64decode(found.nodes, validate=True), size + 1)
    except (zlib.error, binascii.Error, ValueError) as error:
        raise BadProfile(f"cannot be unpacked: {error}", where=f"{file}: nodes") from error
    if len(packed) != size:
        raise BadProfile(f"there are not {found.grid} x {found.grid} x {found.grid} nodes", where=f"{file}: nodes")
    if hashlib.sha256(packed).hexdigest() != found.sha256:
        raise BadProfile("the nodes are not those that were written", where=f"{file}: sha256")
    nodes = np.zeros((*shape[:3], DYES + 1), dtype=np.uint16)
    nodes[..., :DYES] = np.frombuffer(packed, dtype="<u2").reshape(shape)
    if nodes.max() > FULL_NODE:
        raise BadProfile(f"there is a node of {nodes.max()}", where=f"{file}: nodes", allowed=f"0..{FULL_NODE}")
    return nodes
