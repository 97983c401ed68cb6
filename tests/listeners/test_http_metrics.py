"""Numbers for Prometheus: read by its own parser, cheap, and without a word about persons or jobs."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from printserver.model.job import CardState, JobState
from printserver.queue.measures import MOST_CODES, Measures
from tests.listeners.http_kit import SiteCase

Numbers = dict[tuple[str, ...], float]


def parsed(text: str) -> dict[str, Numbers]:
    """Return each sample's values by its labels' values, in the order of the labels' names."""
    found: dict[str, Numbers] = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation, family.name
        for sample in family.samples:
            words = tuple(value for _, value in sorted(sample.labels.items()))
            found.setdefault(sample.name, {})[words] = sample.value
    return found


class MetricsCase(SiteCase):
    async def numbers(self) -> dict[str, Numbers]:
        answer = await self.call("GET", "/metrics")
        assert answer.headers["content-type"].startswith("text/plain; version=")
        return parsed(answer.body.decode())

    def accept(self, job: int, **data: str) -> None:
        told = {"queue": "card", "state": "pending", "name": "", "user": "", "incoming": "", **data}
        self.service.happen("job", str(job), "accepted", **told)

    async def test_what_is_unfinished_follows_the_journal(self) -> None:
        for job in range(1, 152):
            self.accept(job)
        self.service.happen("card", "1/1", "doubt", state="uncertain", printer="desk", reason="link-lost")
        self.service.happen("card", "1/2", "doubt", state="uncertain", printer="desk", reason="link-lost")
        self.service.happen("job", "1", "state", state="processing-stopped")
        self.service.happen("job", "2", "state", state="completed")
        found = await self.numbers()
        jobs = found["printserver_jobs"]
        assert (jobs["pending",], jobs["processing-stopped",], jobs["processing",]) == (149, 1, 0)
        assert found["printserver_cards_uncertain"][()] == 2
        assert found["printserver_jobs_accepted_total"]["ready", "card"] == 151
        assert found["printserver_jobs_ended_total"]["completed",] == 1
        self.service.happen("card", "1/1", "settle-done", state="done", printer="desk")
        self.service.happen("card", "1/2", "settle-queued", state="queued", printer="desk")
        assert (await self.numbers())["printserver_cards_uncertain"][()] == 0

    async def test_outcomes_of_cards_are_counted_by_printer_and_reason(self) -> None:
        self.service.happen("card", "1/1", "done", state="done", printer="desk")
        self.service.happen("card", "1/2", "spoil", state="spoiled", printer="desk", reason="ribbon-out")
        self.service.happen("card", "1/2", "retry", state="queued")
        self.service.happen("mark", "1/2", "done")
        cards = (await self.numbers())["printserver_cards_total"]
        assert cards == {("done", "desk", ""): 1, ("spoiled", "desk", "ribbon-out"): 1}

    async def test_printers_tell_state_supplies_and_queues_their_length(self) -> None:
        found = await self.numbers()
        assert found["printserver_printers"]["idle",] == 1
        assert found["printserver_printer_state"]["front-office", "idle"] == 1
        assert found["printserver_printer_state"]["front-office", "offline"] == 0
        assert found["printserver_supply_remaining"]["ribbon", "front-office", "YMCKO"] == 20
        assert found["printserver_queue_jobs"]["card",] == 0
        assert found["printserver_connections"][()] >= 1

    async def test_refused_requests_are_counted_by_code(self) -> None:
        await self.call("GET", "/api/v1/jobs/77")
        await self.call("GET", "/nowhere")
        await self.call("GET", "/nowhere")
        refused = (await self.numbers())["printserver_requests_refused_total"]
        assert refused == {("unknown-job",): 1, ("not-found",): 2}

    async def test_nothing_of_persons_jobs_or_words_of_devices_is_told(self) -> None:
        secret = "Wilhelmina Quackenbush"
        self.accept(1, name=secret, user=secret, origin=secret)
        self.service.happen("card", "1/1", "spoil", state="spoiled", printer="desk", reason=secret, note=secret)
        self.measures.refuse(f"{secret} 10.0.0.1", "bad-ticket")
        answer = await self.call("GET", "/metrics")
        assert b"printserver_jobs_refused_total{" in answer.body
        assert b"Quackenbush" not in answer.body
        assert b"10.0.0.1" not in answer.body

    async def test_a_look_asks_the_store_for_nothing(self) -> None:
        self.service.put_job(CardState.DONE, state=JobState.COMPLETED)

        async def jobs(query: object) -> None:
            raise AssertionError("the store was asked")

        self.service.jobs = jobs  # type: ignore[method-assign, assignment]
        assert await self.numbers()


class TestMeasures(SiteCase):
    def test_time_from_acceptance_to_the_end_is_counted_once(self) -> None:
        self.service.happen("job", "1", "accepted", queue="card", state="pending", incoming="")
        self.service.happen("job", "1", "state", state="completed")
        self.service.happen("job", "1", "state", state="pending")  # a card was rejected
        self.service.happen("job", "1", "state", state="completed")
        assert sum(self.measures.job_seconds.counts) == 1
        assert self.measures.ended["completed"] == 2

    def test_codes_of_strangers_are_not_more_than_a_few(self) -> None:
        measures = Measures()
        for number in range(MOST_CODES * 2):
            measures.refuse(f"door{number} 10.0.0.1", "bad-ticket")
        assert len(measures.refused) == MOST_CODES + 1
        assert measures.refused["other", "bad-ticket"] == MOST_CODES
