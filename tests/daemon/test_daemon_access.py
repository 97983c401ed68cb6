"""A whole server that asks for names: the gate stands before every door of the site, and accounts come and go."""

from __future__ import annotations

import base64
import io
import ssl
from http.client import HTTPConnection, HTTPSConnection
from random import Random
from typing import Any

import pytest
from msgspec import json
from PIL import Image
from twisted.internet.threads import deferToThread

from printserver.client import ApiClient, IppClient
from printserver.design.sample import sample_front
from printserver.errors import LoginNeeded, NotPermitted
from printserver.listeners.access.passwords import hashed
from printserver.model.account import Account, Role
from printserver.store import open_store
from tests.daemon.test_daemon_life import ANY_PORT, DaemonTestCase, virtual
from tests.listeners.http_kit import FORM_TYPE, form

ASKING = b'[server]\nport = 0\ntls_port = 0\nlpd_port = 0\nproxies = ["192.0.2.1"]\n'


def photograph() -> bytes:
    """Return a picture that packs badly."""
    stream = io.BytesIO()
    Image.frombytes("RGB", (400, 300), Random(7).randbytes(360_000)).save(stream, "PNG")
    return stream.getvalue()


class AccessTest(DaemonTestCase):
    async def started(self) -> Any:  # noqa: ANN401 - a daemon
        self.place.prepare()
        store = open_store(self.place.database, master_key=self.place.key, clock=lambda: 0.0, node="here")
        store.put_account(Account(name="ada", role=Role.ADMINISTER, secret=hashed("ada-secret")), "root")
        store.close()
        daemon = self.daemon(ASKING, printers=[virtual()], port=ANY_PORT, tls_port=ANY_PORT)
        await daemon.start()
        return daemon

    async def test_every_door_of_the_site_asks(self) -> None:
        daemon = await self.started()
        trust = ssl.create_default_context(cafile=str(self.place.tls / "certificate.pem"))

        def statuses(connection: HTTPConnection) -> list[int]:
            found = []
            for method, path in (("GET", "/"), ("GET", "/api/v1/jobs"), ("POST", "/ipp/print"), ("GET", "/metrics"),
                                 ("GET", "/api/v1/events"), ("GET", "/api/v1/users"), ("GET", "/healthz")):  # fmt: skip
                connection.request(method, path, headers={"Content-Type": "application/ipp", "Host": "localhost"})
                answer = connection.getresponse()
                answer.read()
                found.append(answer.status)
            return found

        plain = HTTPConnection("127.0.0.1", daemon.http_port(), timeout=30)
        secure = HTTPSConnection("localhost", daemon.tls_port(), timeout=30, context=trust)
        for connection in (plain, secure):
            self.addCleanup(connection.close)
            assert await deferToThread(statuses, connection) == [401] * 6 + [200]

    async def test_a_large_body_waits_for_its_senders_password_at_both_doors(self) -> None:
        daemon = await self.started()
        trust = ssl.create_default_context(cafile=str(self.place.tls / "certificate.pem"))
        body = form(ticket=b"{}", front=photograph())

        def status(connection: HTTPConnection, password: str) -> tuple[int, bytes]:
            secret = base64.b64encode(f"ada:{password}".encode()).decode()
            connection.request("POST", "/api/v1/jobs", body, {
                "Host": "localhost", "Authorization": f"Basic {secret}", "Content-Type": FORM_TYPE,
            })  # fmt: skip
            answer = connection.getresponse()
            return answer.status, answer.read()

        for password, expected in (("wrong", 401), ("ada-secret", 201)):
            # over TLS first: a good password is remembered then
            secure = HTTPSConnection("localhost", daemon.tls_port(), timeout=30, context=trust)
            plain = HTTPConnection("127.0.0.1", daemon.http_port(), timeout=30)
            for connection in (secure, plain):
                self.addCleanup(connection.close)
                found = await deferToThread(status, connection, password)
                assert found[0] == expected, found

    async def test_an_administrator_lets_a_program_in_and_out(self) -> None:
        daemon = await self.started()
        url = f"http://127.0.0.1:{daemon.http_port()}"

        def ask(method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
            connection = HTTPConnection("127.0.0.1", daemon.http_port(), timeout=30)
            secret = base64.b64encode(b"ada:ada-secret").decode()
            headers = {"Authorization": f"Basic {secret}", "Content-Type": "application/json"}
            connection.request(method, f"/api/v1{path}", None if body is None else json.encode(body), headers)
            answer = connection.getresponse().read()
            connection.close()
            return json.decode(answer)

        made = await deferToThread(ask, "POST", "/tokens", {"name": "badges", "role": "submit"})
        again = await deferToThread(ask, "POST", "/users", {"name": "ada", "password": "another-secret"})
        assert (again["status"], again["code"], again["where"]) == (409, "name-taken", "ada")
        program = ApiClient(url, token=made["token"])
        job = await deferToThread(program.submit, {"name": "badge"}, sample_front())
        assert (await deferToThread(program.job, job.id)).row["user"] == "badges"
        with pytest.raises(NotPermitted):
            await deferToThread(program.pause, "card")
        printer = IppClient(f"{url}/ipp/print", token=made["token"])
        told = await deferToThread(printer.get_printer_attributes, "uri-authentication-supported")
        assert told["uri-authentication-supported"] == ["basic"]
        await deferToThread(ask, "DELETE", "/tokens/badges")
        with pytest.raises(LoginNeeded):
            await deferToThread(program.job, job.id)

    async def test_a_loopback_server_without_proxies_asks_nobody(self) -> None:
        daemon = self.daemon(printers=[virtual()], port=ANY_PORT)
        await daemon.start()
        jobs = await deferToThread(ApiClient(f"http://127.0.0.1:{daemon.http_port()}").jobs)
        assert jobs.jobs == ()
