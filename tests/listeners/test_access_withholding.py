"""What those who only submit are told of what is not their own: words of a list, and nothing else."""

from __future__ import annotations

import pytest

from printserver.ipp import Group, GroupTag, Message, Operation, Status, build, encode, parse, plain_attributes
from printserver.listeners.access.withholding import event_for_others
from printserver.listeners.ipp.routes import IPP
from printserver.model.event import Event
from tests.listeners.access_kit import HOST, GateCase, basic

SECRET = "front.john-smith.png is no picture"


@pytest.mark.parametrize(("kind", "what", "told"), [
    ("printer", "state", {"state": "stopped"}), ("printer", "added", {"driver": "zebra", "model": "ZC300"}),
    ("printer", "cleared", {}), ("queue", "stopped", {}), ("queue", "paused", {"printers": "a,b", "paused": True}),
    ("job", "state", {"state": "aborted"}),
])  # fmt: skip
def test_a_row_tells_the_words_of_its_kind_alone(kind: str, what: str, told: dict[str, str | bool]) -> None:
    free = dict.fromkeys(("by", "note", "detail", "reason", "card", "name", "a-word-of-tomorrow"), SECRET)
    row = Event(id=1, node="n", at=0.0, kind=kind, subject="1", what=what, data={**free, **told})
    seen = event_for_others(row)
    assert seen is not None
    assert seen.data == told


def test_a_row_of_another_kind_is_not_told() -> None:
    for kind in ("card", "mark", "plugin", "user", "token", "server", "kind-of-tomorrow", "job"):
        assert event_for_others(Event(id=1, node="n", at=0.0, kind=kind, subject="1", what="x", data={})) is None


class SubscriptionsTest(GateCase):
    def subscribed(self, who: str) -> int:
        wish = (build.keyword("notify-pull-method", "ippget"), build.octets("notify-user-data", SECRET.encode()))
        request = build.request(Operation.CREATE_PRINTER_SUBSCRIPTIONS, f"ipp://{HOST}/ipp/print", user="root")
        groups = (*request.groups, Group(GroupTag.SUBSCRIPTION, wish))
        body = encode(Message(request.version, request.code, 1, groups))
        response = self.send("POST", "/ipp/print", body, headers={"content-type": IPP, **basic(who)})
        assert isinstance(response.body, bytes)
        return self.numbers(parse(response.body)[0])[0]

    def numbers(self, answer: Message) -> list[int]:
        found = [plain_attributes(group) for group in answer.groups_of(GroupTag.SUBSCRIPTION)]
        return [number for each in found for number in each["notify-subscription-id"] if isinstance(number, int)]

    def test_a_subscription_is_shown_to_its_owner_and_to_operators(self) -> None:
        made = {who: self.subscribed(who) for who in ("sari", "ada")}
        for who, seen in (("sari", [made["sari"]]), ("omar", sorted(made.values())), ("ada", sorted(made.values()))):
            assert sorted(self.numbers(self.ipp(who, Operation.GET_SUBSCRIPTIONS))) == seen, who
        number = build.integer("notify-subscription-id", made["ada"])
        hidden = self.ipp("sari", Operation.GET_SUBSCRIPTION_ATTRIBUTES, number)
        assert hidden.code == Status.NOT_FOUND
        assert SECRET.encode() not in encode(hidden)
        assert self.numbers(self.ipp("omar", Operation.GET_SUBSCRIPTION_ATTRIBUTES, number)) == [made["ada"]]
