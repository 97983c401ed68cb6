"""The one root of every error, and the errors that more than one room raises.

Laws kept here:

1. Every error of the project is a `PrintServerError`; there is no second root.
2. Each error answers whose fault it is (`fault`), whether trying again can help (`retry`), what to do now (`remedy`).
3. The first docstring line is the sentence an operator reads; the message adds what was found and what is allowed.
4. Listeners map `code` to a status, a JSON line or an exit code by one table each; none invents texts of its own.
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar


class Fault(Enum):
    """Whose fault an error is, so that the right person is told."""

    CLIENT = "client"
    OPERATOR = "operator"
    DEVICE = "device"
    SERVER = "server"
    PLUGIN = "plugin"


class PrintServerError(Exception):
    """Something went wrong in the print server.

    `where` is the file, key, line, attribute or row concerned; `allowed` says what would have been accepted.
    """

    code: ClassVar[str] = "internal-error"
    fault: ClassVar[Fault] = Fault.SERVER
    retry: ClassVar[bool] = False
    remedy: ClassVar[str] = "Look into the server's log and report the fault."

    def __init__(self, message: str = "", *, where: str = "", allowed: str = "") -> None:
        """Keep the parts apart so that each door can show them its own way."""
        self.message = message or (type(self).__doc__ or "").split("\n", 1)[0]
        self.where = where
        self.allowed = allowed
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """Return the error as one line of plain text."""
        head = f"{self.where}: {self.message}" if self.where else self.message
        return f"{head} (allowed: {self.allowed})" if self.allowed else head


class BadRequest(PrintServerError):
    """The request cannot be understood."""

    code = "bad-request"
    fault = Fault.CLIENT
    remedy = "Correct the request as the message says."


class BadTicket(PrintServerError):
    """A job option has a value that is not possible."""

    code = "bad-ticket"
    fault = Fault.CLIENT
    remedy = "Choose one of the allowed values."


class UnsupportedByPrinter(PrintServerError):
    """No printer of this queue can do what the job asks."""

    code = "unsupported-by-printer"
    fault = Fault.CLIENT
    remedy = "Send the job to a queue whose printer has the ability, or leave the option out."


class DocumentEmpty(PrintServerError):
    """The document has no bytes."""

    code = "document-empty"
    fault = Fault.CLIENT
    remedy = "Send the picture itself."


class DocumentFormatUnsupported(PrintServerError):
    """The document is of a kind this server does not print."""

    code = "document-format-unsupported"
    fault = Fault.CLIENT
    remedy = "Send a picture (PNG, JPEG, TIFF), a drawing (SVG) or a PDF."


class DocumentBroken(PrintServerError):
    """The document is damaged and cannot be read whole."""

    code = "document-broken"
    fault = Fault.CLIENT
    remedy = "Save the picture again and resend it."


class CompressionUnsupported(BadTicket):
    """The document is compressed in a way that is not undone here."""

    code = "compression-unsupported"


class CompressionBroken(DocumentBroken):
    """The document is compressed, and damaged so that it cannot be unpacked."""

    code = "compression-error"
    remedy = "Compress the document again and resend it, or send it as it is."


class UriSchemeUnsupported(PrintServerError):
    """Documents are not fetched by this scheme."""

    code = "uri-scheme-unsupported"
    fault = Fault.CLIENT
    remedy = "Send the document itself, or name an address of an allowed scheme."


class DocumentNotFetched(PrintServerError):
    """The document cannot be fetched from the address that was named."""

    code = "document-not-fetched"
    fault = Fault.CLIENT
    remedy = "Send the document itself, or have the host listed under `fetch_hosts`."


class DocumentTooLarge(PrintServerError):
    """The document has more bytes, pixels or pages than the server takes."""

    code = "document-too-large"
    fault = Fault.CLIENT
    remedy = "Send less: a card has two sides, and 1016 x 648 dots on each."


class DocumentLocked(PrintServerError):
    """The document is locked with a password."""

    code = "document-locked"
    fault = Fault.CLIENT
    remedy = "Save it without a password and send it again."


class BadCardjob(PrintServerError):
    """The card job cannot be taken as it is."""

    code = "bad-cardjob"
    fault = Fault.CLIENT
    remedy = "Build it with `printserver cardjob build`; `printserver cardjob inspect` tells what is wrong."


class DrawingRefused(PrintServerError):
    """The drawing holds something that is not drawn for strangers."""

    code = "drawing-refused"
    fault = Fault.CLIENT
    remedy = "Save the drawing as plain SVG (text as paths, pictures inside it), or send it as PDF or PNG."


class PanelRefused(BadTicket):
    """The card would be black all over, or its picture lie across it."""

    code = "panel-refused"
    remedy = "Send another picture, or the same one with `force` when it is meant so."


class UnknownQueue(PrintServerError):
    """There is no queue of this name."""

    code = "unknown-queue"
    fault = Fault.CLIENT
    remedy = "Choose a queue from the list of queues."


class UnknownPrinter(PrintServerError):
    """There is no printer of this name."""

    code = "unknown-printer"
    fault = Fault.CLIENT
    remedy = "Choose a printer from the list of printers."


class UnknownJob(PrintServerError):
    """There is no job of this number."""

    code = "unknown-job"
    fault = Fault.CLIENT
    remedy = "Choose a job from the list of jobs."


class UnknownDocument(PrintServerError):
    """The job has no such document."""

    code = "unknown-document"
    fault = Fault.CLIENT
    remedy = "Choose a document of the job."


class UnknownSubscription(PrintServerError):
    """There is no such subscription; after its lease, or a restart of the server, it is gone."""

    code = "unknown-subscription"
    fault = Fault.CLIENT
    remedy = "Subscribe again."


class UnknownCard(PrintServerError):
    """The job has no card of this number."""

    code = "unknown-card"
    fault = Fault.CLIENT
    remedy = "Choose a card of the job."


class NotPossibleNow(PrintServerError):
    """What was asked does not fit the state that the job or card is in."""

    code = "not-possible"
    fault = Fault.CLIENT
    remedy = "Look at the job's state and choose what it allows."


class ReasonNeeded(PrintServerError):
    """This queue wants to know why."""

    code = "reason-needed"
    fault = Fault.CLIENT
    remedy = "Say the reason in a few words: --reason, the page's field, the key `reason`, or over IPP `message`."


class NameNeeded(PrintServerError):
    """This queue wants to know who decides."""

    code = "name-needed"
    fault = Fault.CLIENT
    remedy = "Give your name: --by, the page's field, the key `by`, or over IPP `requesting-user-name`."


class SecondPersonNeeded(PrintServerError):
    """Another person has to confirm this; the wish is written down."""

    code = "second-person-needed"
    fault = Fault.CLIENT
    remedy = "Let another person confirm it on the job's page, or ask for the same under their own name."


class NotAccepting(PrintServerError):
    """The queue takes no new jobs at present."""

    code = "not-accepting"
    fault = Fault.OPERATOR
    retry = True
    remedy = "Let the queue accept jobs again (IPP Enable-Printer or Startup-Printer), or choose another queue."


class NotAllowed(PrintServerError):
    """This request is refused for its origin."""

    code = "not-allowed"
    fault = Fault.CLIENT
    remedy = "Use the server's own address and page."


class LoginNeeded(PrintServerError):
    """The server wants to know who asks, and no good name with password, and no good token, was given."""

    code = "login-needed"
    fault = Fault.CLIENT
    remedy = "Log in, or send a token: `printserver user` and `printserver token` make them."


class TooManyTries(PrintServerError):
    """Too many log-ins of this name, or from this address, have failed."""

    code = "too-many-tries"
    fault = Fault.CLIENT
    retry = True
    remedy = "Wait a quarter of an hour, then try again with the right password."


class TlsNeeded(PrintServerError):
    """Names, passwords and tokens are taken from other machines over TLS alone."""

    code = "tls-needed"
    fault = Fault.CLIENT
    remedy = "Use https:// or ipps:// and the server's port for TLS."


class NotPermitted(PrintServerError):
    """Your role does not allow this."""

    code = "not-permitted"
    fault = Fault.CLIENT
    remedy = "Ask somebody whose role allows it, or an administrator for another role."


class NameTaken(PrintServerError):
    """This name is in use."""

    code = "name-taken"
    fault = Fault.CLIENT
    remedy = "Choose another name."


class UnknownAccount(PrintServerError):
    """There is no account or token of this name."""

    code = "unknown-account"
    fault = Fault.CLIENT
    remedy = "Choose a name from the list."


class WrongHost(PrintServerError):
    """The request names a host that this server does not answer for."""

    code = "wrong-host"
    fault = Fault.CLIENT
    remedy = "Use the server's own name, or add the name to `hosts` in the configuration."


class RequestTooLarge(PrintServerError):
    """The request is larger than the server accepts."""

    code = "request-too-large"
    fault = Fault.CLIENT
    remedy = "Send a smaller request."


class ConfigurationError(PrintServerError):
    """The configuration cannot be used."""

    code = "configuration"
    fault = Fault.OPERATOR
    remedy = "Correct the file and key that the message names."


class BadProfile(PrintServerError):
    """A ribbon's profile cannot be used."""

    code = "bad-profile"
    fault = Fault.OPERATOR
    remedy = "Correct the file that the message names, or bake the profile again with `printserver profile bake`."


class PortInUse(PrintServerError):
    """Another program already listens on this port."""

    code = "port-in-use"
    fault = Fault.OPERATOR
    remedy = "Stop the other program, or choose another port (0 turns the door off)."


class DataDirectoryInUse(PrintServerError):
    """Another server already works on this data directory."""

    code = "data-directory-in-use"
    fault = Fault.OPERATOR
    remedy = "Stop the other server, or choose another data directory."


class StoreBusy(PrintServerError):
    """The store does not answer at the moment."""

    code = "store-busy"
    retry = True
    unsure = False  # True = what was asked for may have happened all the same, and nobody can tell yet
    remedy = "Try again in a moment."


class StoreConflict(PrintServerError):
    """Somebody else changed the same row first."""

    code = "store-conflict"
    retry = True
    remedy = "Read the state again and repeat what is still wanted."


class KeyReused(PrintServerError):
    """Another job was sent under this idempotency key."""

    code = "key-reused"
    fault = Fault.CLIENT
    remedy = "Send each new job under a key of its own; a repeat must have the same documents and options."


class StoreDamaged(PrintServerError):
    """The store holds something that it should not."""

    code = "store-damaged"
    fault = Fault.OPERATOR
    remedy = "Restore the last backup."


class BackupDamaged(PrintServerError):
    """This backup cannot be put back."""

    code = "backup-damaged"
    fault = Fault.OPERATOR
    remedy = "Take another backup; nothing was changed."


class SpoolFull(PrintServerError):
    """There is no room for further documents at the moment."""

    code = "spool-full"
    fault = Fault.OPERATOR
    retry = True
    remedy = "Try again when jobs have been printed; accepted jobs are safe."


class TooManyJobs(PrintServerError):
    """This client has as many unfinished jobs as it may have."""

    code = "too-many-jobs"
    retry = True
    remedy = "Send it again when some of the jobs are printed or cancelled."


class QuotaExceeded(PrintServerError):
    """The quota does not allow so many cards."""

    code = "quota-exceeded"
    fault = Fault.CLIENT
    remedy = "Wait for the next day, week or month, or ask whoever runs the printers for more."


class StoreFull(PrintServerError):
    """The disk is full; nothing more is accepted."""

    code = "store-full"
    fault = Fault.OPERATOR
    retry = True
    remedy = "Free disk space; accepted jobs are safe and go on afterwards."


class ServerBusy(PrintServerError):
    """The server has too much to do at the moment."""

    code = "server-busy"
    retry = True
    remedy = "Try again in a moment."


class DocumentPurged(PrintServerError):
    """The documents of this job are no longer kept."""

    code = "document-purged"
    fault = Fault.CLIENT
    remedy = "Send the picture again as a new job."


class WorkerFailed(PrintServerError):
    """The worker that prepared this card crashed or overran its limits."""

    code = "worker-failed"
    remedy = "The document may be hostile or damaged: look at it before sending it again."


class DeviceUnreachable(PrintServerError):
    """The printer cannot be reached."""

    code = "device-unreachable"
    fault = Fault.DEVICE
    retry = True
    remedy = "Check that the printer is switched on and its cable is in."


class DeviceSilent(PrintServerError):
    """The printer does not answer."""

    code = "device-silent"
    fault = Fault.DEVICE
    retry = True
    remedy = "Switch the printer off and on again."


class DeviceReplyUnknown(PrintServerError):
    """The printer answered something that its driver does not know."""

    code = "device-reply-unknown"
    fault = Fault.DEVICE
    remedy = "Look at the printer's display; the answer is shown word for word."


class PluginBroken(PrintServerError):
    """A plugin cannot be used."""

    code = "plugin-broken"
    fault = Fault.PLUGIN
    remedy = "Update or remove the plugin; the server goes on without it."


class ServerUnreachable(PrintServerError):
    """The print server cannot be reached."""

    code = "server-unreachable"
    fault = Fault.OPERATOR
    retry = True
    remedy = "Start the server, or name its address with --server."
