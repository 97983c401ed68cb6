"""Which plugins are fit to be loaded, and loading them.

Laws kept here:

1. Bundled drivers and plugins arrive by entry point, exactly like a stranger's; the core imports none by name.
2. A plugin that fails to import, breaks a hookspec or asks for another contract version is named and disabled.
3. Two for one name: both are disabled and named, for nobody can know which one was meant.
4. A drop-in folder that others can write or replace is refused whole: plugins run with the server's own rights.
5. `safe` loads bundled ones only.
6. What the folder holds never takes the place of a module that is there already.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import os
import stat
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from types import ModuleType

import pluggy

from printserver.driver import hookspecs as driver_hooks
from printserver.driver.loading import DriverShelf
from printserver.driver.proofs import Proof
from printserver.errors import PluginBroken
from printserver.extension import hookspecs as extension_hooks

GROUP = "printserver"
DISTRIBUTION = "printserver"
HASHED = (".py", ".toml", ".json", ".so")


class Origin(StrEnum):
    """Where a plugin comes from."""

    BUNDLED = "bundled"
    INSTALLED = "installed"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class PluginRecord:
    """A plugin as it is journalled and shown; `fault` is empty while it is loaded, `doubled` = two for one name."""

    name: str
    package: str
    origin: Origin
    version: str = ""
    digest: str = ""
    fault: str = ""
    doubled: bool = False


@dataclass(slots=True)
class Plugins:
    """All plugins: the manager with the fit ones registered, a record of each, and proofs made at printers here."""

    manager: pluggy.PluginManager
    records: list[PluginRecord] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    proofs: list[Proof] = field(default_factory=list)

    @property
    def faults(self) -> list[PluginRecord]:
        """Return the plugins that were disabled."""
        return [record for record in self.records if record.fault]

    @property
    def packages(self) -> list[str]:
        """Return the packages that are loaded, for worker and emulator processes."""
        return [record.package for record in self.records if not record.fault]

    def offering(self, driver: str) -> PluginRecord | None:
        """Return the loaded plugin that offers a driver, None when there is none."""
        for name, module in self.manager.list_name_plugin():
            if any(info.name.lower() == driver.lower() for info in getattr(module, "printserver_drivers", list)()):
                return next((record for record in self.records if record.name == name), None)
        return None

    def shelf(self) -> DriverShelf:
        """Return the drivers of all loaded plugins, and what was proven of them here."""
        shelf = DriverShelf(self.manager)
        shelf.proofs = tuple(self.proofs)
        return shelf


def load_plugins(folder: Path | None = None, *, safe: bool = False) -> Plugins:
    """Find, check and register plugins; faults are in the records, never raised."""
    manager = pluggy.PluginManager("printserver")
    manager.add_hookspecs(driver_hooks)
    manager.add_hookspecs(extension_hooks)
    plugins = Plugins(manager)
    found = list(_installed(safe))
    if folder is not None and not safe:
        found += _in_folder(folder, plugins)
    for record in _without_doubles(found):
        plugins.records.append(record if record.fault else _register(manager, record, plugins.paths))
    _disable_doubled_drivers(plugins)
    return plugins


def _installed(safe: bool) -> Iterable[PluginRecord]:
    for point in importlib.metadata.entry_points(group=GROUP):
        dist = point.dist
        bundled = dist is not None and dist.name == DISTRIBUTION
        origin = Origin.BUNDLED if bundled else Origin.INSTALLED
        if bundled or not safe:
            yield PluginRecord(point.name, point.value, origin, dist.version if dist else "")


def _in_folder(folder: Path, plugins: Plugins) -> list[PluginRecord]:
    if not folder.is_dir():
        return []
    try:
        _refuse_writable(folder)
    except PluginBroken as error:
        return [PluginRecord(folder.name, "", Origin.FOLDER, fault=error.sentence())]
    if str(folder) not in sys.path:
        sys.path.append(str(folder))  # last: nothing in it hides a module of Python's or of the server's (law 6)
    plugins.paths.append(str(folder))
    return [PluginRecord(path.stem, path.stem, Origin.FOLDER) for path in sorted(folder.iterdir()) if _is_plugin(path)]


def _is_plugin(path: Path) -> bool:
    return (path.is_dir() and (path / "__init__.py").is_file()) or (path.suffix == ".py" and path.is_file())


def _refuse_writable(folder: Path) -> None:
    """Raise PluginBroken when anybody but the owner can write or replace the folder or a file in it."""
    for path in (folder, *folder.rglob("*")):
        found = path.stat() if path.exists() else path.lstat()
        if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise PluginBroken("others can write it", where=path.name, allowed="writable by its owner alone")
        if found.st_uid not in (0, os.geteuid()):
            raise PluginBroken("it belongs to somebody else", where=path.name, allowed="the server's own user, or root")
        if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
            raise PluginBroken("it leads out of the folder", where=path.name, allowed="files, no links to elsewhere")
    for parent in folder.resolve().parents:
        mode = parent.stat().st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            raise PluginBroken("others can replace it", where=str(parent), allowed="writable by its owner alone")


def _without_doubles(found: Sequence[PluginRecord]) -> Iterable[PluginRecord]:
    names = [record.name.lower() for record in found]
    for record in found:
        if names.count(record.name.lower()) > 1:
            yield replace(record, fault=f"there are two plugins named {record.name}; both are disabled", doubled=True)
        else:
            yield record


def _register(manager: pluggy.PluginManager, record: PluginRecord, paths: Sequence[str]) -> PluginRecord:
    """Import and register one plugin; returns its record with version and hash, or with its fault."""
    try:
        module = importlib.import_module(record.package)
    except (Exception, SystemExit) as error:
        # law 2: a stranger's import may raise anything, and even try to end the process
        return replace(record, fault=f"{type(error).__name__}: {error}")
    if record.origin is Origin.FOLDER and not _lies_in(module, paths):
        return replace(record, fault=f"there is another module named {record.package}")
    version = record.version or str(getattr(module, "__version__", ""))
    record = replace(record, version=version, digest=digest_of(module))
    fault = _registration_fault(manager, module, record.name) or _contract_fault(manager, module)
    if fault and manager.is_registered(module):
        manager.unregister(module)
    return replace(record, fault=fault)


def _lies_in(module: ModuleType, paths: Sequence[str]) -> bool:
    file = Path(module.__file__ or "").resolve()
    return any(file.is_relative_to(Path(path).resolve()) for path in paths)


def _registration_fault(manager: pluggy.PluginManager, module: ModuleType, name: str) -> str:
    try:
        manager.register(module, name=name)
    except Exception as error:
        # law 2: what does not fit a hookspec, or is registered already under another name
        return f"{type(error).__name__}: {error}"
    return ""


def _contract_fault(manager: pluggy.PluginManager, module: ModuleType) -> str:
    wanted = getattr(module, "CONTRACT", driver_hooks.CONTRACT_VERSION)
    try:
        manager.check_pending()
        for info in getattr(module, "printserver_drivers", list)():
            wanted = info.contract if info.contract != driver_hooks.CONTRACT_VERSION else wanted
    except (Exception, SystemExit) as error:
        # law 2: a hook that raises or does not fit is the plugin's fault, whatever it is
        return f"{type(error).__name__}: {error}"
    if wanted != driver_hooks.CONTRACT_VERSION:
        return f"asks for contract version {wanted}, this server has {driver_hooks.CONTRACT_VERSION}"
    return ""


def _disable_doubled_drivers(plugins: Plugins) -> None:
    owners: dict[str, list[str]] = {}
    for name, module in plugins.manager.list_name_plugin():
        for info in getattr(module, "printserver_drivers", list)():
            owners.setdefault(info.name.lower(), []).append(name)
    for driver, names in owners.items():
        if len(names) > 1:
            _disable(plugins, names, f"driver {driver} is offered by {' and '.join(names)}; all are disabled")


def _disable(plugins: Plugins, names: Sequence[str], fault: str) -> None:
    for name in names:
        if plugins.manager.has_plugin(name):
            plugins.manager.unregister(name=name)
    plugins.records = [
        replace(each, fault=fault, doubled=True) if each.name in names else each for each in plugins.records
    ]


def digest_of(module: ModuleType) -> str:
    """Return a SHA-256 over a plugin's files, names and contents, in sorted order."""
    file = module.__file__
    if file is None:
        return ""
    root = Path(file).parent if Path(file).name == "__init__.py" else Path(file)
    files = [root] if root.is_file() else sorted(path for path in root.rglob("*") if path.suffix in HASHED)
    total = hashlib.sha256()
    for path in files:
        total.update(path.relative_to(root.parent).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
