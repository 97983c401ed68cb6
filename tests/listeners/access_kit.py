"""The whole site behind the gate, without a socket: three people with a role each, and whatever they ask for."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar
from urllib.parse import urlencode

from argon2 import PasswordHasher
from msgspec import json
from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from printserver.errors import PrintServerError
from printserver.ipp import Attribute, Message, Operation, build, encode, parse
from printserver.listeners.access.door import Gate
from printserver.listeners.access.guard import GuardedService
from printserver.listeners.access.guarded_administration import GuardedAdministration
from printserver.listeners.access.guarded_daily import GuardedReports
from printserver.listeners.access.guarded_discovery import GuardedDiscovery
from printserver.listeners.access.guarded_history import GuardedHistory
from printserver.listeners.access.guarded_machines import GuardedMachines
from printserver.listeners.access.guarded_purging import GuardedPurging
from printserver.listeners.access.guarded_supplies import GuardedSupplies
from printserver.listeners.access.passwords import Passwords
from printserver.listeners.access.register import Register, new_token
from printserver.listeners.access.sessions import Sessions
from printserver.listeners.access.tries import Tries
from printserver.listeners.http import RequestContext, Response, build_site
from printserver.listeners.http.daily import DailyApi
from printserver.listeners.http.discovering import DiscoveryApi
from printserver.listeners.http.history import HistoryApi
from printserver.listeners.http.machines import MachinesApi
from printserver.listeners.http.message import fields
from printserver.listeners.http.problems import status_of
from printserver.listeners.http.purging import PurgingApi
from printserver.listeners.http.queues import QueuesApi
from printserver.listeners.http.supplies import SuppliesApi
from printserver.listeners.ipp.routes import IPP, ipp_routes
from printserver.model.account import Account, Role, Token
from printserver.model.inspection import Inspection
from printserver.model.job import CardState, Document, Job, JobState
from printserver.model.ticket import Ticket
from printserver.queue.daily import Daily
from printserver.web.routes import page_routes
from tests.listeners.fake_discovery import FakeDiscovery
from tests.listeners.fake_machines import FakeMachines
from tests.listeners.fake_purging import FakePurging
from tests.listeners.fake_service import NOW
from tests.listeners.fake_supplies import FakeHistory, FakeSupplies
from tests.listeners.ipp_kit import FakeAdministration, FakeIppService

T = TypeVar("T")
HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ROLES = {"sari": Role.SUBMIT, "omar": Role.OPERATE, "ada": Role.ADMINISTER}
PASSWORDS = {name: f"{name}-secret" for name in ROLES}
HOST = "localhost:8631"


class WholeFake(FakeIppService):
    """The service in memory as all doors together ask it."""

    server_name = "Card printing"

    async def kept_inspection(self, job: int, card: int) -> Inspection | None:
        return None

    def isolation(self) -> Sequence[str]:
        return ()

    def put(self, user: str, *states: CardState, state: JobState = JobState.PENDING) -> Job:
        """Keep a job of somebody, with a document and a name that tells of a person."""
        job = self.put_job(*states, state=state, ticket=Ticket(user=user, name="Badge of Rosa Quispe"))
        document = Document(number=1, format="image/png", size=9, sha256="")
        self.kept[job.id] = replace(job, documents=(document,), origin="ipp 192.0.2.77")
        return self.kept[job.id]


class FakeAccountStore:
    """Accounts and tokens in memory."""

    def __init__(self) -> None:
        self.people = {
            name: Account(name=name, role=role, secret=HASHER.hash(PASSWORDS[name])) for name, role in ROLES.items()
        }
        self.programs: dict[str, Token] = {}

    def accounts(self) -> Sequence[Account]:
        return list(self.people.values())

    def put_account(self, account: Account, by: str) -> None:
        self.people[account.name] = account

    def drop_account(self, name: str, by: str) -> None:
        del self.people[name]

    def tokens(self) -> Sequence[Token]:
        return list(self.programs.values())

    def add_token(self, token: Token, by: str) -> None:
        self.programs[token.name] = token

    def drop_token(self, name: str, by: str) -> None:
        del self.programs[name]


class NoDays:
    """Makes a report of nothing."""

    def today(self, now: float) -> date:
        return date(2031, 5, 6)

    async def of(self, day: date, now: float) -> Daily:
        return Daily(day=day, begins=0.0, ends=1.0, whole=True, printers=(), queues=(), supplies=(), stops=())


class CountingHasher:
    """Argon2 at its cheapest, counted."""

    def __init__(self) -> None:
        self.checked = 0

    def hash(self, password: str) -> str:
        return HASHER.hash(password)

    def verify(self, hash: str, password: str) -> bool:
        self.checked += 1
        return HASHER.verify(hash, password)


async def at_once(call: Callable[[], T]) -> T:
    return call()


def ended(work: Any) -> Any:  # noqa: ANN401 - a coroutine of anything
    """Run a coroutine that waits for nothing."""
    found: list[Any] = []
    Deferred.fromCoroutine(work).addBoth(found.append)
    assert found, "it waits for something"
    if hasattr(found[0], "raiseException"):
        found[0].raiseException()
    return found[0]


class GateCase(SynchronousTestCase):
    """A site that asks for names."""

    proxies: Sequence[str] = ()

    def setUp(self) -> None:
        self.now = NOW
        self.clock = Clock()
        self.service = WholeFake()
        self.store = FakeAccountStore()
        self.hasher = CountingHasher()
        self.register = Register(self.store, at_once)
        ended(self.register.load())
        tell = self.tell_time
        self.tries = Tries(tell)
        self.gate = Gate(
            self.register, Passwords(at_once, tell, self.random, self.hasher), Sessions(tell, self.random), self.tries,
            self.proxies,
        )  # fmt: skip
        self.machines = FakeMachines()
        discovery = GuardedDiscovery(FakeDiscovery())
        machines = GuardedMachines(self.machines)
        guarded = GuardedService(self.service)
        administration = GuardedAdministration(FakeAdministration(self.service), guarded)
        purging = GuardedPurging(FakePurging(self.service), tell)
        self.supplies, self.history = FakeSupplies(), FakeHistory()
        supplies = GuardedSupplies(self.supplies, guarded)
        self.site = build_site(
            guarded, reactor=self.clock, clock=tell, hosts=("prints.example",), bind="127.0.0.1", gate=self.gate,
            routes=(
                *QueuesApi(administration).routes(), *ipp_routes(guarded, administration),
                *PurgingApi(purging, 65_536).routes(), *SuppliesApi(supplies).routes(),
                *MachinesApi(machines, 8192).routes(), *DiscoveryApi(discovery, 8192).routes(),
                *HistoryApi(GuardedHistory(self.history)).routes(),
                *DailyApi(GuardedReports(NoDays(), tell)).routes(),
                *page_routes(guarded, purging, machines, gate=self.gate, supplies=supplies,
                             adding=(discovery, administration)),
            ),
        )  # fmt: skip

    def tell_time(self) -> float:
        return self.now

    _count = 0

    def random(self, size: int) -> bytes:
        self._count += 1
        return self._count.to_bytes(2) * (size // 2)

    def token(self, name: str, role: Role) -> str:
        shown, token = new_token(name, role, self.random)
        ended(self.register.add_token(token, "ada"))
        return shown

    def send(
        self, method: str, path: str, body: bytes = b"", *, client: str = "127.0.0.1", secure: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Response:  # fmt: skip
        """Send a request as a connection would hand it to the site: first its head, then all of it."""
        named = {"host": HOST, **(headers or {})}
        plain, _, query = path.partition("?")
        context = self.site.as_sent(RequestContext(
            method=method, path=plain, query=fields(query), length=len(body), client=client, local="127.0.0.1",
            headers={name: (value,) for name, value in named.items()}, secure=secure,
        ))  # fmt: skip
        match = self.site.admit(context)
        whole = dataclasses.replace(context, body=body, parameters=match.parameters)
        response: Response = ended(self.site.answer(match, whole))
        return response

    def status(self, method: str, path: str, body: bytes = b"", **options: Any) -> int:  # noqa: ANN401 - of `send`
        """Send a request and return the status of its answer, also of one that is refused by its head."""
        try:
            return self.send(method, path, body, **options).status
        except PrintServerError as error:
            return status_of(error)

    def api(self, who: str, method: str, path: str, body: object = None) -> Response:
        """Ask the JSON API as somebody."""
        data = b"" if body is None else json.encode(body)
        return self.send(method, f"/api/v1{path}", data, headers={"content-type": "application/json", **basic(who)})

    def ipp(
        self, who: str, operation: Operation, *attributes: Attribute, job: int | None = None, data: bytes = b"",
        said: str = "root",
    ) -> Message:  # fmt: skip
        """Ask for an IPP operation as somebody, who says to be somebody else."""
        request = build.request(operation, f"ipp://{HOST}/ipp/print", *attributes, job_id=job, user=said)
        sent = {"content-type": IPP, **basic(who)}
        response = self.send("POST", "/ipp/print", encode(request) + data, headers=sent)
        assert isinstance(response.body, bytes)
        return parse(response.body)[0]

    def page(self, who: str, method: str, path: str, **form: str) -> Response:
        """Open a page or send its form as somebody."""
        kind = {"content-type": "application/x-www-form-urlencoded"} if method == "POST" else {}
        return self.send(method, path, urlencode(form).encode() if form else b"", headers={**kind, **basic(who)})


def basic(name: str, password: str | None = None) -> dict[str, str]:
    secret = f"{name}:{PASSWORDS.get(name, '') if password is None else password}"
    return {"authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}


def text_of(response: Response) -> str:
    assert isinstance(response.body, bytes)
    return response.body.decode()
