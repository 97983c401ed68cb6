"""The OpenAPI 3.1 document, made of the routes themselves and of the Structs they take and answer.

Laws kept here:

1. A route is in the document if, and only if, it carries an Operation; there is no second list.
2. Schemas come from the types (JSON Schema 2020-12 by msgspec); nothing is written by hand twice.
3. Every status that a route of ours may answer is listed; only a plugin's may answer others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

import printserver
from printserver.documents.sniff import FORMATS

from .message import JSON, MULTIPART, RequestContext, Response, json_response
from .openapi_errors import error_answers
from .operation import SEGMENT, Operation, Parameter
from .problems import Problem
from .router import Route

ADDRESS = "/api/v1/openapi.json"
_HOLE = re.compile(r"\{(\w+)(?::(\w+))?\}")
_REFERENCE = "#/components/schemas/{name}"
_NUMBER = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}
_DOCUMENT = {"contentType": ", ".join(each.mime for each in FORMATS)}
_LICENCE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
_SECURITY_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "A program's token."},
    "password": {"type": "http", "scheme": "basic", "description": "A person's name and password."},
    "session": {"type": "apiKey", "in": "cookie", "name": "printserver-session", "description": "Who logged in on the "
                "page; a change asked for in this way also needs an Origin of our own."},
}  # fmt: skip


class OpenApi:
    """Serves the document of some routes, its own among them."""

    def __init__(self, routes: Sequence[Route], *, gated: bool = False) -> None:
        """The document is made when it is first asked for; `gated` = names are asked for."""
        operation = Operation(
            summary="Show this document", answers=dict[str, Any], tag="server",
            more="It is made from the routes of this very server, those of its plugins among them.",
        )  # fmt: skip
        self._own = Route("GET", ADDRESS, self.show, operation=operation)
        self._make = cache(lambda: document([*routes, self._own], gated=gated))

    def routes(self) -> list[Route]:
        """Return the route."""
        return [self._own]

    async def show(self, context: RequestContext) -> Response:
        """Return the document."""
        return json_response(self._make())


def document(routes: Sequence[Route], *, gated: bool = False) -> dict[str, Any]:
    """Return the OpenAPI document of all routes that describe themselves; `gated` = names are asked for."""
    described = [(route, route.operation) for route in routes if route.operation is not None]
    schemas = _Schemas([operation for _, operation in described])
    paths: dict[str, dict[str, Any]] = {}
    for route, operation in described:
        path = _HOLE.sub(r"{\1}", route.pattern)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, operation, schemas, gated)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "printserver", "version": printserver.__version__, "license": _LICENCE,
            "summary": "Jobs for card printers: sent, followed, and decided on.",
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{"url": "/"}],
        "security": [*([] if gated else [{}]), *({name: []} for name in _SECURITY_SCHEMES)],
        "tags": [{"name": tag} for tag in dict.fromkeys(tag_of(route, operation) for route, operation in described)],
        "paths": paths,
        "components": {"schemas": schemas.components, "securitySchemes": _SECURITY_SCHEMES},
    }  # fmt: skip


class _Schemas:
    """The schemas of every type that is taken or answered; `of` gives one by its type."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        named = [kind for operation in operations for kind in (operation.takes, operation.answers)]
        kinds = list(dict.fromkeys([kind for kind in named if kind not in (None, bytes, str)] + [Problem]))
        found, self.components = msgspec.json.schema_components(kinds, ref_template=_REFERENCE)
        self._of = dict(zip(kinds, found, strict=True))
        _unencode(self.components)

    def of(self, kind: Any) -> dict[str, Any]:  # noqa: ANN401 - a type as msgspec takes it
        return {"type": "string"} if kind is str else self._of[kind]


def _unencode(schema: Any) -> None:  # noqa: ANN401 - any JSON
    """Take `base64` away from bytes: a part of a form is sent as it is, not inside JSON."""
    match schema:
        case dict():
            if schema.get("contentEncoding") == "base64":
                del schema["contentEncoding"]
            for item in schema.values():
                _unencode(item)
        case list():
            for item in schema:
                _unencode(item)


def _operation(route: Route, operation: Operation, schemas: _Schemas, gated: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": _identity(route),
        "tags": [tag_of(route, operation)],
        "summary": operation.summary,
        "parameters": [
            *_path_parameters(route.pattern, operation), *_parameters(operation.query, "query"),
            *_parameters(operation.headers, "header"),
        ],
        "responses": {
            str(operation.status): _answer(operation, schemas),
            **error_answers(route, operation, schemas.of(Problem), gated=gated),
        },
    }  # fmt: skip
    if operation.more:
        told["description"] = operation.more
    if route.role is None:
        told["security"] = []
    if operation.takes is not None:
        told["requestBody"] = _request_body(operation, schemas)
    return told


def tag_of(route: Route, operation: Operation) -> str:
    """Return what a route is listed under: what it says itself, else the first word of its address."""
    return operation.tag or route.pattern.removeprefix("/api/v1").strip("/").partition("/")[0]


def _request_body(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    kind = MULTIPART if operation.media_type == MULTIPART else JSON
    content: dict[str, Any] = {"schema": schemas.of(operation.takes)}
    if kind == MULTIPART:
        content["encoding"] = {"ticket": {"contentType": JSON}, "front": _DOCUMENT, "back": _DOCUMENT}
    needed = any(field.required for field in msgspec.structs.fields(operation.takes))
    return {"content": {kind: content}, "required": needed}


def _identity(route: Route) -> str:
    words = [word for word in re.split(r"\W+", _HOLE.sub(r"\1", route.pattern)) if word not in ("", "api", "v1")]
    return "-".join([route.method.lower(), *words])


def _path_parameters(pattern: str, operation: Operation) -> list[dict[str, Any]]:
    return [
        {"name": hole[1], "in": "path", "required": True,
         "schema": operation.path.get(hole[1]) or (_NUMBER if hole[2] == "int" else dict(SEGMENT))}
        for hole in _HOLE.finditer(pattern)
    ]  # fmt: skip


def _parameters(found: Mapping[str, Parameter], place: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": place, "description": each.sentence, "schema": each.schema} for name, each in found.items()
    ]


def _answer(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": operation.summary}
    if operation.gives:
        answer["headers"] = {
            name: {"description": each.sentence, "required": True, "schema": each.schema}
            for name, each in operation.gives.items()
        }
    if operation.links:
        answer["links"] = operation.links
    if operation.answers is bytes:
        kind = "image/png" if operation.media_type == JSON else operation.media_type
        answer["content"] = {kind: {"schema": {"contentMediaType": kind}}}
    else:
        kind = JSON if operation.media_type == MULTIPART else operation.media_type
        schema = {} if operation.answers is None else schemas.of(operation.answers)
        answer["content"] = {kind: {"schema": schema}}
    return answer
