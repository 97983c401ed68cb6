"""PDF to pages, by PDFium. Runs only in a sandboxed worker, or in a test.

Laws kept here:

1. A page is drawn on white at the size in which it lies on the card, by `drawn_size`; nothing scales it afterwards.
2. Nothing of a document is executed: PDFium is built without script and XFA, and no form environment is opened, so that
   no action runs. What filled fields and notes look like in print is laid into the page as it stands in the file.
3. A document with a password, or one that forbids printing, is refused by its own error.
4. The file begins with `%PDF-`. Readers forgive bytes before it; a printer does not need to.

Source: ISO 32000-1:2008, 7.5.2 (file header), 7.6.3.2 table 22 (permissions), 12.5.3 (annotations that print).
"""

from __future__ import annotations

import ctypes

import numpy as np
import numpy.typing as npt
import pypdfium2
from pypdfium2 import raw

from printserver.documents.sniff import check_pixels
from printserver.documents.target import Target
from printserver.errors import DocumentBroken, DocumentLocked
from printserver.raster.place import drawn_size

POINTS_PER_INCH = 72.0
MAY_PRINT = 1 << 2  # table 22, bit 3
NO_SECURITY = -1
OPAQUE_WHITE = 0xFFFFFFFF
DRAWN_FOR_PRINT = raw.FPDF_PRINTING | raw.FPDF_REVERSE_BYTE_ORDER

Page = npt.NDArray[np.uint8]


def decode_pdf(document: bytes, target: Target) -> tuple[Page, ...]:
    """Return the pages of a PDF; raises DocumentLocked, DocumentBroken, DocumentTooLarge."""
    opened = open_pdf(document)
    try:
        check_permission(opened)
        count = len(opened)
        if not count:
            raise DocumentBroken("the PDF has no page")
        numbers = target.chosen(count)
        return tuple(drawn(opened, number, target, taken) for taken, number in enumerate(numbers))
    finally:
        opened.close()


def open_pdf(document: bytes) -> pypdfium2.PdfDocument:
    """Return a document of PDFium's; raises DocumentLocked for one with a password, else DocumentBroken."""
    forget_last_error()
    try:
        return pypdfium2.PdfDocument(document)
    except pypdfium2.PdfiumError as error:
        if error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise DocumentLocked("the PDF opens with a password only", allowed="a PDF without a password") from error
        raise DocumentBroken("the PDF cannot be read") from error


def forget_last_error() -> None:
    """Have PDFium keep another error than a password's: what it does not say anew stands from the document before."""
    raw.FPDF_LoadMemDocument64(b"", 0, None)


def check_permission(document: pypdfium2.PdfDocument) -> None:
    """Raise DocumentLocked where an encrypted document that opens without a password forbids printing."""
    if raw.FPDF_GetSecurityHandlerRevision(document) == NO_SECURITY:
        return
    if not raw.FPDF_GetDocPermissions(document) & MAY_PRINT:
        raise DocumentLocked("the PDF forbids printing", allowed="a PDF that may be printed")


def drawn(document: pypdfium2.PdfDocument, number: int, target: Target, taken: int) -> Page:
    """Return a page, counted from 1, drawn on white for the side that is `taken`, counted from 0."""
    page = flat_page(document, number)
    try:
        width, height = dots_of(page, target, taken)
        picture: Page = np.empty((height, width, 3), dtype=np.uint8)
        draw(page, picture)
    finally:
        page.close()
    return picture


def flat_page(document: pypdfium2.PdfDocument, number: int) -> pypdfium2.PdfPage:
    """Return a page into whose content its filled fields and notes are laid; raises DocumentBroken."""
    try:
        page = document[number - 1]
        if raw.FPDFPage_Flatten(page, raw.FLAT_PRINT) == raw.FLATTEN_SUCCESS:
            page.close()
            page = document[number - 1]
    except pypdfium2.PdfiumError as error:
        raise DocumentBroken(f"page {number} of the PDF cannot be read") from error
    return page


def dots_of(page: pypdfium2.PdfPage, target: Target, taken: int) -> tuple[int, int]:
    """Return width and height in dots in which a page is drawn; raises DocumentBroken, DocumentTooLarge."""
    width, height = page.get_size()
    if not (0 < width < float("inf") and 0 < height < float("inf")):
        raise DocumentBroken("a page of the PDF has no size")
    inches = (width / POINTS_PER_INCH, height / POINTS_PER_INCH)
    size = drawn_size(inches, target.geometry, target.placement(taken), target.rotation)
    check_pixels(size, target.max_pixels)
    return size


def draw(page: pypdfium2.PdfPage, picture: Page) -> None:
    """Draw a page into a picture, which it fills."""
    height, width = picture.shape[:2]
    buffer = picture.ctypes.data_as(ctypes.c_void_p)
    bitmap = raw.FPDFBitmap_CreateEx(width, height, raw.FPDFBitmap_BGR, buffer, picture.strides[0])
    if not bitmap:
        raise DocumentBroken("PDFium makes no picture of this size")
    try:
        raw.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, OPAQUE_WHITE)
        raw.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, DRAWN_FOR_PRINT)
    finally:
        raw.FPDFBitmap_Destroy(bitmap)
