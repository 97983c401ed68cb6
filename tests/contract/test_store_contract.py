"""What every store promises of jobs, cards, attempts and claims."""

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from printserver.errors import NotPossibleNow, StoreConflict, UnknownCard, UnknownJob
from printserver.lifecycle import CARD_TABLE, CardEvent
from printserver.model.job import CardState, Job, JobState, Reason
from printserver.model.printer import PrinterConfig, QueueConfig
from printserver.model.ticket import Ticket
from printserver.store.contract import (
    CardStep,
    Change,
    JobQuery,
    JobStore,
    JobWish,
    NewCard,
    NewJob,
)
from tests.contract.store_kit import (
    COMMITTED,
    KEY,
    PRINTED,
    PRINTER,
    RENDERED,
    STARTED,
    Shelf,
    a_document,
    a_job,
    a_mark,
    a_printer,
    a_step,
    broken_link,
    card,
    led,
    with_queues,
)


def words(store: JobStore, after: int = 0) -> list[str]:
    return [f"{event.kind} {event.subject} {event.what}" for event in store.events(after, 1000)]


# steps


def test_a_card_is_printed(store: JobStore, shelf: Shelf) -> None:
    job = led(store, store.add_job(a_job()), *COMMITTED)
    assert (job.state, job.reasons, card(job).printer, card(job).committed) == (
        JobState.PROCESSING, ("job-printing",), PRINTER, True,
    )  # fmt: skip
    shelf.clock.now += 20
    done = msgspec.structs.replace(a_step(job, CardEvent.DONE), outcome="done", simulated=True)
    job = store.apply(job.id, [done])
    assert (job.state, job.completed) == (JobState.COMPLETED, shelf.clock.now)
    [attempt] = card(job).attempts
    assert (attempt.number, attempt.printer, attempt.serial, attempt.outcome) == (1, PRINTER, "S-1", "done")
    assert attempt.ended == attempt.started + 20
    assert [(mark.point, mark.at, mark.evidence) for mark in attempt.marks] == [
        ("COMMITTED", 1_000_000.5, {"counter": "41"})
    ]
    assert (card(job).state, card(job).simulated, card(job).committed) == (CardState.DONE, True, False)
    assert store.job(job.id) == job


@pytest.mark.parametrize("state", list(CardState))
def test_every_event_that_the_table_does_not_know_is_refused(store: JobStore, state: CardState) -> None:
    known = {event for source, event in CARD_TABLE if source is state}
    job = led(store, store.add_job(a_job()), *WAYS[state])
    assert card(job).state is state
    for event in set(CardEvent) - known:
        with pytest.raises(NotPossibleNow):
            store.apply(job.id, [a_step(job, event)])
    assert store.job(job.id) == job


WAYS: dict[CardState, tuple[CardEvent | str, ...]] = {
    CardState.QUEUED: (),
    CardState.RENDERING: (CardEvent.RENDER,),
    CardState.READY: RENDERED,
    CardState.PRINTING: STARTED,
    CardState.BLOCKED: (*STARTED, CardEvent.BLOCK),
    CardState.WAITING: (*STARTED, CardEvent.WAIT),
    CardState.DONE: PRINTED,
    CardState.SPOILED: (*COMMITTED, CardEvent.SPOIL),
    CardState.UNCERTAIN: (*COMMITTED, CardEvent.DOUBT),
    CardState.CANCELED: (CardEvent.CANCEL,),
    CardState.FAILED: (CardEvent.FAIL,),
}


@pytest.mark.parametrize("event", [CardEvent.RETURN, CardEvent.CANCEL, CardEvent.FAIL])
def test_after_the_commit_mark_a_card_never_goes_back_by_itself(store: JobStore, event: CardEvent) -> None:
    job = led(store, store.add_job(a_job()), *COMMITTED)
    with pytest.raises(NotPossibleNow, match="not committed"):
        store.apply(job.id, [a_step(job, event)])
    before = led(store, store.add_job(a_job()), *STARTED)
    with pytest.raises(NotPossibleNow, match="committed"):
        store.apply(before.id, [a_step(before, CardEvent.DOUBT)])
    assert card(store.apply(before.id, [a_step(before, event)])).committed is False


def test_a_stale_version_conflicts_and_changes_nothing(store: JobStore) -> None:
    old = store.add_job(a_job(copies=2))
    job = led(store, old, CardEvent.RENDER)
    before = store.last_event()
    with pytest.raises(StoreConflict):
        store.apply(job.id, [JobWish(hold=True), a_step(job, CardEvent.CANCEL, 2), a_step(old, CardEvent.CANCEL, 1)])
    assert (store.job(job.id), store.last_event()) == (job, before)


def test_a_mark_that_somebody_has_not_seen_conflicts(store: JobStore) -> None:
    seen = led(store, store.add_job(a_job()), *STARTED)
    led(store, seen, "FED")
    with pytest.raises(StoreConflict):
        store.apply(seen.id, [a_step(seen, CardEvent.SPOIL)])
    with pytest.raises(StoreConflict):
        store.apply(seen.id, [a_mark(seen, "COMMITTED")])


def test_unknown_jobs_and_cards_are_named(store: JobStore) -> None:
    job = store.add_job(a_job())
    step = CardStep(number=2, version=1, event=CardEvent.RENDER)
    for attempt in (lambda: store.job(99), lambda: store.apply(99, [step]), lambda: store.job_key(99),
                    lambda: store.document_blob(99, 1), lambda: store.purge(99)):  # fmt: skip
        with pytest.raises(UnknownJob):
            attempt()
    with pytest.raises(UnknownCard):
        store.apply(job.id, [step])


def test_several_steps_of_one_card_fit_into_one_transaction(store: JobStore) -> None:
    job = led(store, store.add_job(a_job()), *PRINTED)
    version = card(job).version
    steps = [
        CardStep(number=1, version=version, event=CardEvent.REJECT, by="anna", note="scratched"),
        CardStep(number=1, version=version + 1, event=CardEvent.RETRY, by="anna"),
    ]
    job = store.apply(job.id, steps)
    assert (card(job).state, card(job).version, job.state, job.completed) == (
        CardState.QUEUED, version + 2, JobState.PENDING, None,
    )  # fmt: skip
    assert job.version == store.job(job.id).version
    again = led(store, job, *PRINTED)
    assert [attempt.number for attempt in card(again).attempts] == [1, 2]
    assert (again.state, again.completed) == (JobState.COMPLETED, again.changed)


def test_an_attempt_begins_with_the_start_and_only_then(store: JobStore) -> None:
    job = led(store, store.add_job(a_job()), *RENDERED)
    with pytest.raises(NotPossibleNow):
        store.apply(job.id, [msgspec.structs.replace(a_step(job, CardEvent.START), begin=None)])
    with pytest.raises(NotPossibleNow):
        store.apply(job.id, [a_mark(job, "COMMITTED")])


def test_an_attempt_never_stays_open_outside_the_device(store: JobStore) -> None:
    job = led(store, store.add_job(a_job()), *STARTED, CardEvent.RETURN)
    assert [(each.ended, each.outcome) for each in card(job).attempts] == [(job.changed, "return")]
    assert card(job).printer is None
    job = led(store, job, *COMMITTED, CardEvent.DOUBT)
    assert card(job).attempts[-1].ended is None
    job = led(store, job, CardEvent.SETTLE_QUEUED)
    assert (card(job).attempts[-1].outcome, card(job).committed) == ("settle-queued", False)
    assert card(led(store, job, *STARTED, CardEvent.RETURN)).state is CardState.QUEUED


def test_the_cause_of_a_failure_outlives_giving_up(store: JobStore) -> None:
    job = led(store, store.add_job(a_job()), *COMMITTED)
    spoil = msgspec.structs.replace(a_step(job, CardEvent.SPOIL), reason=Reason("media-jam", "CARD JAM"))
    job = led(store, store.apply(job.id, [spoil]), CardEvent.GIVE_UP)
    assert card(job).reason == Reason("media-jam", "CARD JAM")
    assert card(job).attempts[0].reason == Reason("media-jam", "CARD JAM")
    assert (job.state, job.reasons) == (JobState.ABORTED, ("aborted-by-system", "media-jam"))


def test_a_reason_ends_with_the_state_it_was_given_for(store: JobStore) -> None:
    job = led(store, store.add_job(a_job()), *STARTED)
    block = msgspec.structs.replace(a_step(job, CardEvent.BLOCK), reason=Reason("cover-open"))
    job = store.apply(job.id, [block])
    assert card(job).reason == Reason("cover-open")
    assert card(led(store, job, CardEvent.UNBLOCK)).reason is None


def test_an_unconfirmed_card_is_marked_so(store: JobStore) -> None:
    job = led(store, store.add_job(a_job()), *COMMITTED)
    sent = a_step(job, CardEvent.DONE_UNCONFIRMED)
    with pytest.raises(NotPossibleNow):
        store.apply(job.id, [sent])
    job = store.apply(job.id, [msgspec.structs.replace(sent, accepts_unconfirmed=True)])
    assert (card(job).unconfirmed, "queued-in-device" in job.reasons) == (True, True)
    assert store.job(job.id) == job


# wishes


def test_wishes_are_kept_and_told(store: JobStore) -> None:
    job = store.add_job(a_job())
    before = store.last_event()
    for wish, state in (
        (JobWish(hold=True, by="anna", note="wait"), JobState.HELD),
        (JobWish(hold=False, by="anna"), JobState.PENDING),
        (JobWish(priority=90), JobState.PENDING),
        (JobWish(cancel=True), JobState.PENDING),
    ):
        job = store.apply(job.id, [wish])
        assert (job.state, store.job(job.id)) == (state, job)
    assert (job.ticket.priority, job.cancel) == (90, True)
    assert [word for word in words(store, before) if not word.endswith("state")] == [
        f"job {job.id} {what}" for what in ("held", "released", "priority", "cancel-wanted")
    ]


def test_a_wish_that_is_granted_already_is_no_row(store: JobStore) -> None:
    job = store.add_job(a_job())
    before = store.last_event()
    store.apply(job.id, [JobWish(hold=False, priority=50)])
    assert store.last_event() == before


def test_a_job_can_be_cancelled_with_its_cards_in_either_order(store: JobStore) -> None:
    for backwards in (False, True):
        job = store.add_job(a_job())
        changes: list[Change] = [JobWish(cancel=True), a_step(job, CardEvent.CANCEL)]
        job = store.apply(job.id, changes[::-1] if backwards else changes)
        assert (job.state, job.cancel) == (JobState.CANCELED, True)


def test_nothing_can_be_wished_of_a_job_that_is_over(store: JobStore) -> None:
    job = led(store, store.add_job(a_job()), *PRINTED)
    for wish in (JobWish(cancel=True), JobWish(hold=True), JobWish(priority=1)):
        with pytest.raises(NotPossibleNow):
            store.apply(job.id, [wish])


# claims


def claimed(store: JobStore, *queues: str) -> tuple[int, int] | None:
    claim = store.claim(PRINTER, queues or ("card", "badge"))
    return None if claim is None else (claim.job.id, claim.card.number)


def test_a_claim_takes_the_card_and_rolls_the_job_up(store: JobStore) -> None:
    store.add_job(a_job())
    claim = store.claim(PRINTER, ["card"])
    assert claim is not None
    assert (claim.card.state, claim.card.version, claim.card.printer) == (CardState.RENDERING, 2, PRINTER)
    assert (claim.job.state, claim.job.cards) == (JobState.PROCESSING, (claim.card,))
    assert store.job(claim.job.id) == claim.job
    assert store.claim(PRINTER, ["card"]) is None


def test_cards_are_claimed_by_priority_then_age_then_number(store: JobStore) -> None:
    store.add_job(a_job(copies=2))
    store.add_job(a_job(Ticket(priority=80)))
    store.add_job(a_job())
    store.apply(3, [JobWish(priority=90)])
    assert [claimed(store) for _ in range(5)] == [(3, 1), (2, 1), (1, 1), (1, 2), None]


def test_a_card_that_went_back_is_claimed_before_later_ones(store: JobStore) -> None:
    store.add_job(a_job(copies=2))
    claim = store.claim(PRINTER, ["card"])
    assert claim is not None
    led(store, claim.job, CardEvent.RETURN)
    assert [claimed(store) for _ in range(2)] == [(1, 1), (1, 2)]


@pytest.mark.parametrize("wish", [JobWish(hold=True), JobWish(cancel=True)])
def test_held_and_cancelled_jobs_are_not_claimed(store: JobStore, wish: JobWish) -> None:
    store.apply(store.add_job(a_job()).id, [wish])
    assert claimed(store) is None
    store.apply(1, [JobWish(hold=False, cancel=False)])
    assert claimed(store) == (1, 1)


def test_incoming_jobs_are_not_claimed(store: JobStore) -> None:
    new = NewJob(queue="card", ticket=Ticket(), key=KEY, documents=(a_document(),), cards=(NewCard(),), incoming=True)
    store.add_job(new)
    assert claimed(store) is None
    store.apply(1, [JobWish(incoming=False)])
    assert claimed(store) == (1, 1)


def test_a_job_is_not_claimed_before_its_time(store: JobStore, shelf: Shelf) -> None:
    store.add_job(a_job(Ticket(not_before=shelf.clock.now + 60)))
    assert claimed(store) is None
    shelf.clock.now += 60
    assert claimed(store) == (1, 1)


def test_only_named_queues_that_are_not_paused_are_claimed_from(store: JobStore) -> None:
    store.add_job(a_job(queue="badge"))
    assert claimed(store, "card") is None
    assert claimed(store, "card", "nowhere") is None
    badge = QueueConfig(name="badge", printers=(PRINTER,), paused=True)
    store.put_queue(badge, "anna")
    assert claimed(store) is None
    store.put_queue(msgspec.structs.replace(badge, paused=False), "anna")
    assert claimed(store, "badge") == (1, 1)


def test_no_card_is_claimed_twice_however_many_claim(store: JobStore) -> None:
    for _ in range(5):
        store.add_job(a_job(copies=6))

    def take_all(_: int) -> list[tuple[int, int]]:
        taken = []
        while (one := claimed(store)) is not None:
            taken.append(one)
        return taken

    with ThreadPoolExecutor(4) as printers:
        taken = [one for each in printers.map(take_all, range(4)) for one in each]
    assert sorted(taken) == [(job, number) for job in range(1, 6) for number in range(1, 7)]
    assert broken_link(store) is None


def test_two_who_step_the_same_card_do_not_both_succeed(store: JobStore) -> None:
    jobs = [led(store, store.add_job(a_job()), CardEvent.RENDER) for _ in range(10)]

    def steps(event: CardEvent) -> int:
        return sum(_succeeds(store, job, event) for job in jobs)

    with ThreadPoolExecutor(2) as people:
        succeeded = list(people.map(steps, [CardEvent.RENDERED, CardEvent.CANCEL]))
    assert sum(succeeded) == len(jobs)


def _succeeds(store: JobStore, job: Job, event: CardEvent) -> bool:
    try:
        store.apply(job.id, [a_step(job, event)])
    except StoreConflict:
        return False
    return True


# lists


def test_jobs_come_newest_first_a_page_at_a_time(store: JobStore) -> None:
    for _ in range(5):
        store.add_job(a_job())
    first = store.jobs(JobQuery(limit=2))
    second = store.jobs(JobQuery(limit=2, before=first.next))
    last = store.jobs(JobQuery(limit=2, before=second.next))
    assert [[job.id for job in page.jobs] for page in (first, second, last)] == [[5, 4], [3, 2], [1]]
    assert (first.next, second.next, last.next) == (4, 2, None)
    assert store.jobs(JobQuery(limit=5)).next is None


def test_jobs_are_found_by_state_and_queue(store: JobStore) -> None:
    for queue in ("card", "badge", "card", "badge"):
        store.add_job(a_job(queue=queue))
    led(store, store.job(1), *PRINTED)
    store.apply(4, [JobWish(hold=True)])

    def found(query: JobQuery) -> list[int]:
        return [job.id for job in store.jobs(query).jobs]

    assert found(JobQuery(queue="badge")) == [4, 2]
    assert found(JobQuery(states=frozenset({JobState.COMPLETED, JobState.HELD}))) == [4, 1]
    assert found(JobQuery(states=frozenset({JobState.COMPLETED}), queue="badge")) == []
    assert found(JobQuery(queue="card", oldest_first=True)) == [1, 3]
    assert found(JobQuery(queue="card", oldest_first=True, before=1)) == [3]
    assert found(JobQuery(states=frozenset({JobState.PENDING}), before=3, limit=1)) == [2]
    page = store.jobs(JobQuery(queue="card", limit=1))
    assert ([job.id for job in page.jobs], page.next) == ([3], 3)


def test_unfinished_jobs_are_those_that_are_not_final_oldest_first(store: JobStore) -> None:
    for _ in range(3):
        store.add_job(a_job())
    store.add_job(NewJob(queue="card", ticket=Ticket(), key=KEY, incoming=True))
    led(store, store.job(2), *PRINTED)
    led(store, store.job(3), *COMMITTED, CardEvent.DOUBT)
    assert [job.id for job in store.unfinished()] == [1, 3, 4]


# printers and queues


def test_printers_and_queues_keep_their_order_and_every_field(store: JobStore) -> None:
    printer = PrinterConfig(
        name="back", driver="evolis", model="zenius", device="usb:1", ribbon="KO", stock="white",
        options={"speed": "3"}, profiles={"KO": "/etc/glossy.json"}, retired=True,
    )  # fmt: skip
    queue = QueueConfig(name="a-first", printers=("back", PRINTER), raw_port=9101, folder="in", retention=0)
    store.put_printer(printer, "anna")
    store.put_queue(queue, "anna")
    store.put_queue(QueueConfig(name="card", printers=(), paused=True), "anna")
    assert store.printers() == [a_printer(PRINTER), printer]
    assert store.queues() == [
        QueueConfig(name="card", printers=(), paused=True), QueueConfig(name="badge", printers=(PRINTER,)), queue,
    ]  # fmt: skip


def test_what_is_put_as_it_is_leaves_no_row(store: JobStore) -> None:
    before = store.last_event()
    with_queues(store)
    assert store.last_event() == before


# restart


def test_everything_is_there_after_a_restart(store: JobStore, shelf: Shelf) -> None:
    jobs = [store.add_job(a_job(copies=2)) for _ in range(3)]
    jobs[0] = led(store, jobs[0], *PRINTED)
    jobs[1] = led(store, jobs[1], *COMMITTED, CardEvent.DOUBT, number=2)
    store.move_cursor("pages", 7)
    events, printers, queues, key = store.events(0, 100), store.printers(), store.queues(), store.job_key(2)
    store.close()
    again = shelf.open(node="here" if store.shared else "renamed")
    assert [again.job(job.id) for job in jobs] == jobs
    assert (again.events(0, 100), again.printers(), again.queues()) == (events, printers, queues)
    assert (again.job_key(2), again.cursor("pages")) == (key, 7)
    assert again.add_job(a_job()).id == 4
    assert broken_link(again) is None
    again.close()
