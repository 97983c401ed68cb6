"""Which pages of a job are printed, how each side is placed, and how many proofs are made first.

Laws kept here:

1. Pages are counted through the job: the first document is page 1, the second page 2 (RFC 8011 section 5.2.7).
2. An override names a side of the card, as document or as page 1 or 2, and only how it is placed: what cannot be
   different on two sides of one card is not taken (PWG 5100.6 section 4.1).
3. A proof is a job of its own with fewer cards; its ticket keeps the copies that were asked for, for the job that
   follows it (PWG 5100.11 section 8.4, Resubmit-Job).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from printserver.ipp import Plain
from printserver.model.ticket import MAX_AREAS, MAX_COPIES, Placement

SCALING = {"auto": Placement.CROP, "fill": Placement.CROP, "fit": Placement.FIT, "auto-fit": Placement.FIT}
WHICH = ("document-numbers", "pages", "document-number")
"""Members of an override that say which side is meant; the last is how drafts of PWG 5100.6 spelled the first."""
OVERRIDES = (*WHICH, "print-scaling")
PROOF = ("proof-print-copies",)
SIDES = {1: "placement", 2: "back_placement"}

Keys = dict[str, object]


def page_ranges(values: Sequence[Plain]) -> Keys | None:
    """Return the ticket's keys for page-ranges: ascending and apart from each other, else not supported."""
    ranges = [value for value in values if isinstance(value, range) and len(value) > 0 and value[0] > 0]
    apart = all(former[-1] < latter[0] for former, latter in pairwise(ranges))
    if len(ranges) != len(values) or len(ranges) > MAX_AREAS or not apart:
        return None
    return {"pages": tuple(f"{each[0]}-{each[-1]}" for each in ranges)}


def overrides(values: Sequence[Plain]) -> Keys | None:
    """Return the ticket's keys for overrides."""
    keys: Keys = {}
    for value in values:
        found = _override(value) if isinstance(value, dict) else None
        if found is None:
            return None
        keys |= found
    return keys


def _override(members: Mapping[str, Sequence[Plain]]) -> Keys | None:
    scaling = members.get("print-scaling", [None])[0]
    which = {number for name in WHICH for value in members.get(name, ()) for number in _numbers(value)}
    if not set(members) <= set(OVERRIDES) or not isinstance(scaling, str) or scaling not in SCALING:
        return None
    if not which or not which <= SIDES.keys():
        return None
    return {SIDES[number]: SCALING[scaling] for number in sorted(which)}


def _numbers(value: Plain) -> Sequence[int]:
    match value:
        case bool():
            return (0,)
        case int():
            return (value,)
        case range() if 0 < len(value) <= len(SIDES):
            return value
        case _:
            return (0,)


def proof_print(values: Sequence[Plain]) -> Keys | None:
    """Return the ticket's keys for proof-print."""
    match values:
        case [{"proof-print-copies": [int(copies)], **others}] if 1 <= copies <= MAX_COPIES and not others:
            return {"proof": copies}
        case _:
            return None
