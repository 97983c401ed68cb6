"""Why something is as it is, and what a person can do: words for every code that a card, job or printer can carry.

Laws kept here:

1. A code is looked up here first, then among the errors, which bring their own sentence and remedy.
2. A code that nobody knows (a plugin's) is shown as it is, beside the words that came with it; it is never hidden.
"""

from __future__ import annotations

from collections.abc import Iterator

from printserver.errors import PrintServerError
from printserver.model.alert import AlertKind

from .words import N_, Words

ALERTS: dict[AlertKind, Words] = {
    AlertKind.COVER_OPEN: Words(
        N_("The cover is open"), remedy=N_("Close the cover. The printer goes on by itself.")),
    AlertKind.FEEDER: Words(
        N_("No blank cards"), remedy=N_("Put blank cards into the feeder.")),
    AlertKind.CARD_JAM: Words(
        N_("A card is stuck"),
        remedy=N_("Open the cover, take the card out and destroy it, and close the cover.")),
    AlertKind.RIBBON_EMPTY: Words(
        N_("The ribbon is used up"), remedy=N_("Put in a new ribbon of the same kind.")),
    AlertKind.RIBBON_WRONG: Words(
        N_("The ribbon is not the one expected"), remedy=N_("Put in the ribbon that is named for this printer.")),
    AlertKind.RIBBON_LOW: Words(
        N_("The ribbon is nearly used up"), remedy=N_("Have a new ribbon at hand.")),
    AlertKind.CLEANING_DUE: Words(
        N_("The printer has to be cleaned"), remedy=N_("Run a cleaning card through the printer.")),
    AlertKind.REJECT_FULL: Words(
        N_("The reject box is full"), remedy=N_("Empty the reject box and destroy the cards in it.")),
    AlertKind.HEAD_HOT: Words(
        N_("The print head is too hot"), remedy=N_("Wait: it goes on by itself when it has cooled down.")),
    AlertKind.ENCODER: Words(
        N_("The stripe or chip could not be written"),
        remedy=N_("Check that the blank cards have a stripe or chip and lie the right way round.")),
    AlertKind.OFFLINE: Words(
        N_("The printer is off-line"),
        remedy=N_("Check that the printer is switched on and its cable is in. The server tries again by itself.")),
    AlertKind.SILENT: Words(
        N_("The printer does not answer"), remedy=N_("Switch the printer off and on again.")),
    AlertKind.CARD_PATH: Words(
        N_("There may be a card in the printer"),
        remedy=N_("Open the cover, take out any card and destroy it, then say that the path is empty.")),
    AlertKind.OTHER: Words(
        N_("The printer says something that is not known here"),
        remedy=N_("Look at the printer's own display. Its words are shown as they came.")),
}  # fmt: skip

REASONS: dict[str, Words] = {
    # the whole server
    "no-room": Words(
        N_("There is no room for further documents"),
        remedy=N_("New jobs are refused until there is room: free disk space, throw documents away, or let more be "
                  "kept. Cards of jobs that were accepted are printed.")),
    "server-stopping": Words(
        N_("The server is being stopped"),
        remedy=N_("The card in each printer is finished, and no other begins. Jobs that are sent now are kept, and "
                  "printed after the next start.")),
    # the fleet
    "server-away": Words(
        N_("The server that has this printer does not answer"),
        remedy=N_("Start that server again. Other printers go on meanwhile.")),
    # doubt
    "card-uncertain": Words(
        N_("It is not known whether a card was printed"),
        remedy=N_("Look for the card and say what became of it. The printer waits until then.")),
    "counter-ahead": Words(
        N_("The printer has printed cards that this server does not know of"),
        remedy=N_("Compare the printed cards with the jobs that wait, and cancel those that are printed already. Then "
                  "say that the path is empty. Until then nothing of its queues is printed.")),
    "awaiting-check": Words(
        N_("This printer cannot say whether a card came out"),
        remedy=N_("Look at the printed card and say whether it is good.")),
    "not-confirmed": Words(
        N_("The printer did not confirm the card"), remedy=N_("Look for the card and say what became of it.")),
    "no-evidence": Words(
        N_("The printer's counter before the card is not known"),
        remedy=N_("Look for the card and say what became of it.")),
    "job-not-recognised": Words(
        N_("The job at the printer is another one now"),
        remedy=N_("Look for the card and say what became of it.")),
    "job-without-document": Words(
        N_("The printer still waits for the card's picture"),
        remedy=N_("Look for the card and say what became of it; cancel the empty job at the printer.")),
    "job-not-told": Words(
        N_("The printer does not tell of the job any more"),
        remedy=N_("Look for the card and say what became of it.")),
    "job-not-completed": Words(
        N_("The printer gave the job up"),
        remedy=N_("Destroy what came out; the card is printed again by itself only where the printer has a reject "
                  "box.")),
    "job-doubtful": Words(
        N_("The printer calls the job completed, but not without fault"),
        remedy=N_("Look for the card and say what became of it.")),
    "command-failed": Words(
        N_("The command that prints did not end well"),
        remedy=N_("Read its words below, look for the card, and say what became of it.")),
    "device-refuses": Words(
        N_("The printer does not let this server print"),
        remedy=N_("Correct the printer's path, or let this server print there without a password and without TLS.")),
    "half-job": Words(
        N_("The card's data broke off, and the printer waits for the rest"),
        remedy=N_("Switch the printer off and on before the next card, else it takes that one's data for the rest. "
                  "Look for the card and say what became of it.")),
    "counter-moved": Words(
        N_("The printer's card counter moved in a way that does not fit one card"),
        remedy=N_("Somebody else may have used the printer. Look for the card and say what became of it.")),
    "interrupted": Words(
        N_("The server was stopped while the card was in the printer"),
        remedy=N_("Look for the card in the printer, its output and its reject box, and say what became of it.")),
    "restored": Words(
        N_("An older copy of the data was put back; the card may have been printed since"),
        remedy=N_("Look for the card and say what became of it. Only what somebody calls never printed is printed.")),
    "driver-failed": Words(
        N_("The printer's driver had a fault"),
        remedy=N_("Look for the card and say what became of it; report the fault that the server's log tells of.")),
    "driver-crashed": Words(
        N_("The printer's driver crashed"),
        remedy=N_("If a card was in the printer, look for it and say what became of it. The driver is started again "
                  "by itself; when this comes back, update it or report it to its author.")),
    "plugin-broken": Words(
        N_("A plugin cannot be used"), remedy=N_("Update or remove the plugin; the server goes on without it.")),
    "device-evidence": Words(N_("The printer itself has told what became of the card")),
    "possible-duplicate": Words(
        N_("The same client has sent the same card before"),
        remedy=N_("Look whether the card is wanted twice; cancel this job if it is not.")),
    # maintenance
    "maintenance": Words(
        N_("Maintenance is under way"), N_("Jobs wait, or are printed by another printer of their queue.")),
    "maintenance-in-doubt": Words(
        N_("Nobody knows how the maintenance of this printer ended"),
        N_("It was broken off, or the printer's counter moved in another way than the work explains."),
        N_("Open the printer and see that no cleaning card, test card or other card is left in it. Then say so here.")),
    "cleaning-overdue": Words(
        N_("The printer gets no more cards until it is cleaned"),
        N_("It has had more cards since the last cleaning than its maker, or the configuration, allows."),
        N_("Clean it. Its page of details and maintenance has the steps, and lets it go on for a while.")),
    # the device
    "card-not-printed": Words(
        N_("The printer did not print the card"),
        remedy=N_("Look in the reject box; the card is printed again by itself unless it failed too often.")),
    "card-spoiled": Words(
        N_("The card was spoiled in the printer"),
        remedy=N_("Destroy it; the card is printed again by itself unless it was spoiled too often.")),
    "device-waits": Words(
        N_("The printer waits for something"), remedy=N_("Look at the printer's own display.")),
    "not-ready": Words(
        N_("The printer is not ready and does not say why"), remedy=N_("Look at the printer's own display.")),
    "device-unreachable": Words(
        N_("The printer cannot be reached"),
        remedy=N_("Check that the printer is switched on and its cable is in. The server tries again by itself.")),
    "device-held": Words(
        N_("Another program holds the printer"),
        remedy=N_("End that program, or take the printer out of it. The server tries again by itself.")),
    "device-forbidden": Words(
        N_("The server may not open the printer"),
        remedy=N_("Give the server's account the right to open it; the words below tell how.")),
    "devices-alike": Words(
        N_("Several printers look alike, and nothing tells which one this is"),
        remedy=N_("Look which printer hangs at which port, and name each by its port (usb:@PORT).")),
    "device-silent": Words(
        N_("The printer does not answer"), remedy=N_("Switch the printer off and on again.")),
    "device-refused": Words(
        N_("The printer refused a command of the card"),
        remedy=N_("Look at the printer. Its words are shown as they came.")),
    "device-stalled": Words(
        N_("The printer takes no more data"), remedy=N_("Look at the printer's own display; it may wait for you.")),
    # what was sent
    "document-format-error": Words(
        N_("The document is damaged and cannot be read"),
        remedy=N_("Save it again and send it as a new job.")),
    "unsupported-document-format": Words(
        N_("The document is of a kind that is not printed here"),
        remedy=N_("Send a picture (PNG, JPEG, TIFF), a drawing (SVG) or a PDF.")),
    "document-unprintable-error": Words(
        N_("The document is too large for a card"),
        remedy=N_("Send less: a card has two sides, of about 1000 by 650 dots.")),
    "document-password-error": Words(
        N_("The document is locked with a password"), remedy=N_("Save it without a password and send it again.")),
    "unsupported-attributes-or-values": Words(
        N_("The printer cannot do what the job asks"),
        remedy=N_("Choose another queue, or leave the option out.")),
    # RFC 8011 section 5.3.8
    "none": Words(""),
    "aborted-by-system": Words(N_("The job could not be printed")),
    "job-canceled-by-user": Words(N_("Somebody cancelled the job")),
    "processing-to-stop-point": Words(
        N_("It is being cancelled"), N_("A card that is already in a printer is still finished.")),
    "printer-stopped": Words(N_("Its printer has stopped"), remedy=N_("Look at what the printer says.")),
    "job-printing": Words(N_("A card is in the printer")),
    "job-transforming": Words(N_("A card is being prepared")),
    "job-interpreting": Words(N_("A card is in the printer and waits")),
    "card-waits-for-host": Words(N_("A card is being encoded")),
    "job-incoming": Words(N_("Its documents are still being sent")),
    "job-data-insufficient": Words(N_("Its documents have not all come yet")),
    "job-hold-until-specified": Words(
        N_("Held: it is not printed until somebody releases it"), remedy=N_("Release it when it may be printed.")),
    "attempts-used": Words(
        N_("A card of this job was spoiled too often"),
        remedy=N_("Look at the printer and at the picture. Then release the job, and the card is tried as often again; "
                  "or cancel the job.")),
    "quota-exceeded": Words(
        N_("Held: it is beyond the quota of its user or department"),
        remedy=N_("Release it if so many cards are meant, or cancel it.")),
    "job-release-wait": Words(
        N_("Waits until somebody at the printer releases it"),
        remedy=N_("Go to the printer, see that it is ready, and release the job there.")),
    "job-completed-successfully": Words(N_("All its cards are printed")),
    "job-completed-with-errors": Words(
        N_("Not all its cards were printed"), remedy=N_("Open the job to see which.")),
    "queued-in-device": Words(
        N_("Sent, not confirmed by the printer"), remedy=N_("Count the cards before you hand them out.")),
    # queues
    "card-failed": Words(
        N_("The queue stopped by itself because a card could not be printed"),
        remedy=N_("Look at the job: release it for another try, or cancel it. Then resume the queue.")),
    # what pages find out themselves
    "queue-paused": Words(N_("Its queue is paused"), remedy=N_("Resume the queue when it may print.")),
    "outside-hours": Words(
        N_("Its queue prints at other hours"),
        N_("The job is printed by itself when they begin. A card that is in a printer is finished.")),
    "printer-not-ready": Words(N_("No printer of its queue is ready"), remedy=N_("Look at what the printers say.")),
    "no-printer-can-now": Words(
        N_("No printer of its queue can do it with what is in it now"),
        remedy=N_("Put the ribbon or the cards that it asks for into a printer, or move it to another queue.")),
    "not-yet": Words(N_("It is to be printed later")),
    "failed-before": Words(N_("An attempt before this one did not go well")),
}  # fmt: skip


def errors() -> Iterator[type[PrintServerError]]:
    """Yield every kind of error that the server knows, plugins' included, the general ones first."""
    waiting = [PrintServerError]
    for kind in waiting:
        yield kind
        waiting.extend(kind.__subclasses__())


def of_error(error: type[PrintServerError]) -> Words:
    """Return the words that an error brings itself; a title has no full stop."""
    return Words((error.__doc__ or "").split("\n", 1)[0].rstrip("."), remedy=error.remedy)


def of_code(code: str) -> Words:
    """Return the words of a reason's code; an unknown one is its own title."""
    if code in REASONS:
        return REASONS[code]
    if code in ALERTS:
        return ALERTS[AlertKind(code)]
    known = next((of_error(kind) for kind in errors() if kind.code == code), None)
    return known or Words(code)
