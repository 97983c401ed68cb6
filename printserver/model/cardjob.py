"""A card job's own file: what `job.toml` says, and what is known of a whole card job once a worker has read it.

Laws kept here:

1. `[ticket]` has the keys of every ticket but those that are the door's to say: for whom, where to, which pages.
2. What the door was told outright stands; all else is as the file has it. Tracks from both that differ are refused: a
   card that shows one person and encodes another is worse than none.
3. Every default stands in `Ticket`; a file that is silent about a key leaves it to the door.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from typing import Annotated, Any, Literal

import msgspec

from printserver.errors import BadCardjob, BadTicket, UnsupportedByPrinter
from printserver.model.complaint import complaint
from printserver.model.ticket import TRACK_COUNT, Sides, Ticket

MANIFEST = "job.toml"
MAX_MANIFEST = 64 * 1024
MAX_STEPS = 256
MAX_FIELDS = 256

NOT_OF_THE_FILE = (
    "queue", "user", "user_uri", "department", "document_names", "metadata", "tracks", "pages", "proof", "reprint_of",
)  # fmt: skip
"""Keys of a ticket that `[ticket]` has not; tracks stand above it."""

# A short command (ISO/IEC 7816-4): 4 bytes of header, up to 255 of data, and two lengths.
Command = Annotated[str, msgspec.Meta(pattern="^(?:[0-9A-Fa-f]{2}){4,261}$")]
StatusWord = Annotated[str, msgspec.Meta(pattern="^[0-9A-Fa-fxX]{4}$")]
Track = Annotated[str, msgspec.Meta(max_length=128)]
Tracks = Annotated[tuple[Track, ...], msgspec.Meta(max_length=TRACK_COUNT)]
FieldName = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
FieldText = Annotated[str, msgspec.Meta(max_length=4096)]
Fields = Annotated[dict[FieldName, FieldText], msgspec.Meta(max_length=MAX_FIELDS)]


class ChipStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One command to the chip: `send` in hexadecimal digits, and the status word to `expect`, x = any digit."""

    send: Command
    expect: StatusWord = "9000"


ChipScript = Annotated[tuple[ChipStep, ...], msgspec.Meta(max_length=MAX_STEPS)]


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `job.toml` says: `version` of this schema, magnetic tracks 1 to 3, chip script, data fields, ticket."""

    version: Annotated[Literal[1], msgspec.Meta(description="of this schema")] = 1
    tracks: Annotated[Tracks, msgspec.Meta(description="magnetic tracks 1 to 3; an empty text leaves one alone")] = ()
    chip: Annotated[ChipScript, msgspec.Meta(description=(
        "commands to the chip in order, `send` in hexadecimal digits, `expect` the status word (`x` = any digit); "
        "refused until something can run them"
    ))] = ()  # fmt: skip
    data: Annotated[Fields, msgspec.Meta(description=(
        "the card's data fields, texts by name; kept with the job and printed by nothing yet"
    ))] = {}  # fmt: skip
    ticket: Annotated[Ticket, msgspec.Meta(description="keys of the ticket")] = Ticket()


class CardjobMember(msgspec.Struct, frozen=True, kw_only=True):
    """A member of a card job: its name, its bytes when unpacked, and what they are, empty where nobody can tell."""

    name: str
    size: int
    format: str = ""


class CardjobFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a card job: its manifest, which ticket keys it gives, how many sides it fills, its members."""

    manifest: Manifest
    said: tuple[str, ...] = ()
    sides: Annotated[int, msgspec.Meta(ge=1, le=2)] = 1
    members: tuple[CardjobMember, ...] = ()


def read_manifest(text: bytes) -> tuple[Manifest, tuple[str, ...]]:
    """Return what `job.toml` says, and which keys of a ticket it gives; raises BadCardjob naming the key."""
    table = _table(text)
    ticket = table.get("ticket", {})
    keys = _said(ticket) if isinstance(ticket, dict) else ()
    try:
        manifest = msgspec.convert(table, Manifest)
    except msgspec.ValidationError as reason:
        raise _in_file(complaint(str(reason), Manifest, BadCardjob)) from None
    return manifest, keys


def _table(text: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, ValueError) as reason:
        raise BadCardjob(f"is not TOML: {reason}", where=MANIFEST) from None


def _said(ticket: dict[str, Any]) -> tuple[str, ...]:
    known = file_keys()
    for key in ticket:
        if key not in known.values():
            raise BadCardjob(
                "is no key of a card job's ticket", where=f"{MANIFEST}: ticket.{key[:100]}",
                allowed=", ".join(known.values()),
            )
    return tuple(field for field, key in known.items() if key in ticket)


def file_keys() -> dict[str, str]:
    """Return the fields of a ticket that a file may give, each with its key."""
    fields = msgspec.structs.fields(Ticket)
    return {each.name: each.encode_name for each in fields if each.name not in NOT_OF_THE_FILE}


def _in_file(error: BadCardjob) -> BadCardjob:
    where = f"{MANIFEST}: {error.where}" if error.where else MANIFEST
    return BadCardjob(error.message, where=where, allowed=error.allowed)


def manifest_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a manifest."""
    schema = msgspec.json.schema(Manifest)
    ticket = schema["$defs"]["Ticket"]
    del schema["$defs"]["Manifest"]["properties"]["ticket"]["default"]
    ticket["properties"] = {key: ticket["properties"][key] for key in file_keys().values()}
    ticket["description"] = "What the card is, and how many; keys that are left out are the door's to say."
    return schema


def joined(door: Ticket, said: Collection[str], facts: CardjobFacts) -> Ticket:
    """Return the ticket of a card job that came through a door whose client gave the fields `said`; raises BadTicket.

    The door's stand; of what it leaves unsaid the file's are taken.
    """
    tracks = facts.manifest.tracks
    if any(tracks) and any(door.tracks) and _three(tracks) != _three(door.tracks):
        raise BadTicket("the card job has other tracks of its own", where="tracks", allowed="no tracks beside the file")
    if door.pages:
        raise BadTicket("a card job is one card; its sides are no pages to choose from", where="pages", allowed="none")
    taken = {field: getattr(facts.manifest.ticket, field) for field in facts.said if field not in said}
    ticket: Ticket = msgspec.structs.replace(door, **taken, tracks=tracks if any(tracks) else door.tracks)
    if ticket.sides is Sides.ONE and facts.sides > 1:
        raise BadTicket("the card job has a back", where="sides", allowed=Sides.TWO)
    return ticket


def _three(tracks: tuple[str, ...]) -> tuple[str, ...]:
    return (*tracks, *[""] * TRACK_COUNT)[:TRACK_COUNT]


def check_chip(manifest: Manifest) -> None:
    """Raise UnsupportedByPrinter for a chip script: nothing runs one yet, and a card without it is a spoiled card."""
    if manifest.chip:
        raise UnsupportedByPrinter(
            f"the card job has a chip script of {len(manifest.chip)} steps, and nothing here writes chips",
            where="chip", allowed="no chip script",
        )
