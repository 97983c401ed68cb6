"""What the whole server tells those who watch it."""

from __future__ import annotations

import urllib.request

import pytest
from twisted.internet.threads import deferToThread

from printserver.design.sample import sample_front
from printserver.errors import PrintServerError
from printserver.model.ticket import Ticket
from printserver.queue.views import IncomingDocument, Submission
from tests.daemon.test_daemon_life import ANY_PORT, DaemonTestCase, printed, service_of
from tests.listeners.test_http_metrics import Numbers, parsed

VIRTUAL = b'[server]\nport = 0\ntls_port = 0\nlpd_port = 0\n[printer.desk]\ndriver = "virtual"\nmodel = "card"\n' \
    b'device = "emulated"\n[queue.card]\nprinters = ["desk"]\n'  # fmt: skip


class MetricsOfTheServer(DaemonTestCase):
    async def numbers(self, port: int) -> dict[str, Numbers]:
        return parsed(await deferToThread(_read, f"http://127.0.0.1:{port}/metrics"))

    async def test_one_card_moves_the_numbers_it_should(self) -> None:
        daemon = self.daemon(VIRTUAL, port=ANY_PORT)
        await daemon.start()
        await printed(service_of(daemon), sample_front())
        with pytest.raises(PrintServerError):
            await service_of(daemon).submit(Submission(
                ticket=Ticket(), documents=(IncomingDocument(data=b""),), origin="raw 127.0.0.1"
            ))  # fmt: skip
        found = await self.numbers(daemon.http_port())
        assert found["printserver_jobs_accepted_total"]["ready", "card"] == 1
        assert found["printserver_jobs_ended_total"]["completed",] == 1
        assert found["printserver_jobs_refused_total"]["document-empty", "raw"] == 1
        assert sum(n for (outcome, *_), n in found["printserver_cards_total"].items()
                   if outcome in ("done", "unconfirmed")) == 1  # fmt: skip
        for timed in ("job_seconds", "preparation_seconds"):
            assert found[f"printserver_{timed}_count"][()] == 1
        assert found["printserver_store_call_seconds_count"][()] > 5
        assert found["printserver_spool_bytes"][()] > 0
        assert found["printserver_spool_disk_free_bytes"][()] > 0
        assert 0 < found["printserver_journal_id"][()] <= await service_of(daemon).last_event()

    async def test_counts_go_on_from_what_an_earlier_life_left(self) -> None:
        first = self.daemon(VIRTUAL, port=ANY_PORT)
        await first.start()
        held = await service_of(first).submit(Submission(
            ticket=Ticket(hold=True), documents=(IncomingDocument(data=sample_front()),)
        ))  # fmt: skip
        await first.stop()
        second = self.daemon(VIRTUAL, port=ANY_PORT)
        await second.start()
        found = await self.numbers(second.http_port())
        assert held.state == "pending-held"
        assert found["printserver_jobs"]["pending-held",] == 1
        assert "printserver_jobs_accepted_total" not in found


def _read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return str(answer.read(), "utf-8")
