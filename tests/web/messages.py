"""Every text that the pages can show: gathered from templates, from marked texts and from the errors themselves."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment

import printserver
import printserver.web
from printserver.errors import PrintServerError
from printserver.web.reasons import errors, of_error

WEB = Path(printserver.web.__file__).parent
MARKERS = {"_": 1, "N_": 1, "gettext": 1, "ngettext": 2}
# Errors of these rooms are met by programs, on the command line or in an emulator's process, never on a page.
ELSEWHERE = ("client", "commands", "emulation", "ipp", "listeners.ipp")


def known_errors() -> list[type[PrintServerError]]:
    """Return every error of the server that a page may have to explain."""
    for module in pkgutil.walk_packages(printserver.__path__, "printserver."):
        if not module.name.endswith("__main__") and "migrations" not in module.name:
            importlib.import_module(module.name)
    rooms = tuple(f"printserver.{room}" for room in ELSEWHERE)
    own = (kind for kind in errors() if kind.__module__.startswith("printserver."))
    return [kind for kind in own if not kind.__module__.startswith(rooms)]


def messages() -> list[str]:
    """Return each message once, as a catalogue's key (a plural after NUL), in the order of the sources."""
    return list(dict.fromkeys([*_of_templates(), *_of_sources(), *_of_errors()]))


def _of_templates() -> Iterator[str]:
    environment = Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True)
    for path in sorted(WEB.glob("templates/*.html")):
        for _, function, message in environment.extract_translations(path.read_text()):  # type: ignore[attr-defined]  # the extension adds it
            found = (message,) if isinstance(message, str) else message or ()
            parts = [part for part in found[: MARKERS.get(function, 0)] if part]
            if parts:
                yield "\x00".join(parts)


def _of_sources() -> Iterator[str]:
    for path in sorted(WEB.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                yield from _marked(node)


def _marked(node: ast.Call) -> Iterator[str]:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    texts = [each.value for each in node.args[: MARKERS.get(name, 0)] if isinstance(each, ast.Constant)]
    if texts and texts[0]:
        yield "\x00".join(map(str, texts))


def _of_errors() -> Iterator[str]:
    for kind in known_errors():
        yield from (text for text in of_error(kind) if text)
