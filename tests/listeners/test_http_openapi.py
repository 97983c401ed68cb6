"""The OpenAPI document: made of the routes, whole, and true to what is answered."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from printserver.listeners.http import Limits, Operation, RequestContext, Response, Route, json_response
from printserver.listeners.http.assembly import api_routes
from tests.listeners.fake_service import FakeService
from tests.listeners.http_kit import REACTOR, SiteCase


class Weather(msgspec.Struct):
    """What a plugin tells."""

    sunny: bool


async def weather(context: RequestContext) -> Response:
    return json_response(Weather(True))


def references(value: Any) -> set[str]:  # noqa: ANN401 - any JSON
    match value:
        case dict():
            own = {value["$ref"]} if "$ref" in value else set()
            return own.union(*(references(item) for item in value.values()))
        case list():
            return set[str]().union(*(references(item) for item in value))
        case _:
            return set()


class TestDocument(SiteCase):
    routes = (
        Route("GET", "/api/v1/plugin/weather", weather, operation=Operation(summary="Tell it", answers=Weather)),
        Route("GET", "/page", weather),
    )

    async def document(self) -> Any:  # noqa: ANN401 - JSON
        answer = await self.call("GET", "/api/v1/openapi.json")
        assert answer.status == 200
        return answer.json()

    async def test_every_route_of_the_api_is_in_it(self) -> None:
        document = await self.document()
        there = {(method.upper(), path) for path, operations in document["paths"].items() for method in operations}
        ours = api_routes(FakeService(), REACTOR, Limits())
        wanted = {(route.method, re.sub(r":\w+}", "}", route.pattern)) for route in ours if route.pattern != "/metrics"}
        assert there == wanted | {("GET", "/api/v1/plugin/weather")}

    async def test_every_reference_leads_somewhere(self) -> None:
        document = await self.document()
        found = references(document)
        assert len(found) > 10
        for reference in found:
            place = document
            for step in reference.removeprefix("#/").split("/"):
                place = place[step]

    async def test_every_hole_of_a_path_is_declared(self) -> None:
        for path, operations in (await self.document())["paths"].items():
            for operation in operations.values():
                declared = [item["name"] for item in operation["parameters"] if item["in"] == "path"]
                assert declared == re.findall(r"{(\w+)}", path)

    async def test_operations_have_names_of_their_own(self) -> None:
        paths = (await self.document())["paths"].values()
        names = [operation["operationId"] for operations in paths for operation in operations.values()]
        assert len(set(names)) == len(names)

    async def test_what_is_answered_is_what_is_declared(self) -> None:
        self.service.put_job()
        self.service.happen()
        document = await self.document()
        for path, operations in document["paths"].items():
            content = operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
            if "application/json" not in content:
                continue
            address = path.replace("{job}", "1").replace("{card}", "1").replace("{queue}", "card")
            address = address.replace("{printer}", "front-office")
            schema = document
            for step in content["application/json"]["schema"]["$ref"].removeprefix("#/").split("/"):
                schema = schema[step]
            answer = (await self.call("GET", address)).json()
            assert set(answer) == set(schema["properties"]), path
            assert set(schema.get("required", ())) <= set(answer), path
