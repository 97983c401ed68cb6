"""Subscriptions of clients to events, for as long as their lease runs, and the events that wait to be fetched.

Laws kept here:

1. Subscriptions live in memory: a restart of the server forgets them, and a client that asks finds nothing and
   subscribes again. The journal itself misses nothing.
2. All is bounded: subscriptions in all and of one client, events that wait for each, and how long they wait. The oldest
   event gives way; sequence numbers tell the client of the gap.
3. A subscription belongs to who made it: another user's is not there for others, unless it is asked for by its queue.

Source: RFC 3995 (subscriptions), RFC 3996 (ippget).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from printserver.errors import NotPossibleNow, ServerBusy, UnknownSubscription

EVENT_LIFE = 300
LEASE, LONGEST_LEASE = 86_400, 604_800
MOST, MOST_OF_CLIENT, MOST_EVENTS = 1_000, 100, 100


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client subscribes to; `lease` in seconds, `job` None = the queue and all its jobs.

    `attributes` are those of a job that it wants with each event, beside the usual ones.
    """

    queue: str
    user: str
    client: str
    events: tuple[str, ...]
    lease: int = LEASE
    job: int | None = None
    user_data: bytes = b""
    attributes: tuple[str, ...] = ()
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Notice:
    """One event that waits; `attributes` are whatever the door makes of it, `at` in seconds since the epoch."""

    sequence: int
    event: str
    at: float
    content: object


@dataclass(slots=True)
class Subscription:
    """One subscription; `ends` in seconds since the epoch, None = with its job."""

    id: int
    wish: Wish
    ends: float | None
    sequence: int = 0
    over: bool = False
    waiting: deque[Notice] = field(default_factory=lambda: deque(maxlen=MOST_EVENTS))


class Notices:
    """All subscriptions of the server."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Measure leases by `clock`, seconds since the epoch."""
        self._clock = clock
        self._kept: dict[int, Subscription] = {}
        self._last = 0

    def add(self, wish: Wish) -> Subscription:
        """Keep a new subscription; raises ServerBusy when there are too many."""
        self._forget_ended()
        mine = sum(each.wish.client == wish.client for each in self._kept.values())
        if len(self._kept) >= MOST or mine >= MOST_OF_CLIENT:
            raise ServerBusy("there are too many subscriptions", allowed=f"{MOST_OF_CLIENT} of one client")
        self._last += 1
        ends = None if wish.job is not None else self._clock() + self._lease(wish.lease)
        self._kept[self._last] = Subscription(self._last, wish, ends)
        return self._kept[self._last]

    def renew(self, subscription: Subscription, lease: int) -> int:
        """Let a lease begin anew and return its seconds; raises NotPossibleNow for one that ends with its job."""
        if subscription.ends is None:
            raise NotPossibleNow("a subscription to a job ends with its job", allowed="a subscription to a queue")
        subscription.ends = self._clock() + self._lease(lease)
        return self._lease(lease)

    def cancel(self, subscription: Subscription) -> None:
        """Forget a subscription."""
        self._kept.pop(subscription.id, None)

    def get(self, id: int) -> Subscription:
        """Return a subscription; raises UnknownSubscription."""
        self._forget_ended()
        if id not in self._kept:
            raise UnknownSubscription(f"there is no subscription {id}", where="notify-subscription-id")
        return self._kept[id]

    def of(self, queue: str, job: int | None, user: str | None) -> Sequence[Subscription]:
        """Return the subscriptions to a queue, or to a job, of a user (None = of all)."""
        self._forget_ended()
        return [
            each for each in self._kept.values()
            if each.wish.queue == queue and each.wish.job == job and user in (None, each.wish.user)
        ]  # fmt: skip

    def listening(self) -> bool:
        """Tell whether anybody has subscribed to anything."""
        return bool(self._kept)

    def tell(self, queue: str, job: int | None, events: Sequence[str], content: object) -> None:
        """Keep something that has happened for those who subscribed to it; the first event that one wants is told."""
        self._forget_ended()
        for each in self._kept.values():
            wish = each.wish
            wanted = next((event for event in events if event in wish.events), None)
            if wanted is not None and wish.queue == queue and wish.job in (None, job):
                each.sequence += 1
                each.waiting.append(Notice(each.sequence, wanted, self._clock(), content))

    def job_over(self, job: int) -> None:
        """End the subscriptions of a finished job; what waits for them can still be fetched."""
        for each in self._kept.values():
            if each.wish.job == job and not each.over:
                each.over, each.ends = True, self._clock() + EVENT_LIFE

    def waiting(self, subscription: Subscription, first: int) -> Sequence[Notice]:
        """Return the events of a subscription from a sequence number on."""
        oldest = self._clock() - EVENT_LIFE
        while subscription.waiting and subscription.waiting[0].at < oldest:
            subscription.waiting.popleft()
        return [notice for notice in subscription.waiting if notice.sequence >= first]

    def left(self, subscription: Subscription) -> int:
        """Return how many seconds a lease still runs, 0 = as long as its job."""
        return 0 if subscription.ends is None else max(1, int(subscription.ends - self._clock()))

    def _lease(self, wanted: int) -> int:
        return min(wanted, LONGEST_LEASE) if wanted > 0 else LONGEST_LEASE

    def _forget_ended(self) -> None:
        now = self._clock()
        self._kept = {id: each for id, each in self._kept.items() if each.ends is None or each.ends > now}
