"""Every error of the code base has its HTTP status, and says the same in JSON as everywhere else."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
import pytest

import printserver
from printserver.errors import BadTicket, Fault, PrintServerError, StoreBusy, UnknownJob
from printserver.listeners.http.errors import MethodNotAllowed
from printserver.listeners.http.problems import STATUS_OF, problem_response

ROOT = Path(printserver.__file__).parent
# Raised in the programs that talk to the server, never inside it.
ELSEWHERE = ("printserver.client.", "printserver.commands.", "printserver.cli")


@cache
def all_errors() -> list[type[PrintServerError]]:
    """Import every file that gives a class a code, and name every error of the server there is then."""
    for path in ROOT.rglob("*.py"):
        if defines_a_code(path):
            parts = path.relative_to(ROOT.parent).with_suffix("").parts
            importlib.import_module(".".join(parts).removesuffix(".__init__"))
    found: list[type[PrintServerError]] = [PrintServerError, *below(PrintServerError)]
    ours = [error for error in found if error.__module__.startswith("printserver.")]
    return [error for error in ours if not error.__module__.startswith(ELSEWHERE)]


def defines_a_code(path: Path) -> bool:
    classes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef) and node.bases]
    return any(is_code(statement) for found in classes for statement in found.body)


def is_code(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign(targets=[ast.Name(id="code")], value=ast.Constant(value=str())):
            return True
        case _:
            return False


def below(error: type[PrintServerError]) -> Iterator[type[PrintServerError]]:
    for child in error.__subclasses__():
        yield child
        yield from below(child)


def test_errors_are_found_in_several_rooms() -> None:
    assert {"printserver.errors", "printserver.listeners.http.errors"} <= {error.__module__ for error in all_errors()}


def test_every_error_has_a_row() -> None:
    assert {error.code for error in all_errors()} - set(STATUS_OF) == set()


def test_every_row_belongs_to_an_error() -> None:
    assert set(STATUS_OF) - {error.code for error in all_errors()} == set()


def test_a_clients_fault_is_a_4xx_and_no_other_is() -> None:
    for error in all_errors():
        status = STATUS_OF[error.code]
        if error.fault is Fault.CLIENT:
            assert 400 <= status < 500, error
        elif error.code != "store-conflict":  # nobody's fault: somebody else was faster
            assert 500 <= status < 600, error


def test_the_document_says_what_the_error_says() -> None:
    response = problem_response(BadTicket("there is no such overlay", where="overlay", allowed="full, none"))
    assert response.status == 422
    assert dict(response.headers)["Content-Type"] == "application/problem+json"
    assert isinstance(response.body, bytes)
    assert msgspec.json.decode(response.body) == {
        "type": "urn:printserver:problem:bad-ticket", "title": "A job option has a value that is not possible.",
        "status": 422, "detail": "there is no such overlay", "code": "bad-ticket", "where": "overlay",
        "allowed": "full, none", "retry": False, "remedy": "Choose one of the allowed values.",
    }  # fmt: skip


@pytest.mark.parametrize(("error", "field", "value"), [
    (MethodNotAllowed(allowed="GET, HEAD"), "Allow", "GET, HEAD"), (StoreBusy(), "Retry-After", "2"),
])  # fmt: skip
def test_a_status_brings_its_header(error: PrintServerError, field: str, value: str) -> None:
    assert dict(problem_response(error).headers)[field] == value


def test_an_error_without_a_row_is_our_own_fault() -> None:
    class Stranger(UnknownJob):
        """A plugin's own."""

        code = "plugins-own"

    assert problem_response(Stranger()).status == 500
