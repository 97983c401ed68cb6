"""What holds for the whole server: told when it comes and when it goes, and not guessed."""

from __future__ import annotations

from printserver.errors import SpoolFull
from printserver.model.event import Event
from printserver.queue.conditions import NO_ROOM, STOPPING, Conditions
from tests.queue.queue_kit import result_of


class Place:
    """A server's room and journal."""

    def __init__(self) -> None:
        self.trouble: SpoolFull | None = None
        self.told: list[str] = []
        self.conditions = Conditions(self.ask, self.told.append)

    async def ask(self) -> SpoolFull | None:
        return self.trouble

    def look(self) -> list[str]:
        result_of(self.conditions.look())
        return [each.code for each in self.conditions.now()]


def test_room_that_ends_and_comes_is_told_once_each_way() -> None:
    place = Place()
    assert place.look() == []
    place.trouble = SpoolFull("no room", allowed="1 MB in all")
    assert (place.look(), place.look()) == ([NO_ROOM], [NO_ROOM])
    assert place.conditions.now()[0].detail == "no room (allowed: 1 MB in all)"
    place.trouble = None
    assert (place.look(), place.told) == ([], [NO_ROOM, "room-again"])


def test_a_disk_that_was_full_is_full_until_a_job_is_taken() -> None:
    place = Place()
    place.conditions.refused("bad-ticket")
    assert place.look() == []
    place.conditions.refused("store-full")
    assert place.look() == [NO_ROOM]
    accepted = Event(id=1, node="n", at=0.0, kind="job", subject="1", what="accepted", data={})
    place.conditions.heed(accepted)
    assert place.look() == []


def test_a_stop_comes_first_and_is_told() -> None:
    place = Place()
    place.trouble = SpoolFull()
    place.conditions.stop()
    assert (place.look(), place.told[0]) == ([STOPPING, NO_ROOM], "stopping")
