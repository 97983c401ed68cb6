# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""IPP through the site: its paths, and the rules of Host, Origin and kind that guard them like every other."""

from __future__ import annotations

from printserver.ipp import Message, Operation, Status, build, encode, parse
from printserver.listeners.http import Limits
from printserver.listeners.ipp.icons import ICON_PATHS
from printserver.listeners.ipp.routes import IPP, ipp_routes
from tests.listeners.http_kit import Answer, SiteCase
from tests.listeners.ipp_kit import PNG, FakeAdministration, FakeIppService, printer_of

PATHS = (
    "/", "/ipp", "/ipp/print", "/ipp/print/card", "/printers/", "/printers/card", "/jobs", "/jobs/", "/jobs/1",
    "/admin/",
)  # fmt: skip


class IppSiteCase(SiteCase):
    limits = Limits(body=100_000)

    def setUp(self) -> None:
        self.ipp = FakeIppService()
        self.routes = ipp_routes(self.ipp, FakeAdministration(self.ipp))
        super().setUp()

    async def post(self, path: str = "/ipp/print", data: bytes = b"", kind: str = IPP, **headers: str) -> Answer:
        request = build.request(Operation.PRINT_JOB, f"ipp://127.0.0.1:{self.port}/ipp/print", user="alice")
        return await self.call("POST", path, encode(request) + data, Content_Type=kind, **headers)

    def message(self, answer: Answer) -> Message:
        self.assertEqual((answer.status, answer.headers["content-type"]), (200, IPP))
        return parse(answer.body)[0]


class PathsTest(IppSiteCase):
    async def test_every_path_that_clients_know_takes_ipp(self) -> None:
        for path in PATHS:
            self.assertEqual(self.message(await self.post(path, PNG)).code, Status.OK)
        self.assertEqual(len(self.ipp.submissions), len(PATHS))

    async def test_an_answer_is_not_kept_by_any_cache(self) -> None:
        answer = await self.post(data=PNG)
        self.assertEqual(answer.headers["cache-control"], "no-store")
        self.assertEqual(answer.headers["x-content-type-options"], "nosniff")

    async def test_the_client_is_told_the_name_by_which_it_came(self) -> None:
        request = encode(build.request(Operation.GET_PRINTER_ATTRIBUTES, "ipp://elsewhere/ipp/print"))
        answer = await self.call("POST", "/ipp/print", request, Content_Type=IPP, Host="localhost:9")
        self.assertEqual(printer_of(self.message(answer))["printer-uri-supported"], ["ipp://localhost:9/ipp/print"])

    async def test_loopback_is_told_by_the_name_that_the_client_gave_it(self) -> None:
        """CUPS's library says `localhost` in the Host field, whatever loopback address it was told to go to."""
        for host, asked, told in (
            ("localhost:9", "127.0.0.1:9", "127.0.0.1:9"), ("localhost:9", "[::1]:9", "[::1]:9"),
            ("127.0.0.1:9", "localhost:9", "localhost:9"), ("localhost:9", "127.0.0.1:10", "localhost:9"),
            ("localhost:9", "127.0.0.1", "localhost:9"),
        ):  # fmt: skip
            request = encode(build.request(Operation.GET_PRINTER_ATTRIBUTES, f"ipp://{asked}/ipp/print"))
            answer = await self.call("POST", "/ipp/print", request, Content_Type=IPP, Host=host)
            printer = printer_of(self.message(answer))
            self.assertEqual(printer["printer-uri-supported"], [f"ipp://{told}/ipp/print"])
            self.assertEqual(printer["printer-more-info"], [f"http://{told}/"])

    async def test_a_body_in_pieces_is_one_document(self) -> None:
        request = encode(build.request(Operation.PRINT_JOB, "ipp://localhost/ipp/print")) + PNG
        pieces = (request[at : at + 7] for at in range(0, len(request), 7))
        answer = await self.call("POST", "/ipp/print", pieces, Content_Type=IPP)
        self.assertEqual(self.message(answer).code, Status.OK)
        self.assertEqual(self.ipp.submissions[0].documents[0].data, PNG)

    async def test_a_client_that_waits_for_the_word_is_given_it(self) -> None:
        body = encode(build.request(Operation.GET_JOBS, "ipp://localhost/ipp/print"))
        head = (
            f"POST /ipp/print HTTP/1.1\r\nHost: localhost\r\nContent-Type: {IPP}\r\nContent-Length: {len(body)}\r\n"
            "Expect: 100-continue\r\n\r\n"
        )
        found = await self.raw(head.encode(), until=lambda data: data.endswith(b"\r\n\r\n"))
        self.assertEqual(found, b"HTTP/1.1 100 Continue\r\n\r\n")

    async def test_garbage_is_answered_in_ipp(self) -> None:
        for body in (b"", b"not IPP at all", bytes(range(256)) * 100):
            answer = await self.call("POST", "/ipp/print", body, Content_Type=IPP)
            self.assertGreaterEqual(self.message(answer).code, 0x0400)


    async def test_the_icons_that_are_declared_are_there(self) -> None:
        for path in ICON_PATHS:
            answer = await self.call("GET", path)
            self.assertEqual((answer.status, answer.headers["content-type"]), (200, "image/png"))
            self.assertTrue(answer.body.startswith(b"\x89PNG"))


class GuardTest(IppSiteCase):
    async def test_a_strange_host_is_misdirected_on_every_path(self) -> None:
        for path in PATHS:
            self.assertEqual((await self.post(path, PNG, Host="evil.example")).status, 421)
        self.assertEqual(self.ipp.submissions, [])

    async def test_a_page_of_a_stranger_prints_nothing(self) -> None:
        for headers in (
            {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"},
            {"Sec_Fetch_Site": "same-site"},
        ):  # fmt: skip
            for path in PATHS:
                self.assertEqual((await self.post(path, PNG, **headers)).status, 403)
        self.assertEqual(self.ipp.submissions, [])

    async def test_another_kind_of_body_is_not_read(self) -> None:
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "ipp"):
            answer = await self.post(data=PNG, kind=kind)
            self.assertEqual(answer.status, 415)
            self.assertIn(IPP, answer.headers["accept-post"])
        self.assertEqual(self.message(await self.post(data=PNG, kind="Application/IPP; charset=utf-8")).code, Status.OK)

    async def test_only_post_is_ipp(self) -> None:
        for method in ("GET", "PUT", "DELETE"):
            self.assertEqual((await self.call(method, "/ipp/print")).status, 405)

    async def test_a_document_larger_than_the_limit_is_refused_by_its_length(self) -> None:
        self.assertEqual((await self.post(data=bytes(100_001))).status, 413)
        self.assertEqual(self.ipp.submissions, [])
