"""After a run: what the server says held against what lies in the printer's output.

Laws kept here:

1. Cards are counted by the printer's own output, by the SHA-256 of their dots.
2. Each accepted card is out exactly once, or the record says why it is not.
3. The printer's own counters are what the record explains.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from printserver.client import ApiClient
from printserver.errors import DocumentPurged
from printserver.model.job import CardState
from tests.crash.batch import Batch, story_of
from tests.crash.bureau import Bureau
from tests.crash.designs import Design, dots
from tests.crash.runs import Kind, Run

# The server keeps a head every two seconds.
HEAD_SECONDS, LOOK_SECONDS = 20.0, 0.2

SPOILED = ("spoil", "settle-spoiled")
DOUBTED = ("doubt", "restored")


@dataclass(frozen=True)
class Counters:
    """What the printer had counted: cards to the output, cards to the reject box."""

    cards: int
    rejected: int

    @classmethod
    def of(cls, bureau: Bureau) -> Counters:
        """Return what it has counted now."""
        counters = bureau.printer().counters
        return cls(counters.get("cards", 0), counters.get("rejected", 0))


@dataclass
class Verdict:
    """What came of one run; `faults` are sentences, none = it went well."""

    run: Run
    cards: int = 0
    uncertain: int = 0
    spoiled: int = 0
    failed: int = 0
    lost: int = 0
    duplicates: int = 0
    people: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    reached: bool = True

    @property
    def well(self) -> bool:
        """Tell whether nothing was lost, doubled or hidden."""
        return not self.faults and not self.lost and not self.duplicates

    def __str__(self) -> str:
        """Say it in a line."""
        parts = [f"{self.cards} cards", *(
            f"{count} {name}" for name, count in (
                ("in doubt", self.uncertain), ("spoiled", self.spoiled), ("failed", self.failed),
                ("LOST", self.lost), ("DUPLICATES", self.duplicates),
            ) if count
        )]  # fmt: skip
        said = [f"person: {count} {what}" for what, count in sorted(self.people.items())]
        return f"{self.run}: {', '.join((*parts, *said))}" + "".join(f"\n    FAULT {fault}" for fault in self.faults)


def judge(bureau: Bureau, run: Run, batch: Batch, before: Counters, known: Sequence[Design]) -> Verdict:
    """Return what came of a run whose jobs have all ended."""
    verdict = Verdict(run, reached=batch.reached)
    done = 0
    for job, design, row in batch.cards(bureau.api):
        verdict.cards += 1
        done += row["state"] == CardState.DONE
        _judge_card(bureau, verdict, job, design, row)
    told = [event["what"] for job in batch.jobs for event in story_of(bureau.api, job) if event["kind"] == "card"]
    verdict.uncertain = sum(told.count(what) for what in DOUBTED)
    verdict.spoiled = sum(told.count(what) for what in SPOILED)
    _judge_counters(bureau, verdict, before, done)
    strangers = bureau.hopper.strangers(known)
    verdict.faults += [f"card {number} in the output is none that was asked for" for number in strangers]
    verdict.faults += [f"journal: {flaw}" for flaw in _flaws(bureau, verdict.run)]
    _judge_preview(bureau, verdict, batch)
    return verdict


def _flaws(bureau: Bureau, run: Run) -> list[str]:
    """Return what is wrong with the journal.

    A store that was rolled back is rightly said to be so, until the server has kept its new head beside it.
    """
    until = time.monotonic() + HEAD_SECONDS
    while (flaws := bureau.flaws()) and run.kind is Kind.ROLLBACK and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
    return flaws


def _judge_card(bureau: Bureau, verdict: Verdict, job: int, design: Design, row: dict[str, Any]) -> None:
    where, state, copies = f"card {job}/{row['number']}", CardState(row["state"]), bureau.hopper.copies(design)
    if copies > 1:
        verdict.duplicates += copies - 1
        verdict.faults.append(f"{where} came out {copies} times")
    match state:
        case CardState.DONE if copies == 0:
            verdict.lost += 1
            verdict.faults.append(f"{where} is said to be done, and did not come out")
        case CardState.DONE:
            pass
        case CardState.FAILED if row["reason"] and not copies and verdict.run.kind is Kind.WORKER:
            verdict.failed += 1
        case _:
            verdict.faults.append(f"{where} is {state} ({row['reason']}), with {copies} in the output")
            verdict.lost += copies == 0


def _judge_counters(bureau: Bureau, verdict: Verdict, before: Counters, done: int) -> None:
    after = Counters.of(bureau)
    if after.cards - before.cards != done:
        verdict.faults.append(f"the printer counted {after.cards - before.cards} cards, the record tells of {done}")
    if after.rejected - before.rejected > verdict.spoiled:
        more = after.rejected - before.rejected
        verdict.faults.append(f"{more} cards lie in the reject box, the record tells of {verdict.spoiled}")
    if len(bureau.hopper.good()) != after.cards:
        verdict.faults.append("the printer's counter is not the number of its cards")


def _judge_preview(bureau: Bureau, verdict: Verdict, batch: Batch) -> None:
    """What the API shows of a card is what the printer made of it."""
    api: ApiClient = bureau.api
    job, design, row = next(batch.cards(api))
    if row["state"] != CardState.DONE:
        return
    with suppress(DocumentPurged):
        if dots(api.fetch(f"/jobs/{job}/cards/1/front.png")) != design.look.front:
            verdict.faults.append(f"the preview of card {job}/1 shows another card")
