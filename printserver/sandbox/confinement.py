"""What the kernel keeps a worker away from: network, files, privileges, its parent's death.

Laws kept here:

1. Every step is tried; one that the kernel refuses is named in `missing`, and the others still hold.
2. Only the program's own code stays readable: no document of others, no data directory, no key file.

Sources: unshare(2), prctl(2), capset(2), landlock(7).
"""

from __future__ import annotations

import signal
import struct
import sys
import sysconfig
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from printserver.sandbox.landlock import called, libc, restrict

CLONE_NEWUSER, CLONE_NEWNET = 0x1000_0000, 0x4000_0000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
CAPABILITY_VERSION_3 = 0x2008_0522

SHARED_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")


@dataclass(frozen=True, slots=True)
class Confinement:
    """Which fences stand, and which the kernel refused, in words."""

    in_force: tuple[str, ...]
    missing: tuple[str, ...]


def confine(readable: Iterable[str]) -> Confinement:
    """Take every fence that the kernel gives; only what is in `readable` stays readable."""
    if sys.platform != "linux":
        return Confinement((), ("network, files and privileges: no fences on this operating system",))
    in_force: list[str] = []
    missing: list[str] = []
    for name, step in steps(tuple(readable)):
        try:
            in_force.append(f"{name}: {step()}")
        except OSError as error:
            missing.append(f"{name}: {error.strerror}")
    # Last, because a change of privileges takes the wish back.
    called(libc().prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0))
    return Confinement(tuple(in_force), tuple(missing))


def steps(readable: tuple[str, ...]) -> tuple[tuple[str, Callable[[], str]], ...]:
    """Return the fences in the order in which they must be taken."""
    return (
        ("network", leave_network),
        ("privileges", drop_privileges),
        ("file system", lambda: f"only the program's own code can be read (Landlock {restrict(readable)})"),
    )


def leave_network() -> str:
    """Move into an empty network of one's own; raises OSError.

    A user namespace comes first: it needs no privilege and takes away those that there are.
    """
    try:
        called(libc().unshare(CLONE_NEWUSER | CLONE_NEWNET))
    except OSError:
        called(libc().unshare(CLONE_NEWNET))
    return "none (an empty network namespace)"


def drop_privileges() -> str:
    """Give up all capabilities, and the ways to new ones; nobody may look into the process. Raises OSError."""
    called(libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    called(libc().prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
    header = struct.pack("=Ii", CAPABILITY_VERSION_3, 0)
    called(libc().capset(header, bytes(24)))
    return "none, and no way to new ones"


def code_roots(packages: Iterable[ModuleType]) -> tuple[str, ...]:
    """Return what holds the program's code: Python's directories, the system's libraries, packages, single modules."""
    paths = sysconfig.get_paths()
    python = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    own = [
        str(Path(package.__file__).parent if hasattr(package, "__path__") else package.__file__)
        for package in packages
        if package.__file__
    ]
    return tuple(dict.fromkeys([*python, *SHARED_LIBRARIES, *own]))
