"""A Python client of the print server; the command line uses it, and so can anybody.

from printserver.client import Printer

job = Printer("http://127.0.0.1:8631").print_card("front.png", back="back.png")
print(job.wait().state)

`Printer` is the short way; `ApiClient` speaks the whole JSON API, `AsyncApiClient` does the same for asyncio, and
`IppClient` speaks IPP to any printer. Imports only ipp, model and errors; needs msgspec and h11, no Twisted.
"""

from __future__ import annotations

from .async_http import AsyncApiClient
from .errors import AnswerLost, AnswerUnreadable, DocumentUnreadable, IppRefused, Problem, RequestRefused, WaitEnded
from .events import Event
from .http import ApiClient, JobPage
from .ipp import IppClient
from .plans import JobProgress
from .printer import Printer, PrintJob
from .status import JobStatus, in_states, settled
from .trust import Trust, trusting

__all__ = [
    "AnswerLost", "AnswerUnreadable", "ApiClient", "AsyncApiClient", "DocumentUnreadable", "Event", "IppClient",
    "IppRefused", "JobPage", "JobProgress", "JobStatus", "PrintJob", "Printer", "Problem", "RequestRefused", "Trust",
    "WaitEnded", "in_states", "settled", "trusting",
]
