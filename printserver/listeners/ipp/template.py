"""Job template attributes and the ticket: what a client may ask of a job, read from one table.

Laws kept here:

1. What is declared as supported is read here, and what is read here is declared: one table for both.
2. What is not supported is told: ignored with a list, or refused when the client wants fidelity
   (RFC 8011 section 4.2.1.2).

Source: RFC 8011 section 5.2; PWG 5100.13 (print-color-mode); PWG 5100.16 (print-scaling).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from printserver.driver import Capabilities
from printserver.errors import BadTicket
from printserver.ipp import Attribute, Request, build, plain
from printserver.ipp.attributes import OutOfBand
from printserver.model.ticket import MAX_COPIES, KMode, Overlay, Placement, Sides
from printserver.queue.admission import KNOWN_K_MODES

MEDIA = ("iso_id-1_53.98x85.6mm", "om_card_54x86mm")
HOLDS = ("no-hold", "indefinite")
SCALING = {"auto": Placement.CROP, "fill": Placement.CROP, "fit": Placement.FIT, "auto-fit": Placement.FIT}


@dataclass(frozen=True, slots=True)
class Option:
    """One attribute: how its values become ticket keys; None = the value is not supported."""

    read: Callable[[list[Any], Capabilities], Mapping[str, object] | None]


def _one_of(key: str, words: Mapping[str, object]) -> Option:
    def read(values: list[Any], capabilities: Capabilities) -> Mapping[str, object] | None:
        return {key: words[values[0]]} if values[0] in words else None

    return Option(read)


def _copies(values: list[Any], capabilities: Capabilities) -> Mapping[str, object] | None:
    return {"copies": values[0]} if 1 <= values[0] <= MAX_COPIES else None


def _sides(values: list[Any], capabilities: Capabilities) -> Mapping[str, object] | None:
    if values[0] not in sides_supported(capabilities):
        return None
    return {"sides": Sides.ONE if values[0] == Sides.ONE else Sides.TWO}


def _media_col(values: list[Any], capabilities: Capabilities) -> Mapping[str, object] | None:
    names = values[0].get("media-size-name", [MEDIA[0]])
    return {} if names[0] in MEDIA else None


def _resolution(values: list[Any], capabilities: Capabilities) -> Mapping[str, object] | None:
    dpi = capabilities.geometry.dpi
    return {} if (values[0].across, values[0].along) == (dpi, dpi) else None


def _tracks(values: list[Any], capabilities: Capabilities) -> Mapping[str, object] | None:
    return {"tracks": tuple(str(value) for value in values)}


def _ribbon(values: list[Any], capabilities: Capabilities) -> Mapping[str, object] | None:
    return {"ribbon": values[0]} if capabilities.ribbon(str(values[0])) else None


OPTIONS: dict[str, Option] = {
    "copies": Option(_copies),
    "sides": Option(_sides),
    "job-hold-until": _one_of("hold", {"no-hold": False, "indefinite": True}),
    "job-priority": Option(lambda values, _: {"priority": values[0]}),
    "media": Option(lambda values, _: {} if values[0] in MEDIA else None),
    "media-col": Option(_media_col),
    "print-color-mode": Option(lambda values, each: {} if values[0] in color_modes(each) else None),
    "print-quality": Option(lambda values, _: {} if values[0] == 4 else None),
    "printer-resolution": Option(_resolution),
    "print-scaling": _one_of("placement", SCALING),
    "orientation-requested": Option(lambda values, _: {} if values[0] == 4 else None),
    "output-bin": Option(lambda values, _: {} if values[0] == "face-down" else None),
    "multiple-document-handling": Option(lambda values, _: {} if values[0] == "single-document" else None),
    "printserver-k-mode": _one_of("k_mode", {mode.value: mode for mode in KMode if mode in KNOWN_K_MODES}),
    "printserver-overlay": _one_of("overlay", {overlay.value: overlay for overlay in Overlay}),
    "printserver-ribbon": Option(_ribbon),
    "printserver-tracks": Option(_tracks),
}


def sides_supported(capabilities: Capabilities) -> tuple[str, ...]:
    """Return the values of `sides` that a printer can do."""
    return (Sides.ONE.value, Sides.TWO.value) if capabilities.duplex else (Sides.ONE.value,)


def color_modes(capabilities: Capabilities) -> tuple[str, ...]:
    """Return the values of `print-color-mode`; a card is printed in what its ribbon has."""
    coloured = any(ribbon.has_colour for ribbon in capabilities.ribbons)
    return ("auto", "color") if coloured else ("auto", "monochrome")


@dataclass(frozen=True, slots=True)
class Template:
    """What a request asked: ticket keys, and the attributes that are not supported as it gave them."""

    keys: dict[str, object]
    unsupported: tuple[Attribute, ...] = ()


def read_template(request: Request, capabilities: Capabilities) -> Template:
    """Read the job attributes of a request; raises BadTicket when something is unsupported and fidelity is wanted."""
    keys: dict[str, object] = {}
    unsupported: list[Attribute] = []
    misfits = {misfit.attribute.name for misfit in request.misfits}
    for attribute in _asked(request):
        read = None if attribute.name in misfits else _read(attribute, capabilities)
        if read is None:
            known = attribute.name in OPTIONS
            unsupported.append(attribute if known else build.unsupported(attribute.name))
        else:
            keys |= read
    _mind_fidelity(request, unsupported)
    return Template(keys, tuple(unsupported))


def _asked(request: Request) -> Iterable[Attribute]:
    """Return job attributes; clients that put `job-hold-until` among the operation attributes mean it as well."""
    yield from request.job_attributes.attributes
    hold = request.operation_attributes.get("job-hold-until")
    if hold is not None and "job-hold-until" not in request.job_attributes:
        yield hold


def _read(attribute: Attribute, capabilities: Capabilities) -> Mapping[str, object] | None:
    option = OPTIONS.get(attribute.name)
    if option is None or any(isinstance(value, OutOfBand) for value in attribute.values):
        return None
    return option.read([plain(value) for value in attribute.values], capabilities)


def _mind_fidelity(request: Request, unsupported: list[Attribute]) -> None:
    fidelity = request.operation_attributes.get("ipp-attribute-fidelity")
    if unsupported and fidelity is not None and plain(fidelity.values[0]) is True:
        raise Unfaithful(tuple(unsupported))


class Unfaithful(BadTicket):
    """The client wants everything as it asked, and something is not supported."""

    def __init__(self, unsupported: tuple[Attribute, ...]) -> None:
        """Keep what is not supported, for the answer's Unsupported group."""
        self.unsupported = unsupported
        super().__init__("not supported as asked", where=", ".join(each.name for each in unsupported))
