"""An emulated printer in a process of its own, spoken to over real sockets."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from PIL import Image

from printserver.emulation.control import Request
from printserver.emulation.launch import Order, ask, clear_fault, find_running, set_fault, shut_down, start_emulator
from printserver.errors import DeviceUnreachable
from printserver_evolis.driver import EvolisDriver
from printserver_evolis.job import GEOMETRY
from printserver_evolis.ribbons import by_name
from tests.drivers.bench import card_of

PACKAGES = ("printserver_evolis",)
DEADLINE = 20.0


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for a socket."""
    with TemporaryDirectory(prefix="emu") as name:
        yield Path(name)


def order_in(folder: Path, *faults: str, listen: str = "", pace: str = "fast") -> Order:
    return Order(
        driver="evolis", model="primacy", listen=listen or f"unix:{folder / 'host'}", cards=folder / "cards",
        control=folder / "control", log=folder / "log", faults=faults, packages=PACKAGES, pace=pace,
    )


def test_the_ribbon_that_is_ordered_is_put_in(folder: Path) -> None:
    order = replace(order_in(folder), ribbon="KO")
    try:
        with connect(start_emulator(order).address) as line:
            line.sendall(b"\x1bRr\r")
            assert line.recv(16) == b"ko\0"
    finally:
        shut_down(order.control)


@pytest.fixture
def printer(folder: Path) -> Iterator[Order]:
    order = order_in(folder)
    start_emulator(order)
    yield order
    shut_down(order.control)


def connect(address: str) -> socket.socket:
    kind, _, rest = address.partition(":")
    if kind == "unix":
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(DEADLINE)
        line.connect(rest)
        return line
    host, _, port = rest.rpartition(":")
    return socket.create_connection((host, int(port)), DEADLINE)


def job() -> bytes:
    card = card_of(by_name("YMCKO"), GEOMETRY, 256)
    return b"".join(block.data for block in EvolisDriver("primacy", {}).encode(card))


def say(line: socket.socket, question: bytes) -> bytes:
    line.sendall(question)
    reply = b""
    while not reply.endswith(b"\0"):
        part = line.recv(4096)
        assert part
        reply += part
    return reply


def wait_for(path: Path) -> Path:
    until = time.monotonic() + DEADLINE
    while not path.exists():
        assert time.monotonic() < until, f"{path.name} never came"
        time.sleep(0.01)
    return path


def test_a_card_comes_out_as_a_picture(printer: Order) -> None:
    with connect(printer.listen) as line:
        line.sendall(job())
        assert say(line, b"\x1bRco;c\r") == b"1\0"
    with Image.open(printer.cards / "0001-front.png") as picture:
        assert (picture.size, picture.mode) == ((1016, 648), "RGB")


@pytest.mark.parametrize("listen", ["", "tcp:127.0.0.1:0"])
def test_a_host_that_closes_its_half_still_gets_its_answer(folder: Path, listen: str) -> None:
    order = order_in(folder, listen=listen)
    address = start_emulator(order).address
    try:
        for _ in range(40):
            with connect(address) as line:
                line.sendall(b"\x1bRr\r")
                line.shutdown(socket.SHUT_WR)
                assert read_to_the_end(line) == b"ymcko\0"
    finally:
        shut_down(order.control)


def read_to_the_end(line: socket.socket) -> bytes:
    said = b""
    while part := line.recv(4096):
        said += part
    return said


def test_the_card_is_finished_when_the_host_is_gone(printer: Order) -> None:
    with connect(printer.listen) as line:
        line.sendall(job())
    wait_for(printer.cards / "0001-front.png")


def test_an_orderly_end_finishes_the_card_first(folder: Path) -> None:
    order = order_in(folder)
    start_emulator(order)
    with connect(order.listen) as line:
        line.sendall(job() + b"\x1bRsn\r")
        set_fault(order.control, "no-refill")
        shut_down(order.control)
    assert (order.cards / "0001-front.png").exists()


def test_it_outlives_the_process_that_started_it(folder: Path) -> None:
    order = order_in(folder)
    child = os.fork()
    if child == 0:
        start_emulator(order)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    running = find_running(order.control)
    assert running is not None
    assert running.pid != child
    assert running.address == order.listen
    with connect(order.listen) as line:
        assert say(line, b"\x1bRlr\r") == b"OK\0"
    shut_down(order.control)
    assert find_running(order.control) is None


def test_counters_and_numbers_go_on_after_a_kill(folder: Path) -> None:
    order = order_in(folder)
    first = start_emulator(order)
    with connect(order.listen) as line:
        line.sendall(job())
        say(line, b"\x1bRco;c\r")
    os.kill(first.pid, signal.SIGKILL)
    os.waitpid(first.pid, 0)
    second = start_emulator(order)
    assert second.counters["cards"] == 1
    assert second.serial == first.serial
    with connect(order.listen) as line:
        line.sendall(job())
        assert say(line, b"\x1bRco;c\r") == b"2\0"
    assert (order.cards / "0002-front.png").exists()
    shut_down(order.control)


def test_the_next_host_waits_for_its_turn(printer: Order) -> None:
    with connect(printer.listen) as first, connect(printer.listen) as second:
        assert say(first, b"\x1bRlr\r") == b"OK\0"
        second.sendall(b"\x1bRsn\r")
        assert say(first, b"\x1bRfv\r") == b"EMULATED\0"
        first.close()
        assert say(second, b"").startswith(b"EMU")
        assert say(second, b"\x1bRtp\r") == b"Primacy\0"


def test_faults_are_set_and_cleared_on_the_control_channel(printer: Order) -> None:
    assert set_fault(printer.control, "cover-open@card=1").faults == ["cover-open@card=1"]
    with connect(printer.listen) as line:
        line.sendall(b"\x1bPem;4\r\x1bSi\r\x1bSe\r")
        assert line.recv(1) == b"\x06"
        assert line.recv(1) == b"\x06"
        assert line.recv(2) == b"\x15C"
        clear_fault(printer.control, "cover-open")
        assert line.recv(1) == b"\x06"
    wait_for(printer.cards / "0001-front.png")


def test_a_wrong_request_is_refused_with_the_words_that_are_allowed(printer: Order) -> None:
    with pytest.raises(DeviceUnreachable, match="cover-open, ribbon-out"):
        set_fault(printer.control, "cover-opened")
    with pytest.raises(DeviceUnreachable, match="status, fault, clear"):
        ask(printer.control, Request("explode"))


def test_a_dropped_link_is_really_dropped(printer: Order) -> None:
    set_fault(printer.control, "drop-link@byte=10")
    with connect(printer.listen) as line:
        line.sendall(b"\x1bRlr\r" * 4)
        received = b""
        try:
            while part := line.recv(100):
                received += part
        except ConnectionResetError:
            pass
    assert received == b""
    with connect(printer.listen) as line:
        assert say(line, b"\x1bRlr\r").endswith(b"OK\0")


def test_a_port_that_is_taken_is_named(printer: Order, folder: Path) -> None:
    with pytest.raises(DeviceUnreachable, match="host"):
        start_emulator(order_in(folder))
    assert find_running(printer.control) is not None


def test_tcp_gives_a_free_port(folder: Path) -> None:
    order = order_in(folder, listen="tcp:127.0.0.1:0")
    running = start_emulator(order)
    with connect(running.address) as line:
        assert say(line, b"\x1bRsn\r") == running.serial.encode() + b"\0"
    shut_down(order.control)


def test_a_pseudo_terminal_is_a_printer_too(folder: Path) -> None:
    order = order_in(folder, listen=f"pty:{folder / 'tty'}")
    start_emulator(order)
    end = os.open(folder / "tty", os.O_RDWR | os.O_NOCTTY)
    os.write(end, b"\x1bRlr\r")
    assert os.read(end, 10) == b"OK\0"
    os.close(end)
    shut_down(order.control)
    assert not (folder / "tty").is_symlink()


def test_an_unknown_model_is_told_with_those_there_are(folder: Path) -> None:
    order = order_in(folder)
    with pytest.raises(DeviceUnreachable, match="pebble, dualys, zenius, primacy"):
        start_emulator(Order(driver="evolis", model="agilia", listen=order.listen, cards=order.cards,
                             control=order.control, log=order.log, packages=PACKAGES))
