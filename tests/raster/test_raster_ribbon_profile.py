"""A ribbon's profile comes back from its file as it was, and a file that is wrong is refused by file and key."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.errors import BadProfile
from printserver.raster import kernels
from printserver.raster.kernels import FULL_NODE, Nodes
from printserver.raster.ribbon_profile import (
    LARGEST_FILE,
    Intent,
    RibbonProfile,
    Source,
    SourceKind,
    complement_nodes,
    neutral,
    read_profile,
    write_profile,
)

File = dict[str, Any]


def some_nodes(grid: int = 17) -> Nodes:
    nodes = np.random.default_rng(grid).integers(0, FULL_NODE + 1, (grid, grid, grid, 4), dtype=np.uint16)
    nodes[..., 3] = 0
    return nodes


def some_profile(grid: int = 17) -> RibbonProfile:
    source = Source(kind=SourceKind.ICC, description="A printer", sha256=hashlib.sha256(b"icc").hexdigest())
    return RibbonProfile(
        name="Glossy", ribbon="YMCKO", intent=Intent.PERCEPTUAL, source=source, nodes=some_nodes(grid)
    )


@pytest.mark.parametrize("grid", kernels.GRIDS)
def test_a_profile_comes_back_from_its_file(grid: int) -> None:
    profile = some_profile(grid)
    found = read_profile(write_profile(profile), "glossy.json")
    assert (found.name, found.ribbon, found.intent, found.source) == ("Glossy", "YMCKO", "perceptual", profile.source)
    np.testing.assert_array_equal(found.nodes, profile.nodes)
    assert found.grid == grid
    kernels.check_nodes(found.nodes)


def test_a_file_says_what_it_is() -> None:
    file = json.loads(write_profile(some_profile()))
    assert (file["form"], file["version"]) == ("printserver ribbon profile", 1)
    packed = zlib.decompress(base64.b64decode(file["nodes"]))
    assert hashlib.sha256(packed).hexdigest() == file["sha256"]
    # Low byte first, blue faster than green: node (0, 0, 1) begins after three inks of two bytes.
    assert int.from_bytes(packed[6:8], "little") == some_nodes()[0, 0, 1, 0]


@pytest.mark.parametrize("grid", kernels.GRIDS)
def test_the_neutral_profile_is_known_by_its_nodes(grid: int) -> None:
    assert neutral("YMCKO").is_neutral
    assert not some_profile(grid).is_neutral
    nodes = complement_nodes(grid).copy()
    nodes[3, 3, 3, 0] += 1
    assert not RibbonProfile(
        name="n", ribbon="YMCKO", intent=Intent.RELATIVE, source=neutral("").source, nodes=nodes
    ).is_neutral
    assert read_profile(write_profile(neutral("YMCKO")), "neutral.json").is_neutral


def changed(change: Callable[[File], object]) -> bytes:
    file = json.loads(write_profile(some_profile()))
    change(file)
    return json.dumps(file).encode()


def with_nodes(file: File, packed: bytes) -> None:
    file |= {"nodes": base64.b64encode(zlib.compress(packed)).decode(), "sha256": hashlib.sha256(packed).hexdigest()}


def packed_nodes(nodes: Nodes) -> bytes:
    return nodes[..., :3].astype("<u2").tobytes()


WRONG: dict[str, tuple[str, Callable[[File], object]]] = {
    "another form": ("form", lambda file: file.update(form="ICC")),
    "a later version": ("version", lambda file: file.update(version=2)),
    "no version": ("version", lambda file: file.pop("version")),
    "no name": ("name", lambda file: file.update(name="")),
    "a ribbon of numbers": ("ribbon", lambda file: file.update(ribbon=5)),
    "an unknown intent": ("intent", lambda file: file.update(intent="saturation")),
    "grid 18": ("grid", lambda file: file.update(grid=18)),
    "grid of another size": ("nodes", lambda file: file.update(grid=33)),
    "an unknown key": ("gamma", lambda file: file.update(gamma=2)),
    "a source without digest": ("source.sha256", lambda file: file["source"].pop("sha256")),
    "a digest that is none": ("source.sha256", lambda file: file["source"].update(sha256="abc")),
    "nodes that are not base64": ("nodes", lambda file: file.update(nodes="?" * 40)),
    "nodes beyond ASCII": ("nodes", lambda file: file.update(nodes="é")),
    "nodes that are not packed": ("nodes", lambda file: file.update(nodes=base64.b64encode(bytes(60)).decode())),
    "nodes missing": ("nodes", lambda file: with_nodes(file, packed_nodes(some_nodes())[:-2])),
    "a bomb": ("nodes", lambda file: with_nodes(file, bytes(50_000_000))),
    "another digest": ("sha256", lambda file: file.update(sha256="0" * 64)),
    "too much ink": ("nodes", lambda file: with_nodes(file, b"\x81\x7f" * (17**3 * 3))),
}


@pytest.mark.parametrize(("key", "change"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file_is_refused_by_file_and_key(key: str, change: Callable[[File], object]) -> None:
    with pytest.raises(BadProfile) as refusal:
        read_profile(changed(change), "glossy.json")
    assert refusal.value.where == f"glossy.json: {key}"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[1", b"[" * 100_000, b"\x89PNG", b'"\xff"'])
def test_what_is_no_profile_at_all_is_refused_by_name(content: bytes) -> None:
    with pytest.raises(BadProfile) as refusal:
        read_profile(content, "glossy.json")
    assert refusal.value.where == "glossy.json"


def test_a_file_that_is_too_large_is_not_parsed() -> None:
    with pytest.raises(BadProfile, match=f"at most {LARGEST_FILE}"):
        read_profile(write_profile(some_profile()) + b" " * LARGEST_FILE, "glossy.json")


WRITTEN = write_profile(some_profile())


@given(at=st.integers(0, len(WRITTEN) - 1), value=st.integers(0, 255))
def test_a_damaged_byte_is_refused_or_changes_no_node(at: int, value: int) -> None:
    content = bytearray(WRITTEN)
    content[at] = value
    try:
        found = read_profile(bytes(content), "glossy.json")
    except BadProfile:
        return
    np.testing.assert_array_equal(found.nodes, some_nodes())
