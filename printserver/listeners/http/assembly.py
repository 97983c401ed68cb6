"""The site put together: our own routes first, then those of the other doors and of the pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from printserver.model.clock import Clock

from .limits import Limits
from .router import Route, Router
from .security import known_hosts
from .site import Site


def build_site(
    service: object, *, reactor: Clock, clock: Callable[[], float], hosts: Sequence[str], bind: str,
    routes: Sequence[Route] = (), limits: Limits | None = None,
) -> Site:  # fmt: skip
    """Return the factory to listen with.

    `clock` tells seconds since the epoch; `hosts` are names beside loopback's and `bind` that the site answers for;
    `routes` are IPP's and the pages'.
    """
    limits = limits or Limits()
    return Site(Router([*routes]), clock=reactor, now=clock, hosts=known_hosts(bind, hosts), limits=limits)
