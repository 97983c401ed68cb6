"""The site put together: the JSON API first, then the routes of the other doors and of the pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from printserver.listeners.crowd import Crowd
from printserver.model.clock import Clock

from .devices import DevicesApi
from .events import EventsApi
from .health import HealthApi
from .jobs import JobsApi
from .limits import Limits
from .metrics import Metrics, Watched
from .openapi import OpenApi
from .panels import PanelsApi
from .router import Route, Router
from .second_person import SecondPersonApi
from .security import known_hosts
from .service import Service
from .site import Gate, Site
from .wishes import WishesApi


def build_site(
    service: Service, *, reactor: Clock, clock: Callable[[], float], hosts: Sequence[str], bind: str,
    routes: Sequence[Route] = (), limits: Limits | None = None, gate: Gate | None = None, crowd: Crowd | None = None,
    watched: Watched | None = None,
) -> Site:  # fmt: skip
    """Return the factory to listen with.

    `clock` tells seconds since the epoch; `hosts` are names beside loopback's and `bind` that the site answers for;
    `routes` are IPP's, the pages' and the plugins'; `gate` asks who sends a request, None = nobody is asked;
    `crowd` counts connections, of other doors too; `watched` is what metrics tell beside the service.
    """
    limits, crowd = limits or Limits(), crowd or Crowd()
    watched = watched or Watched()
    all_routes = [*api_routes(service, reactor, limits, watched, crowd), *routes]
    router = Router([*all_routes, *OpenApi(all_routes, gated=gate is not None).routes()])
    return Site(
        router, clock=reactor, now=clock, hosts=known_hosts(bind, hosts), limits=limits, gate=gate, crowd=crowd,
        refused=watched.measures.refuse_request,
    )


def api_routes(
    service: Service, clock: Clock, limits: Limits, watched: Watched | None = None, crowd: Crowd | None = None
) -> list[Route]:
    """Return the routes of the JSON API, of health and of metrics."""
    return [
        *JobsApi(service).routes(),
        *PanelsApi(service).routes(),
        *WishesApi(service, limits.small_body).routes(),
        *SecondPersonApi(service, limits.small_body).routes(),
        *DevicesApi(service, limits.small_body).routes(),
        *EventsApi(service, clock, limits).routes(),
        *HealthApi(service, (watched or Watched()).conditions).routes(),
        *Metrics(service, watched or Watched(), crowd or Crowd()).routes(),
    ]
