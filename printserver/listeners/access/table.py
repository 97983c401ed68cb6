"""The one table of operations and roles, and who asks at the moment.

Laws kept here:

1. Every call that a door makes of the job service has its row; IPP, JSON API and pages make the same calls, so none of
   them is another way in. A call without a row is refused to everybody who is asked for a name.
2. Who asks belongs to the request that is being answered, and to nothing that outlives it.
3. Without access control nobody is asked, and everything is allowed: `asking()` is None. So is what the server does
   by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import MappingProxyType

from printserver.errors import NotPermitted
from printserver.model.account import Role


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks: the name of an account or token, and its role; None = nobody, who may see what everybody may.

    `proof` is the token's digest or the account's secret by which they were known; `session` the digest of their
    session's word, empty for those who sent no cookie.
    """

    name: str
    role: Role | None
    proof: str = field(default="", compare=False, repr=False)
    session: bytes = field(default=b"", compare=False, repr=False)


NOBODY = Identity("", None)


@dataclass(frozen=True, slots=True)
class Cell:
    """Which role an operation needs; `own` is the one that is enough for one's own job, `public` needs none."""

    role: Role
    own: Role | None = None
    public: bool = False


_SEE = Cell(Role.SUBMIT)
_DO = Cell(Role.OPERATE)
_RULE = Cell(Role.ADMINISTER)
_DO_OWN = Cell(Role.OPERATE, own=Role.SUBMIT)

OPERATIONS: Mapping[str, Cell] = MappingProxyType({
    # jobs are made
    "submit": _SEE, "validate": _SEE, "add_document": _DO_OWN, "fetch": _SEE, "unpack": _SEE,
    # jobs are seen; of others' jobs those who only submit see number, state, queue and age
    "job": _SEE, "jobs": _SEE, "story": _DO_OWN, "preview": _DO_OWN, "inspection": _DO_OWN, "ink": _DO_OWN,
    # jobs are changed
    "hold": _DO_OWN, "release": _DO_OWN, "cancel": _DO_OWN, "reprint": _DO_OWN,
    "open_wishes": _DO_OWN, "confirm": _DO, "withdraw": _DO_OWN,
    "reject": _DO, "settle": _DO, "prioritise": _DO, "schedule": _DO, "move": _DO,
    # queues and printers
    "queues": _SEE, "queue": _SEE, "printers": _SEE, "printer": _SEE, "current": _SEE, "unfinished": _SEE,
    "pause": _DO, "resume": _DO, "clear_printer": _DO, "change": _DO, "pause_after_current": _DO,
    "release_held_new": _DO, "shut_down": _DO, "start_up": _DO, "purge": _DO,
    "add_printer": _RULE, "set_printer": _RULE, "retire_printer": _RULE, "replace_printer": _DO,
    "add_queue": _RULE, "set_queue": _RULE, "discover": _RULE,
    # documents are thrown away
    "purge_job": _DO, "purge_jobs": _RULE,
    # blanks and ribbon, and what was printed
    "history": _SEE, "report": _DO, "counts": _DO,
    "supplies": _SEE, "shift": _SEE, "forecasts": _DO_OWN, "use": _DO_OWN,
    "load_blanks": _DO, "count_blanks": _DO, "spend_blanks": _DO, "change_ribbon": _DO, "close_shift": _DO,
    # what happens
    "events": _SEE, "on_event": _SEE, "last_event": Cell(Role.SUBMIT, public=True),
    # who may use the server
    "accounts": Cell(Role.ADMINISTER), "change_accounts": Cell(Role.ADMINISTER),
})  # fmt: skip

_asking: ContextVar[Identity | None] = ContextVar("asking", default=None)


def asking() -> Identity | None:
    """Return who asks in the request that is being answered, None where nobody is asked for a name."""
    return _asking.get()


def now_asks(identity: Identity | None) -> None:
    """Let all that this request does from here on be asked by somebody."""
    _asking.set(identity)


@contextmanager
def by_itself() -> Iterator[None]:
    """Do something as the server itself, whoever may have caused it."""
    with asked_by(None):
        yield


@contextmanager
def asked_by(identity: Identity | None) -> Iterator[None]:
    """Let what is done here be asked by somebody, and by nobody else's word."""
    token = _asking.set(identity)
    try:
        yield
    finally:
        _asking.reset(token)


def allowed(identity: Identity, operation: str, *, own: bool = False) -> bool:
    """Tell whether somebody may do an operation; `own` = on their own job."""
    cell = OPERATIONS.get(operation)
    if cell is None:
        return False
    needed = cell.own if own and cell.own is not None else cell.role
    return cell.public or (identity.role is not None and identity.role.includes(needed))


def check(operation: str, *, own: bool = False) -> None:
    """Raise NotPermitted when who asks may not do an operation."""
    identity = asking()
    if identity is not None and not allowed(identity, operation, own=own):
        cell = OPERATIONS.get(operation)
        raise NotPermitted(where=operation, allowed=f"role {cell.role}" if cell else "")


def sees_all(identity: Identity | None) -> bool:
    """Tell whether somebody sees all of everybody's jobs."""
    return identity is None or (identity.role is not None and identity.role.includes(Role.OPERATE))
