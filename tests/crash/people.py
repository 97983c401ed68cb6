"""The person at the printer: looks into the hopper, and says of each card in doubt what truly became of it.

Laws kept here:

1. The device is given time to say it itself, where it is asked at all.
2. A verdict follows from what came out, never from what the server believes.
3. What is in doubt and does not say why is a failure.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from printserver.client import ApiClient
from printserver.errors import NotPossibleNow, PrintServerError
from printserver.model.job import CardState
from printserver.queue.counting import AHEAD
from tests.crash.batch import Batch, story_of
from tests.crash.bureau import Bureau
from tests.crash.designs import Design

# Longer than a driver needs to be sure: a counter that stands still is believed after some seconds.
DEVICE_SECONDS = 15.0
LOOK_SECONDS = 0.1
DEADLINE = 120.0
NAME, SEEN = "Sari", "looked into the hopper"


@dataclass
class Person:
    """Attends one printer for one run; `verdicts` counts what was said."""

    bureau: Bureau
    batch: Batch
    verdicts: dict[str, int] = field(default_factory=dict)
    _since: dict[tuple[int, int], float] = field(default_factory=dict)
    _stopped: float | None = None

    def attend(self) -> None:
        """Stay until every job has ended; fails at the deadline."""
        until = time.monotonic() + DEADLINE
        while time.monotonic() < until:
            try:
                if self._look():
                    return
            except NotPossibleNow:
                pass  # the device was faster
            time.sleep(LOOK_SECONDS)
        raise AssertionError(f"not ended after {DEADLINE:g} s: {self._states()}; printer: {self.bureau.press()}")

    def _look(self) -> bool:
        """Do one thing that is to be done; tell whether nothing is."""
        api = self.bureau.api
        if all(api.job(job).final for job in self.batch.jobs):
            return True
        doubts = []
        for job, design, row in self.batch.cards(api):
            if row["state"] == CardState.UNCERTAIN:
                _check_visible(api, job, row)
                doubts.append((job, design, row))
        if doubts and self._device_had_time(doubts):
            self._judge(api, *doubts[-1])
        elif not doubts:
            self._clear_when_stopped()
        return False

    def _device_had_time(self, doubts: list[tuple[int, Design, dict[str, Any]]]) -> bool:
        now = time.monotonic()
        first = min(self._since.setdefault((job, row["number"]), now) for job, _, row in doubts)
        restored = all((row["reason"] or {}).get("code") == "restored" for _, _, row in doubts)
        return restored or len(doubts) > 1 or now - first > DEVICE_SECONDS

    def _judge(self, api: ApiClient, job: int, design: Design, row: dict[str, Any]) -> None:
        self.bureau.await_rest()
        spoiled = sum(told["what"] in ("spoil", "settle-spoiled") for told in _of_card(api, job, row["number"]))
        if self.bureau.hopper.copies(design):
            verdict = "done"
        elif self.bureau.hopper.ruined(design) > spoiled:
            verdict = "spoiled"
        else:
            verdict = "queued"
        api.settle(job, verdict, card=row["number"], by=NAME, reason=SEEN)
        self.verdicts[verdict] = self.verdicts.get(verdict, 0) + 1

    def _clear_when_stopped(self) -> None:
        """Say that the path is empty, when the printer stands still for a doubt that is none any more.

        Or because its counter is ahead of the record, after a store that was put back: also at a later start.
        """
        now = time.monotonic()
        press = self.bureau.press()
        ahead = (press["reason"] or {}).get("code") == AHEAD
        if press["state"] != "stopped" and not ahead:
            self._stopped = None
            return
        self._stopped = now if self._stopped is None else self._stopped
        if now - self._stopped > DEVICE_SECONDS:
            self.bureau.await_rest()
            self.bureau.api.clear("press", by=NAME, reason=SEEN)
            self.verdicts["clear"] = self.verdicts.get("clear", 0) + 1
            self._stopped = None

    def _states(self) -> list[str]:
        try:
            return [f"{job}/{row['number']} {row['state']}" for job, _, row in self.batch.cards(self.bureau.api)]
        except PrintServerError as error:
            return [error.sentence()]


def _of_card(api: ApiClient, job: int, number: int) -> list[dict[str, Any]]:
    return [told for told in story_of(api, job) if told["subject"] == f"{job}/{number}"]


def _check_visible(api: ApiClient, job: int, row: dict[str, Any]) -> None:
    """Fail where a card is in doubt and people are not told, or not told why."""
    assert row["reason"], f"card {job}/{row['number']} is in doubt and does not say why"
    status = api.job(job)
    if status.row["cards"]["uncertain"]:
        assert "card-uncertain" in status.reasons, f"job {job} hides its doubt: {status.state} {status.reasons}"
