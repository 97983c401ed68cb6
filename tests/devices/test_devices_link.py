"""The link over the real libusb: what a transfer, a plug, another program and a missing right look like there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from printserver.emulation import FaultBook
from printserver.emulation.faults import FaultKind, FaultSpec
from tests.devices.devices_kit import Speaking, speaking
from tests.devices.plugs import Bed, await_that, bed_of
from tests.transport.usb_kit import PRIMACY, Echo, printer_of

ADDRESS = "usb:SN100"
STATUS = ("control", 0xA1, 1, 1, 1.0)
STOOD_STILL = 2.0
"""Seconds that the reactor may stand still on a busy machine; a transfer that is stuck would last far longer."""


@dataclass
class Desk:
    """A device that echoes, at USB, and the program that speaks with it."""

    echo: Echo
    faults: FaultBook
    bed: Bed
    program: Speaking

    @property
    def plug(self) -> object:
        return self.bed.seats[0].printer


@pytest.fixture
def desk() -> Iterator[Desk]:
    echo, faults = Echo(), FaultBook()
    with bed_of(printer_of(PRIMACY, echo, faults)) as bed, speaking(bed, ADDRESS) as program:
        yield Desk(echo, faults, bed, program)


def test_question_and_answer(desk: Desk) -> None:
    assert desk.program.run(("ask", "ready\n", 9.0)) == [b"ready".hex()]


def test_the_status_of_the_port_beside_the_data(desk: Desk) -> None:
    assert desk.program.run(STATUS, ("ask", "x\n", 9.0), STATUS) == ["18", b"x".hex(), "18"]
    assert desk.echo.asked == [(0xA1, 1, 0, 0)] * 2


def test_a_long_job_arrives_whole(desk: Desk) -> None:
    size = 585_216  # a card of 1016 by 576 dots
    assert desk.program.run(("send", size, 20.0), ("listen", size, 20.0)) == ["sent", size]
    assert bytes(desk.echo.heard) == bytes(range(256)) * (size // 256)


def test_a_long_job_arrives_whole_though_each_transfer_is_short(desk: Desk) -> None:
    desk.bed.seats[0].printer.short = 1000
    assert desk.program.run(("send", 51_200, 20.0), ("listen", 51_200, 20.0)) == ["sent", 51_200]
    assert bytes(desk.echo.heard) == bytes(range(256)) * 200


def test_silence_is_a_time_out_and_the_link_goes_on(desk: Desk) -> None:
    desk.faults.set(FaultSpec(FaultKind.SILENT))
    assert desk.program.fault("run", ("ask", "?\n", 1.0))["fault"] == "TimedOut"
    desk.faults.clear()
    assert desk.program.run(("ask", "again\n", 9.0)) == [b"again".hex()]


def test_a_device_that_takes_nothing_is_stalled(desk: Desk) -> None:
    desk.faults.set(FaultSpec(FaultKind.STALL))
    told = desk.program.fault("run", ("send", 102_400, 1.0))
    assert told["fault"] == "Stalled"
    assert 0 < told["sent"] < 102_400
    assert told["longest"] < STOOD_STILL
    desk.faults.clear()
    assert desk.program.run(("ask", "next\n", 9.0)) == [b"next".hex()]
    assert bytes(desk.echo.heard) == b"next\n"


def test_the_status_of_the_port_stops_a_sending_that_is_stuck(desk: Desk) -> None:
    desk.faults.set(FaultSpec(FaultKind.STALL))
    assert desk.program.run(("watched", 102_400, 20.0)) == ["stopped by 18"]


def test_a_stalled_control_transfer(desk: Desk) -> None:
    assert desk.program.fault("run", ("control", 0xC1, 77, 0, 1.0))["fault"] == "Stalled"


def test_a_pipe_that_refuses_is_lost_and_cleared_at_the_next_opening(desk: Desk) -> None:
    desk.bed.seats[0].printer.halted = True
    assert desk.program.run(("ask", "a\n", 9.0)) == [b"a".hex()]  # it was halted before
    desk.bed.seats[0].printer.halted = True
    told = desk.program.fault("run", ("send", 256, 9.0), ("listen", 1, 9.0))
    assert (told["fault"], "refused" in told["words"]) == ("LinkLost", True)
    assert desk.program.run(("ask", "c\n", 9.0)) == [b"c".hex()]


def test_unplugged_while_it_is_waited_for_and_plugged_in_again(desk: Desk) -> None:
    desk.faults.set(FaultSpec(FaultKind.SILENT))
    desk.program.begin("run", ("ask", "x\n", 50.0))
    await_that(lambda: desk.echo.heard)
    desk.bed.unplug()
    assert desk.program.end()["fault"] == "LinkLost"
    await_that(lambda: "no USB device fits" in desk.program.fault("run", ("ask", "y\n", 9.0))["words"])
    desk.faults.clear()
    desk.bed.plug()
    assert desk.program.run(("ask", "z\n", 9.0)) == [b"z".hex()]


def test_unplugged_in_the_middle_of_a_long_job(desk: Desk) -> None:
    desk.bed.seats[0].printer.short = 1000
    desk.program.begin("run", ("send", 5_120_000, 20.0))
    await_that(lambda: len(desk.echo.heard) > 50_000)
    desk.bed.unplug()
    told = desk.program.end()
    assert told["fault"] == "LinkLost"
    assert len(desk.echo.heard) <= told["sent"] < 5_120_000  # what may have left is counted, and not one byte less


def test_a_kernel_that_swallows_a_transfer_costs_a_thread_and_not_the_server(desk: Desk) -> None:
    assert desk.program.run(("ask", "a\n", 9.0)) == [b"a".hex()]
    desk.bed.hang(True)
    told = desk.program.fault("run", ("control", 0xA1, 1, 1, 0.2))
    assert told["fault"] == "TimedOut"
    assert told["longest"] < STOOD_STILL
    told = desk.program.fault("run", ("send", 1024, 9.0))
    assert told["fault"] in ("DeviceHeld", "LinkLost")  # held by that transfer, if the library can look at all
    assert told["longest"] < STOOD_STILL
    desk.program.close()  # it ends, though threads of it are in the kernel


def test_the_kernels_driver_is_detached_and_attached_again(desk: Desk) -> None:
    desk.bed.seats[0].printer.kernel_driver = True
    desk.program.run(("ask", "a\n", 9.0))
    assert not desk.bed.seats[0].printer.kernel_driver
    desk.program.ask("close")
    assert desk.bed.seats[0].printer.kernel_driver


def test_another_program_that_holds_the_printer_is_named_and_not_pushed_aside(desk: Desk) -> None:
    assert desk.program.run(("ask", "a\n", 9.0)) == [b"a".hex()]
    with speaking(desk.bed, ADDRESS) as second:
        told = second.fault("run", ("ask", "b\n", 9.0))
        assert (told["fault"], told["code"]) == ("DeviceHeld", "device-held")
        assert f"(process {desk.program.process.pid})" in told["words"]
        assert desk.program.run(("ask", "c\n", 9.0)) == [b"c".hex()]
        desk.program.ask("close")
        assert second.run(("ask", "d\n", 9.0)) == [b"d".hex()]


def test_a_missing_right_names_the_rule_that_gives_it() -> None:
    # Root opens what it may not: it is started here without the capability for that.
    powerless = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    echo = Echo()
    with bed_of(printer_of(PRIMACY, echo)) as bed, speaking(bed, ADDRESS, before=powerless) as program:
        bed.file().chmod(0)
        told = program.fault("run", ("ask", "a\n", 9.0))
        assert (told["fault"], told["code"]) == ("DeviceForbidden", "device-forbidden")
        assert 'ATTR{idVendor}=="0c1f", ATTR{idProduct}=="2800"' in told["words"]
        bed.file().chmod(0o600)
        assert program.run(("ask", "b\n", 9.0)) == [b"b".hex()]
