"""What several commands ask in the same words: server, JSON, who and why, and a card's options.

Laws kept here:

1. An option that is not given is not sent: defaults stand in the ticket alone.
2. What the command line can tell by itself is refused before anything is sent or written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import reduce
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import click
import msgspec

from printserver.client import ApiClient
from printserver.client.address import read_address
from printserver.client.printer import DEFAULT_SERVER
from printserver.config import login_name
from printserver.errors import BadTicket, ConfigurationError
from printserver.model.area import read_areas, read_colour_keys
from printserver.model.ticket import (
    MAX_CHOKE,
    MAX_COPIES,
    TRACK_COUNT,
    ColourHalf,
    Depth,
    Dither,
    KMode,
    Overlay,
    Placement,
    Rotation,
    Ticket,
)

SERVER_VARIABLE = "PRINTSERVER_SERVER"
# Three tracks of ISO/IEC 7811-2 have 76, 37 and 104 characters; whatever is longer is not a file of tracks.
TRACKS_LIMIT = 4096

C = TypeVar("C", bound=Callable[..., Any])
Decorator = Callable[[C], C]

PICTURE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


def words_of(values: type[StrEnum]) -> click.Choice[str]:
    """Return a choice among the values of an enumeration, matched without case."""
    return click.Choice([str(value) for value in values], case_sensitive=False)


def all_of(options: Sequence[Decorator[Any]]) -> Decorator[Any]:
    """Join options into one decorator; help shows them in this order."""
    return lambda command: reduce(lambda done, option: option(done), reversed(options), command)



@contextmanager
def as_usage(option: str) -> Iterator[None]:
    """Turn an error of what was written into click.BadParameter: it stands in the command, not in a file or ticket."""
    try:
        yield
    except (ConfigurationError, BadTicket) as error:
        raise click.BadParameter(error.sentence(), param_hint=option) from None


def _server(context: click.Context, parameter: click.Parameter, value: str) -> str:
    with as_usage("--server"):
        read_address(value)
    return value


server_option = click.option(
    "--server", envvar=SERVER_VARIABLE, default=DEFAULT_SERVER, metavar="URL", show_envvar=True, show_default=True,
    callback=_server, help="The server's address.",
)
TOKEN_VARIABLE = "PRINTSERVER_TOKEN"


def open_api(server: str) -> ApiClient:
    """Return a client of a server, with the token of the environment where there is one."""
    return ApiClient(server, token=os.environ.get(TOKEN_VARIABLE, ""))


config_option = click.option("--config", type=click.Path(path_type=Path), help="Configuration file (TOML).")
data_option = click.option(
    "--data", type=click.Path(path_type=Path), help="Data directory; its master key is DIR.key beside it."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
job_argument = click.argument("job", metavar="ID", type=click.IntRange(min=1))
card_option = click.option(
    "--card", metavar="N", type=click.IntRange(min=1), help="Which card; not needed where only one comes into question."
)
who_options = all_of([
    click.option("--reason", metavar="T", default="", help="Why, for the journal."),
    click.option("--by", metavar="NAME", default=login_name, help="Who, for the journal (your login name)."),
])  # fmt: skip



def _areas(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...] | None:
    with as_usage(parameter.opts[0]):
        read_areas("", value)
    return value or None


def _colour_keys(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...] | None:
    with as_usage(parameter.opts[0]):
        read_colour_keys("", value)
    return value or None


card_options = all_of([
    click.option("--ribbon", metavar="R", help="Ribbon, such as YMCKO; else the printer's."),
    click.option("--k-mode", type=words_of(KMode), help="What is printed in black resin (black)."),
    click.option("--k-threshold", metavar="N", type=click.IntRange(0, 255), help="How light black resin may be (25)."),
    click.option(
        "--k-choke", metavar="N", type=click.IntRange(0, MAX_CHOKE), help="Dots that colour ends within black (0)."
    ),
    click.option(
        "--photo-area", "photo_areas", metavar="AREA", multiple=True, callback=_areas, help="Where no black resin goes."
    ),
    click.option("--ucr", metavar="N", type=click.IntRange(0, 100), help="Per cent of colour removed under black."),
    click.option("--gcr", metavar="N", type=click.IntRange(0, 100), help="Per cent of grey made by black resin (0)."),
    click.option(
        "--colour-key", "colour_keys", metavar="KEY", multiple=True, callback=_colour_keys,
        help="Colour that stands for a panel, such as S=#C0C0C0+8.",
    ),
    click.option("--colour-half", type=words_of(ColourHalf), help="Which half a half ribbon colours (auto)."),
    click.option("--overlay", type=words_of(Overlay), help="Where overlay is laid down (full)."),
    click.option(
        "--overlay-window", "overlay_windows", metavar="AREA", multiple=True, callback=_areas,
        help="Where no overlay goes.",
    ),
    click.option(
        "--overlay-area", "overlay_areas", metavar="AREA", multiple=True, callback=_areas,
        help="Where overlay goes, with overlay areas.",
    ),
    click.option("--depth", type=words_of(Depth), help="How dye is brought to the printer's levels (plain)."),
    click.option("--placement", type=words_of(Placement), help="How a picture of another shape is placed (crop)."),
    click.option("--rotation", type=words_of(Rotation), help="How the picture is turned (auto)."),
    click.option("--dither", type=words_of(Dither), help="How grey becomes dots (sierra-lite-serpentine)."),
    click.option(
        "--force", is_flag=True, default=None, help="Print also a card that is black all over, or lies across."
    ),
    click.option(
        "--tracks", metavar="FILE|-", type=click.File("rb"),
        help="Magnetic tracks 1 to 3, a line each; an empty line = none.",
    ),
])  # fmt: skip

job_options = all_of([
    click.option("--queue", metavar="Q", help="Queue; else the server's default queue."),
    click.option("--copies", metavar="N", type=click.IntRange(1, MAX_COPIES), help="How many cards."),
    click.option("--name", metavar="T", help="The job's name (the file's name)."),
    click.option("--department", metavar="D", help="The department that it is printed for."),
    click.option("--priority", metavar="N", type=click.IntRange(1, 100), help="100 is printed first (50)."),
    click.option("--hold", is_flag=True, default=None, help="Keep the job until it is released."),
])  # fmt: skip


def given(options: Mapping[str, object]) -> dict[str, object]:
    """Return the options that were given, in the ticket's spelling."""
    return {name.replace("_", "-"): value for name, value in options.items() if value is not None}


def with_tracks(options: Mapping[str, object], tracks: BinaryIO | None) -> dict[str, object]:
    """Return the options that were given, with the tracks that a file holds."""
    return given(options) | ({} if tracks is None else {"tracks": read_tracks(tracks)})


def read_tracks(file: BinaryIO) -> tuple[str, str, str]:
    """Return tracks 1 to 3 from a file of three lines; raises click.BadParameter.

    Lines that are missing at the end are empty tracks; a file without a byte is no file of tracks.
    """
    content = file.read(TRACKS_LIMIT + 1)
    if not content or len(content) > TRACKS_LIMIT:
        raise _no_tracks("there is nothing in it" if not content else f"it has more than {TRACKS_LIMIT} bytes")
    try:
        lines = [line.removesuffix("\r") for line in content.decode().split("\n")]
    except UnicodeDecodeError:
        raise _no_tracks("it is not text") from None
    return _three(lines[:-1] if lines[-1] == "" else lines)


def _three(lines: list[str]) -> tuple[str, str, str]:
    if len(lines) > TRACK_COUNT:
        raise _no_tracks(f"it has {len(lines)} lines")
    first, second, third = lines + [""] * (TRACK_COUNT - len(lines))
    return first, second, third


def _no_tracks(why: str) -> click.BadParameter:
    return click.BadParameter(
        f"{why}; wanted are three lines, tracks 1 to 3, an empty line = none", param_hint="--tracks"
    )


def ticket_of(options: Mapping[str, object]) -> Ticket:
    """Return options in the ticket's spelling as a ticket; raises click.UsageError."""
    try:
        return msgspec.convert(options, Ticket)
    except msgspec.ValidationError as error:
        raise click.UsageError(str(error)) from None
