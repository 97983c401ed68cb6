"""The checks: what a person does and sees, and what the driver must have said meanwhile.

Laws kept here:

1. A check passes only when the driver's word and the person's eyes agree; each says what it found.
2. A check that the printer cannot have is `inapplicable`; one that the person cannot do is `left-out`, and proves
   nothing.
3. Faults are made by hands at a real printer: cover, plug, cable, ribbon, hopper. Nothing here makes them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from printserver.driver import Capabilities, Done
from printserver.model.alert import AlertKind, Severity
from printserver.model.card import PanelName, Ribbon
from printserver.proving.register_card import register_card
from printserver.proving.station import Person, Station
from printserver.proving.trials import Trial, judge, told

# Invented, and without sentinels: major industry 9 with country 990, which is nobody's (ISO/IEC 7812-1, ISO 3166-1).
TRACKS = ("B9990001112223334^REGISTER/CARD^0000", "9990001112223334=0000", "019990001112223334=0")


class LeftOut(Exception):
    """The person cannot do this check here."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a check works with; `ribbon` is the one that is in the printer."""

    station: Station
    person: Person
    ribbon: Ribbon


# A check returns what it found wrong, and appends what it saw.
Doing = Callable[[Desk, list[str]], Awaitable[Sequence[str]]]


def _always(capabilities: Capabilities, ribbon: Ribbon) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Check:
    """One check; `applies` tells whether a printer with a ribbon can have it."""

    key: str
    title: str
    do: Doing
    applies: Callable[[Capabilities, Ribbon], bool] = _always


async def _identity(desk: Desk, saw: list[str]) -> Sequence[str]:
    who = await desk.station.identify()
    saw.append(f"model {who.model}, serial {who.serial or 'not told'}, firmware {who.firmware or 'not told'}")
    await desk.person.tell(f"The printer says: {saw[-1]}.")
    right = await desk.person.confirm("Does that agree with the label on the printer, as far as it is told?")
    return () if right else ("what the printer says of itself does not agree with its label",)


async def _status(desk: Desk, saw: list[str]) -> Sequence[str]:
    await _hands(desk, f"Put in a {desk.ribbon.name} ribbon and at least ten blank cards, and close everything.")
    status = await desk.station.status()
    saw.append(f"ready {status.ready}, ribbon {status.ribbon or 'not told'}, {len(status.alerts)} alerts")
    found = [f"it complains: {alert.kind} {alert.verbatim}".rstrip() for alert in status.alerts
             if alert.severity is Severity.ERROR]  # fmt: skip
    if not status.ready:
        found.append("the printer is not ready")
    if status.ribbon and status.ribbon.lower() != desk.ribbon.name.lower():
        found.append(f"it tells of another ribbon: {status.ribbon}")
    return found


async def _feed(desk: Desk, saw: list[str]) -> Sequence[str]:
    trial, found = await _card(desk, saw)
    if not trial.ended_well:
        found.append("a card without any trouble did not end as done")
    if desk.station.capabilities.confirms.sure and not (isinstance(trial.outcome, Done) and trial.outcome.sure):
        found.append("the driver says that the device confirms cards, and it did not")
    return found


async def _register(desk: Desk, saw: list[str]) -> Sequence[str]:
    await desk.person.tell("Take the card that came out last, and look at its front with the arrow pointing up.")
    questions = {
        "Is the frame whole on all four sides, at the same distance from the edges?": "the frame is cut or off",
        "Do the lines of all colours lie on each other, within half a millimetre?": "panels out of register",
        "Is the arrow right of the middle (not mirrored)?": "the picture is mirrored or turned",
        _patches(desk.ribbon): "patches are missing or in another order",
    }
    return [wrong for question, wrong in questions.items() if not await desk.person.confirm(question)]


def _patches(ribbon: Ribbon) -> str:
    names = {PanelName.Y: "yellow", PanelName.M: "magenta", PanelName.C: "cyan", PanelName.K: "black"}
    order = ", ".join(names.get(panel, f"{panel} (only seen at an angle, or under ultraviolet light)")
                      for panel in ribbon.front if panel is not PanelName.O)  # fmt: skip
    return f"Are the patches below the middle, from the left: {order}?"


async def _second_side(desk: Desk, saw: list[str]) -> Sequence[str]:
    trial, found = await _card(desk, saw, two_sided=True)
    if not trial.ended_well:
        found.append("a card with two sides did not end as done")
    if not await desk.person.confirm("Turn the card on its long edge: does the arrow on the back point up as well?"):
        found.append("the back is turned")
    return found


async def _cover(desk: Desk, saw: list[str]) -> Sequence[str]:
    await _hands(
        desk, "A card will be printed. In the middle of a colour, OPEN THE COVER. Wait ten seconds, and close it."
    )
    trial, found = await _card(desk, saw)
    return found + _noticed(trial)


async def _power(desk: Desk, saw: list[str]) -> Sequence[str]:
    await _hands(desk, "A card will be printed. In the middle of a colour, SWITCH THE PRINTER OFF.")
    return (await _card(desk, saw, again="Switch the printer on, take out any card, and wait until it is ready."))[1]


async def _cable(desk: Desk, saw: list[str]) -> Sequence[str]:
    await _hands(desk, "A card will be printed. In the middle of a colour, PULL THE DATA CABLE out.")
    return (await _card(desk, saw, again="Put the cable in again, and wait until the printer is ready."))[1]


async def _ribbon_out(desk: Desk, saw: list[str]) -> Sequence[str]:
    await _hands(
        desk, "TAKE THE RIBBON OUT, and close the cover. A card will be sent; after half a minute put the ribbon in "
        "again, and press what the printer wants to be pressed.",
    )
    trial, found = await _card(desk, saw)
    return found + _noticed(trial)


async def _hopper(desk: Desk, saw: list[str]) -> Sequence[str]:
    await _hands(
        desk, "TAKE ALL BLANK CARDS OUT. A card will be sent; after half a minute put the cards in again, and press "
        "what the printer wants to be pressed.",
    )
    trial, found = await _card(desk, saw)
    return found + _noticed(trial, AlertKind.FEEDER)


async def _stripe(desk: Desk, saw: list[str]) -> Sequence[str]:
    tracks = TRACKS[: desk.station.capabilities.magnetic_tracks]
    await _hands(desk, "Put in blank cards with a magnetic stripe.")
    trial, found = await _card(desk, saw, tracks=tracks)
    for number, track in enumerate(tracks, start=1):
        if not await desk.person.confirm(f"Read the card with a reader of its own. Track {number}: {track}  Is it so?"):
            found.append(f"track {number} reads otherwise")
    return found if trial.ended_well else [*found, "the card did not end as done"]


async def _card(
    desk: Desk, saw: list[str], *, two_sided: bool = False, tracks: tuple[str, ...] = (), again: str = "",
) -> tuple[Trial, list[str]]:
    """Print the register card, ask what came out, and hold one against the other."""
    station = desk.station
    card = register_card(station.capabilities, desk.ribbon, two_sided=two_sided, tracks=tracks)
    trial = await station.print_card(card)
    if again:
        await _hands(desk, again)
    trial = await station.settled(trial)
    saw.append(told(trial))
    await desk.person.tell(f"The driver says: {told(trial)}.")
    cards = await desk.person.count("How many cards came out of the printer by themselves, printed to the end?")
    saw.append(f"the person counted {cards}")
    if not trial.ended_well:
        await station.recover()
    return trial, list(judge(trial, cards))


def _noticed(trial: Trial, kind: AlertKind | None = None) -> list[str]:
    """Return a complaint when the driver said nothing of what the hands did."""
    errors = [alert for alert in trial.alerts if alert.severity is Severity.ERROR]
    if not errors and trial.fault is None and trial.ended_well:
        return ["the driver did not notice anything"]
    if kind is not None and errors and kind not in {alert.kind for alert in errors}:
        return [f"it was taken for {errors[0].kind} {errors[0].verbatim}".rstrip()]
    return []


async def _hands(desk: Desk, text: str) -> None:
    if not await desk.person.ready(text):
        raise LeftOut


def _duplex(capabilities: Capabilities, ribbon: Ribbon) -> bool:
    return capabilities.duplex and bool(ribbon.back)


def _has_stripe(capabilities: Capabilities, ribbon: Ribbon) -> bool:
    return capabilities.magnetic_tracks > 0


CHECKS = (
    Check("identity", "who the printer is", _identity),
    Check("status", "how it is", _status),
    Check("feed", "one card, its counter before and after", _feed),
    Check("register", "panels in register", _register),
    Check("second-side", "both sides", _second_side, _duplex),
    Check("cover", "cover open in the middle of a panel", _cover),
    Check("power", "power off in the middle of a card", _power),
    Check("cable", "cable out in the middle of a card", _cable),
    Check("ribbon-out", "no ribbon", _ribbon_out),
    Check("hopper", "no blank cards", _hopper),
    Check("stripe", "magnetic stripe, read by another reader", _stripe, _has_stripe),
    Check("after", "one more card after all that", _feed),
)
