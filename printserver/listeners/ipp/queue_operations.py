"""Operations on a whole queue: paused, closed to new jobs, holding them, put out of use, set, purged, found.

Laws kept here:

1. A queue that was shut down still answers what it is asked; of what changes something it does only Startup-Printer and
   Restart-Printer (RFC 3998 section 3.5.2).
2. Nothing here opens a printer again that waits for a person: Restart-Printer lifts what operators have told the queue.

Source: RFC 8011 sections 4.2.7 to 4.2.9, RFC 3380 section 4.1, RFC 3998 section 3, PWG 5100.13 section 5.1.
"""

from __future__ import annotations

from msgspec.structs import replace

from printserver.errors import NotPossibleNow
from printserver.ipp import Attribute, GroupTag, Operation, Status, build, plain
from printserver.listeners.ipp.asked import Answer, Asked
from printserver.listeners.ipp.desk import Desk, answered, done
from printserver.listeners.ipp.job_operations import DeskHandler, queues_meant
from printserver.listeners.ipp.selection import requested, select
from printserver.listeners.ipp.settable import notes_with, supported_values

ACTIONS = ("display",)


async def pause_printer(desk: Desk, asked: Asked) -> Answer:
    """Pause-Printer (RFC 8011 section 4.2.7)."""
    await desk.service.pause(_in_use(desk, asked), asked.by)
    return done(asked)


async def resume_printer(desk: Desk, asked: Asked) -> Answer:
    """Resume-Printer (RFC 8011 section 4.2.8)."""
    await desk.service.resume(_in_use(desk, asked), asked.by)
    return done(asked)


async def pause_after_current_job(desk: Desk, asked: Asked) -> Answer:
    """Pause-Printer-After-Current-Job (RFC 3998 section 3.2.1)."""
    await desk.administration.pause_after_current(_in_use(desk, asked), asked.by)
    return done(asked)


async def purge_jobs(desk: Desk, asked: Asked) -> Answer:
    """Purge-Jobs (RFC 8011 section 4.2.9): what waits is cancelled, documents are thrown away; the journal stays."""
    for queue in queues_meant(desk, asked):
        await desk.administration.purge(queue, asked.by)
    return done(asked)


async def enable_printer(desk: Desk, asked: Asked) -> Answer:
    """Enable-Printer (RFC 3998 section 3.1.1)."""
    await desk.administration.change(_in_use(desk, asked), asked.by, accepting=True)
    return done(asked)


async def disable_printer(desk: Desk, asked: Asked) -> Answer:
    """Disable-Printer (RFC 3998 section 3.1.2)."""
    await desk.administration.change(_in_use(desk, asked), asked.by, accepting=False)
    return done(asked)


async def hold_new_jobs(desk: Desk, asked: Asked) -> Answer:
    """Hold-New-Jobs (RFC 3998 section 3.3.1)."""
    await desk.administration.change(_in_use(desk, asked), asked.by, hold_new=True)
    return done(asked)


async def release_held_new_jobs(desk: Desk, asked: Asked) -> Answer:
    """Release-Held-New-Jobs (RFC 3998 section 3.3.2)."""
    await desk.administration.release_held_new(_in_use(desk, asked), asked.by)
    return done(asked)


async def shutdown_printer(desk: Desk, asked: Asked) -> Answer:
    """Shutdown-Printer (RFC 3998 section 3.5.2)."""
    await desk.administration.shut_down(desk.queue(asked).config.name, asked.by)
    return done(asked)


async def startup_printer(desk: Desk, asked: Asked) -> Answer:
    """Startup-Printer and Restart-Printer (RFC 3998 sections 3.5.3 and 3.5.1)."""
    await desk.administration.start_up(desk.queue(asked).config.name, asked.by)
    return done(asked)


async def set_printer_attributes(desk: Desk, asked: Asked) -> Answer:
    """Set-Printer-Attributes (RFC 3380 section 4.1)."""
    config = desk.queue(asked).config
    notes = notes_with(config.notes, asked.request.message.group(GroupTag.PRINTER))
    await desk.administration.change(config.name, asked.by, notes=notes)
    return done(asked)


async def get_printer_supported_values(desk: Desk, asked: Asked) -> Answer:
    """Get-Printer-Supported-Values (RFC 3380 section 4.3)."""
    desk.queue(asked)
    found = select(supported_values(), requested(asked.request.message))
    return answered(asked, Status.OK, build.printer_group(*found))


async def identify_printer(desk: Desk, asked: Asked) -> Answer:
    """Identify-Printer (PWG 5100.13 section 5.1): what the client says is shown as the queue's message.

    No printer here is known to blink or to beep, so `display` is all there is, and stands in for whatever else is asked
    for: the status page and printer-message-from-operator show the message until another one is set.
    """
    config = desk.queue(asked).config
    attribute = asked.attribute("identify-actions")
    others = [value for value in attribute.values if plain(value) not in ACTIONS] if attribute is not None else []
    message = asked.text("message") or f"This is the queue {config.name}, says {asked.by.name}."
    notes = replace(config.notes, message=message.encode()[:127].decode(errors="ignore"))
    await desk.administration.change(config.name, asked.by, notes=notes)
    if others:
        not_done = build.unsupported_group(Attribute("identify-actions", tuple(others)))
        return answered(asked, Status.OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES, not_done)
    return done(asked)


def _in_use(desk: Desk, asked: Asked) -> str:
    """Return the name of the queue that a request is aimed at; raises NotPossibleNow for one that was shut down."""
    config = desk.queue(asked).config
    if config.shut_down:
        raise NotPossibleNow(f"queue {config.name} was shut down", allowed="Startup-Printer")
    return config.name


QUEUE_OPERATIONS: dict[Operation, DeskHandler] = {
    Operation.PAUSE_PRINTER: pause_printer,
    Operation.RESUME_PRINTER: resume_printer,
    Operation.PURGE_JOBS: purge_jobs,
    Operation.SET_PRINTER_ATTRIBUTES: set_printer_attributes,
    Operation.GET_PRINTER_SUPPORTED_VALUES: get_printer_supported_values,
    Operation.ENABLE_PRINTER: enable_printer,
    Operation.DISABLE_PRINTER: disable_printer,
    Operation.PAUSE_PRINTER_AFTER_CURRENT_JOB: pause_after_current_job,
    Operation.HOLD_NEW_JOBS: hold_new_jobs,
    Operation.RELEASE_HELD_NEW_JOBS: release_held_new_jobs,
    Operation.RESTART_PRINTER: startup_printer,
    Operation.SHUTDOWN_PRINTER: shutdown_printer,
    Operation.STARTUP_PRINTER: startup_printer,
    Operation.IDENTIFY_PRINTER: identify_printer,
}
