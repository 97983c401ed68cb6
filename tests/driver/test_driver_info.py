"""driver.toml: facts that are read, and files that are refused with their name and key."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.driver import DriverInfo, load_info
from printserver.errors import PluginBroken
from printserver.model.printer import Tier

GOOD = """
name = "acme"
title = "Acme card printers"
contract = 1
tier = "emulated"
transports = ["tcp", "usb"]
emulates = true
assumptions = ["The bit order of 6-bit colour is a guess."]

[[model]]
name = "Primus"
title = "Acme Primus"
ribbons = ["YMCKO", "K"]
default_ribbon = "YMCKO"
usb = ["1234:abcd"]
extras = ["mag", "chip"]

[model.facts]
pages_per_minute = 3
depths = [2, 256]

[[model]]
name = "secundus"
title = "Acme Secundus"
ribbons = ["K"]
default_ribbon = "K"
"""


def read(folder: Path, text: str | bytes) -> DriverInfo:
    path = folder / "driver.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_info(path)


def test_facts_are_read(tmp_path: Path) -> None:
    info = read(tmp_path, GOOD)
    assert (info.name, info.contract, info.tier, info.emulates) == ("acme", 1, Tier.EMULATED, True)
    assert [model.name for model in info.model] == ["Primus", "secundus"]
    assert info.model[0].facts == {"pages_per_minute": 3, "depths": [2, 256]}
    assert info.model[1].usb == ()


@pytest.mark.parametrize(
    ("name", "found"),
    [("primus", "Primus"), ("PRIMUS", "Primus"), ("primus+mag", "Primus"), ("primus+chip+mag", "Primus"),
     ("primus+flip", None), ("secundus+mag", None), ("tertius", None), ("", None)],
)  # fmt: skip
def test_a_model_is_found_by_name_and_extras(tmp_path: Path, name: str, found: str | None) -> None:
    model = read(tmp_path, GOOD).find_model(name)
    assert (model.name if model else None) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace('tier = "emulated"', 'tier = "hopeful"'), "$.tier"),
        (GOOD.replace("contract = 1", 'contract = "one"'), "$.contract"),
        (GOOD.replace('title = "Acme Primus"\n', ""), "title"),
        (GOOD.replace("emulates = true", "emulates = true\ncolour = 3"), "colour"),
        (GOOD.replace("[[model]]", "[[model"), "line 10"),
        ("", "name"),
        (b"\xff\xfe", "utf-8"),
    ],
)
def test_a_broken_file_is_named_with_its_key(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(PluginBroken) as refusal:
        read(tmp_path, text)
    assert refusal.value.where == "driver.toml"
    assert said in refusal.value.message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PluginBroken, match="No such file"):
        load_info(tmp_path / "driver.toml")


@given(data=st.binary(max_size=80))
def test_any_bytes_are_facts_or_a_refusal(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    with pytest.raises(PluginBroken):
        read(tmp_path_factory.getbasetemp(), data)


def test_the_catalogue_lies_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "locale").mkdir()
    with_words = GOOD.replace("emulates = true", 'emulates = true\ncatalogue = "locale"')
    assert read(tmp_path, with_words).catalogue == str(tmp_path / "locale")
    assert read(tmp_path, GOOD).catalogue == ""


def test_a_missing_catalogue_is_named(tmp_path: Path) -> None:
    with pytest.raises(PluginBroken, match="'words'") as refusal:
        read(tmp_path, GOOD.replace("emulates = true", 'emulates = true\ncatalogue = "words"'))
    assert refusal.value.where == "driver.toml: catalogue"
