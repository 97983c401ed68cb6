"""`printserver drivers` and `printserver check-config`: what is there, and whether a configuration fits it.

Laws kept here:

1. How well a driver is proven is said in words, and what it takes for granted word for word.
2. `check-config` opens no store, no port and no device.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from printserver.commands.checking import check_configuration, plugins_of
from printserver.commands.options import json_option
from printserver.commands.output import say, tell_row, tell_table, terminal_width
from printserver.commands.shelf import found_plugins
from printserver.config import Configuration, read_configuration
from printserver.driver import DriverInfo
from printserver.driver.info import ModelInfo
from printserver.driver.proofs import Proof
from printserver.model.display import harmless
from printserver.model.printer import Tier
from printserver.plugins import PluginRecord, Plugins

TIERS = {
    Tier.DRAFTED: "written from documents, never run against anything",
    Tier.EMULATED: "works with this project's own emulator, never tried on a real printer",
    Tier.TRANSCRIBED: "agrees with recorded traffic of a real printer",
    Tier.PROVEN: "checked on a real printer",
}


class ModelEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A model; `extras` are factory options that are named after it, as in `primacy+mag`.

    `tier` is its own: proofs are of one model, and raise no other.
    """

    name: str
    title: str
    ribbons: tuple[str, ...]
    default_ribbon: str
    extras: tuple[str, ...]
    tier: Tier


class DriverEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A driver; `meaning` says in words what its tier is."""

    name: str
    title: str
    tier: Tier
    meaning: str
    models: tuple[ModelEntry, ...]
    transports: tuple[str, ...]
    emulates: bool
    assumptions: tuple[str, ...]


class DisabledEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin that cannot be used, and why."""

    name: str
    package: str
    fault: str


class DriverList(msgspec.Struct, frozen=True):
    """All drivers that can be used, and the plugins that cannot."""

    drivers: tuple[DriverEntry, ...]
    disabled: tuple[DisabledEntry, ...]


@click.command()
@json_option
def drivers(as_json: bool) -> None:
    """List printer families: models, how well each is proven, and what it takes for granted."""
    plugins = found_plugins()
    infos = sorted(plugins.shelf().infos.values(), key=lambda info: info.name)
    if as_json:
        entries = tuple(_entry(info, plugins.proofs) for info in infos)
        tell_row(DriverList(entries, tuple(map(_disabled, plugins.faults))))
        return
    rows = [(info.name, info.tier, ", ".join(model.name for model in info.model)) for info in infos]
    tell_table(("FAMILY", "TIER", "MODELS"), rows, empty="There are no drivers.")
    for info in infos:
        _tell_driver(info, plugins.proofs)
    _tell_disabled(plugins.faults)


def _entry(info: DriverInfo, proofs: Sequence[Proof]) -> DriverEntry:
    models = tuple(_model(model, info.tier_of(model.name, proofs)) for model in info.model)
    return DriverEntry(
        name=info.name, title=info.title, tier=info.tier, meaning=TIERS[info.tier], models=models,
        transports=info.transports, emulates=info.emulates, assumptions=info.assumptions,
    )  # fmt: skip


def _model(model: ModelInfo, tier: Tier) -> ModelEntry:
    return ModelEntry(
        name=model.name, title=model.title, ribbons=model.ribbons, default_ribbon=model.default_ribbon,
        extras=model.extras, tier=tier,
    )  # fmt: skip


def _disabled(record: PluginRecord) -> DisabledEntry:
    return DisabledEntry(name=record.name, package=record.package, fault=record.fault)


def _tell_driver(info: DriverInfo, proofs: Sequence[Proof]) -> None:
    click.echo()
    _tell_text(f"{info.name}: {info.title}; {info.tier}: {TIERS[info.tier]}", "")
    for model in info.model:
        extras = f"; with {', '.join(f'+{extra}' for extra in model.extras)}" if model.extras else ""
        tier = info.tier_of(model.name, proofs)
        own = "" if tier is info.tier else f"; {tier}: {TIERS[tier]}"
        _tell_text(f"{model.name}: {model.title}; ribbons {', '.join(model.ribbons)}{extras}{own}")
    click.echo(f"reached by: {', '.join(info.transports)}")
    if info.assumptions:
        click.echo("taken for granted:")
    for assumption in info.assumptions:
        _tell_text(assumption)


def _tell_text(text: str, bullet: str = "  - ") -> None:
    click.echo(textwrap.fill(harmless(text), terminal_width(), initial_indent=bullet, subsequent_indent="    "))


def _tell_disabled(faults: Sequence[PluginRecord]) -> None:
    for record in faults:
        say(f"disabled: {record.name}: {record.fault}")


@click.command("check-config")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
def check_config(file: Path) -> None:
    """Check the configuration FILE against itself and against the drivers that are there."""
    configuration = read_configuration(file)
    plugins = plugins_of(configuration)
    check_configuration(configuration, plugins, str(file))
    for line in summary(configuration, plugins):
        say(line)


def summary(configuration: Configuration, plugins: Plugins) -> list[str]:
    """Return what a configuration declares, a line each."""
    server = configuration.server
    lines = [f"server: {server.bind}, port {server.port or 'off'}, with TLS {server.tls_port or 'off'}"]
    lines += [
        f"printer {each.name}: {each.driver} {each.model}, {each.device}, ribbon {each.ribbon}"
        for each in configuration.printers()
    ]
    lines += [f"queue {each.name}: {', '.join(each.printers)}" for each in configuration.queues()]
    lines += [f"disabled: {record.name}: {record.fault}" for record in plugins.faults]
    return [*lines, "The configuration can be used."]


commands = {"drivers": drivers, "check-config": check_config}
