"""What the service manager is told: ready when the doors are open, alive only while the store answers, stopping."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from printserver.config import parse_configuration
from printserver.daemon import Daemon, Setting
from printserver.daemon.service_manager import FEEDS, ServiceManager, Watchdog, service_manager
from printserver.errors import StoreBusy
from printserver.extension.runtime import TimedRunner
from printserver.extension.values import TimedWork
from printserver.plugins import load_plugins
from printserver.queue.storekeeper import Storekeeper
from tests.daemon.test_daemon_life import DOORS, DaemonTestCase


def listening(address: str | bytes) -> socket.socket:
    found = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    found.bind(address)
    found.setblocking(False)
    return found


def heard(ear: socket.socket) -> list[str]:
    states = []
    while True:
        try:
            states.append(ear.recv(4096).decode())
        except BlockingIOError:
            return states


class Store:
    """A store's thread that answers, fails, or hangs."""

    def __init__(self) -> None:
        self.hangs, self.fails = False, False

    @property
    def store(self) -> Store:
        return self

    def last_event(self) -> int:
        return 1

    async def read(self, call: Callable[[], object]) -> object:
        if self.hangs:
            await Deferred[None]()
        if self.fails:
            raise StoreBusy()
        return call()


def test_a_manager_is_known_by_its_environment() -> None:
    assert service_manager({}, 7) is None
    assert service_manager({"NOTIFY_SOCKET": "vsock:2:1"}, 7) is None
    there = {"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}
    assert service_manager(there, 7) == ServiceManager("/run/notify", 30.0)
    assert service_manager(there, 8) == ServiceManager("/run/notify", 0.0)
    assert service_manager({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "5000000"}, 8) == ServiceManager("@x", 5.0)


def test_states_come_by_file_and_by_abstract_name(tmp_path: Path) -> None:
    abstract = f"printserver-test-{os.getpid()}"
    for address, bound in ((str(tmp_path / "s"), str(tmp_path / "s")), (f"@{abstract}", f"\0{abstract}")):
        with listening(bound) as ear:
            ServiceManager(address).tell("READY=1")
            assert heard(ear) == ["READY=1"]


@pytest.mark.parametrize("address", ["/nowhere/at/all", "@nobody-is-there"])
def test_a_manager_that_is_not_there_harms_nobody(address: str) -> None:
    ServiceManager(address).tell("READY=1")


def test_a_server_is_alive_only_while_its_store_answers(tmp_path: Path) -> None:
    clock, store = Clock(), Store()
    with listening(str(tmp_path / "s")) as ear:
        dog = Watchdog(ServiceManager(str(tmp_path / "s"), 30.0), cast(Storekeeper, store))
        runner = TimedRunner(TimedWork("watchdog", dog.seconds, dog.feed), clock)
        runner.start()
        assert heard(ear) == []
        clock.pump([30.0 / FEEDS] * 3)
        assert heard(ear) == ["WATCHDOG=1"] * 3
        store.fails = True
        clock.advance(dog.seconds)
        assert heard(ear) == ["WATCHDOG=1"], "a store that is busy answers"
        store.hangs = True
        clock.pump([dog.seconds] * 20)
        assert heard(ear) == []


class ManagedTest(DaemonTestCase):
    async def test_a_server_tells_when_it_is_ready_and_when_it_stops(self) -> None:
        address = str(self.folder / "n")
        with listening(address) as ear:
            daemon = Daemon(Setting(
                configuration=parse_configuration(DOORS, "t"), place=self.place, reactor=cast(Any, reactor),
                wall=time.time, plugins=load_plugins(None), manager=ServiceManager(address, 600.0),
            ))  # fmt: skip
            start = Deferred.fromCoroutine(daemon.start())
            assert heard(ear) == []
            await start
            assert heard(ear) == ["READY=1"]
            await daemon.stop()
            assert heard(ear) == ["STOPPING=1"]
