"""All pages put together: the addresses that the site joins to those of the API and of IPP."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import tzinfo
from pathlib import Path

from printserver.listeners.http.daily import Reports
from printserver.listeners.http.discovering import Discovery
from printserver.listeners.http.history import HistoryService
from printserver.listeners.http.machines import Machines
from printserver.listeners.http.purging import Purging
from printserver.listeners.http.queues import Administration
from printserver.listeners.http.router import Route
from printserver.listeners.http.supplies import SuppliesService
from printserver.model.job import Reason

from .adding_page import AddingPage
from .assets import Assets
from .daily_page import DailyPage
from .history_page import HistoryPage
from .job_deeds import JobDeeds
from .job_page import JobPage
from .language import read_languages
from .login import LoginGate, LoginPage
from .machine_deeds import MachineDeeds
from .machines_page import MachinesPage
from .once import Once
from .purge_page import PurgePage
from .rendering import Renderer
from .second_person import SecondPerson
from .service import PagesService
from .status_page import StatusPage
from .supplies_page import SuppliesPage
from .wall_page import WallPage
from .ways import ways


def page_routes(
    service: PagesService, purging: Purging, machines: Machines, *, randomness: Callable[[int], bytes] = os.urandom,
    zone: tzinfo | None = None, catalogues: Iterable[Path] = (), gate: LoginGate | None = None,
    supplies: SuppliesService | None = None,
    conditions: Callable[[], Iterable[Reason]] = lambda: (),
    history: HistoryService | None = None, reports: Reports | None = None,
    adding: tuple[Discovery, Administration] | None = None,
) -> list[Route]:  # fmt: skip
    """Return the routes of the operator's pages; `zone` None = times as the system shows them.

    `catalogues` are folders in which drivers bring words for their own texts; `gate` checks names and passwords, None =
    there is no log-in; `machines` replaces printers and moves jobs; `supplies` knows of blanks and ribbon, `history` of
    what was printed; `adding` looks for new printers and lets queues have them. `conditions` tell what holds for the
    whole server.
    """
    assets = Assets()
    languages = read_languages(of_drivers=catalogues)
    missing = {"/history", "/counts"} if history is None else set[str]()
    missing |= {"/report"} if reports is None else set()
    renderer = Renderer(
        assets, languages, server=service.server_name, clock=service.clock, zone=zone, ways=ways(missing)
    )
    once = Once(randomness)
    return [
        *StatusPage(service, renderer, conditions, adds=adding is not None).routes(),
        *(DailyPage(reports, renderer).routes() if reports is not None else ()),
        *WallPage(service, renderer, conditions).routes(),
        *JobPage(service, renderer, supplies).routes(),
        *JobDeeds(service, purging, renderer, once).routes(),
        *PurgePage(service, purging, renderer).routes(),
        *SecondPerson(service, renderer).routes(),
        *MachineDeeds(service, renderer).routes(),
        *MachinesPage(service, machines, renderer).routes(),
        *(AddingPage(service, adding[0], machines, adding[1], renderer).routes() if adding is not None else ()),
        *(SuppliesPage(service, supplies, renderer, once).routes() if supplies is not None else ()),
        *(HistoryPage(service, history, renderer, zone).routes() if history is not None else ()),
        *(LoginPage(gate, renderer).routes() if gate is not None else ()),
        *assets.routes(),
    ]
