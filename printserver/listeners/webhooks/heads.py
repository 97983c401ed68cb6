"""Heads of the journal to a target: its log is then a witness that nobody reaches who can reach the store."""

from __future__ import annotations

from dataclasses import dataclass

from printserver.listeners.webhooks.message import of_head
from printserver.listeners.webhooks.posting import Poster
from printserver.listeners.webhooks.target import Target
from printserver.model.chain import Head


@dataclass(frozen=True, slots=True)
class WebhookHeads:
    """A place for heads that is a target."""

    target: Target
    poster: Poster

    async def send(self, head: Head) -> None:
        """Post a head; raises NotTaken, which is an OSError."""
        await self.poster.post(self.target, of_head(head))

    def __str__(self) -> str:
        """Return its name; the address may hold what is nobody's business."""
        return f"webhook:{self.target.name}"
