"""The OpenAPI document: made of the routes, whole, and true to what is answered."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from printserver.listeners.http import Limits, Operation, RequestContext, Response, Route, json_response
from printserver.listeners.http.assembly import api_routes
from printserver.listeners.http.openapi import document
from tests.listeners.fake_service import FakeService
from tests.listeners.http_kit import REACTOR, SiteCase

PROBLEM_SCHEMA = {"$ref": "#/components/schemas/Problem"}


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


WEATHER = Operation(summary="Tell it", answers=Weather, open_errors=True)


class TestDocument(SiteCase):
    routes = (
        Route("GET", "/api/v1/plugin/weather", weather, operation=WEATHER),
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
        wanted = {(route.method, re.sub(r":\w+}", "}", route.pattern)) for route in ours}
        assert there == wanted | {("GET", "/api/v1/plugin/weather"), ("GET", "/api/v1/openapi.json")}

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
        looked_at = 0
        for path, operations in document["paths"].items():
            content = operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
            if "application/json" not in content:
                continue
            address = path.replace("{job}", "1").replace("{card}", "1").replace("{queue}", "card")
            address = address.replace("{printer}", "front-office")
            answer = (await self.call("GET", address)).json()
            told = {**content["application/json"]["schema"], "components": document["components"]}
            OAS31Validator(told).validate(answer)
            looked_at += 1
        assert looked_at > 10

    async def test_a_validator_of_others_takes_it(self) -> None:
        OpenAPIV31SpecValidator(await self.document()).validate()

    async def test_an_errors_document_is_as_declared(self) -> None:
        document = await self.document()
        told = {**PROBLEM_SCHEMA, "components": document["components"]}
        for method, path in (("GET", "/api/v1/jobs/7"), ("GET", "/nowhere"), ("DELETE", "/api/v1/jobs"),
                             ("GET", "/api/v1/jobs?limit=x"), ("POST", "/api/v1/jobs")):  # fmt: skip
            answer = await self.call(method, path)
            assert answer.status >= 400
            OAS31Validator(told).validate(answer.json())

    async def test_only_a_plugins_route_may_answer_what_is_not_listed(self) -> None:
        for path, operations in (await self.document())["paths"].items():
            for operation in operations.values():
                assert ("default" in operation["responses"]) is path.startswith("/api/v1/plugin/")

    async def test_every_route_says_how_it_fails(self) -> None:
        paths = (await self.document())["paths"]
        for operations in paths.values():
            for method, operation in operations.items():
                answers = set(operation["responses"])
                assert {"400", "408", "413", "421", "431", "500", "503"} <= answers
                assert method == "get" or "403" in answers
        sent = paths["/api/v1/jobs"]["post"]
        assert {"201", "404", "409", "415", "422", "507"} <= set(sent["responses"])
        assert "document-locked" in sent["responses"]["422"]["description"]
        assert sent["responses"]["503"]["headers"]["Retry-After"]["required"]

    async def test_parameters_are_as_narrow_as_the_server_is(self) -> None:
        paths = (await self.document())["paths"]
        found = {item["name"]: item["schema"] for item in paths["/api/v1/jobs"]["get"]["parameters"]}
        assert found["limit"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 100}
        assert "processing-stopped" in found["state"]["items"]["enum"]
        panel = paths["/api/v1/jobs/{job}/cards/{card}/panels/{panel}.png"]["get"]["parameters"][2]["schema"]
        assert re.search(panel["pattern"], "back-K2")
        assert not re.search(panel["pattern"], "back-K1")

    async def test_a_form_has_its_parts_and_no_others(self) -> None:
        document = await self.document()
        body = document["paths"]["/api/v1/jobs"]["post"]["requestBody"]
        form = body["content"]["multipart/form-data"]
        schema = document["components"]["schemas"]["JobForm"]
        assert body["required"]
        assert set(schema["properties"]) == {"ticket", "front", "back"}
        assert schema["required"] == ["front"]
        assert schema["additionalProperties"] is False
        assert "contentEncoding" not in schema["properties"]["front"]
        assert "image/png" in form["encoding"]["front"]["contentType"]

    async def test_where_nobody_is_asked_a_name_may_be_left_out(self) -> None:
        document = await self.document()
        assert document["security"][0] == {}
        assert set(document["components"]["securitySchemes"]) == {"token", "password", "session"}
        assert document["paths"]["/healthz"]["get"]["security"] == []


def test_where_names_are_asked_for_each_route_says_so() -> None:
    found = document(api_routes(FakeService(), REACTOR, Limits()), gated=True)
    assert {} not in found["security"]
    assert "login-needed" in found["paths"]["/api/v1/jobs"]["get"]["responses"]["401"]["description"]
    assert "429" in found["paths"]["/api/v1/jobs"]["get"]["responses"]
    assert "401" not in found["paths"]["/healthz"]["get"]["responses"]
