"""Which quotas a job falls under, and for which department it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from msgspec.structs import replace

from printserver.model.printer import QueueConfig
from printserver.model.quota import EVERYBODY, Holder, Limit, Quota, begins
from printserver.model.ticket import Ticket
from printserver.store.words import words_in


class Quotas:
    """The site's quotas and departments, as its configuration has them."""

    def __init__(
        self, quotas: Sequence[Quota] = (), departments: Mapping[str, Sequence[str]] | None = None,
        zone: tzinfo | None = None,
    ) -> None:  # fmt: skip
        """`departments` are the users of each; periods begin at midnight of `zone`."""
        self._quotas, self._zone = tuple(quotas), zone
        self._of = {_plain(user): name for name, users in (departments or {}).items() for user in users}

    def placed(self, ticket: Ticket, queue: QueueConfig) -> Ticket:
        """Return a ticket with its department: the user's own, else the one that it says, else the queue's."""
        department = self._of.get(_plain(ticket.user)) or ticket.department or queue.department or None
        return ticket if department == ticket.department else replace(ticket, department=department)

    def limits(self, ticket: Ticket, now: float) -> tuple[Limit, ...]:
        """Return the quotas that a job falls under."""
        names = {Holder.USER: ticket.user, Holder.DEPARTMENT: ticket.department or ""}
        return tuple(
            Limit(quota=quota, who=names[quota.holder], since=begins(quota.period, now, self._zone))
            for quota in self._quotas
            if names[quota.holder] and (quota.who == EVERYBODY or _plain(quota.who) == _plain(names[quota.holder]))
        )


def _plain(name: str) -> str:
    return " ".join(words_in(name))
