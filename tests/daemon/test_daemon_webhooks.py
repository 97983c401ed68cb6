"""Webhooks of a whole server: a card's story arrives, with heads, without a word about persons, over a restart too."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from twisted.internet import reactor
from twisted.internet.task import deferLater

from printserver.design.sample import sample_front
from printserver.model.ticket import Ticket
from printserver.queue.views import IncomingDocument, Submission
from printserver.store.opening import verify_journal
from tests.daemon.test_daemon_life import DOORS, DaemonTestCase, service_of

PERSON = "Wilhelmina-Quackenbush"
PRINTER = '[printer.desk]\ndriver = "virtual"\nmodel = "card"\ndevice = "emulated"\n[queue.card]\nprinters = ["desk"]\n'
HOOK = '[webhook.site]\naddress = "http://127.0.0.1:{port}/"\nsecret = "{secret}"\nevents = ["job", "card", "server"]\n'
HEADS = '[journal]\nheads = ["webhook:site"]\n'


class Ear:
    """A target on loopback; `deaf` = it answers 500."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.deaf = False
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if not ear.deaf:
                    ear.heard.append(body)
                self.send_response(500 if ear.deaf else 204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [each["data"] for each in self.heard if each["type"] == kind]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class WebhooksOfTheServer(DaemonTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.ear = Ear()
        self.addCleanup(self.ear.close)
        secret = self.folder / "secret"
        secret.write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        secret.chmod(0o600)
        hook = HOOK.format(port=self.ear.server.server_port, secret=secret)
        self.file = DOORS + (PRINTER + hook + HEADS).encode()

    async def heard(self, kind: str, count: int = 1) -> None:
        while len(self.ear.of(kind)) < count:
            await deferLater(reactor, 0.05)

    async def test_a_cards_story_arrives_and_nothing_is_lost_over_a_restart(self) -> None:
        first = self.daemon(self.file)
        await first.start()
        ticket = Ticket(name=PERSON, user=PERSON)
        card = Submission(ticket=ticket, documents=(IncomingDocument(data=sample_front()),), origin=f"raw {PERSON}")
        await service_of(first).submit(card)
        await self.heard("job.state")
        self.ear.deaf = True
        await service_of(first).submit(card)
        await first.stop()
        self.ear.deaf = False
        second = self.daemon(self.file)
        await second.start()
        await self.heard("job.accepted", 2)
        await self.heard("server.started", 2)
        await second.stop()
        told = [each["data"]["event"] for each in self.ear.heard if "event" in each["data"]]
        assert sorted(set(told)) == list(dict.fromkeys(told)), "in order, whatever came twice"
        [report] = verify_journal(self.place.database)
        head = self.ear.of("journal.head")[-1]
        assert (head["id"], head["hash"]) == (report.rows, report.head)
        assert "quackenbush" not in json.dumps(self.ear.heard).lower()
