"""Whether a configuration fits the plugins that are there; each complaint names file and key.

Laws kept here:

1. Two plugins for one name are an error here, also where nothing declared needs them: both are disabled.
2. A plugin that is broken by itself is named, and is an error only where something declared needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TypeVar

from printserver.commands.shelf import PLUGIN_FOLDER
from printserver.config import Configuration, default_data, webhook_targets
from printserver.documents.font_files import FontBroken, fonts_in
from printserver.driver import Driver
from printserver.driver.loading import DriverShelf
from printserver.errors import BadProfile, ConfigurationError, PluginBroken, PrintServerError
from printserver.extension.sections import read_sections
from printserver.extension.transports import Links
from printserver.listeners.tls import read_identity
from printserver.model.card import Ribbon
from printserver.model.printer import Identity, PrinterConfig
from printserver.plugins import Plugins, load_plugins
from printserver.raster.ribbon_profile import profile_bytes, read_profile
from printserver.transport.link import Link

EMULATED = "emulated"

T = TypeVar("T")


def plugins_of(configuration: Configuration) -> Plugins:
    """Return the plugins that a server with this configuration has."""
    server = configuration.server
    data = Path(server.data) if server.data else default_data()
    return load_plugins(Path(server.plugins) if server.plugins else data / PLUGIN_FOLDER)


def check_configuration(found: Configuration, plugins: Plugins, source: str) -> None:
    """Raise ConfigurationError for the first thing that does not fit; `source` is the file's name."""
    _check_doubles(plugins)
    check_printers(found, plugins, source)
    check_default_queue(found, tuple(found.queue), source)
    check_certificate(found, source)
    check_fonts(found, source)
    webhook_targets(found, source)
    read_sections(found.plugin, plugins.manager, source, strict=True)


def check_certificate(found: Configuration, source: str) -> None:
    """Raise ConfigurationError when the user's certificate or its private key cannot be used."""
    server = found.server
    if server.certificate is not None and server.certificate_key is not None:
        read_identity(Path(server.certificate), Path(server.certificate_key), source)


def check_fonts(found: Configuration, source: str) -> None:
    """Raise ConfigurationError when the folder of fonts, or a font in it, cannot be read."""
    folder = found.server.fonts
    if folder is not None:
        readable_fonts(folder, f"{source}: server.fonts")


def readable_fonts(folder: str, where: str) -> None:
    """Raise ConfigurationError when a folder is no whole path, or when what lies in it as a font is none."""
    allowed = "the whole path of a folder of TrueType or OpenType fonts (.ttf, .otf)"
    if not Path(folder).is_absolute():
        raise ConfigurationError(f"{folder!r} is no whole path", where=where, allowed=allowed)
    try:
        fonts_in((Path(folder),))
    except FontBroken as error:
        raise ConfigurationError(str(error), where=where, allowed=allowed) from error
    except OSError as error:
        raise ConfigurationError(f"{folder}: {str(error.strerror).lower()}", where=where, allowed=allowed) from error


def check_printers(found: Configuration, plugins: Plugins, source: str) -> None:
    """Raise ConfigurationError for the first declared printer that cannot be, PluginBroken for its driver's fault."""
    shelf, links = plugins.shelf(), Links(plugins.manager, _never_opened)
    for printer in found.printers():
        check_printer(printer, shelf, links, f"{source}: printer.{printer.name}")


def _never_opened(address: str) -> Link:
    raise ConfigurationError("a check opens no link", where=address)


def _check_doubles(plugins: Plugins) -> None:
    doubled = [record for record in plugins.faults if record.doubled]
    if doubled:
        names = ", ".join(sorted({record.name for record in doubled}))
        raise ConfigurationError(doubled[0].fault, where=f"plugins {names}", allowed="one plugin for each name")


def check_printer(printer: PrinterConfig, shelf: DriverShelf, links: Links, where: str) -> None:
    """Raise ConfigurationError when driver, model, options, ribbon or device cannot be."""
    info = _at(f"{where}.driver", lambda: shelf.info(printer.driver))
    _at(f"{where}.model", lambda: shelf.open(info.name, printer.model, {}))
    driver = _at(f"{where}.options", lambda: shelf.open(info.name, printer.model, printer.options))
    _check_ribbon(printer, driver, where)
    for ribbon, path in printer.profiles.items():
        _check_profile(ribbon, Path(path), driver, printer, f"{where}.profiles.{ribbon}")
    if printer.device == EMULATED:
        _at(f"{where}.device", lambda: shelf.emulator(info.name))
    else:
        _at(f"{where}.device", lambda: links.check(printer.device))


def _check_ribbon(printer: PrinterConfig, driver: Driver, where: str) -> None:
    _known_ribbon(printer.ribbon, driver, printer, f"{where}.ribbon")


def _check_profile(name: str, path: Path, driver: Driver, printer: PrinterConfig, where: str) -> None:
    """Raise ConfigurationError when a ribbon is not known or its profile cannot be read or is another ribbon's."""
    ribbon = _known_ribbon(name, driver, printer, where)
    try:
        profile = read_profile(profile_bytes(path), str(path))
    except BadProfile as error:
        raise ConfigurationError(f"{error.where}: {error.message}", where=where, allowed=error.allowed) from error
    if profile.ribbon.lower() != ribbon.name.lower():
        raise ConfigurationError(f"{path} is made for {profile.ribbon}", where=where, allowed=ribbon.name)


def _known_ribbon(name: str, driver: Driver, printer: PrinterConfig, where: str) -> Ribbon:
    """Return a ribbon that the printer takes; raises ConfigurationError naming those there are."""
    capabilities = driver.capabilities(Identity(family=printer.driver, model=printer.model))
    found = capabilities.ribbon(name)
    if found is None:
        allowed = ", ".join(ribbon.name for ribbon in capabilities.ribbons)
        raise ConfigurationError(f"there is no ribbon {name!r}", where=where, allowed=allowed)
    return found


def _at(where: str, step: Callable[[], T]) -> T:
    """Do a step; its ConfigurationError is raised anew with file and key, and so is what a driver raises."""
    try:
        return step()
    except ConfigurationError as error:
        raise ConfigurationError(error.message, where=where, allowed=error.allowed) from error
    except PrintServerError:
        raise
    except Exception as error:
        # a driver is foreign code, and here it is opened for the first time
        raise PluginBroken(f"{type(error).__name__}: {error}", where=where) from error


def check_default_queue(found: Configuration, queues: Collection[str], source: str) -> None:
    """Raise ConfigurationError when the default queue is none of these."""
    wanted = found.server.default_queue
    if wanted is not None and wanted not in queues:
        allowed = ", ".join(queues) or "declare a queue first"
        where = f"{source}: server.default_queue"
        raise ConfigurationError(f"there is no queue {wanted!r}", where=where, allowed=allowed)
