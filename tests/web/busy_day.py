"""A front desk on a busy day: one of everything that the status page has to show."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from printserver.model.alert import Alert, AlertKind, Severity
from printserver.model.card import PanelName, Side
from printserver.model.inspection import PanelWarning, Place, WarningCode
from printserver.model.job import Attempt, CardState, Mark, Reason
from printserver.model.printer import PrinterState, Tier
from printserver.model.ticket import Ticket
from tests.web.pages_service import NOW, PagesFake, printer

S = CardState
WARNINGS = (
    PanelWarning(
        code=WarningCode.FINE_RESIN, side=Side.FRONT, panel=PanelName.K, measure=12, more=2,
        places=(Place(left_mm=41.8, top_mm=44.7, width_mm=12.5, height_mm=1.7),
                Place(left_mm=7.5, top_mm=3.0, width_mm=0.5, height_mm=0.1)),
    ),
    PanelWarning(
        code=WarningCode.FULL_PANEL, side=Side.FRONT, panel=PanelName.C, measure=62.5,
        places=(Place(left_mm=0.0, top_mm=0.0, width_mm=53.8, height_mm=54.9),),
    ),
)  # fmt: skip


def busy_day(clock: Callable[[], float] = lambda: NOW) -> PagesFake:
    service = PagesFake(
        printer("front-office"), printer("workshop", device="usb:0042A7"),
        printer("archive", device="tcp:192.0.2.9:9100"), clock=clock,
    )  # fmt: skip
    for name, place in (("front-office", "Ground floor"), ("workshop", "Cellar"), ("archive", "Cellar")):
        service.set_printer(name, config=replace(service.machines[name].config, place=place))
    day = clock()
    for number in range(1, 13):
        service.put(f"Visitors, group {number}", *([S.DONE] * (1 + number % 3)), age=90000 - number * 5000)
    service.put("A picture that is none", S.FAILED, reason=Reason("document-format-error", "PNG: no end"), age=3000)
    printing = service.put(
        "Staff cards, autumn", S.DONE, S.DONE, S.DONE, S.PRINTING, S.READY, *([S.QUEUED] * 5), sides=2, age=400,
        by_printer="front-office",
    )  # fmt: skip
    blocked = service.put("Library", S.BLOCKED, S.QUEUED, reason=Reason("cover-open", "ERR COVER OPEN"), age=250)
    doubt = service.put(
        "Budi Teladan", S.UNCERTAIN, reason=Reason("interrupted", "the server was broken off"), age=1500,
        by_printer="archive",
    )  # fmt: skip
    held = service.put("Board members", *([S.QUEUED] * 3), age=7000)
    service.kept[held.id] = service._rolled(replace(held, hold=True))
    service.warned[held.id] = WARNINGS
    service.put("\u202eevil\u0007 name <script>alert(1)</script>", S.QUEUED, age=61)
    service.put("ساري نورجنة", S.QUEUED, ticket=Ticket(name="ساري نورجنة", user="اسم"), age=20)
    _with_attempt(service, doubt.id, day)
    service.set_printer("front-office", state=PrinterState.BUSY, card=f"{printing.id}/4", since=day - 30)
    service.set_printer(
        "workshop", state=PrinterState.BLOCKED, card=f"{blocked.id}/1", since=day - 200, needs_person=True,
        reason=Reason("cover-open", "ERR COVER OPEN"), tier=Tier.DRAFTED,
        alerts=(
            Alert(kind=AlertKind.COVER_OPEN, verbatim="ERR COVER OPEN"),
            Alert(kind=AlertKind.OTHER, severity=Severity.WARNING, verbatim="ERR \u202e<b>77</b>\x1b[31m"),
        ),
    )  # fmt: skip
    service.set_printer(
        "archive", state=PrinterState.STOPPED, since=day - 1500, needs_person=True,
        reason=Reason("card-uncertain", f"{doubt.id}/1"), status=None,
    )  # fmt: skip
    return service


def _with_attempt(service: PagesFake, job: int, day: float) -> None:
    marks = (Mark("COMMITTED", day - 1510, {"cards": "4711"}), Mark("FED", day - 1505))
    attempt = Attempt(number=1, printer="archive", serial="0042A7", started=day - 1512, marks=marks)
    found = service.kept[job]
    service.kept[job] = replace(found, cards=(replace(found.cards[0], attempts=(attempt,)),))
    for what in ("render", "rendered", "start"):
        service.happen("card", f"{job}/1", what, printer="archive")
    service.happen("mark", f"{job}/1", "COMMITTED", **{"evidence.cards": "4711"})
    service.happen("card", f"{job}/1", "doubt", reason="interrupted", state="uncertain")
    service.happen("job", str(job), "state", state="processing-stopped", reasons="printer-stopped,card-uncertain")
