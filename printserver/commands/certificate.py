"""`printserver certificate`: which certificate the server shows over TLS, so that people can compare it."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from printserver.commands.options import config_option, data_option, json_option
from printserver.commands.output import say, tell_json
from printserver.commands.serve import place_of
from printserver.config import read_configuration
from printserver.errors import ConfigurationError
from printserver.listeners.tls.choice import certificate_file
from printserver.listeners.tls.identity import fingerprint, names_of, read_certificates


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate as the command tells of it."""

    file: str
    fingerprint: str
    names: tuple[str, ...]
    until: str


@click.command()
@config_option
@data_option
@json_option
def certificate(config: Path | None, data: Path | None, as_json: bool) -> None:
    """Show file and fingerprint of the server's certificate."""
    configuration = read_configuration(config)
    server = configuration.server
    file = certificate_file(server.certificate, place_of(configuration, data).tls)
    if server.certificate is None and not file.exists():
        raise ConfigurationError("is not there yet: the server makes it when it first starts with TLS", where=str(file))
    found = read_certificates(file, f"{config}: server.certificate" if server.certificate else "certificate")[0]
    shown = Shown(
        file=str(file), fingerprint=fingerprint(found), names=names_of(found),
        until=found.not_valid_after_utc.isoformat(),
    )  # fmt: skip
    if as_json:
        tell_json(msgspec.json.encode(shown))
        return
    for name, value in (("file", shown.file), ("SHA-256", shown.fingerprint), ("until", shown.until)):
        say(f"{name}: {value}")
    say(f"names: {', '.join(shown.names)}")


commands = {"certificate": certificate}
