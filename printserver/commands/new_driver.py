"""`printserver new-driver`: a package for a family of printers that works at once, to be made one's own.

Laws kept here:

1. Nothing that is there is written over.
2. What is made passes its own tests as it stands, from its own folder, installed or not.

The files lie in `driver_template/`, each with `.txt` behind its name, and are written for a family `acme`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from printserver.commands.output import say
from printserver.commands.shelf import found_plugins
from printserver.errors import ConfigurationError

TEMPLATE = Path(__file__).with_name("driver_template")
SUFFIX, PACKAGE, FAMILY = ".txt", "package", "acme"
NAME = re.compile(r"[a-z][a-z0-9]{1,30}")


@click.command("new-driver")
@click.argument("name", metavar="NAME")
@click.option("--out", metavar="DIR", default=".", type=click.Path(file_okay=False, path_type=Path),
              help="Folder in which the package's folder is made; this one where it is not given.")
def new_driver(name: str, out: Path) -> None:
    """Make the package of a driver for the family NAME: `printserver_NAME`, with emulator and tests."""
    check_name(name)
    folder = out / f"printserver_{name}"
    if folder.exists() or folder.is_symlink():
        raise click.BadParameter(f"{folder} is there already: choose another name, or --out", param_hint="NAME")
    made = write_package(name, folder)
    say(f"{len(made)} files in {folder}. Its tests: cd {folder} && python -m pytest")


def check_name(name: str) -> None:
    """Raise click.BadParameter for a name that cannot be a family's, or that a driver here has already."""
    if NAME.fullmatch(name) is None:
        told = f"{name!r} cannot be a family's name: 2 to 31 of a-z and 0-9 are wanted, a letter first"
        raise click.BadParameter(told, param_hint="NAME")
    if name in found_plugins().shelf().infos:
        raise click.BadParameter(f"there is a driver {name!r} already", param_hint="NAME")


def write_package(name: str, folder: Path) -> list[Path]:
    """Write a family's package into a new folder and return its files; raises ConfigurationError naming the path."""
    made = []
    try:
        folder.mkdir(parents=True)
        for source, target in _files(name):
            path = folder / target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(named(source.read_text(encoding="utf-8"), name), encoding="utf-8")
            made.append(path)
    except OSError as error:
        raise ConfigurationError(error.strerror or str(error), where=error.filename or str(folder)) from error
    return made


def _files(name: str) -> Iterator[tuple[Path, Path]]:
    """Yield each file of the template, and where it goes."""
    for source in sorted(TEMPLATE.rglob(f"*{SUFFIX}")):
        path = source.relative_to(TEMPLATE)
        target = path.with_name(named(path.name.removesuffix(SUFFIX), name))
        parts = target.parts
        yield source, Path(f"printserver_{name}", *parts[1:]) if parts[0] == PACKAGE else target


def named(text: str, name: str) -> str:
    """Return a text of the template for another family."""
    return text.replace(FAMILY, name).replace(FAMILY.title(), name.title())


commands = {"new-driver": new_driver}
