"""Rows against whole programs and against the Rust package: R4, and parts of R9.

Laws kept here:

1. A program is measured by the CPU seconds of its process, start included; a part that subtracts decoding says so.
2. Programs get the same picture as we do: PNG as a file, or the PNG's own packed bytes in a PDF file.
3. Ours works as often in a row as they do, and makes its planes anew each time.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
from PIL import Image

from benches import peers
from benches.rows import documents
from benches.rows.cards import HEIGHT, KINDS, WIDTH, Kind, Plane, card_picture, png_of
from benches.rows.row import Measurement, Part, Row, costs, interleaved
from printserver.raster import kernels
from printserver.raster.kernels.paths import code_path
from tests.raster import references

PROGRAM_ROUNDS = 11  # a round of programs takes seconds
LIKENESS = 0.9  # the least correlation of a peer's halftone with its card
CHECKED_ROWS = 48  # rows from the top: raster diffusion of a row depends on the rows above it alone
PDF_POINTS = (WIDTH * 72 / 300, HEIGHT * 72 / 300)


class Wrong(AssertionError):
    """A result of a measured round is not what an independent computation gives."""


@dataclass(frozen=True, slots=True)
class Card:
    """One card in every form that we or a program start from."""

    pixels: Plane
    grey: Plane
    png: bytes
    folder: Path

    def path(self, ending: str) -> Path:
        """Return the file of that ending; `write` made it."""
        return self.folder / f"card.{ending}"


def card_of(kind: Kind, folder: Path) -> Callable[[int], Card]:
    """Return what makes the card of a round and writes it for the programs."""

    def made(number: int) -> Card:
        pixels = card_picture(kind, number)
        grey = np.asarray(Image.fromarray(pixels).convert("L"))
        card = Card(pixels, grey, png_of(pixels), folder)
        card.path("png").write_bytes(card.png)
        card.path("pdf").write_bytes(pdf_of(card.png))
        Image.fromarray(grey).save(card.path("pgm"))
        return card

    return made


def pdf_of(png: bytes) -> bytes:
    """Return a PDF of one page, the card's size at 300 dpi, with the packed pixels of an RGB PNG file as they are."""
    packed, width, height = b"", int.from_bytes(png[16:20]), int.from_bytes(png[20:24])
    at = 8
    while at < len(png):
        length, name = int.from_bytes(png[at : at + 4]), png[at + 4 : at + 8]
        packed += png[at + 8 : at + 8 + length] if name == b"IDAT" else b""
        at += length + 12
    across, down = PDF_POINTS
    drawn = f"{across:.2f} 0 0 {down:.2f} 0 0 cm /Card Do".encode()
    picture = (
        f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceRGB /BitsPerComponent 8 "
        f"/Filter /FlateDecode /DecodeParms << /Predictor 15 /Colors 3 /Columns {width} >>"
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {across:.2f} {down:.2f}] /Contents 4 0 R "
        f"/Resources << /XObject << /Card 5 0 R >> >> >>".encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<< %s /Length %d >>\nstream\n%s\nendstream" % (picture.encode(), len(packed), packed),
    ]
    return _pdf_file(objects)


def _pdf_file(objects: Sequence[bytes]) -> bytes:
    file, table = b"%PDF-1.4\n", b"0000000000 65535 f \n"
    for number, each in enumerate(objects, 1):
        table += b"%010d 00000 n \n" % len(file)
        file += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    count = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(file))
    return file + b"xref\n0 %d\n" % count + table + trailer


# R4: Floyd-Steinberg


def diffuse(card: Card) -> Plane:
    bits = np.empty((HEIGHT, (WIDTH + 7) // 8), np.uint8)
    kernels.floyd_steinberg(card.grey, bits)
    return bits


def check_diffusion(card: Card, bits: Plane) -> None:
    """Compare the upper rows with the definition in plain Python."""
    if not np.array_equal(bits[:CHECKED_ROWS], references.floyd_steinberg(card.grey[:CHECKED_ROWS])):
        raise Wrong("Floyd-Steinberg differs from its reference")


def check_light(card: Card, light: Plane) -> None:
    """Raise where somebody's halftone, of 0 and other values, is not that of the card, seen in squares of eight dots.

    Tones are not compared: ImageMagick stretches the contrast before it diffuses.
    """
    if light.shape != card.grey.shape or not np.corrcoef(coarse(light != 0), coarse(card.grey))[0, 1] > LIKENESS:
        raise Wrong("a peer's halftone is not that of the card")


def coarse(plane: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    """Return the means of squares of eight dots, one after the other."""
    means: npt.NDArray[np.float64] = plane.reshape(HEIGHT // 8, 8, WIDTH // 8, 8).mean(axis=(1, 3)).reshape(-1)
    return means


def diffusion_rows() -> Sequence[Row]:
    with TemporaryDirectory() as folder:
        subject = card_of("photo", Path(folder))
        parts = [rust_part(subject), imagemagick_part(subject)]
    return [Row("R4", parts, f"1016 x 648 photographs, code path {code_path()}")]


def rust_part(subject: Callable[[int], Card]) -> Part:
    what, bound = "times faster than dithering (Rust)", 18.0
    rust = peers.package("dithering")
    if rust is None:
        return Part(what, bound=bound, missing="dithering")
    ratios = interleaved(
        diffuse, lambda card: rust.dither(card.grey, "floyd_steinberg"), subject, times=10, check=check_both
    )
    return Part(what, ratios, bound)


def check_both(card: Card, bits: Plane, light: object) -> None:
    check_diffusion(card, bits)
    check_light(card, np.asarray(light))


def imagemagick_part(subject: Callable[[int], Card]) -> Part:
    what, bound = "than ImageMagick's Floyd-Steinberg (its start and decoding subtracted)", 500.0
    convert = peers.imagemagick()
    if convert is None:
        return Part(what, bound=bound, missing="ImageMagick")

    def dither(card: Card) -> bytes:
        return peers.run([convert, card.path("pgm"), "-dither", "FloydSteinberg", "-monochrome", "pbm:-"])

    def check(card: Card, made: Mapping[str, object]) -> None:
        (bits, pbm) = (made["ours"], made["dither"])
        assert isinstance(bits, np.ndarray)
        assert isinstance(pbm, bytes)
        check_both(card, bits, Image.open(io.BytesIO(pbm)))

    spent = costs(
        {"ours": diffuse, "dither": dither, "decode": lambda card: peers.run([convert, card.path("pgm"), "null:"])},
        subject, rounds=PROGRAM_ROUNDS, check=check,
    )  # fmt: skip
    each = zip(spent["dither"], spent["decode"], spent["ours"], strict=True)
    return Part(what, [(dither - decode) / ours for dither, decode, ours in each], bound)


# R9: PNG bytes to the five packed panels


def panels_of(card: Card) -> list[Plane]:
    return documents.packed_panels(card.png)


def check_panels(card: Card, panels: Sequence[Plane], theirs: object = None) -> None:
    """Compare the panels with their definition by numpy."""
    if [panel.tobytes() for panel in panels] != documents.by_definition(card.pixels):
        raise Wrong("panels differ from numpy's")


def program_rows() -> Sequence[Row]:
    parts = []
    with TemporaryDirectory() as folder:
        for kind in KINDS:
            subject = card_of(kind, Path(folder))
            parts += [against(by_cups(Path(folder)), f"{kind}: times CUPS + Gutenprint", 15.0, subject, "CUPS filters")]
            parts += [against(by_imagemagick(), f"{kind}: times ImageMagick", 35.0, subject, "ImageMagick")]
    return [Row("R9", parts, "programs: whole processes; ImageMagick separates CMYK and diffuses K; CUPS reads a PDF")]


def against(
    theirs: Callable[[Card], object] | None, what: str, bound: float, subject: Callable[[int], Card], missing: str
) -> Part:
    if theirs is None:
        return Part(what, bound=bound, missing=missing)
    ratios = interleaved(panels_of, theirs, subject, rounds=PROGRAM_ROUNDS, check=check_panels)
    return Part(what, ratios, bound)


def by_cups(folder: Path) -> Callable[[Card], object] | None:
    filters = peers.cups_filters()
    if filters is None:
        return None
    ppd, raster = folder / "card.ppd", folder / "card.ras"
    ppd.write_bytes(filters.ppd)

    def filtered(card: Card) -> bytes:
        job = ("1", "me", "card", "1", "")  # job, user, title, copies, options
        said = {"PPD": str(ppd), "CONTENT_TYPE": "application/pdf"}
        raster.write_bytes(peers.run([filters.gstoraster, *job, card.path("pdf")], said))
        device_bytes = peers.run([filters.rastertogutenprint, *job, raster], said)
        if len(device_bytes) < 3 * WIDTH * HEIGHT:
            raise Wrong("CUPS and Gutenprint made less than three panels")
        return device_bytes

    return filtered


def by_imagemagick() -> Callable[[Card], object] | None:
    convert = peers.imagemagick()
    if convert is None:
        return None
    options = "-colorspace CMYK -separate ( -clone 3 -dither FloydSteinberg -monochrome ) -swap 3,4 +delete gray:-"

    def separated(card: Card) -> bytes:
        planes = peers.run([convert, card.path("png"), *options.split()])
        if len(planes) < 3 * WIDTH * HEIGHT:
            raise Wrong("ImageMagick made less than three panels")
        return planes

    return separated


MEASUREMENTS: tuple[Measurement, ...] = (
    Measurement(("R4",), diffusion_rows),
    Measurement(("R9",), program_rows),
)
