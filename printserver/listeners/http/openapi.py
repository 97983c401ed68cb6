"""The OpenAPI 3.1 document, made of the routes themselves and of the Structs they take and answer.

Laws kept here:

1. A route is in the document if, and only if, it carries an Operation; there is no second list.
2. Schemas come from the types (JSON Schema 2020-12 by msgspec); nothing is written by hand twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec

import printserver

from .message import JSON, MULTIPART, RequestContext, Response, json_response
from .problems import PROBLEM, STATUS_OF, Problem
from .router import Operation, Route

ADDRESS = "/api/v1/openapi.json"
_HOLE = re.compile(r"\{(\w+)(?::(\w+))?\}")
_REFERENCE = "#/components/schemas/{name}"


class OpenApi:
    """Serves the document of some routes."""

    def __init__(self, routes: Sequence[Route]) -> None:
        """The document is made when it is first asked for."""
        self._make = cache(lambda: document(routes))

    def routes(self) -> list[Route]:
        """Return the route."""
        return [Route("GET", ADDRESS, self.show)]

    async def show(self, context: RequestContext) -> Response:
        """Return the document."""
        return json_response(self._make())


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the OpenAPI document of all routes that describe themselves."""
    described = [(route, route.operation) for route in routes if route.operation is not None]
    schemas = _Schemas([operation for _, operation in described])
    paths: dict[str, dict[str, Any]] = {}
    for route, operation in described:
        path = _HOLE.sub(r"{\1}", route.pattern)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "printserver", "version": printserver.__version__, "license": _LICENCE},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": schemas.components},
    }


_LICENCE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}


class _Schemas:
    """The schemas of every type that is taken or answered; `of` gives one by its type."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        named = [kind for operation in operations for kind in (operation.takes, operation.answers)]
        kinds = list(dict.fromkeys([kind for kind in named if kind not in (None, bytes)] + [Problem]))
        found, self.components = msgspec.json.schema_components(kinds, ref_template=_REFERENCE)
        self._of = dict(zip(kinds, found, strict=True))

    def of(self, kind: Any) -> dict[str, Any]:  # noqa: ANN401 - a type as msgspec takes it
        return {} if kind is bytes else self._of[kind]


def _operation(route: Route, operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": _identity(route),
        "summary": operation.summary,
        "parameters": [*_path_parameters(route.pattern), *_query_parameters(operation)],
        "responses": {str(operation.status): _answer(operation, schemas), **_errors(operation, schemas)},
    }
    if operation.takes is not None:
        kind = MULTIPART if operation.media_type == MULTIPART else JSON
        told["requestBody"] = {"content": {kind: {"schema": schemas.of(operation.takes)}}, "required": kind != JSON}
    return told


def _identity(route: Route) -> str:
    words = [word for word in re.split(r"\W+", _HOLE.sub(r"\1", route.pattern)) if word not in ("", "api", "v1")]
    return "-".join([route.method.lower(), *words])


def _path_parameters(pattern: str) -> list[dict[str, Any]]:
    return [
        {"name": hole[1], "in": "path", "required": True,
         "schema": {"type": "integer", "minimum": 0} if hole[2] == "int" else {"type": "string"}}
        for hole in _HOLE.finditer(pattern)
    ]  # fmt: skip


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "query", "description": sentence, "schema": {"type": "string"}}
        for name, sentence in operation.query.items()
    ]


def _answer(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    if operation.answers is None:
        return {"description": operation.summary}
    if operation.answers is bytes:
        return {"description": operation.summary, "content": {"image/png": {}}}
    kind = JSON if operation.media_type == MULTIPART else operation.media_type
    return {"description": operation.summary, "content": {kind: {"schema": schemas.of(operation.answers)}}}


def _errors(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    """Return the answers for the errors that a route is known for, by status, and one for all others."""
    codes: dict[str, list[str]] = {}
    for code in operation.errors:
        codes.setdefault(str(STATUS_OF[code]), []).append(code)
    content = {PROBLEM: {"schema": schemas.of(Problem)}}
    known = {status: {"description": ", ".join(names), "content": content} for status, names in codes.items()}
    return {**known, "default": {"description": "any other error", "content": content}}
