"""`printserver discover`: what is plugged in or announces itself, which driver knows it, and why.

Laws kept here:

1. The server looks where there is one: it has the devices and the rights. Without one this program looks by itself, and
   says so.
2. Nothing is added; the command that would add a device is shown.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
from click.core import ParameterSource

from printserver.client.errors import AnswerLost, AnswerUnreadable
from printserver.commands.drivers import TIERS
from printserver.commands.options import config_option, json_option, open_api, server_option
from printserver.commands.output import say, tell_row
from printserver.commands.shelf import found_plugins
from printserver.config import read_configuration
from printserver.errors import ServerUnreachable
from printserver.model.discovery import Claim, Findings, FoundDevice, Looking
from printserver.model.display import harmless

GROUNDS = {
    "vid": "maker's USB id", "pid": "product's USB id", "usb": "USB ids", "serial": "serial number",
    "maker": "maker's name", "name": "product's name", "mfg": "maker in the device id", "mdl": "model in the device id",
    "cmd": "languages in the device id", "cls": "class in the device id", "des": "description in the device id",
    "sn": "serial number in the device id", "ty": "announced model", "product": "announced product",
    "note": "announced place", "host": "host", "service": "announced services", "uuid": "UUID",
}  # fmt: skip


@click.command()
@click.argument("at", metavar="[tcp:HOST:PORT]", required=False, default="")
@click.option("--network", is_flag=True, help="Listen for printers that announce themselves (DNS-SD), too.")
@click.option("--all", "everything", is_flag=True, help="List USB devices that nobody knows as printers, too.")
@click.option("--here", is_flag=True, help="Look with this program and your own rights, not through the server.")
@config_option
@json_option
@server_option
@click.pass_context
def discover(
    context: click.Context, at: str, network: bool, everything: bool, here: bool, config: Path | None, as_json: bool,
    server: str,
) -> None:  # fmt: skip
    """List printers that are plugged in, which driver knows each of them, and why; or look at one tcp:HOST:PORT.

    Without a server this program looks by itself; --config then names the printers that are set up already.
    """
    looking = Looking(network=network, everything=everything, at=at)
    found = None if here else _by_server(server, looking, may_be_missing=_is_default(context))
    if found is None:
        if not here:
            click.echo(f"no server answers at {harmless(server)}: looking from here, with your own rights", err=True)
        found = _by_itself(looking, config)
    if as_json:
        tell_row(found)
        return
    for line in lines(found):
        say(line) if line else click.echo()


def _is_default(context: click.Context) -> bool:
    return context.get_parameter_source("server") is ParameterSource.DEFAULT


def _by_server(server: str, looking: Looking, *, may_be_missing: bool) -> Findings | None:
    """Return what the server found; None where nobody told which server, and the usual one is not there."""
    try:
        answer: Any = open_api(server).discover(
            network=looking.network, everything=looking.everything, at=looking.at
        )
    except AnswerLost:
        raise
    except ServerUnreachable:
        if may_be_missing:
            return None
        raise
    try:
        return msgspec.convert(answer, Findings)
    except msgspec.ValidationError as error:
        raise AnswerUnreadable(str(error)) from None


def _by_itself(looking: Looking, config: Path | None) -> Findings:
    from printserver.commands.checking import plugins_of
    from printserver.daemon.discovering import surroundings
    from printserver.driver.claiming import Claimants
    from printserver.transport.finding import Finder
    from printserver.transport.usb import UsbHost

    configuration = None if config is None else read_configuration(config)
    plugins = found_plugins() if configuration is None else plugins_of(configuration)
    printers = () if configuration is None else configuration.printers()
    finder = Finder(Claimants(plugins.manager), surroundings(UsbHost()))
    return finder.look(looking, {each.name: each.device for each in printers})


def lines(found: Findings) -> Iterator[str]:
    """Yield what is shown of findings, device by device."""
    for number, device in enumerate(found.devices):
        if number:
            yield ""
        yield from _device(device)
    if not found.devices:
        yield "No printer was found."
    for missing in found.not_looked:
        yield f"not looked at: {missing.what}: {missing.why}{f' ({missing.remedy})' if missing.remedy else ''}"


def _device(device: FoundDevice) -> Iterator[str]:
    yield "  ".join(each for each in (device.device or "(no address)", device.title) if each)
    if device.others:
        yield f"  also: {', '.join(device.others)}"
    if device.printer:
        yield f"  is the printer {device.printer}"
    yield from _claimed(device.claims)
    if device.trouble is not None:
        yield f"  cannot be opened: {device.trouble.detail}"
        yield f"  {device.trouble.remedy}"
    claim = device.claim
    if claim is not None and device.device and not device.printer:
        yield f"  to add it: {_adding(device.device, claim)}"
    elif not device.claims and device.device and not device.printer:
        yield f"  if you know what it is, add it: printserver printer add NAME --device {device.device} --driver ..."
        yield "  (drivers: `printserver drivers`)"


def _claimed(claims: Sequence[Claim]) -> Iterator[str]:
    if not claims:
        yield "  no driver knows it"
    if len(claims) > 1:
        yield f"  {len(claims)} drivers know it; choose one:"
    for claim in claims:
        model = f", model {claim.model}" if claim.model else ", which model it does not say"
        yield f"  driver {claim.driver} ({claim.title}){model}; {claim.tier}: {TIERS[claim.tier]}"
        yield f"  known by: {', '.join(f'{GROUNDS.get(each.id, each.id)} {each.value}' for each in claim.grounds)}"


def _adding(device: str, claim: Claim) -> str:
    address = shlex.quote(harmless(device))
    return (
        f"printserver printer add NAME --driver {claim.driver} --model {claim.model or 'MODEL'} "
        f"--device {address} --ribbon RIBBON"
    )


commands = {"discover": discover}
