"""Announcing the daemon's queues: built here where the configuration asks for it, over the doors that are open."""

from __future__ import annotations

from functools import partial

from printserver.daemon.running import Threads
from printserver.listeners.discovery.announcing import Announcer, Responder
from printserver.listeners.discovery.choice import addresses_of
from printserver.listeners.discovery.records import Site, signs
from printserver.queue.jobs import JobService


def announcer(service: JobService, site: Site, bind: str, threads: Threads) -> Announcer:
    """Return what announces the queues of a server that is bound to `bind`; it needs the extra `discovery`."""
    return Announcer(
        wanted=lambda: signs(service.queues(), site), addresses=partial(addresses_of, bind),
        open_responder=lambda addresses: _responder(addresses, site.host), threads=threads,
    )


def _responder(addresses: tuple[str, ...], host: str) -> Responder:
    from printserver.listeners.discovery.responder import ZeroconfResponder  # the package is an extra

    return ZeroconfResponder(addresses, host)
