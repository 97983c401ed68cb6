"""How a route may fail, for the OpenAPI document: by status, with the codes that stand behind each.

Laws kept here:

1. What every route may answer stands here once; a route's Operation names only what is its own.
2. A code that is not listed for a route is not answered by it; the suite that asks the running server holds it to that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .operation import Operation
from .problems import PROBLEM, STATUS_OF
from .router import Route

# A head that cannot be read, a name that is not ours, a client that is too slow, a body that is too long or for which
# there is no memory; and what no program is without.
_ALWAYS = (
    "bad-request", "request-timeout", "request-too-large", "wrong-host", "head-too-large", "internal-error",
    "server-busy", "store-busy", "store-damaged",
)  # fmt: skip
_CHANGING = ("not-allowed", "not-accepting", "store-conflict", "store-full")
_WITH_BODY = ("media-type-unsupported",)
_WITH_SEGMENT = ("not-found",)
_ASKED = ("login-needed", "not-permitted", "tls-needed", "too-many-tries")
_RETRY_AFTER = {"429", "503", "507"}


def codes_of(route: Route, operation: Operation, *, gated: bool) -> tuple[str, ...]:
    """Return the codes of all errors that a route may answer; `gated` = names are asked for."""
    found: list[str] = [*operation.errors, *_ALWAYS]
    found += _CHANGING if route.method != "GET" else ()
    found += _WITH_BODY if route.consumes is not None else ()
    found += _WITH_SEGMENT if "{" in route.pattern else ()
    found += _ASKED if gated and route.role is not None else ()
    return tuple(dict.fromkeys(found))


def error_answers(route: Route, operation: Operation, problem: dict[str, Any], *, gated: bool) -> dict[str, Any]:
    """Return the answers for a route's errors by status; `problem` is the schema of the problem document."""
    codes: dict[str, list[str]] = {}
    for code in codes_of(route, operation, gated=gated):
        codes.setdefault(str(STATUS_OF[code]), []).append(code)
    content = {PROBLEM: {"schema": problem}}
    known = {status: _answer(status, names, content) for status, names in sorted(codes.items())}
    return {**known, "default": {"description": "what the plugin says", "content": content}} if operation.open_errors \
        else known  # fmt: skip


def _answer(status: str, codes: Sequence[str], content: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": ", ".join(codes), "content": content}
    if status in _RETRY_AFTER:
        seconds = {"type": "integer", "minimum": 1}
        answer["headers"] = {"Retry-After": {"description": "Seconds.", "required": True, "schema": seconds}}
    if status == "401":
        answer["headers"] = {"WWW-Authenticate": {"description": "How to say who asks.", "schema": {"type": "string"}}}
    return answer
