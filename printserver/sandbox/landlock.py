"""Landlock: a process gives up the file system, TCP and signals to others, without any privilege.

Source: Linux kernel documentation, userspace-api/landlock.rst, and include/uapi/linux/landlock.h (ABI 1 to 7). The
system call numbers are the same on every architecture since Linux 5.13.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ASK_VERSION = 1
RULE_PATH_BENEATH = 1

READ_FILE, READ_DIR = 1 << 2, 1 << 3
# Rights that each version of the interface knows: all bits below the number given.
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
TCP_SINCE, TCP_RIGHTS = 4, 0b11  # bind, connect
SCOPE_SINCE, SCOPES = 6, 0b11  # abstract UNIX sockets, signals


def libc() -> ctypes.CDLL:
    """Return the C library with `errno` kept."""
    return ctypes.CDLL(None, use_errno=True)


def called(result: int) -> int:
    """Return the result of a call into the C library; raises OSError."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def version() -> int:
    """Return the version of the kernel's Landlock interface; raises OSError where there is none."""
    return called(libc().syscall(CREATE_RULESET, None, 0, ASK_VERSION))


def restrict(readable: Iterable[str]) -> int:
    """Give up all files but those at or below `readable`, which stay readable; return the interface's version.

    From version 4 on TCP is given up too, from 6 on abstract sockets and signals to other processes. `no_new_privs`
    must be set. Raises OSError.
    """
    abi = version()
    ruleset = called(libc().syscall(CREATE_RULESET, rights(abi), len(rights(abi)), 0))
    try:
        for path in readable:
            allow_reading(ruleset, path)
        called(libc().syscall(RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    return abi


def rights(abi: int) -> bytes:
    """Return `struct landlock_ruleset_attr` with every right that this version knows."""
    file_bits = max(bits for since, bits in FILE_RIGHTS.items() if since <= abi)
    attributes = struct.pack("=Q", (1 << file_bits) - 1)
    if abi >= TCP_SINCE:
        attributes += struct.pack("=Q", TCP_RIGHTS)
    if abi >= SCOPE_SINCE:
        attributes += struct.pack("=Q", SCOPES)
    return attributes


def allow_reading(ruleset: int, path: str) -> None:
    """Let a file, or everything below a directory, be read; one that is not there is left out."""
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        directory = stat.S_ISDIR(os.fstat(parent).st_mode)
        rule = struct.pack("=Qi", READ_FILE | READ_DIR if directory else READ_FILE, parent)
        called(libc().syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, rule, 0))
    finally:
        os.close(parent)
