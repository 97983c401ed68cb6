"""Operations on jobs beside making and reading them: held, moved, printed again, set, cancelled one or many.

Laws kept here:

1. A finished job is never opened again: Restart-Job and Reprocess-Job make a new job of its documents, as Resubmit-Job
   does, and the answer names the new one. RFC 8011 section 4.3.7 would move the old job back; a card is a credential,
   and what was printed under a number stays what was printed under it.
2. Several jobs are cancelled all or none: first each is looked at, then all are cancelled.

Source: RFC 8011 section 4.3, RFC 3380 section 4.2, RFC 3998 section 4, PWG 5100.11 sections 5 and 6.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from printserver.errors import BadTicket, DocumentEmpty, NotPossibleNow, PrintServerError
from printserver.ipp import Operation, Status, build
from printserver.listeners.ipp.addresses import names_queue
from printserver.listeners.ipp.asked import Answer, Asked
from printserver.listeners.ipp.desk import Desk, answered, done, ticket_of
from printserver.listeners.ipp.job_attributes import suspended
from printserver.listeners.ipp.offer import offer_of
from printserver.listeners.ipp.settable import Wanted, wishes_of
from printserver.listeners.ipp.template import HOLDS, Template, read_template
from printserver.model.job import Job

DeskHandler = Callable[[Desk, Asked], Awaitable[Answer]]


async def cancel_job(desk: Desk, asked: Asked) -> Answer:
    """Cancel-Job (RFC 8011 section 4.3.3)."""
    await desk.service.cancel((await desk.job(asked)).id, asked.by)
    return done(asked)


async def hold_job(desk: Desk, asked: Asked) -> Answer:
    """Hold-Job (RFC 8011 section 4.3.5); `no-hold` is Release-Job."""
    until = asked.text("job-hold-until", "indefinite")
    if until not in HOLDS:
        raise BadTicket(f"{until!r} is not possible", where="job-hold-until", allowed=", ".join(HOLDS))
    wanted = Wanted(until)
    if not wanted.hold:
        return await release_job(desk, asked)
    await desk.service.hold((await desk.job(asked)).id, asked.by, wanted.until)
    return done(asked)


async def release_job(desk: Desk, asked: Asked) -> Answer:
    """Release-Job (RFC 8011 section 4.3.6), and Resume-Job (RFC 3998 section 4.3.2) of a job that was suspended."""
    await desk.service.release((await desk.job(asked)).id, asked.by)
    return done(asked)


async def close_job(desk: Desk, asked: Asked) -> Answer:
    """Close-Job (PWG 5100.11 section 5.4): no more documents will come."""
    job = await desk.job(asked)
    if job.incoming and not job.state.final:
        job = await without_more(desk, asked, job)
    elif job.state.final:
        raise NotPossibleNow(f"job {job.id} is {job.state}")
    return desk.accepted(asked, job, Template({}))


async def without_more(desk: Desk, asked: Asked, job: Job) -> Job:
    """Close a job to which documents could still come, and return it.

    That a job has no document at all is no error of its client's (RFC 8011 section 4.3.1): there is nothing to print,
    and the job service cancels it.
    """
    try:
        return await desk.service.add_document(job.id, None, last=True, client=asked.client)
    except DocumentEmpty:
        return await desk.service.job(job.id)


# printed again


async def reprocess_job(desk: Desk, asked: Asked) -> Answer:
    """Reprocess-Job (RFC 3998 section 4.1), and Restart-Job (law 1)."""
    old = await desk.job(asked)
    hold = asked.attribute("job-hold-until")
    template = read_template(asked.request, offer_of(desk.service.queue(old.queue))) if hold else Template({})
    job = await desk.service.reprint(old.id, asked.by, changes=template.keys, key=asked.idempotency_key, final=True)
    return desk.accepted(asked, job, template)


async def resubmit_job(desk: Desk, asked: Asked) -> Answer:
    """Resubmit-Job (PWG 5100.11 section 5.3): the old documents as a new job, perhaps with other options."""
    old = await desk.job(asked)
    template = read_template(asked.request, offer_of(desk.service.queue(old.queue)))
    keys = template.keys | {"user": asked.by.name, "user_uri": asked.user_uri}
    if asked.text("job-name"):
        keys["name"] = asked.text("job-name")
    ticket_of(keys)
    job = await desk.service.reprint(old.id, asked.by, changes=keys, key=asked.idempotency_key, final=True)
    return desk.accepted(asked, job, template)


# set and moved


async def set_job_attributes(desk: Desk, asked: Asked) -> Answer:
    """Set-Job-Attributes (RFC 3380 section 4.2)."""
    hold, priority = wishes_of(asked.request.job_attributes)
    job = await desk.job(asked)
    if job.state.final:
        raise NotPossibleNow(f"job {job.id} is {job.state}")
    if priority is not None:
        await desk.administration.prioritise(job.id, priority, asked.by)
    if hold is not None and hold.hold:
        await desk.service.hold(job.id, asked.by, hold.until)
    elif hold is not None and job.hold:
        await desk.service.release(job.id, asked.by)
    return done(asked)


async def promote_job(desk: Desk, asked: Asked) -> Answer:
    """Promote-Job (RFC 3998 section 4.4.1)."""
    await desk.administration.schedule((await desk.job(asked)).id, None, asked.by)
    return done(asked)


async def schedule_job_after(desk: Desk, asked: Asked) -> Answer:
    """Schedule-Job-After (RFC 3998 section 4.4.2); without a predecessor it is Promote-Job."""
    job = await desk.job(asked)
    predecessor = asked.number("predecessor-job-id", 0)
    if predecessor:
        await desk.job_of(desk.service.queue(job.queue), predecessor)
    await desk.administration.schedule(job.id, predecessor or None, asked.by)
    return done(asked)


# the one that is being printed


async def cancel_current_job(desk: Desk, asked: Asked) -> Answer:
    """Cancel-Current-Job (RFC 3998 section 4.2)."""
    await desk.service.cancel((await _current(desk, asked)).id, asked.by)
    return done(asked)


async def suspend_current_job(desk: Desk, asked: Asked) -> Answer:
    """Suspend-Current-Job (RFC 3998 section 4.3.1): the card in the printer is finished, the others wait."""
    await desk.service.hold((await _current(desk, asked)).id, asked.by)
    return done(asked)


async def _current(desk: Desk, asked: Asked) -> Job:
    job = await desk.administration.current(desk.queue(asked).config.name)
    wanted = asked.number("job-id", job.id if job is not None else 0)
    if job is None or job.id != wanted:
        raise NotPossibleNow("that job is not being printed" if wanted else "no job is being printed")
    return job


async def resume_job(desk: Desk, asked: Asked) -> Answer:
    """Resume-Job (RFC 3998 section 4.3.2)."""
    job = await desk.job(asked)
    if not suspended(job):
        raise NotPossibleNow(f"job {job.id} is not suspended")
    return await release_job(desk, asked)


# many


async def cancel_jobs(desk: Desk, asked: Asked) -> Answer:
    """Cancel-Jobs (PWG 5100.11 section 5.1): the named ones, or all of the queue that are not finished."""
    return await _cancel_jobs(desk, asked, None)


async def cancel_my_jobs(desk: Desk, asked: Asked) -> Answer:
    """Cancel-My-Jobs (PWG 5100.11 section 5.2)."""
    return await _cancel_jobs(desk, asked, asked.by.name)


async def _cancel_jobs(desk: Desk, asked: Asked, user: str | None) -> Answer:
    queues, numbers = queues_meant(desk, asked), asked.numbers("job-ids")
    if numbers is None:
        jobs = [job for queue in queues for job in await desk.administration.unfinished(queue)]
        wanted = [job.id for job in jobs if user is None or job.ticket.user == user]
    else:
        wanted = sorted(numbers)
        refused = [number for number in wanted if not await _cancellable(desk, queues, number, user)]
        if refused:
            blamed = build.unsupported_group(build.integer("job-ids", *refused))
            return answered(asked, Status.NOT_POSSIBLE, blamed, message="not all of these jobs can be cancelled")
    await desk.administration.cancel_all(wanted, asked.by)
    if asked.says("purge-jobs") and numbers is None and user is None:  # `cancel -a -x`
        for queue in queues:
            await desk.administration.purge(queue, asked.by)
    return done(asked)


def queues_meant(desk: Desk, asked: Asked) -> list[str]:
    """Return the names of the queues that a request is aimed at: all, at the server's own address."""
    if names_queue(asked.request.target):
        return [desk.queue(asked).config.name]
    return [queue.config.name for queue in desk.service.queues()]


async def _cancellable(desk: Desk, queues: Sequence[str], number: int, user: str | None) -> bool:
    try:
        job = await desk.service.job(number)
    except PrintServerError:
        return False
    return job.queue in queues and not job.state.final and (user is None or job.ticket.user == user)


JOB_OPERATIONS: dict[Operation, DeskHandler] = {
    Operation.CANCEL_JOB: cancel_job,
    Operation.HOLD_JOB: hold_job,
    Operation.RELEASE_JOB: release_job,
    Operation.RESTART_JOB: reprocess_job,
    Operation.SET_JOB_ATTRIBUTES: set_job_attributes,
    Operation.REPROCESS_JOB: reprocess_job,
    Operation.CANCEL_CURRENT_JOB: cancel_current_job,
    Operation.SUSPEND_CURRENT_JOB: suspend_current_job,
    Operation.RESUME_JOB: resume_job,
    Operation.PROMOTE_JOB: promote_job,
    Operation.SCHEDULE_JOB_AFTER: schedule_job_after,
    Operation.CANCEL_JOBS: cancel_jobs,
    Operation.CANCEL_MY_JOBS: cancel_my_jobs,
    Operation.RESUBMIT_JOB: resubmit_job,
    Operation.CLOSE_JOB: close_job,
}
