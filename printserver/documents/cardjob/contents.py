"""What a card job holds: its manifest, and the members for each side, unpacked.

Laws kept here:

1. Every member is judged, unpacked and checked before any of them is used.
2. A side has one picture, or none and at least one panel of its own; the front is always there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from printserver.documents.cardjob.archive import members_of, unpacked
from printserver.documents.cardjob.names import ALLOWED, Slot, shown, slot_of
from printserver.documents.sniff import HEAD_SIZE, recognise
from printserver.errors import BadCardjob, DocumentTooLarge
from printserver.model.card import Side
from printserver.model.cardjob import MANIFEST, MAX_MANIFEST, CardjobFacts, CardjobMember, Manifest, read_manifest


@dataclass(frozen=True, slots=True)
class Member:
    """A picture or panel of a card job: the name it has there, and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Contents:
    """A card job unpacked; `said` are the fields of a ticket that the manifest gives."""

    manifest: Manifest
    said: tuple[str, ...]
    members: Mapping[Slot, Member]

    def side(self, side: Side) -> dict[Slot, Member]:
        """Return the members of one side."""
        return {slot: member for slot, member in self.members.items() if slot.side is side}

    @property
    def sides(self) -> int:
        """Return how many sides the card fills."""
        return 2 if self.side(Side.BACK) else 1

    def facts(self) -> CardjobFacts:
        """Return what may be told of it without its pictures."""
        members = (
            CardjobMember(name=each.name, size=len(each.data), format=kind.mime if kind else "")
            for each in self.members.values()
            for kind in [recognise(each.data[:HEAD_SIZE])]
        )
        return CardjobFacts(manifest=self.manifest, said=self.said, sides=self.sides, members=tuple(members))


def read_cardjob(document: bytes) -> Contents:
    """Return what a card job holds; raises BadCardjob, DocumentTooLarge, each naming member or key."""
    manifest: bytes | None = None
    members: dict[Slot, Member] = {}
    names: dict[str, str] = {}
    for packed in members_of(document):
        slot = slot_of(packed.name)
        called = MANIFEST if slot is None else slot.called
        if called in names:
            raise BadCardjob(f"is the same as {names[called]}", where=shown(packed.name), allowed=f"one {called}.*")
        names[called] = packed.name
        if slot is None:
            if packed.size > MAX_MANIFEST:
                raise DocumentTooLarge(f"has {packed.size} bytes", where=MANIFEST, allowed=f"at most {MAX_MANIFEST}")
            manifest = unpacked(document, packed)
        else:
            members[slot] = Member(packed.name, unpacked(document, packed))
    return _whole(manifest, members)


def _whole(manifest: bytes | None, members: dict[Slot, Member]) -> Contents:
    if manifest is None:
        raise BadCardjob("is missing", where=MANIFEST, allowed=ALLOWED)
    contents = Contents(*read_manifest(manifest), members)
    if not contents.side(Side.FRONT):
        raise BadCardjob("is missing", where="front.*", allowed=ALLOWED)
    return contents
