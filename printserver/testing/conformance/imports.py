"""What a driver's package imports, read from its source: bytes and meaning, and nothing of the world.

A driver never opens a port or a file, sleeps, starts a thread, reads a clock or throws dice: all of it is an effect.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

# Rooms of the server that a driver stands on.
ROOMS = frozenset({"dialogue", "driver", "emulation", "errors", "ipp", "lifecycle", "model", "raster"})
# Packages of others that the server brings anyway and that touch nothing.
ALLOWED = frozenset({"msgspec", "numpy"})
# Modules of Python itself that reach the world, the time, or chance.
WORLDLY = frozenset({
    "_thread", "asyncio", "concurrent", "ctypes", "datetime", "ftplib", "http", "imaplib", "importlib", "mmap",
    "multiprocessing", "os", "poplib", "pty", "random", "runpy", "sched", "secrets", "select", "selectors", "shutil",
    "signal", "smtplib", "socket", "socketserver", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time",
    "urllib", "uuid", "webbrowser",
})  # fmt: skip
# Names that need no import.
WORLDLY_NAMES = frozenset({"__import__", "breakpoint", "eval", "exec", "input", "open"})


def offences_of(package: str, also: frozenset[str] = frozenset()) -> list[str]:
    """Return what a package's own files import or call that no driver may, a line each; `also` = allowed besides."""
    folder = folder_of(package)
    return [
        f"{path.relative_to(folder)}, line {line}: {word}"
        for path in sorted(folder.rglob("*.py"))
        for line, word in offences(path.read_text(encoding="utf-8"), package, also)
    ]


def folder_of(package: str) -> Path:
    """Return the folder of a package."""
    spec = find_spec(package)
    assert spec is not None, f"there is no package {package}"
    assert spec.submodule_search_locations, f"{package} is no package of files"
    return Path(spec.submodule_search_locations[0])


def offences(source: str, package: str, also: frozenset[str] = frozenset()) -> Iterator[tuple[int, str]]:
    """Yield line and words of what no driver may import or call."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found = [name.name for name in names]
            case ast.ImportFrom(level=0, module=str(module), names=names):
                found = [f"{module}.{name.name}" if module == "printserver" else module for name in names][:1]
            case ast.Call(func=ast.Name(id=called)) if called in WORLDLY_NAMES:
                yield node.lineno, f"calls {called}"
                continue
            case _:
                continue
        yield from ((node.lineno, f"imports {name}") for name in found if not _fits(name, package, also))


def _fits(name: str, package: str, also: frozenset[str]) -> bool:
    top, _, rest = name.partition(".")
    if top == "printserver":
        return rest.partition(".")[0] in ROOMS
    own = package == name or name.startswith(f"{package}.")
    plain = top in sys.stdlib_module_names and top not in WORLDLY
    return own or plain or top in ALLOWED or top in also
