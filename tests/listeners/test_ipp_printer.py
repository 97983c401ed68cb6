# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""What a queue tells of itself over IPP: as it is now, at the address by which the client came."""

from __future__ import annotations

import dataclasses
from typing import cast
from uuid import UUID

import pytest
from msgspec.structs import replace

from printserver.documents.format import Format
from printserver.documents.sniff import FORMATS, PNG
from printserver.ipp import GroupTag, Operation, Plain, PrinterState, Status, build
from printserver.ipp.pwg_raster import DEPTHS
from printserver.ipp.syntax import judge
from printserver.listeners.http.limits import Limits
from printserver.listeners.ipp.addresses import Addresses
from printserver.listeners.ipp.operations import HANDLERS, Operations
from printserver.listeners.ipp.printer_attributes import ServerView, state_of
from printserver.listeners.ipp.routes import IppDoor
from printserver.listeners.ipp.sheets import MOST_SHEETS, Sheets
from printserver.listeners.ipp.template import OPTIONS
from printserver.model.alert import Alert, AlertKind, Severity
from printserver.model.card import PanelName, Ribbon
from printserver.model.job import CardState, Reason
from printserver.model.printer import Identity, PrinterStatus, QueueNotes
from printserver.model.printer import PrinterState as State
from printserver.model.supply import Supply, SupplyKind
from printserver.model.ticket import MAX_AREAS
from printserver.queue.views import PrinterView, QueueView
from tests.listeners.fake_service import ABILITIES, PRINTER
from tests.listeners.ipp_kit import HOST, DoorCase, FakeAdministration, FakeIppService, job_of, printer_of
from tests.listeners.ipp_kit import PRINTER as ADDRESS

MONO = Ribbon("K", (PanelName.K,))


class TellingTest(DoorCase):
    async def told(self, *wanted: str, target: str = ADDRESS) -> dict[str, list[Plain]]:
        asked = [build.keyword("requested-attributes", *wanted)] if wanted else []
        answer = await self.ask(Operation.GET_PRINTER_ATTRIBUTES, *asked, target=target)
        self.assertStatus(answer, Status.OK)
        return printer_of(answer)

    async def test_it_says_who_it_is_and_where(self) -> None:
        self.assertLessEqual({
            "printer-uri-supported": [ADDRESS], "printer-name": ["card"], "printer-make-and-model": ["Primacy"],
            "printer-state": [3], "printer-state-reasons": ["none"], "printer-is-accepting-jobs": [True],
            "queued-job-count": [3], "printer-up-time": [101], "printer-more-info": [f"http://{HOST}/"],
            "color-supported": [True], "sides-supported": ["one-sided"], "marker-names": ["YMCKO"],
            "marker-levels": [20], "printserver-ribbon-supported": ["ymcko"], "printserver-tracks-supported": [0],
        }.items(), (await self.told()).items())

    async def test_a_user_is_told_what_everybody_is(self) -> None:
        """PWG 5100.11: Get-User-Printer-Attributes; here nothing is kept from one user."""
        answer = await self.ask(Operation.GET_USER_PRINTER_ATTRIBUTES)
        self.assertStatus(answer, Status.OK)
        self.assertEqual(printer_of(answer), await self.told())

    async def test_it_tells_of_the_machine_behind_it(self) -> None:
        identity = Identity(family="evolis", model="primacy", serial="10000\x0791742")
        blanks = Supply(kind=SupplyKind.BLANKS, name="hopper", remaining=31, capacity=100)
        for views, serial, level in (
            ([view(State.IDLE)], "", "maxcapacity=-2;level=-2;"),
            ([replace(view(State.IDLE), identity=identity, status=PrinterStatus(ready=True, supplies=(blanks,)))],
             "1000091742", "maxcapacity=100;level=31;"),
        ):  # fmt: skip
            self.service.printer_views = views
            found = await self.told()
            self.assertEqual(found["printer-serial-number"], [serial])
            trays = [tray.decode() for tray in found["printer-input-tray"] if isinstance(tray, bytes)]
            self.assertEqual([tray.rpartition("name=")[2] for tray in trays], ["main;", "auto;"])
            self.assertEqual([level in tray for tray in trays], [True, True])
            self.assertEqual(len(found["printer-output-tray"]), len(found["output-bin-supported"]))
            self.assertTrue(str(found["device-uuid"][0]).startswith("urn:uuid:"))
            self.assertNotEqual(found["device-uuid"], found["printer-uuid"])
        self.service.printer_views = []
        self.assertNotIn("printer-input-tray", await self.told())

    async def test_it_tells_what_is_kept_of_jobs_and_of_whom_not(self) -> None:
        """PWG 5100.7: job-history-...; what is of a person goes with the documents."""
        found = await self.told()
        job = self.service.put_job(CardState.DONE)
        told = job_of(await self.ask(Operation.GET_JOB_ATTRIBUTES, job_id=job.id))
        self.assertEqual(found["job-history-attributes-configured"], found["job-history-attributes-supported"])
        self.assertLessEqual(set(found["job-history-attributes-supported"]), set(told))
        self.assertNotIn("job-name", found["job-history-attributes-supported"])
        (interval,) = found["job-history-interval-supported"]
        assert isinstance(interval, range)
        self.assertIn(found["job-history-interval-configured"][0], interval)

    async def test_formats_that_are_not_printed_are_not_told_of(self) -> None:
        found = await self.told()
        self.assertLessEqual({"jpeg-features-supported", "pdf-versions-supported"}, found.keys())
        (octets,) = found["pdf-k-octets-supported"]
        assert isinstance(octets, range)
        self.assertEqual(octets[-1] * 1024, Limits().body)
        self.service.formats = (PNG,)
        self.door = IppDoor(Operations(self.service, FakeAdministration(self.service)))
        self.assertEqual([name for name in await self.told() if name.startswith(("jpeg", "pdf-v", "pdf-k"))], [])

    async def test_each_queue_has_its_own_address_and_uuid(self) -> None:
        first, second = await self.told(), await self.told(target=f"{ADDRESS}/back-office")
        self.assertEqual(second["printer-uri-supported"], [f"{ADDRESS}/back-office"])
        self.assertNotEqual(first["printer-uuid"], second["printer-uuid"])

    async def test_only_what_is_wanted_is_sent_once_each(self) -> None:
        self.assertEqual(
            await self.told("printer-state", "copies-supported", "nothing"),
            {"printer-state": [3], "copies-supported": [range(1, 10_001)]},
        )
        every = set(await self.told("all"))
        self.assertEqual(every, set(await self.told()))
        template, description = set(await self.told("job-template")), set(await self.told("printer-description"))
        self.assertEqual(template | description, every)
        self.assertEqual(template & description, set())
        self.assertLessEqual({"media-col-ready", "media-left-margin-supported", "sides-default"}, template)
        self.assertLessEqual({"printer-name", "color-supported", "marker-levels"}, description)
        self.assertEqual(await self.told("printer-defaults"),
                         {name: value for name, value in (await self.told()).items() if name.endswith("-default")})

    async def test_the_database_of_media_is_sent_when_it_is_named(self) -> None:
        self.assertNotIn("media-col-database", await self.told("all"))
        self.assertNotIn("media-col-database", await self.told("job-template"))
        self.assertIn("media-col-database", await self.told("all", "media-col-database"))

    async def test_declared_is_what_is_answered(self) -> None:
        found = await self.told()
        self.assertEqual(found["operations-supported"], list(HANDLERS))
        self.assertEqual(found["job-creation-attributes-supported"], [*OPTIONS, "job-name"])
        for name in OPTIONS:
            self.assertIn(f"{name}-supported", found)

    async def test_every_value_is_spelled_as_its_syntax_asks(self) -> None:
        self.service.printer_views = [view(State.STOPPED, COVER, reason=Reason("Head\tToo HOT!"))]
        answer = await self.ask(Operation.GET_PRINTER_ATTRIBUTES)
        attributes = answer.group(GroupTag.PRINTER).attributes
        self.assertEqual([misfit for misfit in (judge(each, {}) for each in attributes) if misfit], [])
        self.assertEqual(printer_of(answer)["printer-state-reasons"], ["cover-open-error", "head-too-hot-error"])

    async def test_each_default_is_supported(self) -> None:
        found = await self.told()
        # a range, a highest number, a list of members; and what has no default
        otherwise = {
            "copies", "job-priority", "media-col", "finishings-col", "job-sheets-col", "page-ranges", "overrides",
            "proof-print", "printserver-ribbon", "printserver-tracks", "printserver-force",
        }
        ranges = {f"printserver-{name}" for name in ("k-threshold", "k-choke", "gcr")}
        texts = {f"printserver-{name}" for name in ("photo-areas", "colour-keys", "overlay-windows", "overlay-areas")}
        self.assertEqual((found["printserver-force-default"], found["printserver-force-supported"]), ([False], [True]))
        for name in ranges:
            (supported,) = found[f"{name}-supported"]
            assert isinstance(supported, range)
            self.assertIn(found[f"{name}-default"][0], supported)
        for name in texts:
            self.assertEqual(found[f"{name}-supported"], [MAX_AREAS])
        for name in OPTIONS.keys() - otherwise - ranges - texts - {"printserver-ucr"}:
            self.assertIn(found[f"{name}-default"][0], found[f"{name}-supported"])

    async def test_another_ribbon_changes_what_is_offered_at_once(self) -> None:
        self.assertEqual((await self.told())["print-color-mode-supported"], ["auto", "color", "monochrome"])
        self.service.abilities = dataclasses.replace(ABILITIES, ribbons=(*ABILITIES.ribbons, MONO))
        self.service.use_printer(replace(PRINTER, ribbon="k"))
        found = await self.told()
        self.assertEqual(found["print-color-mode-supported"], ["auto", "monochrome"])
        self.assertEqual(found["color-supported"], [False])
        self.assertNotIn("pages-per-minute-color", found)
        self.assertEqual(found["printserver-ribbon-supported"], ["k"])

    async def test_two_sides_need_a_printer_that_turns_the_card_and_a_ribbon_for_the_back(self) -> None:
        both = Ribbon("YMCKOK", (PanelName.Y, PanelName.K), (PanelName.K,))
        abilities = dataclasses.replace(ABILITIES, ribbons=(*ABILITIES.ribbons, both))
        for duplex, ribbon, sides in (
            (False, "ymckok", ["one-sided"]), (True, "ymcko", ["one-sided"]),
            (True, "ymckok", ["one-sided", "two-sided-long-edge"]),
        ):  # fmt: skip
            self.service.abilities = dataclasses.replace(abilities, duplex=duplex)
            self.service.use_printer(replace(PRINTER, ribbon=ribbon))
            found = await self.told()
            self.assertEqual((found["sides-supported"], found["sides-default"]), (sides, sides[-1:]))

    async def test_a_paused_queue_says_so(self) -> None:
        await self.told()
        await self.ask(Operation.PAUSE_PRINTER)
        found = await self.told("printer-state", "printer-state-reasons")
        self.assertEqual(found, {"printer-state": [5], "printer-state-reasons": ["paused"]})

    async def test_why_a_queue_or_a_printer_stands_still_is_told_in_words(self) -> None:
        self.service.printer_views = [view(State.STOPPED, reason=Reason("card-uncertain", "link\x1b[2J lost"))]
        self.service.stopped = Reason("job-failed", "job 7 failed")
        found = await self.told("printer-state-message")
        self.assertEqual(found, {"printer-state-message": ["job 7 failed; link[2J lost"]})

    async def test_formats_of_plugins_are_declared_and_taken(self) -> None:
        self.service.formats = (*FORMATS, Format("image/x-card", "Card", b"CARD"))
        self.door = IppDoor(Operations(self.service, FakeAdministration(self.service)))
        self.assertIn("image/x-card", (await self.told())["document-format-supported"])
        answer = await self.ask(Operation.VALIDATE_JOB, build.mime_type("document-format", "image/x-card"))
        self.assertStatus(answer, Status.OK)

    async def test_raster_is_declared_as_it_is_read_and_only_where_it_is(self) -> None:
        found = await self.told()
        self.assertEqual(found["pwg-raster-document-sheet-back"], ["normal"])
        read = {f"{colours.title}_{bits}" for colours, depths in DEPTHS.items() for bits in depths}
        self.assertLessEqual(set(cast("list[str]", found["pwg-raster-document-type-supported"])), read)
        self.assertEqual(
            found["urf-supported"], ["V1.4", "CP1", "W8", "SRGB24", "ADOBERGB24", "RS150-300-600", "DM1", "PQ4"]
        )
        commands = "CMD:PNG,JPEG,TIFF,PDF,PWGRaster,URF,SVG,CARDJOB;"
        self.assertIn(commands, cast("list[str]", found["printer-device-id"])[0])
        self.service.formats = (PNG,)
        self.door = IppDoor(Operations(self.service, FakeAdministration(self.service)))
        self.assertFalse({"urf-supported", "pwg-raster-document-type-supported"} & set(await self.told()))

    async def test_a_queue_without_printers_still_answers(self) -> None:
        self.service.printer_views = []
        found = await self.told()
        self.assertEqual(found["printer-make-and-model"], ["Card printer"])
        self.assertNotIn("media-supported", found)
        self.assertStatus(await self.ask(Operation.PRINT_JOB, data=b"\x89PNG"), Status.NOT_POSSIBLE)


def view(state: State, *alerts: Alert, reason: Reason | None = None, person: bool = False) -> PrinterView:
    [fake] = FakeIppService().printers()
    return replace(fake, state=state, alerts=alerts, reason=reason, needs_person=person)


def queue(*printers: PrinterView, paused: bool = False) -> QueueView:
    config = replace(FakeIppService().config, paused=paused)
    return QueueView(config=config, printers=printers)


COVER = Alert(kind=AlertKind.COVER_OPEN)
LOW = Alert(kind=AlertKind.RIBBON_LOW, severity=Severity.WARNING)
BLOCKED = view(State.BLOCKED, COVER, person=True)
UNSURE = view(State.STOPPED, reason=Reason("card-uncertain"), person=True)


@pytest.mark.parametrize(("printers", "state", "reasons"), [
    ([view(State.IDLE)], PrinterState.IDLE, ("none",)),
    ([view(State.BUSY)], PrinterState.PROCESSING, ("none",)),
    ([view(State.BUSY, LOW)], PrinterState.PROCESSING, ("marker-supply-low-warning",)),
    ([BLOCKED], PrinterState.STOPPED, ("cover-open-error",)),
    ([UNSURE], PrinterState.STOPPED, ("card-uncertain-error",)),
    ([view(State.OFFLINE, person=True)], PrinterState.STOPPED, ("offline-report",)),
    ([BLOCKED, view(State.IDLE)], PrinterState.IDLE, ("cover-open-error",)),
    ([BLOCKED, view(State.BUSY)], PrinterState.PROCESSING, ("cover-open-error",)),
    ([BLOCKED, UNSURE, BLOCKED], PrinterState.STOPPED, ("cover-open-error", "card-uncertain-error")),
    ([], PrinterState.IDLE, ("none",)),
])  # fmt: skip
def test_a_queue_is_as_its_printers_are(
    printers: list[PrinterView], state: PrinterState, reasons: tuple[str, ...]
) -> None:
    assert state_of(queue(*printers)) == (state, reasons)
    paused = reasons if reasons != ("none",) else ()
    assert state_of(queue(*printers, paused=True)) == (PrinterState.STOPPED, ("paused", *paused))


class MarkersTest(DoorCase):
    async def test_a_supply_that_the_device_does_not_tell_is_unknown(self) -> None:
        ribbon = Supply(kind=SupplyKind.RIBBON, name="YMCKO\x07")
        cleaning = Supply(kind=SupplyKind.CLEANING, name="cleaning", remaining=50, capacity=1000)
        status = PrinterStatus(ready=True, supplies=(ribbon, cleaning, Supply(kind=SupplyKind.BLANKS, name="hopper")))
        self.service.printer_views = [replace(each, status=status) for each in self.service.printers()]
        found = printer_of(await self.ask(Operation.GET_PRINTER_ATTRIBUTES))
        self.assertLessEqual({
            "marker-names": ["YMCKO", "cleaning"], "marker-levels": [-1, 5], "marker-types": ["inkRibbon", "other"],
            "marker-low-levels": [10, 10], "marker-high-levels": [100, 100], "marker-colors": ["none", "none"],
        }.items(), found.items())


def test_a_sheet_is_made_once_for_each_name_of_the_server_and_not_for_ever() -> None:
    sheets, service = Sheets(ServerView(UUID(int=1), [Operation.GET_JOBS], FORMATS)), FakeIppService()
    name = Addresses("localhost:1")
    first = sheets.of(service.queue("card"), name)
    assert sheets.of(service.queue("card"), name) is first
    assert sheets.of(service.queue("card"), Addresses("localhost:1", secure=True)) is not first
    assert b"ipps://localhost:1/ipp/print" in sheets.of(service.queue(None), Addresses("localhost:1", True)).pieces[
        "printer-uri-supported"
    ]
    for port in range(2 * MOST_SHEETS):
        sheets.of(service.queue("card"), Addresses(f"localhost:{port}"))
    assert sheets.count() <= MOST_SHEETS
    again = sheets.of(service.queue("card"), name)
    assert again is not first
    assert again == first


class NeedTest(DoorCase):
    async def told(self) -> dict[str, list[Plain]]:
        return printer_of(await self.ask(Operation.GET_PRINTER_ATTRIBUTES))

    async def test_blanks_are_needed_while_a_job_waits_for_them(self) -> None:
        self.service.printer_views = [view(State.BLOCKED, Alert(kind=AlertKind.FEEDER), person=True)]
        self.assertEqual((await self.told())["printer-state-reasons"], ["media-empty-error", "media-needed-error"])
        idle = replace(queue(view(State.BLOCKED, Alert(kind=AlertKind.FEEDER), person=True)), waiting=0)
        self.assertEqual(state_of(idle)[1], ("media-empty-error",))

    async def test_an_operators_message_has_its_time(self) -> None:
        found = await self.told()
        self.assertEqual((found["printer-message-time"], found["printer-message-date-time"]), ([None], [None]))
        self.service.config = replace(self.service.config, notes=QueueNotes(message="back at two"))
        self.assertEqual((await self.told())["printer-message-time"], [1])

    async def test_a_closed_holding_or_ending_queue_says_so(self) -> None:
        self.service.config = replace(self.service.config, accepting=False, hold_new=True)
        found = await self.told()
        self.assertEqual(found["printer-is-accepting-jobs"], [False])
        self.assertEqual(found["printer-state-reasons"], ["hold-new-jobs"])
        ending = replace(queue(view(State.BUSY)), ending=True)
        self.assertEqual(state_of(ending), (PrinterState.PROCESSING, ("moving-to-paused",)))

    async def test_a_queue_takes_no_jobs_where_every_printer_of_it_refuses_to_print(self) -> None:
        one = self.service.printers()[0]
        refusing = replace(one, capabilities=dataclasses.replace(ABILITIES, refuses="nothing is proven"))
        for views, accepting in (((refusing,), False), ((refusing, one), True)):
            self.service.printer_views = views
            self.assertEqual((await self.told())["printer-is-accepting-jobs"], [accepting])

    async def test_a_queue_outside_its_hours_says_so_and_until_when(self) -> None:
        self.service.opens = 1_800_000_000.0
        found = await self.told()
        self.assertEqual(found["printer-state-reasons"], ["outside-hours-report"])
        self.assertEqual(found["printer-state-message"], ["outside its hours, prints again from 2027-01-15T08:00Z"])
        self.service.opens = None
        found = await self.told()
        self.assertEqual((found["printer-state-reasons"], found["printer-state-message"]), (["none"], [""]))
