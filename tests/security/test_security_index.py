"""Each kind of hole has tests that are there, and people are told of it."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.security.classes import CLASSES, HoleClass

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()
BY_NAME = [pytest.param(each, id=each.name.split()[0]) for each in CLASSES]


@cache
def named_in(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text())
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(node.name for node in functions if node.name.startswith("test_"))


@pytest.mark.parametrize("hole", BY_NAME)
def test_what_is_named_is_tested(hole: HoleClass) -> None:
    missing = [test for test in hole.tests if test.split("::")[1] not in named_in(test.split("::")[0])]
    assert hole.tests
    assert not missing


@pytest.mark.parametrize("hole", BY_NAME)
def test_people_are_told_of_it(hole: HoleClass) -> None:
    found = re.search(rf"^### {re.escape(hole.name)}\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"docs/security.md has no heading {hole.name!r}"
    assert all(seen in found[1] for seen in hole.seen)


def test_people_are_told_of_nothing_else() -> None:
    assert re.findall(r"^### (.+)$", PAGE, re.MULTILINE) == [hole.name for hole in CLASSES]
    assert set(re.findall(r"CVE-\d{4}-\d+", PAGE)) == {seen for hole in CLASSES for seen in hole.seen}
