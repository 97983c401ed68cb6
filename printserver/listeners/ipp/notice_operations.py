"""Subscriptions over IPP: made alone or with a job, read, renewed, cancelled, and their events fetched (ippget).

Laws kept here:

1. Events are fetched; the server calls nobody. Who asks to wait is told when to ask again, and kept waiting by nothing.
2. Each subscription of a request is answered by itself, the good ones beside the bad (RFC 3995 section 11.1.2).
3. Where names are asked for, a subscription is shown to its owner and to operators alone; to others it is not there.

Source: RFC 3995 section 11, RFC 3996 sections 5 and 10.
"""

from __future__ import annotations

from collections.abc import Sequence

from printserver.errors import BadRequest, PrintServerError, UnknownSubscription
from printserver.ipp import Attribute, Group, GroupTag, Operation, OutOfBand, Status, build, plain
from printserver.listeners.access.table import asking, sees_all
from printserver.listeners.ipp.asked import Answer, Asked
from printserver.listeners.ipp.desk import Desk, answered, done
from printserver.listeners.ipp.job_operations import DeskHandler
from printserver.listeners.ipp.notice_attributes import notice_group, subscription_attributes
from printserver.listeners.ipp.notice_events import ATTRIBUTES, DEFAULT_EVENTS, EVENTS, NO_EVENT
from printserver.listeners.ipp.notices import LEASE, Subscription, Wish
from printserver.listeners.ipp.selection import requested, select
from printserver.listeners.ipp.statuses import status_of

GET_INTERVAL = 5
LONGEST_USER_DATA = 63
SUPPORTED = frozenset({
    "notify-pull-method", "notify-events", "notify-lease-duration", "notify-user-data", "notify-charset",
    "notify-natural-language", "notify-time-interval", "notify-attributes",
})  # fmt: skip


async def create_printer_subscriptions(desk: Desk, asked: Asked) -> Answer:
    """Create-Printer-Subscriptions (RFC 3995 section 11.1.2)."""
    return _created(asked, subscribe(desk, asked, desk.queue(asked).config.name, None))


async def create_job_subscriptions(desk: Desk, asked: Asked) -> Answer:
    """Create-Job-Subscriptions (RFC 3995 section 11.1.1)."""
    number = asked.number("notify-job-id", 0) or asked.number("job-id", 0)
    if not number:
        raise BadRequest("is missing", where="notify-job-id", allowed="the number of a job")
    job = await desk.job_of(desk.queue(asked), number)
    return _created(asked, subscribe(desk, asked, job.queue, job.id))


def _created(asked: Asked, groups: Sequence[Group]) -> Answer:
    if not groups:
        raise BadRequest("there is no group of subscription attributes")
    made = sum("notify-subscription-id" in group for group in groups)
    status = Status.OK if made == len(groups) else Status.OK_IGNORED_SUBSCRIPTIONS
    return answered(asked, status if made else Status.IGNORED_ALL_SUBSCRIPTIONS, *groups)


def subscribe(desk: Desk, asked: Asked, queue: str, job: int | None) -> list[Group]:
    """Make the subscriptions that a request asks for; returns a group for each, in their order."""
    return [
        Group(GroupTag.SUBSCRIPTION, _subscribed(desk, asked, group, queue, job))
        for group in asked.request.message.groups_of(GroupTag.SUBSCRIPTION)
    ]


def _subscribed(desk: Desk, asked: Asked, group: Group, queue: str, job: int | None) -> tuple[Attribute, ...]:
    unsupported = [build.unsupported(each.name) for each in group.attributes if each.name not in SUPPORTED]
    try:
        subscription = desk.notices.add(_wish(asked, group, queue, job))
    except PrintServerError as error:
        status = Status.TOO_MANY_SUBSCRIPTIONS if error.code == "server-busy" else status_of(error)
        return (build.enum("notify-status-code", status), *unsupported)
    told = [build.integer("notify-subscription-id", subscription.id)]
    if job is None:
        told.append(build.integer("notify-lease-duration", desk.notices.left(subscription)))
    if unsupported:
        told.append(build.enum("notify-status-code", Status.OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES))
    return (*told, *unsupported)


def _wish(asked: Asked, group: Group, queue: str, job: int | None) -> Wish:
    if _first(group, "notify-pull-method") != "ippget":
        raise BadRequest("is the only way here", where="notify-pull-method", allowed="ippget")
    events = _events(group)
    user_data = _first(group, "notify-user-data")
    data = user_data if isinstance(user_data, bytes) else b""
    if len(data) > LONGEST_USER_DATA:
        raise BadRequest("is too long", where="notify-user-data", allowed=f"up to {LONGEST_USER_DATA} octets")
    lease = _first(group, "notify-lease-duration")
    return Wish(
        queue=queue, user=asked.by.name, client=asked.client, events=events, job=job, user_data=data,
        attributes=_words(group, "notify-attributes", ATTRIBUTES),
        lease=lease if isinstance(lease, int) and not isinstance(lease, bool) else LEASE,
    )  # fmt: skip


def _events(group: Group) -> tuple[str, ...]:
    if "notify-events" not in group:
        return DEFAULT_EVENTS
    known = _words(group, "notify-events", (NO_EVENT, *EVENTS))
    if not known:
        raise BadRequest("none of these events is known", where="notify-events", allowed=", ".join(EVENTS))
    return known


def _words(group: Group, name: str, known: Sequence[str]) -> tuple[str, ...]:
    """Return those values of an attribute that are known."""
    attribute = group.get(name)
    wanted = () if attribute is None else tuple(str(plain(value)) for value in attribute.values)
    return tuple(word for word in wanted if word in known)


def _first(group: Group, name: str) -> object:
    attribute = group.get(name)
    return None if attribute is None or isinstance(attribute.value, OutOfBand) else plain(attribute.value)


# what there is


async def get_subscription_attributes(desk: Desk, asked: Asked) -> Answer:
    """Get-Subscription-Attributes (RFC 3995 section 11.2.4)."""
    found = _named(desk, asked)
    if not _shown(asked, found):
        raise _unknown(found.id)
    return answered(asked, Status.OK, _told(desk, asked, found, requested(asked.request.message)))


async def get_subscriptions(desk: Desk, asked: Asked) -> Answer:
    """Get-Subscriptions (RFC 3995 section 11.2.5): of the queue, or of one job."""
    queue = desk.queue(asked)
    number = asked.number("notify-job-id", 0) or asked.number("job-id", 0)
    job = (await desk.job_of(queue, number)).id if number else None
    user = asked.by.name if asked.says("my-subscriptions") else None
    shown = [each for each in desk.notices.of(queue.config.name, job, user) if _shown(asked, each)]
    found = shown[: asked.number("limit", len(EVENTS) * 1000)]
    names = requested(asked.request.message, ("notify-subscription-id",))
    return answered(asked, Status.OK, *(_told(desk, asked, each, names) for each in found))


def _told(desk: Desk, asked: Asked, subscription: Subscription, names: frozenset[str]) -> Group:
    attributes = subscription_attributes(subscription, asked.addresses, desk)
    return Group(GroupTag.SUBSCRIPTION, select(attributes, names))


async def renew_subscription(desk: Desk, asked: Asked) -> Answer:
    """Renew-Subscription (RFC 3995 section 11.2.6)."""
    group = asked.request.message.group(GroupTag.SUBSCRIPTION)
    wanted = _first(group, "notify-lease-duration")
    lease = wanted if isinstance(wanted, int) else asked.number("notify-lease-duration", LEASE)
    granted = desk.notices.renew(_mine(desk, asked), lease)
    return answered(
        asked, Status.OK, Group(GroupTag.SUBSCRIPTION, (build.integer("notify-lease-duration", granted),))
    )


async def cancel_subscription(desk: Desk, asked: Asked) -> Answer:
    """Cancel-Subscription (RFC 3995 section 11.2.7)."""
    desk.notices.cancel(_mine(desk, asked))
    return done(asked)


def _named(desk: Desk, asked: Asked) -> Subscription:
    number = asked.number("notify-subscription-id", 0)
    if not number:
        raise BadRequest("is missing", where="notify-subscription-id", allowed="the number of a subscription")
    subscription = desk.notices.get(number)
    if subscription.wish.queue != desk.queue(asked).config.name:
        raise _unknown(number)
    return subscription


def _unknown(number: int) -> UnknownSubscription:
    return UnknownSubscription(f"the queue has no subscription {number}", where="notify-subscription-id")


def _shown(asked: Asked, subscription: Subscription) -> bool:
    """Tell whether who asks may see a subscription."""
    return sees_all(asking()) or subscription.wish.user == asked.by.name


def _mine(desk: Desk, asked: Asked) -> Subscription:
    subscription = _named(desk, asked)
    if subscription.wish.user != asked.by.name:
        raise UnknownSubscription("it is another user's", where="notify-subscription-id")
    return subscription


# what happened


async def get_notifications(desk: Desk, asked: Asked) -> Answer:
    """Get-Notifications (RFC 3996 section 5)."""
    await desk.service.caught_up()
    queue = desk.queue(asked)
    numbers, firsts = _list(asked, "notify-subscription-ids"), _list(asked, "notify-sequence-numbers")
    if not numbers:
        raise BadRequest("is missing", where="notify-subscription-ids", allowed="numbers of subscriptions")
    groups, over = [], True
    for place, number in enumerate(numbers):
        subscription = desk.notices.get(number)
        if subscription.wish.queue != queue.config.name or subscription.wish.user != asked.by.name:
            raise UnknownSubscription(f"there is no subscription {number}", where="notify-subscription-ids")
        first = firsts[place] if place < len(firsts) else 1
        over = over and subscription.over
        groups += [
            notice_group(subscription, notice, asked.addresses, desk)
            for notice in desk.notices.waiting(subscription, first)
        ]
    answer = answered(asked, Status.OK_EVENTS_COMPLETE if over else Status.OK, *groups)
    return Answer(_with_interval(answer, desk, over=over).message)


def _with_interval(answer: Answer, desk: Desk, *, over: bool) -> Answer:
    head, *others = answer.message.groups
    now = max(1, int(desk.service.clock() - desk.service.started) + 1)
    told = [*head.attributes, build.integer("printer-up-time", now)]
    if not over:
        told.append(build.integer("notify-get-interval", GET_INTERVAL))
    message = answer.message
    return Answer(
        type(message)(
            message.version, message.code, message.request_id, (Group(head.tag, tuple(told)), *others)
        )
    )


def _list(asked: Asked, name: str) -> list[int]:
    attribute = asked.attribute(name)
    values = [] if attribute is None else [plain(value) for value in attribute.values]
    return [value for value in values if isinstance(value, int)]


NOTICE_OPERATIONS: dict[Operation, DeskHandler] = {
    Operation.CREATE_PRINTER_SUBSCRIPTIONS: create_printer_subscriptions,
    Operation.CREATE_JOB_SUBSCRIPTIONS: create_job_subscriptions,
    Operation.GET_SUBSCRIPTION_ATTRIBUTES: get_subscription_attributes,
    Operation.GET_SUBSCRIPTIONS: get_subscriptions,
    Operation.RENEW_SUBSCRIPTION: renew_subscription,
    Operation.CANCEL_SUBSCRIPTION: cancel_subscription,
    Operation.GET_NOTIFICATIONS: get_notifications,
}
