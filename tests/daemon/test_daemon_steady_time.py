"""The wall clock is set while a process works: what it waits for comes when it is due, not at once, nor hours late."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# A clock that can be set before anything else takes it; the process does its work in `begin`, and must come to an end.
SETTABLE = """
import sys, time, types

true, error = time.time, [0.0]
time.time = lambda: true() + error[0]

def begin(reactor):
    say = lambda word: print(word, file=sys.stderr, flush=True)
    reactor.callLater(0.2, lambda: (say("first"), reactor.callLater(0, say, "second")))
    reactor.callLater(1.0, lambda: (say("third"), reactor.stop()))
    error[0] = JUMP
"""
SERVER = """
import printserver.daemon as daemon
from printserver.commands import serve

class Daemon:
    doors = ()
    def __init__(self, setting):
        self.reactor = setting.reactor
    async def start(self):
        begin(self.reactor)
    def http_port(self):
        return 0
    tls_port = http_port

daemon.Daemon, daemon.Setting = Daemon, lambda **setting: types.SimpleNamespace(**setting)
serve._run()
"""
PRINTER = """
from printserver.emulation import process

class Process:
    def __init__(self, settings, reactor):
        self.reactor = reactor
    def start(self):
        begin(self.reactor)
        return "nowhere"

process.Process = Process
process.main(["--driver", "virtual", "--listen", "tcp:0", "--cards", "/nowhere"])
"""


@pytest.mark.parametrize("work", [SERVER, PRINTER], ids=["server", "printer"])
@pytest.mark.parametrize("jump", [-86_400.0, 86_400.0], ids=["back", "forth"])
def test_a_clock_that_is_set_changes_no_time_out(work: str, jump: float) -> None:
    script = SETTABLE.replace("JUMP", str(jump)) + work
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.split() == ["first", "second", "third"]
