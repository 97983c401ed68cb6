"""What looks odd in tracks, and is encoded all the same: who orders a card knows better than we what is on it.

Laws kept here:

1. A remark never refuses. It names track and position, from 1, and repeats nothing that stands there.
2. Only what looks like a payment card is looked at as one: format B (`B` and a digit) on track 1, digits and `=` on 2.

| field | track 1, format B | track 2 | source |
|---|---|---|---|
| account number | `B`, up to 19 digits, `^` | up to 19 digits, `=` | ISO/IEC 7813; 7812-1 annex B (Luhn) |
| name | 2 to 26 characters, `^` | - | 7813 |
| expiry, service code | YYMM and three digits, or a separator in the place of each | the same | 7813 |
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from printserver.model.stripe.formats import ISO, Format

LONGEST_ACCOUNT, SHORTEST_NAME, LONGEST_NAME, MONTHS = 19, 2, 26, 12
# Two digits of a year: those of this century, since no card is valid for so long.
CENTURY = 2000
# By the format of the track: AAMVA numbers have no such check digit.
_ACCOUNTS = {"iso-1": re.compile("B([0-9]+)"), "iso-2": re.compile("([0-9]+)(?==)")}


class RemarkKind(StrEnum):
    """What a remark is about."""

    CHARACTER = "character"
    CHECK_DIGIT = "check-digit"
    FIELD = "field"
    EXPIRED = "expired"
    ACCOUNTS = "accounts"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something odd in a track, with its place and one sentence."""

    kind: RemarkKind
    track: int
    position: int
    message: str


class Month(NamedTuple):
    """A month of a year, for instance (2026, 12)."""

    year: int
    month: int


def remarks_on(
    tracks: Sequence[str], formats: Sequence[Format] = ISO, *, today: Month | None = None
) -> tuple[Remark, ...]:
    """Return what looks odd in tracks 1 to 3; what has expired by `today`, where that is told."""
    return tuple(_remarks(tracks, formats, today))


def luhn(digits: str) -> bool:
    """Tell whether the last of some digits is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits)))
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def _remarks(tracks: Sequence[str], formats: Sequence[Format], today: Month | None) -> Iterator[Remark]:
    accounts: list[str] = []
    for number, (text, form) in enumerate(zip(tracks, formats, strict=False), start=1):
        odd = next((at for at, character in enumerate(text, start=1) if character in form.reserved), 0)
        if odd:
            words = "the standard reserves this character for hardware or national use"
            yield Remark(RemarkKind.CHARACTER, number, odd, words)
        account = _ACCOUNTS.get(form.name)
        found = account.match(text) if account is not None else None
        if found is not None:
            accounts.append(found[1])
            yield from _account(number, found)
            yield from _fields(number, text, found.end() + 1, form.separator, today)
    if len(set(accounts)) > 1:
        yield Remark(RemarkKind.ACCOUNTS, 2, 1, "the account number is not that of track 1")


def _account(track: int, found: re.Match[str]) -> Iterator[Remark]:
    position = found.start(1) + 1
    if len(found[1]) > LONGEST_ACCOUNT:
        yield Remark(RemarkKind.FIELD, track, position, f"an account number has up to {LONGEST_ACCOUNT} digits")
    if not luhn(found[1]):
        yield Remark(RemarkKind.CHECK_DIGIT, track, position, "the account number has a wrong check digit (Luhn)")


def _fields(track: int, text: str, position: int, separator: str, today: Month | None) -> Iterator[Remark]:
    """Go through what follows the account number; `position`, from 1, is that of the separator behind it."""
    if text[position - 1 : position] != separator:
        yield Remark(RemarkKind.FIELD, track, position, f"wanted is {separator} behind the account number")
        return
    position += 1
    if track == 1:
        name, parted, _ = text[position - 1 :].partition(separator)
        if not SHORTEST_NAME <= len(name) <= LONGEST_NAME:
            words = f"a name has {SHORTEST_NAME} to {LONGEST_NAME} characters"
            yield Remark(RemarkKind.FIELD, track, position, words)
        position += len(name) + len(parted)
        if not parted:
            yield Remark(RemarkKind.FIELD, track, position, f"wanted is {separator} behind the name")
            return
    yield from _dates(track, text, position, separator, today)


def _dates(track: int, text: str, position: int, separator: str, today: Month | None) -> Iterator[Remark]:
    expiry, service = text[position - 1 : position + 3], position + 4
    if expiry.startswith(separator):
        service = position + 1
    elif not re.fullmatch("[0-9]{2}(0[1-9]|1[0-2])", expiry):
        yield Remark(RemarkKind.FIELD, track, position, f"wanted is an expiry, YYMM, or {separator} in its place")
        return
    elif today is not None and (CENTURY + int(expiry[:2]), int(expiry[2:])) < today:
        yield Remark(RemarkKind.EXPIRED, track, position, "the card has expired by its own word")
    if not re.match(f"[0-9]{{3}}|{re.escape(separator)}", text[service - 1 :]):
        yield Remark(RemarkKind.FIELD, track, service, f"wanted is a service code, three digits, or {separator}")
