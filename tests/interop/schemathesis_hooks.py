"""What Schemathesis cannot make up from a schema: a picture, and numbers of jobs that there are.

It imports this file by the name that `schemathesis.toml` gives.
"""

from __future__ import annotations

import csv
import io
from typing import Any

import schemathesis
from hypothesis import strategies
from PIL import Image

from printserver.ipp.pwg_raster import write_pwg
from printserver.ipp.raster_page import Colours, RasterPage
from printserver.ipp.urf import write_urf

NEAR = {"network": False, "at": "tcp:127.0.0.1:9"}
JOBS = 8
"""So many jobs there are before it begins."""

# What the printer has that is there today, and what of a ticket is right alone and wrong together (areas on a card of
# some size, an overlay and its areas, ribbons that there are): the document's schemas cannot tell.
NO_MATTER_OF_FORM = {
    "unsupported-by-printer": frozenset({
        "ribbon", "stock", "tracks", "sides", "colour-keys", "colour-half", "action",
    }),
    "bad-ticket": frozenset({
        "ribbon", "photo-areas", "overlay-areas", "overlay-windows", "colour-keys", "colour-half", "pages", "tracks",
        "k-choke", "k-threshold", "ucr", "gcr",
    }),
    # addresses and options of devices, hours in words, and wishes of which each part may be left out, but not all
    "bad-request": frozenset({"hours", "device", "driver", "model", "ribbon", "stock", "options", "loaded", "jobs"}),
    # whoever throws documents away says who they are and why; some are gone before they are asked for
    "name-needed": frozenset({"by"}), "reason-needed": frozenset({"reason"}), "document-purged": frozenset({""}),
}  # fmt: skip


SIZE = (86, 54)
"""As large as a stamp, in dots: what is asked of the API has to be a document, no more."""


def picture_as(kind: str) -> bytes:
    """Return a document in one of the formats that Pillow writes."""
    file = io.BytesIO()
    Image.new("RGB", SIZE, "teal").save(file, kind)
    return file.getvalue()


PICTURE = picture_as("PNG")
PAGE = RasterPage(width=SIZE[0], height=SIZE[1], resolution=300, colours=Colours.SRGB, bits=8,
                  pixels=b"\x00\x80\x80" * (SIZE[0] * SIZE[1]))  # fmt: skip
DOCUMENTS = {
    "image/png": PICTURE, "image/jpeg": picture_as("JPEG"), "image/tiff": picture_as("TIFF"),
    "application/pdf": picture_as("PDF"), "image/pwg-raster": write_pwg([PAGE]), "image/urf": write_urf([PAGE]),
}  # fmt: skip
for media_type, document in DOCUMENTS.items():
    schemathesis.openapi.media_type(media_type, strategies.just(document))


@schemathesis.hook
def before_call(context: object, case: Any, kwargs: object) -> None:  # noqa: ANN401 - a request of Schemathesis
    """Ask for what there is; what is meant to be wrong stays as it is.

    Values are changed where they stand: a body that is put in another's place is taken for one that is meant wrong.
    """
    if case.path_parameters:
        case.path_parameters.update(places(case.path_parameters))
    if isinstance(case.body, dict) and case.meta.generation.mode.is_positive:
        make_possible(case.body)


def places(found: dict[str, Any]) -> dict[str, Any]:
    """Return numbers of a job that there is and, for most, of its only card."""
    numbers = {name: found[name] for name in ("job", "card") if type(found.get(name)) is int and found[name] >= 0}
    if "job" in numbers:
        numbers["job"] = numbers["job"] % JOBS + 1
    if numbers.get("card", 0) % 3:
        numbers["card"] = 1
    return numbers


def make_possible(body: dict[str, Any]) -> None:
    """Ask for the only card, for few to be printed, and for no host but this one to be looked at."""
    body.update({name: 1 for name in ("copies", "proof", "card") if body.get(name) is not None})
    body.update({name: value for name, value in NEAR.items() if body.get(name)})
    if isinstance(body.get("ticket"), dict):
        make_possible(body["ticket"])


@schemathesis.hook
def filter_failure(context: object, failure: Any, case: object, response: Any) -> bool:  # noqa: ANN401
    """Tell whether a finding is one: a schema could have told, and wrong tokens were let in.

    After some wrong tokens an address is answered 429, which is no way in either. A good request whose numbers were
    changed by `before_call` may be taken for a wrong one.
    """
    match type(failure).__name__:
        case "RejectedPositiveData":
            problem = response.json()
            return problem["where"].partition(".")[0] not in NO_MATTER_OF_FORM.get(problem["code"], ())
        case "AcceptedNegativeData":
            return "Invalid component: positive test case" not in failure.message
        case "IgnoredAuth":
            return "got `429 " not in failure.message
        case _:
            return True


@schemathesis.deserializer("image/png")
def picture(context: object, response: Any) -> object:  # noqa: ANN401 - a response of Schemathesis
    """Read a picture to its last dot."""
    with Image.open(io.BytesIO(response.content)) as found:
        found.load()
    return ""


@schemathesis.deserializer("text/csv")
def table(context: object, response: Any) -> object:  # noqa: ANN401 - a response of Schemathesis
    """Read a table to its last row: each has as many cells as the first."""
    [head, *rows] = csv.reader(io.StringIO(response.content.decode("utf-8-sig")))
    assert {len(row) for row in rows} <= {len(head)}
    return ""


@schemathesis.check
def documented_code(context: object, response: Any, case: Any) -> None:  # noqa: ANN401 - of Schemathesis
    """An error's code is among those that the document lists for this route and status."""
    if response.status_code < 400 or response.status_code == 405 or not response.content:
        return
    answers = case.operation.definition.raw["responses"]
    told = answers.get(str(response.status_code), {}).get("description", "").split(", ")
    code = response.json()["code"]
    assert code in told, f"{code} is not documented for {response.status_code}: {told}"
