"""What can go wrong between a client and the server, beside what the server itself refuses."""

from __future__ import annotations

from typing import Final

import msgspec

from printserver import errors as shared
from printserver.errors import Fault, PrintServerError, ServerUnreachable
from printserver.ipp import Status


class AnswerLost(ServerUnreachable):
    """The connection broke after the request was sent; the server may have done what was asked."""

    code = "answer-lost"
    retry = False
    remedy = "Look at the list of jobs before sending it again, so that no card is printed twice."


class AnswerUnreadable(PrintServerError):
    """What answered is not a print server, or not one of this version."""

    code = "answer-unreadable"
    fault = Fault.OPERATOR
    remedy = "Check the server's address and version."


class DocumentUnreadable(PrintServerError):
    """The file to print cannot be read."""

    code = "document-unreadable"
    fault = Fault.CLIENT
    remedy = "Check the file's name and its permissions."


class WaitEnded(PrintServerError):
    """The job did not come to the awaited state in the time given; it goes on."""

    code = "wait-ended"
    fault = Fault.CLIENT
    retry = True
    remedy = "Wait again, or look at the status page for what holds the job up."


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An error as the server's JSON API tells it (RFC 9457 problem document)."""

    status: int = 0
    title: str = ""
    detail: str = ""
    code: str = ""
    where: str = ""
    allowed: str = ""
    retry: bool = False
    remedy: str = ""


class RequestRefused(PrintServerError):
    """The server refused the request; `problem` holds its own code, remedy and whether to try again."""

    code = "request-refused"
    fault = Fault.CLIENT
    remedy = "Do what the server's message says."

    def __init__(self, problem: Problem) -> None:
        """Take over the server's words."""
        super().__init__(problem.detail or problem.title or f"HTTP status {problem.status}",
                         where=problem.where, allowed=problem.allowed)
        self.problem = problem


class IppRefused(PrintServerError):
    """The printer refused the request; `status` is the IPP status, `unsupported` names what it cannot do."""

    code = "ipp-refused"
    fault = Fault.CLIENT
    remedy = "Do what the printer's message says."

    def __init__(self, status: int, message: str = "", unsupported: tuple[str, ...] = ()) -> None:
        """Take over the printer's words; a code without a name is shown as its number."""
        self.status = status
        self.keyword = Status(status).keyword if status in Status.__members__.values() else f"0x{status:04x}"
        self.unsupported = unsupported
        super().__init__(": ".join(filter(None, (self.keyword, message))), where=", ".join(unsupported))


def error_of(problem: Problem) -> PrintServerError:
    """The error that the server raised, as the same class here; RequestRefused when its code is not known here."""
    kind = _SHARED.get(problem.code)
    return kind(problem.detail, where=problem.where, allowed=problem.allowed) if kind else RequestRefused(problem)


# ServerUnreachable is the client's own finding: no server can say it of itself.
_SHARED: Final = {kind.code: kind for kind in vars(shared).values()
                  if isinstance(kind, type) and issubclass(kind, PrintServerError)
                  and kind not in (PrintServerError, ServerUnreachable)}
