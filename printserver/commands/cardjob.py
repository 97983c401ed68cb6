"""`printserver cardjob`: a card's pictures, panels, tracks and options put into one file, and such a file looked into.

Laws kept here:

1. The same card gives the same bytes.
2. A file is opened in a confined worker, as the server does it; this process looks at nothing in it.
3. What the server would refuse ends in the error that it would answer with; `--json` lists all there is to refuse.
4. What looks odd in magnetic tracks is remarked upon, and refuses nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from printserver.client.document import content_of
from printserver.commands.options import PICTURE, all_of, card_options, given, json_option, read_tracks, ticket_of
from printserver.commands.output import say, tell_json, tell_row
from printserver.commands.pictures import write_bytes
from printserver.documents.cardjob.manifest_text import write_manifest
from printserver.documents.cardjob.names import ENDING, OWN_PANELS, Slot
from printserver.documents.cardjob.writing import write_cardjob
from printserver.errors import PrintServerError
from printserver.model.card import Side
from printserver.model.cardjob import CardjobMember, ChipStep, Manifest, manifest_schema, read_manifest
from printserver.model.stripe import Month, Remark, remarks_on
from printserver.model.ticket import MAX_COPIES
from printserver.sandbox.answers import Refused
from printserver.sandbox.command import worker_command
from printserver.sandbox.once import render_once
from printserver.sandbox.orders import CARDJOB_FACTS, MemberFault, RenderOrder

UNKNOWN_ENDING = "bin"
INKS = {"K": "black", "O": "overlay", "F": "fluorescent", "S": "silver", "W": "white"}


class CardjobRow(msgspec.Struct, frozen=True, kw_only=True):
    """A card job as the command tells of it; `refused` says why the server would not take it.

    `remarks` are on tracks that are of ISO/IEC 7813 and look odd: a check digit, a field, an expiry.
    """

    sides: int = 0
    members: tuple[CardjobMember, ...] = ()
    ticket: dict[str, object] = {}
    tracks: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    chip: tuple[ChipStep, ...] = ()
    data: dict[str, str] = {}
    refused: tuple[MemberFault, ...] = ()


@click.group()
def cardjob() -> None:
    """Put a whole card into one file, and look into one."""


panel_options = all_of([
    click.option(f"--{side}-{panel.lower()}", metavar="FILE", type=PICTURE,
                 help=f"Own {INKS[panel]} panel of the {side}: dark is ink.")
    for side in Side for panel in OWN_PANELS
])  # fmt: skip


def _fields(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> dict[str, str]:
    for each in value:
        if "=" not in each or each.startswith("="):
            raise click.BadParameter(f"{each!r} is no field (allowed: NAME=TEXT)")
    return dict(each.split("=", 1) for each in value)


@cardjob.command()
@click.argument("front", metavar="[FRONT]", type=PICTURE, required=False)
@click.option("--back", metavar="FILE", type=PICTURE, help="Picture of the back.")
@panel_options
@card_options
@click.option("--copies", metavar="N", type=click.IntRange(1, MAX_COPIES), help="How many cards.")
@click.option("--name", metavar="T", help="The job's name.")
@click.option("--data", metavar="NAME=TEXT", multiple=True, callback=_fields, help="A field of the card's data.")
@click.option("--out", metavar="FILE", required=True, type=click.Path(dir_okay=False, path_type=Path),
              help="The file to write, such as badge.cardjob.")
@json_option
def build(front: Path | None, back: Path | None, tracks: BinaryIO | None, data: dict[str, str], out: Path,
          as_json: bool, **options: object) -> None:
    """Write a card job of the picture FRONT, or of panels alone."""
    files = {Slot(Side.FRONT): front, Slot(Side.BACK): back} | _panels(options)
    members = {slot: (ending_of(file), content_of(file)) for slot, file in files.items() if file is not None}
    if not any(slot.side is Side.FRONT for slot in members):
        raise click.UsageError("a card has a front (allowed: FRONT, or an own panel of the front)")
    keys = given(options)
    ticket_of(keys)
    manifest = write_manifest(keys, () if tracks is None else read_tracks(tracks), data)
    read_manifest(manifest)
    written = write_bytes(out, write_cardjob(manifest, members))
    if as_json:
        tell_row({"file": str(written), "members": [slot.called for slot in members]})
    else:
        say(f"{written}: {', '.join(slot.called for slot in members)}")


def _panels(options: dict[str, object]) -> dict[Slot, Path | None]:
    """Take the files of own panels out of the options."""
    found: dict[Slot, Path | None] = {}
    for side in Side:
        for panel in OWN_PANELS:
            file = options.pop(f"{side}_{panel.lower()}")
            found[Slot(side, panel)] = file if isinstance(file, Path) else None
    return found


def ending_of(file: Path) -> str:
    """Return the ending that a file's member is given: its own where a member may have that."""
    ending = file.suffix.removeprefix(".").lower()
    return ending if ENDING.fullmatch(ending) else UNKNOWN_ENDING


@cardjob.command()
@click.argument("file", metavar="FILE", type=PICTURE)
@json_option
def inspect(file: Path, as_json: bool) -> None:
    """Show what is in the card job FILE, and why the server would refuse it."""
    now = datetime.now(UTC)
    row = looked_into(content_of(file), Month(now.year, now.month))
    if as_json:
        tell_row(row)
    else:
        _tell(row)
    for fault in row.refused:
        raise Refused(fault.code, fault.message, fault.where, fault.allowed).error()


def looked_into(document: bytes, today: Month) -> CardjobRow:
    """Return what a worker finds in a card job, and what is odd in its tracks in a month."""
    order = RenderOrder(driver="", model="", front=document, want=frozenset({CARDJOB_FACTS}))
    try:
        result = render_once(order, command=worker_command(packages=()))
    except PrintServerError as error:
        return CardjobRow(refused=(MemberFault(error.code, error.message, error.where, error.allowed),))
    facts = result.cardjob
    manifest = Manifest() if facts is None else facts.manifest
    said = () if facts is None else facts.said
    ticket = msgspec.to_builtins(manifest.ticket)
    names = {each.name: each.encode_name for each in msgspec.structs.fields(manifest.ticket)}
    return CardjobRow(
        sides=facts.sides if facts else 0, members=facts.members if facts else (),
        ticket={names[field]: ticket[names[field]] for field in said}, tracks=manifest.tracks, chip=manifest.chip,
        remarks=remarks_on(manifest.tracks, today=today), data=manifest.data, refused=result.faults,
    )  # fmt: skip


def _tell(row: CardjobRow) -> None:
    for member in row.members:
        say(f"{member.name}: {member.size} bytes, {member.format or 'no format that is known'}")
    for key, value in row.ticket.items():
        say(f"ticket {key}: {', '.join(map(str, value)) if isinstance(value, list | tuple) else value}")
    for number, track in enumerate(row.tracks, 1):
        say(f"track {number}: {len(track)} characters" if track else f"track {number}: none")
    for remark in row.remarks:
        say(f"track {remark.track}, position {remark.position}: {remark.message}")
    if row.chip:
        say(f"chip script: {len(row.chip)} steps")
    for name, text in row.data.items():
        say(f"data {name}: {text}")
    for fault in row.refused[1:]:  # the first is how the command ends
        say(f"refused: {Refused(fault.code, fault.message, fault.where, fault.allowed).error().sentence()}")


@cardjob.command()
def schema() -> None:
    """Print the JSON Schema of job.toml."""
    tell_json(msgspec.json.encode(manifest_schema()))


commands = {"cardjob": cardjob}
