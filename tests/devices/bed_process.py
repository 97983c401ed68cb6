"""A test bed of umockdev: programs that are started in it see USB devices, and their ioctls come out here as JSON.

It runs on the system's own Python, which has the bindings, under `umockdev-wrapper`. The devices that it is to have
stand in the first line of its standard input, as text in umockdev's own language and a list of device files. Nothing is
decided here: each claim and each transfer is told in a line of standard output, with a number, and is over when a line
of standard input says so.

| line in | what it does |
|---|---|
| {"done": 7, "status": -32, "data": "BASE64", "actual": 12} | a transfer or claim is over |
| {"pull": "/sys/devices/...", "node": "/dev/..."} | the device is gone: `remove` is told to whoever listens |
| {"put": "P: /devices/...", "path": ..., "node": ...} | the device is there, and `add` is told |
| {"hang": true} | transfers that are handed over now stay in the kernel, for ever |

Source: Linux, include/uapi/linux/usbdevice_fs.h, 64 bit.
"""

from __future__ import annotations

import base64
import errno
import json
import os
import sys
from collections.abc import Callable
from typing import Any

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import GLib, UMockdev  # noqa: E402

CLAIM, RELEASE, SUBMIT, DISCARD = 0x8004550F, 0x80045510, 0x8038550A, 0x550B
REAP, REAP_NOW, CAPABILITIES, DRIVER = 0x4008550C, 0x4008550D, 0x8004551A, 0x41045508
SET_CONFIGURATION, SET_INTERFACE, RESET, CLEAR_HALT = 0x80045505, 0x80085504, 0x5514, 0x80045515
TO_DRIVER, DISCONNECT, CONNECT = 0xC0105512, 0x5516, 0x5517
NUMBERED = {CLAIM: "claim", RELEASE: "release", CLEAR_HALT: "unhalt"}
URB, TRANSFER_TYPES = 56, {1: "bulk", 2: "control", 3: "bulk"}
SETUP = 8
# a status, bytes that were moved, and those that came
Over = Callable[[int, int, bytes], None]


def tell(**words: object) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


class Transfer:
    """One URB of a program."""

    def __init__(self, client: Any, argument: Any) -> None:  # noqa: ANN401
        self.client, self.urb = client, argument.resolve(0, URB)
        self.address = self.urb.client_addr
        raw = bytes(self.urb.retrieve())
        self.number = 0
        self.kind, self.end = TRANSFER_TYPES[raw[0]], raw[1]
        self.length = int.from_bytes(raw[24:28], "little")
        self.buffer = self.urb.resolve(16, self.length) if self.length else None

    def words(self) -> dict[str, object]:
        data = bytes(self.buffer.retrieve()) if self.buffer is not None and self.sends() else b""
        return {"kind": self.kind, "end": self.end, "length": self.length, "data": base64.b64encode(data).decode()}

    def sends(self) -> bool:
        return self.kind == "control" or not self.end & 0x80

    def finish(self, status: int, actual: int, data: bytes) -> None:
        if data and self.buffer is not None:
            start = SETUP if self.kind == "control" else 0
            self.buffer.update(start, list(data))
        self.urb.update(4, list(status.to_bytes(4, "little", signed=True)))
        self.urb.update(28, list(actual.to_bytes(4, "little")))


class Program:
    """One device file that a program has open."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.under_way: list[Transfer] = []
        self.over: list[Transfer] = []


class Handler(UMockdev.IoctlBase):  # type: ignore[misc]  # the bindings have no types
    """One device."""

    def __init__(self, bed: Bed, node: str) -> None:
        super().__init__()
        self.bed, self.node, self.there = bed, node, True
        self.programs: dict[Any, Program] = {}

    def do_client_connected(self, client: Any) -> None:  # noqa: ANN401
        self.bed.count += 1
        self.programs[client] = Program(self.bed.count)

    def do_client_vanished(self, client: Any) -> None:  # noqa: ANN401
        tell(kind="closed", node=self.node, program=self.programs.pop(client).number)

    def do_handle_ioctl(self, client: Any) -> bool:  # noqa: ANN401
        try:
            self.answer(client, client.get_request(), client.get_arg())
        except Exception as error:
            tell(kind="broken", words=f"{type(error).__name__}: {error}")
            client.complete(-1, errno.EIO)
        return True

    def answer(self, client: Any, request: int, argument: Any) -> None:  # noqa: ANN401
        program = self.programs[client]
        if request in (REAP, REAP_NOW):
            self.reap(client, program, argument)
        elif request == DISCARD:
            self.discard(client, program, argument)
        elif not self.there:
            client.complete(-1, errno.ENODEV)
        elif request == SUBMIT:
            self.submit(client, program, argument)
        elif request in NUMBERED:
            number = int.from_bytes(bytes(argument.resolve(0, 4).retrieve()), "little")
            self.ask(client, program, NUMBERED[request], number)
        elif request == TO_DRIVER:
            raw = bytes(argument.resolve(0, 16).retrieve())
            code = int.from_bytes(raw[4:8], "little")
            kind = {DISCONNECT: "detach", CONNECT: "attach"}[code]
            self.ask(client, program, kind, int.from_bytes(raw[:4], "little"))
        elif request == DRIVER:
            self.ask(client, program, "driver", 0, argument.resolve(0, 260))
        elif request == CAPABILITIES:
            argument.resolve(0, 4).update(0, [0x0F, 0, 0, 0])
            client.complete(0, 0)
        elif request in (SET_CONFIGURATION, SET_INTERFACE, RESET):
            client.complete(0, 0)
        else:
            client.complete(-1, errno.ENOTTY)

    def ask(self, client: Any, program: Program, kind: str, number: int, room: Any = None) -> None:  # noqa: ANN401
        def over(status: int, actual: int, data: bytes) -> None:
            if room is not None and not status:
                room.update(4, list(data + b"\0"))
            client.complete(-1 if status else 0, -status)

        self.bed.begin(over, kind=kind, node=self.node, program=program.number, number=number)

    def submit(self, client: Any, program: Program, argument: Any) -> None:  # noqa: ANN401
        if self.bed.hangs:
            return  # and complete it never
        transfer = Transfer(client, argument)

        def over(status: int, actual: int, data: bytes) -> None:
            if transfer in program.under_way:
                program.under_way.remove(transfer)
                transfer.finish(status, actual, data)
                program.over.append(transfer)

        program.under_way.append(transfer)
        transfer.number = self.bed.begin(over, node=self.node, program=program.number, **transfer.words())
        client.complete(0, 0)

    def reap(self, client: Any, program: Program, argument: Any) -> None:  # noqa: ANN401
        if program.over:
            transfer = program.over.pop(0)
            argument.resolve(0, 8).set_ptr(0, transfer.urb)
            client.complete(0, 0)
        else:
            client.complete(-1, errno.EAGAIN if self.there else errno.ENODEV)

    def discard(self, client: Any, program: Program, argument: Any) -> None:  # noqa: ANN401
        address = int.from_bytes(bytes(argument.retrieve()), "little")  # here the argument is the pointer itself
        found = [each for each in program.under_way if each.address == address]
        if not found:
            client.complete(-1, errno.EINVAL)
            return
        tell(kind="forget", of=found[0].number)  # it is over when that is answered, or it was over before
        client.complete(0, 0)

    def gone(self) -> None:
        self.there = False
        for program in self.programs.values():
            for transfer in list(program.under_way):
                tell(kind="forget", of=transfer.number)
                self.bed.finish(transfer.number, -errno.ESHUTDOWN)


class Bed:
    """The devices, and what is under way."""

    def __init__(self) -> None:
        self.testbed = UMockdev.Testbed.new()
        self.count, self.hangs = 0, False
        self.under_way: dict[int, Over] = {}
        self.handlers: dict[str, Handler] = {}

    def plug(self, text: str, node: str) -> None:
        self.testbed.add_from_string(text)
        if node:
            self.handlers[node] = Handler(self, node)
            self.testbed.attach_ioctl(node, self.handlers[node])

    def begin(self, over: Over, **words: object) -> int:
        self.count += 1
        self.under_way[self.count] = over
        tell(ask=self.count, **words)
        return self.count

    def finish(self, number: int, status: int, actual: int = 0, data: bytes = b"") -> None:
        over = self.under_way.pop(number, None)
        if over is not None:
            over(status, actual, data)

    def take(self, line: bytes) -> None:
        words = json.loads(line)
        if "done" in words:
            data = base64.b64decode(words.get("data", ""))
            self.finish(words["done"], words["status"], words.get("actual", len(data)), data)
        elif "pull" in words:
            self.handlers[words["node"]].gone()
            self.testbed.uevent(words["pull"], "remove")
            self.testbed.detach_ioctl(words["node"])
            self.testbed.remove_device(words["pull"])
            tell(kind="pulled")
        elif "put" in words:
            self.plug(words["put"], words["node"])
            self.testbed.uevent(words["path"], "add")
            tell(kind="put")
        elif "hang" in words:
            self.hangs = words["hang"]
            tell(kind="hangs")


def main() -> None:
    first = json.loads(sys.stdin.readline())
    bed, loop, rest = Bed(), GLib.MainLoop(), bytearray()
    for text, node in first:
        bed.plug(text, node)

    def read(_channel: object, _condition: object) -> bool:
        part = os.read(0, 1 << 20)
        if not part:
            loop.quit()
            return False
        rest.extend(part)
        *lines, last = bytes(rest).split(b"\n")
        rest[:] = last
        for line in lines:
            bed.take(line)
        return True

    GLib.io_add_watch(GLib.IOChannel(0), GLib.IO_IN | GLib.IO_HUP, read)
    tell(ready=bed.testbed.get_root_dir())
    loop.run()


main()
