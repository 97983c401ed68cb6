"""Printers at USB that look alike: told apart by USB, else by what they say themselves, else by nobody but a person."""

from __future__ import annotations

import errno
from collections.abc import Collection, Coroutine
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater

from printserver.dialogue import Ask, DialogueFault, LinkLost, line
from printserver.emulation.usb import Label, UsbPrinter
from printserver.transport.opening import open_link
from printserver.transport.runner import DialogueRunner
from printserver.transport.usb import UsbHost, UsbLink
from printserver.transport.usb_refusals import DeviceForbidden, DeviceHeld, DevicesAlike
from tests.transport.test_transport_runner import says
from tests.transport.test_transport_usb import UsbCase
from tests.transport.transport_kit import Host
from tests.transport.usb_kit import PRODUCT, VENDOR, Echo, host_of, printer_of

IDS = f"usb:{VENDOR:04x}:{PRODUCT:04x}"
STRANGER = "another program"
MUTE = Label(VENDOR, PRODUCT, "", "Maker", "Card Printer")


class Named(Echo):
    """A device that tells its own serial number to whoever asks `who`."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.asked_who = 0

    def receive(self, data: bytes) -> bytes:
        self.heard += data
        if data == b"who\n":
            self.asked_who += 1
            return self.name.encode() + b"\n"
        return data


class Seeker:
    """What a printer's worker does with its link."""

    def __init__(self, address: str, usb: UsbHost) -> None:
        link = open_link(address, reactor, usb=usb)
        assert isinstance(link, UsbLink)
        self.link = link

    async def ask(self) -> str:
        host = Host()
        runner = DialogueRunner(clock=reactor, link=self.link, on_mark=host.mark, on_report=host.reports.append)
        [answer] = await runner.run(says(Ask(b"who\n", line(), 5.0)))
        assert isinstance(answer, bytes)
        return answer.decode()

    async def seek(self) -> str:
        """Who was found, as it says itself."""
        found: list[str] = []

        async def ask() -> str:
            found[:] = [await self.ask()]
            return found[0]

        await self.link.seek(ask)
        return found[0]


class AlikeTest(UsbCase):
    def setUp(self) -> None:
        super().setUp()
        self.one, self.two = Named("ONE"), Named("TWO")
        self.first, self.second = printer_of(MUTE, self.one), printer_of(MUTE, self.two)

    def host(self, *printers: UsbPrinter) -> UsbHost:
        return host_of(self.folder, *(printers or (self.first, self.second)))

    def seeker(self, serial: str, host: UsbHost) -> Seeker:
        return self.at(f"{IDS}/{serial}", host)

    def at(self, address: str, host: UsbHost) -> Seeker:
        seeker = Seeker(address, host)
        self.addCleanup(lambda: Deferred.fromCoroutine(seeker.link.close()))
        return seeker

    async def refused(self, work: Coroutine[Any, Any, str], kind: type[DialogueFault]) -> str:
        try:
            found = await work
        except DialogueFault as fault:
            if type(fault) is kind:
                return str(fault)
            raise
        raise self.failureException(f"no {kind.__name__}, but {found}")

    async def refusal(
        self, seeker: Seeker, kind: type[DialogueFault], but: Collection[UsbPrinter] = ()
    ) -> str:
        """Why nothing was found; no device is held afterwards, but those that others hold."""
        words = await self.refused(seeker.seek(), kind)
        assert {each.owner for each in {self.first, self.second} - set(but)} <= {None, STRANGER}
        return words

    async def unplugged(self, seeker: Seeker) -> None:
        """Pull the first printer's plug, and wait until its link knows."""
        self.first.unplug()
        while not seeker.link.traffic.ended:
            await deferLater(reactor, 0.01)

    async def test_each_is_found_by_what_it_says_itself(self) -> None:
        host = self.host()
        one, two = self.seeker("ONE", host), self.seeker("TWO", host)
        assert (await two.seek(), await one.seek()) == ("TWO", "ONE")
        assert (await one.ask(), await two.ask()) == ("ONE", "TWO")

    async def test_searches_at_the_same_time_do_not_hold_each_others_printers(self) -> None:
        host = self.host()
        seekers = [self.seeker(name, host) for name in ("TWO", "ONE")]
        assert await gatherResults([Deferred.fromCoroutine(each.seek()) for each in seekers]) == ["TWO", "ONE"]

    async def test_a_printer_that_was_asked_is_not_asked_again(self) -> None:
        host = self.host()
        one, two = self.seeker("ONE", host), self.seeker("TWO", host)
        await one.seek()
        await one.link.close()  # between two cards nobody holds it
        before = self.one.asked_who
        await two.seek()
        assert self.one.asked_who == before

    async def test_usb_is_believed_before_the_printer_is_asked(self) -> None:
        labelled = printer_of(Label(VENDOR, PRODUCT, "ONE"), self.two)
        assert await self.seeker("ONE", self.host(self.first, labelled)).seek() == "TWO"
        assert not self.one.heard

    async def test_one_serial_number_for_all_at_usb_does_not_keep_them_from_telling_their_own(self) -> None:
        bogus = Label(VENDOR, PRODUCT, "0001")
        host = self.host(printer_of(bogus, self.one), printer_of(bogus, self.two))
        assert await self.seeker("TWO", host).seek() == "TWO"

    async def test_two_that_tell_the_same_are_both_left_alone(self) -> None:
        self.two.name = "ONE"
        words = await self.refusal(self.seeker("ONE", self.host()), DevicesAlike)
        assert "usb:@1-1.1" in words
        assert "usb:@1-1.2" in words

    async def test_two_that_tell_nothing_are_both_left_alone(self) -> None:
        self.one.name = self.two.name = ""
        await self.refusal(self.seeker("ONE", self.host()), DevicesAlike)

    async def test_a_printer_of_another_family_is_not_spoken_to(self) -> None:
        stranger = Echo()
        others = printer_of(Label(VENDOR, PRODUCT + 1, ""), stranger)
        assert await self.seeker("TWO", self.host(others, self.second)).seek() == "TWO"
        assert not stranger.heard

    async def test_none_of_them_is_it(self) -> None:
        words = await self.refusal(self.seeker("THREE", self.host()), LinkLost)
        assert "the one at port 1-1.2 tells TWO" in words

    async def test_one_that_cannot_be_asked_does_not_hide_the_one_that_is_meant(self) -> None:
        self.first.owner = STRANGER
        assert await self.seeker("TWO", self.host()).seek() == "TWO"

    async def test_the_only_one_left_is_held_by_another_program(self) -> None:
        self.first.owner = STRANGER
        assert "port 1-1.1" in await self.refusal(self.seeker("ONE", self.host()), DeviceHeld)

    async def test_a_right_that_is_missing_is_told(self) -> None:
        self.first.refuses = errno.EACCES
        await self.refusal(self.seeker("ONE", self.host()), DeviceForbidden)

    async def test_another_one_that_is_put_into_the_same_port_is_asked_anew(self) -> None:
        host = self.host()
        seeker = self.seeker("ONE", host)
        await seeker.seek()
        await self.unplugged(seeker)
        self.one.name = "NEW"
        self.first.plug()
        await self.refused(seeker.ask(), LinkLost)  # the link led to that plugging
        await self.refusal(self.seeker("ONE", host), LinkLost)
        assert await self.seeker("NEW", host).seek() == "NEW"

    async def test_what_a_printer_told_once_does_not_stand_against_what_it_tells_now(self) -> None:
        host = self.host()
        await self.seeker("TWO", host).seek()  # by the way ONE was asked too
        self.one.name = "NEW"
        await self.refusal(self.seeker("ONE", host), LinkLost, {self.second})
        assert await self.seeker("NEW", host).seek() == "NEW"

    async def test_a_link_to_a_port_does_not_go_on_with_another_printer(self) -> None:
        seeker = self.at("usb:@1-1.1", self.host())
        assert await seeker.seek() == "ONE"
        await self.unplugged(seeker)
        self.first.label = Label(VENDOR, PRODUCT, "SN9")
        self.first.plug()
        await self.refused(seeker.ask(), LinkLost)

    async def test_who_it_is_is_known_before_the_first_word(self) -> None:
        labelled = printer_of(Label(VENDOR, PRODUCT, "SN9"), self.one)
        seeker = self.at("usb:@1-1.1", self.host(labelled))
        heard = []

        async def ask() -> str:
            heard.append(seeker.link.info.serial)
            return await seeker.ask()

        await seeker.link.seek(ask)
        assert heard == ["SN9"]

    async def test_unpinned_ones_stop_both_until_each_has_its_port(self) -> None:
        host = self.host()
        for _ in range(2):
            await self.refused(self.at(IDS, host).seek(), DevicesAlike)
        pinned = [self.at(f"usb:@1-1.{number}", host) for number in (1, 2)]
        assert [await each.seek() for each in pinned] == ["ONE", "TWO"]

    async def test_two_addresses_for_one_printer_are_told_to_be_that(self) -> None:
        host = self.host()
        await self.at("usb:@1-1.2", host).seek()
        words = await self.refused(self.at(f"{IDS}/TWO", host).seek(), DeviceHeld)
        assert "driven already, as usb:@1-1.2" in words

    async def test_a_serial_number_that_usb_does_not_tell_names_the_address_that_asks(self) -> None:
        words = await self.refused(self.at("usb:ONE", self.host(self.first)).seek(), LinkLost)
        assert words.endswith(f"named as {IDS}/ONE")
