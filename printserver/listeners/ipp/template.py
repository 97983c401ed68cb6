"""Job template attributes and the ticket: what a client may ask of a job, read from one table.

Laws kept here:

1. What is declared as supported is read here, and what is read here is declared: one table for both.
2. What is not supported is told: ignored with a list, or refused when the client wants fidelity
   (RFC 8011 section 4.2.1.2).
3. An attribute of our own (`printserver-...`) that cannot be read is refused in any case: who sends it knows this
   server and counts on it, and a card without its tracks is a spoiled card.

Source: RFC 8011 section 5.2; PWG 5100.7 (media-col); PWG 5100.13 (print-color-mode, print-scaling).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from printserver.errors import BadTicket
from printserver.ipp import Attribute, Plain, Request, Resolution, build, plain
from printserver.ipp.attributes import OutOfBand
from printserver.listeners.ipp import media, pages
from printserver.listeners.ipp.offer import Offer
from printserver.listeners.ipp.words import as_keyword
from printserver.model.holding import HoldUntil
from printserver.model.ticket import MAX_CHOKE, MAX_COPIES, ColourHalf, Depth, KMode, Overlay, Sides

OURS = "printserver-"
HOLDS: Mapping[str, Mapping[str, object]] = {
    "no-hold": {"hold": False}, "indefinite": {"hold": True},
    **{until.value: {"hold": True, "hold_until": until} for until in HoldUntil},
}  # fmt: skip
"""What job-hold-until says of a ticket."""
CONTENTS = {
    "auto": None, "graphic": KMode.BLACK, "photo": KMode.NONE, "text": KMode.TEXT, "text-and-graphic": KMode.BLACK,
}  # fmt: skip
"""What print-content-optimize means for black resin, where the ribbon has colour beside it; None = as without it."""
K_MODES = {mode.value: mode for mode in KMode}
COLOUR_HALVES = {half.value: half for half in ColourHalf}
DEPTHS = {depth.value: depth for depth in Depth}
BRIGHTEST, WHOLE = 255, 100
OVERLAYS = {as_keyword(overlay.value): overlay for overlay in Overlay}
NORMAL_QUALITY, NO_FINISHING = 4, 3  # RFC 8011 sections 5.2.13, 5.2.6
LANDSCAPE, PORTRAIT = 4, 3  # section 5.2.10
ORIENTATIONS = (LANDSCAPE, PORTRAIT)  # a picture of either shape is turned along the card
LAID_ON_PORTRAIT = 5  # reverse-landscape: a portrait page is turned left, so landscape content is to be turned right
ONE_UP = 1
GREY = "monochrome"
OUTPUT_BIN = "face-down"
NO_TEMPLATE = "none"  # PWG 5100.1 section 5.2: no finishing at all
DOTS_PER_INCH = 3

Keys: TypeAlias = "Mapping[str, object] | None"
"""Keys of a ticket; None = the value is not supported."""


@dataclass(frozen=True, slots=True)
class Option:
    """One attribute: how its values become ticket keys."""

    read: Callable[[Sequence[Plain], Offer], Keys]


def _one_of(key: str, words: Mapping[str, object]) -> Option:
    def read(values: Sequence[Plain], offer: Offer) -> Keys:
        word = values[0]
        return {key: words[word]} if isinstance(word, str) and word in words else None

    return Option(read)


def _only(*words: Plain) -> Option:
    """Return an option that takes what the printer does anyway."""
    return Option(lambda values, offer: {} if all(value in words for value in values) else None)


def _number(key: str, highest: int, lowest: int = 1) -> Option:
    def read(values: Sequence[Plain], offer: Offer) -> Keys:
        number = values[0]
        return {key: number} if isinstance(number, int) and lowest <= number <= highest else None

    return Option(read)


def _own_number(key: str, highest: int, lowest: int = 0) -> Option:
    """Return an option for a number of our own: clients such as `lp` do not know its syntax and send a word."""
    number = _number(key, highest, lowest)
    return Option(lambda values, offer: number.read([_as_number(value) for value in values], offer))


def _as_number(value: Plain) -> Plain:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10 else value


def _sides(values: Sequence[Plain], offer: Offer) -> Keys:
    return {"sides": Sides(str(values[0]))} if values[0] in offer.sides else None


def _hold(values: Sequence[Plain], offer: Offer) -> Keys:
    word = values[0]
    return HOLDS.get(word) if isinstance(word, str) else None


def _color_mode(values: Sequence[Plain], offer: Offer) -> Keys:
    if values[0] not in offer.color_modes:
        return None
    return {"grey": True} if values[0] == GREY and offer.coloured else {}


def _contents(values: Sequence[Plain], offer: Offer) -> Keys:
    word = values[0]
    if not isinstance(word, str) or word not in contents_of(offer):
        return None
    mode = CONTENTS[word]
    return {} if mode is None else {"k_mode": mode}


def _finishings_col(values: Sequence[Plain], offer: Offer) -> Keys:
    return {} if all(value == {"finishing-template": [NO_TEMPLATE]} for value in values) else None


def contents_of(offer: Offer) -> tuple[str, ...]:
    """Return the values of print-content-optimize: without colour beside it there is nothing to choose."""
    return tuple(CONTENTS) if offer.coloured else ("auto",)


def _resolution(values: Sequence[Plain], offer: Offer) -> Keys:
    return {} if values[0] == Resolution(offer.dpi, offer.dpi, DOTS_PER_INCH) else None


def _ribbon(values: Sequence[Plain], offer: Offer) -> Keys:
    # whether a printer holds it is the job service's answer, at every door in the same words
    return {"ribbon": values[0]} if isinstance(values[0], str) else None


def _force(values: Sequence[Plain], offer: Offer) -> Keys:
    # clients that do not know its syntax send a word
    said = {True: True, False: False, "true": True, "false": False}.get(values[0]) if _is_word(values[0]) else None
    return None if said is None else {"force": said}


def _is_word(value: Plain) -> bool:
    return isinstance(value, bool | str)


def _texts(key: str) -> Option:
    # whether they can be read is the job service's answer too
    return Option(
        lambda values, offer: {key: tuple(values)} if all(isinstance(value, str) for value in values) else None
    )


OPTIONS: dict[str, Option] = {
    "copies": _number("copies", MAX_COPIES),
    "sides": Option(_sides),
    "job-hold-until": Option(_hold),
    "job-priority": _number("priority", 100),
    "job-sheets": _only("none"),
    "job-sheets-col": Option(lambda values, offer: {} if values[0] == {"job-sheets": ["none"]} else None),
    "media": Option(lambda values, offer: media.keys_of_name(values[0])),
    "media-col": Option(lambda values, offer: media.keys_of_collection(values[0])),
    "number-up": _only(ONE_UP),
    "page-ranges": Option(lambda values, offer: pages.page_ranges(values)),
    "overrides": Option(lambda values, offer: pages.overrides(values)),
    "proof-print": Option(lambda values, offer: pages.proof_print(values)),
    "print-content-optimize": Option(_contents),
    "print-rendering-intent": _only("auto"),
    "print-color-mode": Option(_color_mode),
    "print-quality": _only(NORMAL_QUALITY),
    "printer-resolution": Option(_resolution),
    "print-scaling": _one_of("placement", pages.SCALING),
    "orientation-requested": _only(*ORIENTATIONS),
    "output-bin": _only(OUTPUT_BIN),
    "finishings": _only(NO_FINISHING),
    "finishings-col": Option(_finishings_col),
    "multiple-document-handling": _only("single-document"),
    "printserver-k-mode": _one_of("k_mode", K_MODES),
    "printserver-k-threshold": _own_number("k_threshold", BRIGHTEST),
    "printserver-k-choke": _own_number("k_choke", MAX_CHOKE),
    "printserver-ucr": _own_number("ucr", WHOLE),
    "printserver-gcr": _own_number("gcr", WHOLE),
    "printserver-photo-areas": _texts("photo_areas"),
    "printserver-colour-keys": _texts("colour_keys"),
    "printserver-colour-half": _one_of("colour_half", COLOUR_HALVES),
    "printserver-overlay": _one_of("overlay", OVERLAYS),
    "printserver-overlay-windows": _texts("overlay_windows"),
    "printserver-overlay-areas": _texts("overlay_areas"),
    "printserver-force": Option(_force),
    "printserver-depth": _one_of("depth", DEPTHS),
    "printserver-ribbon": Option(_ribbon),
    "printserver-tracks": _texts("tracks"),
}


@dataclass(frozen=True, slots=True)
class Template:
    """What a request asked: ticket keys, and the attributes that are not supported as it gave them."""

    keys: dict[str, object]
    unsupported: tuple[Attribute, ...] = ()


def read_template(request: Request, offer: Offer) -> Template:
    """Read the job attributes of a request; raises Unfaithful for what is unsupported and must not be ignored."""
    keys: dict[str, object] = {}
    unsupported: list[Attribute] = []
    misfits = {misfit.attribute.name for misfit in request.misfits}
    for attribute in _asked(request):
        read = None if attribute.name in misfits else _read(attribute, offer)
        if read is None:
            known = attribute.name in OPTIONS
            unsupported.append(attribute if known else build.unsupported(attribute.name))
        else:
            keys |= read
    _mind_fidelity(request, unsupported)
    return Template(keys, tuple(unsupported))


def _asked(request: Request) -> Iterable[Attribute]:
    """Return job attributes, the more special ones later: what they say goes before what follows from the others.

    Clients that put `job-hold-until` among the operation attributes mean it as well.
    """
    given = [each for each in request.job_attributes.attributes if each.name not in ELSEWHERE]
    yield from sorted(given, key=lambda attribute: _RANK.get(attribute.name, 1))
    hold = request.operation_attributes.get("job-hold-until")
    if hold is not None and "job-hold-until" not in request.job_attributes:
        yield hold


ELSEWHERE = frozenset({"document-name"})
"""Operation attributes that some clients send as job attributes, and that are read where the others are."""

_RANK = {"media": 0, "media-col": 0, "print-content-optimize": 0, "overrides": 2}


def _read(attribute: Attribute, offer: Offer) -> Keys:
    option = OPTIONS.get(attribute.name)
    if option is None or any(isinstance(value, OutOfBand) for value in attribute.values):
        return None
    return option.read([plain(value) for value in attribute.values], offer)


def _mind_fidelity(request: Request, unsupported: list[Attribute]) -> None:
    fidelity = request.operation_attributes.get("ipp-attribute-fidelity")
    faithful = fidelity is not None and plain(fidelity.value) is True
    mandatory = request.operation_attributes.get("job-mandatory-attributes")
    names = set() if mandatory is None else {plain(value) for value in mandatory.values}  # PWG 5100.7 section 6.1.5
    wrong = [each for each in unsupported if faithful or each.name in names or each.name.startswith(OURS)]
    if wrong:
        raise Unfaithful(tuple(wrong))


class Unfaithful(BadTicket):
    """Something is not supported that the client does not want ignored."""

    def __init__(self, unsupported: tuple[Attribute, ...]) -> None:
        """Keep what is not supported, for the answer's Unsupported group."""
        self.unsupported = unsupported
        super().__init__("not supported as asked", where=", ".join(each.name for each in unsupported))
