"""What every store promises of the journal: each change has its row, and no row can be touched unseen."""

import hashlib
import json

import msgspec
import pytest

from printserver.errors import StoreConflict
from printserver.lifecycle import CardEvent
from printserver.model.chain import FlawKind, Head
from printserver.model.event import NewEvent
from printserver.model.job import Reason
from printserver.model.printer import QueueConfig
from printserver.model.ticket import Ticket
from printserver.store.contract import AddCards, AddDocument, JobStore, JobWish, NewCard, NewJob
from tests.contract.store_kit import (
    KEY,
    PRINTED,
    PRINTER,
    Shelf,
    a_document,
    a_job,
    a_printer,
    a_step,
    broken_link,
    led,
)


def words(store: JobStore, after: int = 0) -> list[str]:
    return [f"{event.kind} {event.subject} {event.what}" for event in store.events(after, 1000)]


def test_the_story_of_a_card_is_told_in_order(store: JobStore, shelf: Shelf) -> None:
    before = store.last_event()
    led(store, store.add_job(a_job()), *PRINTED)
    assert words(store, before) == [
        "job 1 accepted",
        "card 1/1 render",
        "job 1 state",
        "card 1/1 rendered",
        "card 1/1 start",
        "job 1 state",
        "mark 1/1 COMMITTED",
        "card 1/1 done",
        "job 1 state",
    ]
    rows = store.events(before, 1000)
    assert [row.id for row in rows] == list(range(before + 1, before + 10))
    assert {(row.node, row.at) for row in rows} == {("here", shelf.clock.now)}
    assert [row.data["state"] for row in rows if (row.kind, row.what) == ("job", "state")] == [
        "processing", "processing", "completed",
    ]  # fmt: skip


def test_a_claim_is_told_like_the_step_it_is(store: JobStore) -> None:
    store.add_job(a_job(copies=2))
    before = store.last_event()
    store.claim(PRINTER, ["card"])
    by_claim = store.events(before, 10)
    job = store.job(1)
    step = msgspec.structs.replace(a_step(job, CardEvent.RENDER, 2), printer=PRINTER)
    store.apply(1, [step])
    by_step = store.events(before + len(by_claim), 10)
    assert by_claim[0].data == by_step[0].data
    assert (by_claim[0].what, by_claim[0].subject, by_step[0].subject) == ("render", "1/1", "1/2")


def test_a_person_who_decides_stands_in_the_row_with_name_and_reason(store: JobStore) -> None:
    job = led(store, store.add_job(a_job()), *PRINTED)
    rejected = msgspec.structs.replace(
        a_step(job, CardEvent.REJECT), by="anna", note="scratched", reason=Reason("rejected")
    )
    store.apply(job.id, [rejected])
    row = next(row for row in store.job_events(job.id) if row.what == "reject")
    told = {"state": "spoiled", "by": "anna", "note": "scratched", "reason": "rejected", "attempt": 1}
    assert told.items() <= row.data.items()


def test_the_evidence_of_a_mark_stands_in_its_row(store: JobStore) -> None:
    led(store, store.add_job(a_job()), *PRINTED)
    [mark] = [row for row in store.job_events(1) if row.kind == "mark"]
    assert mark.data == {"attempt": 1, "at": 1_000_000.5, "evidence.counter": "41"}


def test_what_comes_later_to_a_job_is_told(store: JobStore) -> None:
    job = store.add_job(NewJob(queue="card", ticket=Ticket(), key=KEY, incoming=True))
    before = store.last_event()
    store.apply(job.id, [AddDocument(a_document()), AddCards((NewCard(),)), JobWish(incoming=False)])
    assert words(store, before) == [f"job 1 {what}" for what in ("document-added", "cards-added", "received", "state")]


def test_printers_and_queues_are_told(store: JobStore) -> None:
    before = store.last_event()
    store.put_printer(a_printer("new"), "anna")
    store.put_printer(msgspec.structs.replace(a_printer("new"), ribbon="KO"), "anna")
    queue = QueueConfig(name="new", printers=("new",))
    for each in (queue, msgspec.structs.replace(queue, paused=True), queue,
                 msgspec.structs.replace(queue, paused=True, retention=1)):  # fmt: skip
        store.put_queue(each, "anna")
    assert words(store, before) == [
        "printer new added", "printer new changed",
        "queue new added", "queue new paused", "queue new resumed", "queue new changed", "queue new paused",
    ]  # fmt: skip
    assert {row.data["by"] for row in store.events(before, 100)} == {"anna"}


def test_a_jobs_rows_are_its_own(store: JobStore) -> None:
    for _ in range(12):
        store.add_job(a_job(copies=2))
    for job in (1, 2, 11, 12):
        led(store, store.job(job), CardEvent.RENDER, number=2)
    store.note(NewEvent(kind="plugin", subject="1", what="loaded"))
    assert [(row.subject, row.what) for row in store.job_events(1)] == [
        ("1", "accepted"), ("1/2", "render"), ("1", "state"),
    ]  # fmt: skip


def test_a_jobs_rows_are_told_from_the_newest_as_many_as_are_wanted(store: JobStore) -> None:
    for _ in range(3):
        store.add_job(a_job(copies=2))
        led(store, store.job(1), CardEvent.RENDER, number=1)
        led(store, store.job(1), CardEvent.RETURN, number=1)
    rows = list(store.job_events(1))
    assert len(rows) > 5
    assert list(store.job_events(1, limit=2)) == rows[-2:]
    assert list(store.job_events(1, before=rows[-2].id, limit=2)) == rows[-4:-2]
    assert list(store.job_events(1, before=rows[1].id, limit=5)) == rows[:1]
    assert list(store.job_events(1, before=rows[0].id)) == []


def test_a_note_is_numbered_timed_and_chained(store: JobStore, shelf: Shelf) -> None:
    last = store.events(0, 1000)[-1]
    noted = store.note(NewEvent(kind="server", subject="here", what="started", data={"version": "1", "pid": 7}))
    assert (noted.id, noted.at, noted.previous_hash) == (last.id + 1, shelf.clock.now, last.hash)
    assert store.events(last.id, 10) == [noted]
    assert store.last_event() == noted.id


def test_a_row_can_be_checked_by_the_recipe_alone(store: JobStore) -> None:
    row = store.note(NewEvent(kind="server", subject="h\u00e9", what="started", data={"b": 1.5, "a": None, "c": True}))
    told = f'["here",{row.id},{row.at},"server","h\u00e9","started","{{\\"a\\":null,\\"b\\":1.5,\\"c\\":true}}"]'
    assert json.loads(told)[0] == "here"
    assert row.hash == hashlib.sha256(f"{row.previous_hash}\n{told}".encode()).hexdigest()


def test_events_come_in_portions(store: JobStore) -> None:
    for number in range(5):
        store.note(NewEvent(kind="server", subject="here", what=f"n{number}"))
    last = store.last_event()
    assert [row.what for row in store.events(last - 5, 2)] == ["n0", "n1"]
    assert [row.what for row in store.events(last - 3, 10)] == ["n2", "n3", "n4"]
    assert store.events(last, 10) == []


def test_what_is_refused_leaves_no_row(store: JobStore) -> None:
    job = store.add_job(a_job())
    led(store, job, CardEvent.RENDER)
    before = store.last_event()
    with pytest.raises(StoreConflict):
        store.apply(job.id, [JobWish(priority=3), a_step(job, CardEvent.CANCEL)])
    assert store.last_event() == before


TAMPERINGS = {
    "UPDATE journal SET what = 'spoil' WHERE id = 6": 6,
    "UPDATE journal SET at = at + 0.001 WHERE id = 6": 6,
    "UPDATE journal SET subject = '1/2' WHERE id = 6": 6,
    "UPDATE journal SET kind = 'mark' WHERE id = 6": 6,
    "UPDATE journal SET data = replace(data, 'processing', 'completed') WHERE id = 6": 6,
    "UPDATE journal SET data = data || ' ' WHERE id = 6": 6,
    "UPDATE journal SET previous_hash = 'x' WHERE id = 6": 6,
    "UPDATE journal SET hash = previous_hash WHERE id = 6": 6,
    "DELETE FROM journal WHERE id = 6": 7,
    "DELETE FROM journal WHERE id = 1": 2,
    "DELETE FROM journal WHERE id >= 10": 10,
    "DELETE FROM journal": 1,
    "INSERT INTO journal SELECT node, 99, at, kind, subject, what, data, previous_hash, hash FROM journal LIMIT 1": 99,
    "UPDATE journal SET id = 100 - id WHERE id IN (6, 7)": 8,
    "UPDATE heads SET hash = 'x'": 13,
}  # fmt: skip


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_no_row_is_edited_removed_or_inserted_unseen(store: JobStore, shelf: Shelf, tampering: str) -> None:
    led(store, store.add_job(a_job()), *PRINTED)
    assert (store.last_event(), broken_link(store)) == (12, None)
    assert shelf.change(tampering) > 0
    assert broken_link(store) == TAMPERINGS[tampering]


def test_a_renumbered_row_is_seen_where_it_was_taken_from(store: JobStore, shelf: Shelf) -> None:
    led(store, store.add_job(a_job()), *PRINTED)
    shelf.change("UPDATE journal SET id = 13 WHERE id = 12")
    assert broken_link(store) == 13


def test_a_gap_is_seen_also_when_the_rows_after_it_were_chained_anew(store: JobStore, shelf: Shelf) -> None:
    led(store, store.add_job(a_job()), *PRINTED)
    shelf.change("DELETE FROM journal WHERE id = 6")
    [[previous]] = shelf.rows("SELECT hash FROM journal WHERE id = 5")
    for row in store.events(6, 100):
        told = json.dumps(
            [row.node, row.id, row.at, row.kind, row.subject, row.what, canonical(row.data)], separators=(",", ":")
        )
        new = hashlib.sha256(f"{previous}\n{told}".encode()).hexdigest()
        shelf.change(f"UPDATE journal SET previous_hash = '{previous}', hash = '{new}' WHERE id = {row.id}")
        previous = new
    shelf.change(f"UPDATE heads SET hash = '{previous}'")
    assert broken_link(store) == 7


def canonical(data: object) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"))


KINDS = {
    "UPDATE journal SET what = 'spoil' WHERE id = 6": FlawKind.EDITED,
    "DELETE FROM journal WHERE id = 6": FlawKind.MISSING,
    "DELETE FROM journal WHERE id >= 10": FlawKind.CUT,
    "UPDATE heads SET hash = 'x'": FlawKind.INSERTED,
}


@pytest.mark.parametrize("tampering", KINDS)
def test_a_flaw_is_named(store: JobStore, shelf: Shelf, tampering: str) -> None:
    led(store, store.add_job(a_job()), *PRINTED)
    shelf.change(tampering)
    [report] = store.verify_journal()
    assert [flaw.kind for flaw in report.flaws] == [KINDS[tampering]]


def test_a_kept_head_is_met_while_the_chain_grows_on_it(store: JobStore) -> None:
    led(store, store.add_job(a_job()), CardEvent.RENDER)
    head = store.head()
    assert head is not None
    assert (head.node, head.id, head.hash) == ("here", store.last_event(), store.events(head.id - 1, 1)[0].hash)
    store.add_job(a_job())
    [report] = store.verify_journal([head])
    assert (report.flaws, report.heads_met) == ((), 1)


def test_a_chain_forged_whole_contradicts_a_kept_head(store: JobStore, shelf: Shelf) -> None:
    led(store, store.add_job(a_job()), *PRINTED)
    head = store.head()
    assert head is not None
    shelf.change("UPDATE journal SET what = 'spoil' WHERE id = 6")
    previous = store.events(4, 1)[0].hash
    for row in store.events(5, 100):
        told = [row.node, row.id, row.at, row.kind, row.subject, row.what, canonical(row.data)]
        text = json.dumps(told, separators=(",", ":"))
        new = hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
        shelf.change(f"UPDATE journal SET previous_hash = '{previous}', hash = '{new}' WHERE id = {row.id}")
        previous = new
    shelf.change(f"UPDATE heads SET hash = '{previous}'")
    assert broken_link(store) is None, "the forger did his work badly"
    [report] = store.verify_journal([head])
    assert [(flaw.kind, flaw.row) for flaw in report.flaws] == [(FlawKind.REWRITTEN, head.id)]


def test_a_store_rolled_back_contradicts_a_kept_head(store: JobStore, shelf: Shelf) -> None:
    led(store, store.add_job(a_job()), *PRINTED)
    head = store.head()
    assert head is not None
    [[former]] = shelf.rows("SELECT hash FROM journal WHERE id = 8")
    shelf.change("DELETE FROM journal WHERE id > 8")
    shelf.change(f"UPDATE heads SET id = 8, hash = '{former}'")
    assert broken_link(store) is None
    [report] = store.verify_journal([head])
    assert [(flaw.kind, flaw.row) for flaw in report.flaws] == [(FlawKind.ROLLED_BACK, head.id)]


def test_two_heads_of_one_row_are_both_answered_for(store: JobStore) -> None:
    store.add_job(a_job())
    good = store.head()
    assert good is not None
    bad = Head(node=good.node, id=good.id, at=good.at, hash="another")
    for kept in ([bad, good], [good, bad]):
        [report] = store.verify_journal(kept)
        assert [flaw.kind for flaw in report.flaws] == [FlawKind.REWRITTEN]
        assert report.heads_met == 1


def test_a_head_of_a_node_that_is_gone_is_reported(store: JobStore) -> None:
    store.add_job(a_job())
    reports = store.verify_journal([Head(node="there", id=3, at=1.0, hash="x")])
    assert [(report.node, report.rows, len(report.flaws)) for report in reports] == [
        ("here", store.last_event(), 0), ("there", 0, 1),
    ]  # fmt: skip


def test_an_empty_journal_is_whole(shelf: Shelf) -> None:
    store = shelf.open()
    assert (store.last_event(), store.events(0, 10), broken_link(store)) == (0, [], None)
    store.close()


def test_each_observer_has_its_own_cursor(store: JobStore) -> None:
    assert store.cursor("webhook") == 0
    store.move_cursor("webhook", 3)
    store.move_cursor("webhook", 5)
    store.move_cursor("pages", 1)
    assert (store.cursor("webhook"), store.cursor("pages"), store.cursor("other")) == (5, 1, 0)
