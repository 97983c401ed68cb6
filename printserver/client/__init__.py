"""A Python client of the print server; the command line uses it, and so can anybody.

from printserver.client import Printer

job = Printer("http://127.0.0.1:8631").print_card("front.png", back="back.png")
print(job.wait().state)

`Printer` is the short way; `ApiClient` speaks the whole JSON API, `IppClient` speaks IPP to any printer.
Imports only ipp, model and errors; no Twisted, no further dependency.
"""

from __future__ import annotations

from .errors import AnswerLost, AnswerUnreadable, DocumentUnreadable, IppRefused, Problem, RequestRefused, WaitEnded
from .http import ApiClient, JobPage
from .ipp import IppClient
from .printer import Printer, PrintJob
from .status import JobStatus, in_states, settled

__all__ = [
    "AnswerLost", "AnswerUnreadable", "ApiClient", "DocumentUnreadable", "IppClient", "IppRefused", "JobPage",
    "JobStatus", "PrintJob", "Printer", "Problem", "RequestRefused", "WaitEnded", "in_states", "settled",
]
