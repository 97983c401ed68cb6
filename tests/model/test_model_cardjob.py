"""job.toml: read into a manifest or refused with the key, and joined with the ticket that a door has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.documents.cardjob.manifest_text import write_manifest
from printserver.errors import BadCardjob, BadTicket, UnsupportedByPrinter
from printserver.model.cardjob import (
    NOT_OF_THE_FILE,
    CardjobFacts,
    ChipStep,
    Manifest,
    check_chip,
    file_keys,
    joined,
    manifest_schema,
    read_manifest,
)
from printserver.model.ticket import KMode, Overlay, Sides, Ticket

EVERYTHING = b"""
version = 1
tracks = ["B1234^SARI", "", "42"]
[[chip]]
send = "00a40400"
[[chip]]
send = "00B0000010"
expect = "61xx"
[data]
Nama = "Sari"
"nomor induk" = "4711"
[ticket]
name = "Badge"
k-mode = "text"
copies = 3
overlay-windows = ["front:1,1,5,5"]
"""


def test_everything_that_a_manifest_may_say_is_read() -> None:
    manifest, said = read_manifest(EVERYTHING)
    assert manifest.tracks == ("B1234^SARI", "", "42")
    assert manifest.chip == (ChipStep(send="00a40400"), ChipStep(send="00B0000010", expect="61xx"))
    assert manifest.data == {"Nama": "Sari", "nomor induk": "4711"}
    assert (manifest.ticket.name, manifest.ticket.k_mode, manifest.ticket.copies) == ("Badge", KMode.TEXT, 3)
    assert set(said) == {"name", "k_mode", "copies", "overlay_windows"}
    assert read_manifest(b"") == (Manifest(), ())


DOORS = [field.replace("_", "-") for field in NOT_OF_THE_FILE]
REFUSED = [
    (b"colour = 1", "job.toml: colour", "version, tracks, chip, data, ticket"),
    (b"version = 2", "job.toml: version", ""),
    (b"tracks = 'A'", "job.toml: tracks", ""),
    (b"tracks = ['A', 'B', 'C', 'D']", "job.toml: tracks", ""),
    (b"[[chip]]\nsend = '00'", "job.toml: chip[0].send", ""),
    (b"[[chip]]\nsend = '00a40400'\nwait = 1", "job.toml: chip[0].wait", "send, expect"),
    (b"[[chip]]\nexpect = '9000'", "job.toml: chip[0]", ""),
    (b"[data]\nborn = 1990-01-01", "job.toml: data[...]", ""),
    (b"ticket = 1", "job.toml: ticket", ""),
    (b"[ticket]\nk-mode = 'grey'", "job.toml: ticket.k-mode", "none, black, threshold, text, composite"),
    (b"[ticket]\ncopies = 0", "job.toml: ticket.copies", ""),
    (b"[ticket]\nk_mode = 'text'", "job.toml: ticket.k_mode", "name, copies, stock, ribbon"),
    (b"not toml", "job.toml", ""),
    (b"\xff", "job.toml", ""),
    (b"a = " + b"[" * 5000, "job.toml", ""),
    *((f"[ticket]\n{key} = 'x'".encode(), f"job.toml: ticket.{key}", "name, copies") for key in DOORS),
]


@pytest.mark.parametrize(("text", "where", "allowed"), REFUSED)
def test_what_a_manifest_may_not_say_is_refused_by_its_key(text: bytes, where: str, allowed: str) -> None:
    with pytest.raises(BadCardjob) as refused:
        read_manifest(text)
    assert refused.value.where == where
    assert refused.value.allowed.startswith(allowed)


def test_every_key_of_a_ticket_is_the_file_s_or_the_door_s() -> None:
    """A new key of the ticket joins the file's; whoever adds one decides here whether it is the door's alone."""
    assert set(file_keys()) | set(NOT_OF_THE_FILE) == set(Ticket.__struct_fields__)
    assert not set(file_keys()) & set(NOT_OF_THE_FILE)
    properties = manifest_schema()["$defs"]["Ticket"]["properties"]
    assert list(properties) == list(file_keys().values())


def facts(text: bytes, sides: int = 1) -> CardjobFacts:
    manifest, said = read_manifest(text)
    return CardjobFacts(manifest=manifest, said=said, sides=sides)


FILE = facts(b"[ticket]\nname = 'Badge'\nk-mode = 'text'\ncopies = 3\n")


def test_what_the_door_does_not_say_is_as_the_file_has_it() -> None:
    door = Ticket(queue="card", user="sari", overlay=Overlay.NONE)
    assert joined(door, ("overlay",), FILE) == Ticket(
        queue="card", user="sari", overlay=Overlay.NONE, name="Badge", k_mode=KMode.TEXT, copies=3
    )


def test_what_the_door_says_outright_counts_also_where_it_is_the_default() -> None:
    ticket = joined(Ticket(k_mode=KMode.NONE), ("copies", "k_mode"), FILE)
    assert (ticket.copies, ticket.k_mode, ticket.name) == (1, KMode.NONE, "Badge")


def test_what_the_file_leaves_out_is_as_the_door_has_it() -> None:
    door = Ticket(k_mode=KMode.COMPOSITE, hold=True)
    assert joined(door, (), facts(b"")) == door


def test_tracks_come_from_either_and_are_refused_where_both_differ() -> None:
    encoded = facts(b"tracks = ['A', 'B']")
    assert joined(Ticket(), (), encoded).tracks == ("A", "B")
    assert joined(Ticket(tracks=("A",)), (), facts(b"")).tracks == ("A",)
    assert joined(Ticket(tracks=("A", "B", "")), ("tracks",), encoded).tracks == ("A", "B")
    with pytest.raises(BadTicket) as refused:
        joined(Ticket(tracks=("A", "C")), ("tracks",), encoded)
    assert refused.value.where == "tracks"


def test_a_side_of_a_card_job_is_not_chosen_away() -> None:
    for ticket, said in ((Ticket(sides=Sides.ONE), ("sides",)), (Ticket(), ())):
        two = facts(b"[ticket]\nsides = 'one-sided'" if not said else b"", sides=2)
        with pytest.raises(BadTicket) as refused:
            joined(ticket, said, two)
        assert (refused.value.where, refused.value.allowed) == ("sides", "two-sided-long-edge")
    assert joined(Ticket(sides=Sides.ONE), ("sides",), facts(b"")).sides is Sides.ONE
    with pytest.raises(BadTicket) as refused:
        joined(Ticket(pages=("2-2",)), ("pages",), facts(b"", sides=2))
    assert refused.value.where == "pages"


def test_a_chip_script_is_refused_as_long_as_nothing_runs_it() -> None:
    check_chip(Manifest())
    with pytest.raises(UnsupportedByPrinter) as refused:
        check_chip(read_manifest(EVERYTHING)[0])
    assert (refused.value.where, refused.value.allowed) == ("chip", "no chip script")


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(
    st.fixed_dictionaries({}, optional={
        "name": TEXTS, "copies": st.integers(1, 99), "hold": st.booleans(), "not-before": st.floats(0, 2e9),
        "photo-areas": st.lists(TEXTS, max_size=4),
    }),
    st.lists(TEXTS, max_size=3),
    st.dictionaries(TEXTS.filter(bool), TEXTS, max_size=4),
)  # fmt: skip
def test_a_manifest_that_is_written_says_the_same_when_it_is_read(
    ticket: dict[str, object], tracks: list[str], data: dict[str, str]
) -> None:
    manifest, said = read_manifest(write_manifest(ticket, tracks, data))
    assert {file_keys()[field] for field in said} == set(ticket)
    for field in said:
        value = getattr(manifest.ticket, field)
        assert (list(value) if isinstance(value, tuple) else value) == ticket[file_keys()[field]]
    assert manifest.tracks == (tuple(tracks) if any(tracks) else ())
    assert manifest.data == data
    assert write_manifest(dict(reversed(ticket.items())), tracks, data) == write_manifest(ticket, tracks, data)
