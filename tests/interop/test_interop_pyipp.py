"""pyipp: the IPP client of home automation, with a codec of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from pyipp import IPP, IPPError
from pyipp.enums import IppOperation, IppStatus

from tests.interop.interop_kit import House

T = TypeVar("T")


def talk(server: House, about: Callable[[IPP], Awaitable[T]], path: str = "/ipp/print") -> T:
    """Open a client, have it talk, and close it."""

    async def whole() -> T:
        async with IPP("127.0.0.1", port=server.site.port, base_path=path) as client:
            return await about(client)

    return asyncio.run(whole())


def test_it_reads_the_printer(server: House) -> None:
    printer = talk(server, lambda client: client.printer())
    assert printer.info.name == "Evolis Primacy"
    assert printer.info.manufacturer == "printserver"
    assert printer.info.printer_uri_supported == [server.printer, server.secure_printer]
    assert printer.state.printer_state == "idle"
    assert [(marker.name, marker.marker_type) for marker in printer.markers] == [
        ("YMCKOK", "inkRibbon"), ("cleaning", "other"),
    ]  # fmt: skip


def test_it_prints(server: House, front_card: bytes) -> None:
    message = {
        "operation-attributes-tag": {
            "requesting-user-name": "alice", "job-name": "badge", "document-format": "image/png",
        },
        "data": server.front.read_bytes(),
    }  # fmt: skip
    with server.one_job() as printed:
        answer: dict[str, Any] = talk(server, lambda client: client.execute(IppOperation.PRINT_JOB, message))
        assert answer["status-code"] == IppStatus.OK
    assert answer["jobs"][0]["job-id"] == printed.job
    assert printed.fronts == [front_card]
    assert printed.name == "badge"


def test_it_is_told_that_there_is_no_such_queue(server: House) -> None:
    with pytest.raises(IPPError):
        talk(server, lambda client: client.printer(), path="/ipp/print/nobody")
