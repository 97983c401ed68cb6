"""Subscriptions, and what has happened, as IPP attributes (RFC 3995 sections 5 and 9)."""

from __future__ import annotations

from printserver.ipp import Attribute, Group, GroupTag, build
from printserver.listeners.access.withholding import as_seen
from printserver.listeners.ipp.addresses import Addresses
from printserver.listeners.ipp.desk import Desk
from printserver.listeners.ipp.job_attributes import JobAttributes, JobsView
from printserver.listeners.ipp.notice_events import Happened
from printserver.listeners.ipp.notices import Notice, Subscription
from printserver.listeners.ipp.printer_attributes import state_of
from printserver.listeners.ipp.words import shown_name, shown_text

WORDS = {
    "job-created": "The job was accepted.",
    "job-completed": "The job is finished.",
    "job-stopped": "The job has stopped.",
    "job-state-changed": "The job is in another state.",
    "job-progress": "A card of the job is done.",
    "job-config-changed": "The job was changed.",
    "printer-stopped": "The queue has stopped.",
    "printer-state-changed": "The queue is in another state.",
    "printer-queue-order-changed": "Jobs are printed in another order.",
    "printer-config-changed": "The queue was changed.",
}


def subscription_attributes(subscription: Subscription, addresses: Addresses, desk: Desk) -> list[Attribute]:
    """Return all attributes of a subscription."""
    wish = subscription.wish
    queue = desk.service.queue(wish.queue)
    now = desk.service.clock() - desk.service.started
    found = [
        build.integer("notify-subscription-id", subscription.id),
        build.uri("notify-printer-uri", addresses.printer(wish.queue, default=queue.default)),
        build.keyword("notify-pull-method", "ippget"),
        build.keyword("notify-events", *wish.events),
        build.name("notify-subscriber-user-name", shown_name(wish.user) or "anonymous"),
        build.integer("notify-sequence-number", subscription.sequence),
        build.integer("notify-time-interval", 0),
        build.charset("notify-charset", "utf-8"),
        build.natural_language("notify-natural-language", "en"),
        build.integer("notify-printer-up-time", max(1, int(now) + 1)),
    ]
    if wish.attributes:
        found.append(build.keyword("notify-attributes", *wish.attributes))
    if wish.user_data:
        found.append(build.octets("notify-user-data", wish.user_data))
    if wish.job is not None:
        return [*found, build.integer("notify-job-id", wish.job)]
    expires = int((subscription.ends or 0.0) - desk.service.started) + 1
    return [
        *found, build.integer("notify-lease-duration", desk.notices.left(subscription)),
        build.integer("notify-lease-expiration-time", max(1, expires)),
    ]  # fmt: skip


def notice_group(subscription: Subscription, notice: Notice, addresses: Addresses, desk: Desk) -> Group:
    """Return one event as the client that subscribed gets it (RFC 3995 section 9.1)."""
    happened = notice.content
    assert isinstance(happened, Happened)  # nothing else is ever told
    queue = happened.queue
    up_time = max(1, int(notice.at - desk.service.started) + 1)
    told = [
        build.integer("notify-subscription-id", subscription.id),
        build.uri("notify-printer-uri", addresses.printer(queue.config.name, default=queue.default)),
        build.keyword("notify-subscribed-event", notice.event),
        build.integer("printer-up-time", up_time),
        build.integer("notify-sequence-number", notice.sequence),
        build.charset("notify-charset", "utf-8"),
        build.natural_language("notify-natural-language", "en"),
        build.octets("notify-user-data", subscription.wish.user_data),
        build.text("notify-text", shown_text(WORDS[notice.event])),
    ]
    about = _of_queue(happened) if happened.job is None else _of_job(happened, subscription, addresses, desk)
    return Group(GroupTag.EVENT_NOTIFICATION, (*told, *about))


_JOB = ("job-state", "job-state-reasons", "job-name", "job-impressions-completed", "job-uri")


def _of_job(
    happened: Happened, subscription: Subscription, addresses: Addresses, desk: Desk
) -> list[Attribute]:
    assert happened.job is not None  # who calls has looked
    view = JobsView(addresses, desk.service.started, desk.service.clock(), desk.server.uuid)
    names = {*_JOB, *subscription.wish.attributes}
    return [
        build.integer("notify-job-id", happened.job.id),
        *(each for each in JobAttributes(view).of(as_seen(happened.job)) if each.name in names),
    ]


def _of_queue(happened: Happened) -> list[Attribute]:
    state, reasons = state_of(happened.queue)
    return [
        build.enum("printer-state", state),
        build.keyword("printer-state-reasons", *reasons),
        build.boolean("printer-is-accepting-jobs", happened.queue.accepting),
    ]
