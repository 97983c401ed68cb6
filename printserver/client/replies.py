"""Answers of the JSON API as values, and refusals as errors."""

from __future__ import annotations

from typing import Any, NoReturn, TypeAlias, TypeVar

import msgspec

from .errors import AnswerUnreadable, Problem, RequestRefused, error_of
from .exchange import Reply
from .status import JobStatus

PROBLEM = "application/problem+json"
_STATUS_FIELDS = ("id", "state", "reasons", "name", "queue")

Json: TypeAlias = dict[str, Any] | list[Any]

T = TypeVar("T")


def accepted(reply: Reply) -> Reply:
    """Return a reply of the status 2xx; raises what the server says for any other."""
    if not 200 <= reply.status < 300:
        refuse_problem(reply)
    return reply


def refuse_problem(reply: Reply) -> NoReturn:
    """Raise the error that a problem document describes, or RequestRefused for a bare HTTP status."""
    if reply.media_type != PROBLEM:
        raise RequestRefused(Problem(status=reply.status, detail=f"the server answered HTTP status {reply.status}"))
    raise error_of(read_json(reply.body, Problem))


def read_json(body: bytes, kind: type[T]) -> T:
    """Read JSON of a known shape; raises AnswerUnreadable."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise AnswerUnreadable(f"the answer is not what was expected: {error}") from None


def read_any(body: bytes) -> Json:
    """Read a JSON object or list; raises AnswerUnreadable."""
    content = read_json(body, object)
    if not isinstance(content, dict | list):
        raise AnswerUnreadable("the answer is neither an object nor a list")
    return content


def read_status(row: dict[str, Any]) -> JobStatus:
    """Read a job's row or details; raises AnswerUnreadable."""
    try:
        return msgspec.convert({name: row[name] for name in _STATUS_FIELDS if name in row} | {"row": row}, JobStatus)
    except msgspec.ValidationError as error:
        raise AnswerUnreadable(f"the answer describes no job: {error}") from None
