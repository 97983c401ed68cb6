"""Avahi on loopback with a bus of its own: neither sees, nor is seen by, what else runs on the machine.

Avahi looks for its user's name and writes below /run, and takes no other place for either: it gets both in a mount
namespace of its own.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.crash.crash_harness import ROOT, await_until
from tests.interop.interop_kit import Said, run

PROGRAMS = ROOT / "build" / "avahi"
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow send_destination="*"/>
    <allow receive_type="method_call"/>
    <allow receive_type="signal"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
  </policy>
</busconfig>
"""
AVAHI = """[server]
host-name=interop-{number}
use-ipv4=yes
use-ipv6=no
allow-interfaces=lo
[publish]
publish-workstation=no
publish-hinfo=no
"""
IN_A_NAMESPACE = """
mount -t tmpfs tmpfs /run
mount --bind "$1/passwd" /etc/passwd
mount --bind "$1/group" /etc/group
exec "$2" -f "$1/avahi.conf" --no-drop-root --no-chroot --no-rlimits
"""


@dataclass(frozen=True)
class Found:
    """One service as avahi-browse tells it."""

    name: str
    kind: str
    host: str
    address: str
    port: int
    txt: Mapping[str, str]


@dataclass(frozen=True)
class Avahi:
    """A running Avahi and how its clients reach it."""

    environment: Mapping[str, str]

    def browse(self, kind: str) -> list[Found]:
        """What Avahi resolves of a kind of service now."""
        said = self.run(PROGRAMS / "avahi-browse", "-tpr", kind).expect()
        return [found_in(line) for line in said.out.splitlines() if line.startswith("=;")]

    def run(self, *command: str | Path) -> Said:
        """Run a client of Avahi."""
        return run(*command, environment=self.environment)


def found_in(line: str) -> Found:
    """Read a line `=;interface;protocol;name;kind;domain;host;address;port;"key=value" ...`."""
    _, _, _, name, kind, _, host, address, port, txt = line.split(";", 9)
    keys = dict(pair.partition("=")[::2] for pair in re.findall(r'"([^"]*)"', plain(txt)))
    return Found(plain(name), kind, host, address, int(port), keys)


def plain(text: str) -> str:
    """Take away the escapes of avahi-browse: three decimal digits of an octet, or the character itself."""
    octets = re.sub(
        rb"\\([0-9]{3}|.)", lambda found: bytes([int(found[1])]) if len(found[1]) == 3 else found[1], text.encode()
    )
    return octets.decode()


@contextmanager
def avahi(folder: Path) -> Iterator[Avahi]:
    """Run a bus and Avahi; both are ended by their ids."""
    (folder / "bus.conf").write_text(BUS.format(folder=folder))
    (folder / "avahi.conf").write_text(AVAHI.format(number=os.getpid()))
    for name, line in (("passwd", "avahi:x:0:0::/:/bin/false\n"), ("group", "avahi:x:0:\nnetdev:x:0:\n")):
        (folder / name).write_text(Path("/etc", name).read_text() + line)
    environment = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={folder}/bus"}
    started: list[subprocess.Popen[bytes]] = []
    try:
        bus = ["dbus-daemon", f"--config-file={folder / 'bus.conf'}", "--nofork", "--nopidfile"]
        started.append(begin(bus, folder / "bus.log", environment))
        await_until((folder / "bus").exists)
        as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
        shell = ["unshare", *as_root, "--mount", "sh", "-ec", IN_A_NAMESPACE, "avahi", str(folder)]
        started.append(begin([*shell, str(PROGRAMS / "avahi-daemon")], folder / "avahi.log", environment))
        here = Avahi(environment)
        browse = (PROGRAMS / "avahi-browse", "-tp", "_ipp._tcp")
        await_until(lambda: here.run(*browse).status == 0 or started[-1].poll() is not None)
        assert started[-1].poll() is None, (folder / "avahi.log").read_text()
        yield here
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait()


def begin(command: list[str], log: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a program that writes into a log."""
    with log.open("wb") as out:
        return subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, **environment})
