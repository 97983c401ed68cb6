"""The webhooks of the configuration, put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from printserver.daemon.running import Undo
from printserver.daemon.setting import Setting
from printserver.listeners.webhooks.delivery import Webhook
from printserver.listeners.webhooks.heads import WebhookHeads
from printserver.listeners.webhooks.posting import Poster
from printserver.listeners.webhooks.target import Target
from printserver.queue.events import EventHub
from printserver.queue.storekeeper import Storekeeper
from printserver.queue.witness import HeadKeeper, HeadSender
from printserver.store.heads import head_place


@dataclass(slots=True)
class Webhooks:
    """What tells the targets; `targets` are set before anything else is asked."""

    setting: Setting
    targets: Mapping[str, Target] = field(default_factory=dict)
    running: list[Webhook] = field(default_factory=list)

    def places(self, names: Sequence[str]) -> Sequence[HeadKeeper | HeadSender]:
        """Return the places for heads that the configuration names."""
        return [
            WebhookHeads(self.targets[name.partition(":")[2]], self._poster()) if name.startswith("webhook:")
            else head_place(name, "journal.heads")
            for name in names
        ]  # fmt: skip

    async def start(self, keeper: Storekeeper, hub: EventHub, undo: Undo) -> None:
        """Begin to tell all targets."""
        for target in self.targets.values():
            webhook = Webhook(target, self._poster(), keeper, hub, self.setting.reactor)
            self.running.append(webhook)
            undo.steps.append(webhook.stop)
            await webhook.start()

    def told(self) -> Iterable[tuple[str, int, int]]:
        """Return of each target its name, the last event it has, and how often in a row it was tried in vain."""
        return [(each.target.name, each.cursor, each.failures) for each in self.running]

    def _poster(self) -> Poster:
        return Poster(self.setting.reactor, self.setting.wall)
