"""Printer and job URIs: which queue or job an address means, and which address is told to a client.

Laws kept here:

1. A client is told addresses under the name by which it came (the Host field), which the site has checked. Of the
   names of the loopback address it is told the one in the address that it asks at: CUPS's library says `localhost` in
   the Host field for all of them, and a client must find its own words again (RFC 8011 section 5.3.3).
2. `/ipp/print` means the default queue; `/ipp/print/QUEUE` and `/printers/QUEUE` a queue; `/jobs/ID` a job.
3. `/` and its like mean the server: the default queue where a queue is needed, and the jobs of all queues.
4. At the addresses of CUPS (`/`, `/printers/QUEUE`, `/jobs/ID`) queues and times are told as CUPS tells them: its own
   programs read a queue's name out of its address, and times as seconds since 1970.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from printserver.errors import UnknownJob, UnknownQueue
from printserver.ipp import Target
from printserver.listeners.http import RequestContext

PRINT = "/ipp/print"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_QUEUE = re.compile(r"(?:/ipp/print|/printers)/([^/]+)")
_JOB = re.compile(r"(?:/ipp)?/jobs/([0-9]{1,10})")
_SERVER = frozenset({"", "/", "/ipp", "/ipp/", "/jobs", "/jobs/", "/printers", "/printers/"})
_DEFAULT = _SERVER | {PRINT, PRINT + "/"}


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of the site without and with TLS, 0 = not open; `asks` = clients are asked for name and password."""

    plain: int = 0
    tls: int = 0
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses of one server as one client sees it; `authority` is host and port.

    `other` is host and port of the site's other door: with TLS where the client came without, and the other way
    round; empty where that is not open.
    """

    authority: str
    secure: bool = False
    other: str = ""
    asks: bool = False

    @property
    def authentication(self) -> str:
        """Return how a client says who it is (RFC 8011 section 5.4.2)."""
        return "basic" if self.asks else "requesting-user-name"

    @property
    def _ipp(self) -> str:
        return f"{'ipps' if self.secure else 'ipp'}://{self.authority}"

    def printer(self, queue: str, *, default: bool) -> str:
        """Return a queue's IPP address."""
        return f"{self._ipp}{queue_path(queue, default=default)}"

    def doors(self) -> tuple[Addresses, ...]:
        """Return the addresses at each of the site's doors, first those at the one by which the client came."""
        beside = (Addresses(self.other, not self.secure, self.authority, self.asks),) if self.other else ()
        return (self, *beside)

    def queue(self, queue: str) -> str:
        """Return the IPP address under which CUPS's programs know a queue."""
        return f"{self._ipp}/printers/{quote(queue, safe='')}"

    def job(self, job: int) -> str:
        """Return a job's IPP address."""
        return f"{self._ipp}/jobs/{job}"

    def page(self, path: str = "/") -> str:
        """Return the address of a page for people."""
        return f"{'https' if self.secure else 'http'}://{self.authority}{path}"


def queue_path(queue: str, *, default: bool) -> str:
    """Return the path of a queue's IPP address."""
    return PRINT if default else f"{PRINT}/{quote(queue, safe='')}"


def addresses_of(context: RequestContext, target: Target, ports: Ports = Ports()) -> Addresses:
    """Return the addresses as the client of a request sees them; `ports` are those of the site that are open.

    A client that came by another port than the door's own is behind something that changes ports: what it would
    have to say for the other door is not known, and not told. Nor is it where clients are asked for a password, which
    is not taken at both doors alike.
    """
    authority = _as_asked(context.header("host") or context.local, target)
    host, _, port = authority.rpartition(":")
    own, other = (ports.tls, ports.plain) if context.secure else (ports.plain, ports.tls)
    known = other and port == str(own) and not ports.asks
    return Addresses(authority, context.secure, f"{host}:{other}" if known else "", ports.asks)


def _as_asked(authority: str, target: Target) -> str:
    """Return host and port in the words of the target, where both are names of the same loopback address (law 1)."""
    asked = _authority(target.job_uri or target.printer_uri or "")
    both = authority.rpartition(":"), asked.rpartition(":")
    same_port = both[0][2] == both[1][2]
    return asked if same_port and all(host in _LOOPBACK for host, _, _ in both) else authority


def _authority(uri: str) -> str:
    try:
        return urlsplit(uri).netloc
    except ValueError:
        return ""


def queue_named(target: Target) -> str | None:
    """Return the name of the queue that a request is aimed at, None = the default queue; raises UnknownQueue."""
    path = _path(target.printer_uri or "")
    if path in _DEFAULT:
        return None
    found = _QUEUE.fullmatch(path)
    if found is None:
        raise UnknownQueue("there is no printer at this address", where="printer-uri", allowed=f"{PRINT}/QUEUE")
    return unquote(found[1])


def names_queue(target: Target) -> bool:
    """Tell whether a request is aimed at one queue or its jobs, not at the server with the jobs of all."""
    return target.job_uri is None and _path(target.printer_uri or "") not in _SERVER


def as_cups(target: Target) -> bool:
    """Tell whether a request is aimed at an address of CUPS, not at one of IPP Everywhere."""
    path = _path(target.job_uri or target.printer_uri or "")
    return not path.startswith("/ipp")


def job_named(target: Target) -> int:
    """Return the number of the job that a request is aimed at; raises UnknownJob."""
    if target.job_uri is None:
        assert target.job_id is not None  # the request check saw to it
        return target.job_id
    found = _JOB.fullmatch(_path(target.job_uri))
    if found is None:
        raise UnknownJob("there is no job at this address", where="job-uri", allowed="/jobs/ID")
    return int(found[1])


def _path(uri: str) -> str:
    try:
        return urlsplit(uri).path
    except ValueError:
        return uri
