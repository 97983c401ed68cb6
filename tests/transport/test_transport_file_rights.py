"""A device file that may not be opened is told with what gives the right."""

from __future__ import annotations

import errno
import grp
import os
from pathlib import Path
from unittest.mock import patch

import pytest
import serial
from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from printserver.dialogue import LinkLost
from printserver.transport.file_rights import PRINTER_FILE, SERIAL_LINE, Kind, forbidden, refusal_of_file
from printserver.transport.opening import open_link
from printserver.transport.usb_refusals import DeviceForbidden

DENIED = PermissionError(errno.EACCES, "Permission denied")


@pytest.mark.parametrize(("name", "kind", "rule"), [
    ("lp12", PRINTER_FILE, 'SUBSYSTEM=="usbmisc", KERNEL=="lp[0-9]*", GROUP="lp", MODE="0660"'),
    ("ttyUSB0", SERIAL_LINE, 'SUBSYSTEM=="tty", KERNEL=="ttyUSB[0-9]*", GROUP="dialout", MODE="0660"'),
])  # fmt: skip
def test_one_that_belongs_to_no_group_is_told_with_a_rule(tmp_path: Path, name: str, kind: Kind, rule: str) -> None:
    path = tmp_path / name
    path.touch(0o600)
    fault = refusal_of_file(DENIED, str(path), kind)
    assert type(fault) is DeviceForbidden
    assert rule in fault.message
    assert "udevadm trigger" in fault.message


def test_one_that_belongs_to_a_group_is_told_with_the_group(tmp_path: Path) -> None:
    path = tmp_path / "lp0"
    path.touch(0o660)
    path.chmod(0o660)
    with patch("printserver.transport.usb_refusals.grp.getgrgid") as known, patch.object(Path, "stat") as found:
        known.return_value = grp.struct_group(("printers", "x", 77, []))
        found.return_value = os.stat_result((0o020660, 0, 0, 0, 0, 77, 0, 0, 0, 0))
        fault = refusal_of_file(DENIED, str(path), PRINTER_FILE)
    assert "usermod --append --groups printers ACCOUNT" in fault.message


def test_another_error_is_a_link_that_is_lost() -> None:
    fault = refusal_of_file(FileNotFoundError(errno.ENOENT, "No such file or directory"), "/dev/usb/lp0", PRINTER_FILE)
    assert type(fault) is LinkLost
    assert "no such file" in fault.message
    assert type(refusal_of_file(DENIED, "socket://192.0.2.7:23", SERIAL_LINE)) is LinkLost


def test_rights_are_judged_without_opening(tmp_path: Path) -> None:
    path = tmp_path / "lp0"
    assert forbidden(path, PRINTER_FILE) is None
    path.touch(0o600)
    assert forbidden(path, PRINTER_FILE) is None
    with patch("printserver.transport.file_rights.os.access", return_value=False):
        found = forbidden(path, PRINTER_FILE)
    assert found is not None
    assert found.code == "device-forbidden"


class LinksTest(TestCase):
    """The links themselves refuse so."""

    async def fault_at(self, address: str) -> DeviceForbidden:
        link = open_link(address, reactor)
        try:
            await link.open()
        except DeviceForbidden as fault:
            return fault
        raise self.failureException("it was opened")

    async def test_a_printer_file(self) -> None:
        with patch("printserver.transport.usblp.os.open", side_effect=DENIED):
            fault = await self.fault_at("usblp:/dev/usb/lp0")
        assert 'KERNEL=="lp[0-9]*"' in fault.message

    async def test_a_serial_line(self) -> None:
        denied = serial.SerialException(errno.EACCES, "could not open port")
        with patch("printserver.transport.serial.serial.serial_for_url", side_effect=denied):
            fault = await self.fault_at("serial:/dev/ttyQ7")
        assert 'KERNEL=="ttyQ[0-9]*"' in fault.message
