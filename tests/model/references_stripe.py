"""The tracks of a stripe the slow way: tables and texts of 0 and 1, nothing shared with `printserver.model.stripe`."""

from collections import Counter
from typing import NamedTuple

# The codes as they lie on the stripe, lowest bit first, without parity. Of five bits: the table at the end of
# magstripe.md section 2.
NUMERIC = {
    "0": "0000", "1": "1000", "2": "0100", "3": "1100", "4": "0010", "5": "1010", "6": "0110", "7": "1110",
    "8": "0001", "9": "1001", ":": "0101", ";": "1101", "<": "0011", "=": "1011", ">": "0111", "?": "1111",
}  # fmt: skip
ALPHANUMERIC = {
    sign: format(place, "06b")[::-1]
    for place, sign in enumerate(" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_")
}
SEVEN_BITS = {sign: format(ord(sign), "07b")[::-1] for sign in (*map(chr, range(0x20, 0x7F)), "\x7f")}


class Kind(NamedTuple):
    """A format as the reference knows it: codes, sentinels, how many ones a character has modulo 2, longest data."""

    codes: dict[str, str]
    start: str
    end: str
    ones: int
    room: int


KINDS = {
    "iso-1": Kind(ALPHANUMERIC, "%", "?", 1, 76), "iso-2": Kind(NUMERIC, ";", "?", 1, 37),
    "iso-3": Kind(NUMERIC, ";", "?", 1, 104), "aamva-1": Kind(ALPHANUMERIC, "%", "?", 1, 79),
    "aamva-2": Kind(NUMERIC, ";", "?", 1, 37), "aamva-3": Kind(ALPHANUMERIC, "%", "?", 1, 79),
    "jis-ii": Kind(SEVEN_BITS, "\x7f", "\x7f", 0, 69),
}  # fmt: skip


def slow_bits(text: str, kind: Kind) -> str:
    """Return the bits of a track from its start sentinel to its check character."""
    rows = [kind.codes[sign] for sign in kind.start + text + kind.end]
    columns = zip(*rows, strict=True)
    rows.append("".join("1" if Counter(column)["1"] in range(1, 200, 2) else "0" for column in columns))
    return "".join(row + ("0" if row.count("1") % 2 == kind.ones else "1") for row in rows)


def slow_texts(bits: str, kind: Kind) -> list[tuple[str, bool]]:
    """Return every (data, read backwards) that bits may be: each text that could be there is encoded and compared."""
    signs = {code: sign for sign, code in kind.codes.items()}
    width = len(next(iter(signs))) + 1
    found = []
    for backwards, way in ((False, bits), (True, bits[::-1])):
        body = way.lstrip("0")
        for room in range(kind.room + 1):
            groups = [body[at * width : at * width + width - 1] for at in range(1, room + 1)]
            if not all(group in signs for group in groups):
                break
            text = "".join(signs[group] for group in groups)
            wanted = slow_bits(text, kind)
            if not {kind.start, kind.end} & set(text) and body == wanted + "0" * (len(body) - len(wanted)):
                found.append((text, backwards))
    return found


def slow_luhn(digits: str) -> bool:
    """Tell whether a number has a right check digit: the table of what each digit counts for when it is doubled."""
    doubled = {0: 0, 1: 2, 2: 4, 3: 6, 4: 8, 5: 1, 6: 3, 7: 5, 8: 7, 9: 9}
    plain, others = digits[::-2], digits[-2::-2]
    return sum(map(int, plain), sum(doubled[int(digit)] for digit in others)) % 10 == 0
