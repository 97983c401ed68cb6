"""PDFs for the tests, written object by object (ISO 32000-1:2008, 7.5)."""

from __future__ import annotations

import struct
from hashlib import md5

CARD_POINTS = (242.646, 153.014)  # 85.60 x 53.98 mm
A4_POINTS = (595.276, 841.89)
ID = b"0123456789abcdef"
# ISO 32000-1:2008, 7.6.3.3, algorithm 2: the 32 bytes that fill a password up.
PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def pdf(
    *pages: bytes, size: tuple[float, float] = CARD_POINTS, page: str = "", catalog: str = "",
    objects: tuple[bytes, ...] = (), encrypt: bytes = b"",
) -> bytes:
    """A PDF with a page for each content stream; `page` and `catalog` join those dictionaries.

    `objects` are numbered from 10 on; object 3 is Helvetica, named /F in every page.
    """
    first = 10 + len(objects)
    kids = " ".join(f"{first + 2 * number} 0 R" for number in range(len(pages)))
    found: dict[int, bytes] = {
        1: f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode(),
        2: f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>",
        **{10 + number: each for number, each in enumerate(objects)},
    }
    if encrypt:
        found[4] = encrypt
    for number, content in enumerate(pages):
        at = first + 2 * number
        found[at] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size[0]} {size[1]}] /Contents {at + 1} 0 R "
            f"/Resources << /Font << /F 3 0 R >> >> {page} >>"
        ).encode()
        found[at + 1] = b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content)
    return written(found, b"/Encrypt 4 0 R" if encrypt else b"")


def written(objects: dict[int, bytes], trailer: bytes) -> bytes:
    """The file: header, objects, cross-reference table, trailer."""
    out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), {}
    for number, each in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    start, last = len(out), max(objects)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (last + 1)
    for number in range(1, last + 1):
        out += b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 00000 f \n"
    out += b"trailer\n<< /Size %d /Root 1 0 R /ID [<%b> <%b>] %b >>\n" % (
        last + 1, ID.hex().encode(), ID.hex().encode(), trailer,
    )  # fmt: skip
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def rectangle(red: float, green: float, blue: float, *place: float) -> bytes:
    """A filled rectangle: x, y, width, height in points from the lower left corner."""
    return f"{red} {green} {blue} rg {' '.join(map(str, place))} re f\n".encode()


def encryption(password: bytes, permissions: int) -> bytes:
    """An encryption dictionary of the standard handler, revision 2 (7.6.3.4, algorithms 2, 3 and 4)."""
    filled = (password + PADDING)[:32]
    owner = rc4(md5((b"owner" + PADDING)[:32]).digest()[:5], filled)
    key = md5(filled + owner + struct.pack("<i", permissions) + ID).digest()[:5]
    return b"<< /Filter /Standard /V 1 /R 2 /O <%b> /U <%b> /P %d >>" % (
        owner.hex().encode(), rc4(key, PADDING).hex().encode(), permissions,
    )  # fmt: skip


def rc4(key: bytes, data: bytes) -> bytes:
    """The cipher of the standard handler's first revisions."""
    state, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
