"""Jobs over the JSON API, as a program meets them: send, look, wish, and be told what was wrong."""

from __future__ import annotations

import json

from msgspec.structs import replace

from printserver.errors import StoreBusy, StoreFull
from printserver.model.job import CardState, JobState
from printserver.model.ticket import KMode, Overlay, Ticket
from printserver.queue.views import By, IncomingDocument, Verdict
from tests.listeners.http_kit import BOUNDARY, FORM_TYPE, PNG, Answer, SiteCase, form

JSON = "application/json"


class TestSending(SiteCase):
    async def send(self, body: bytes, kind: str = FORM_TYPE) -> Answer:
        return await self.call("POST", "/api/v1/jobs", body, Content_Type=kind)

    async def test_a_job_is_made_and_named(self) -> None:
        ticket = json.dumps({"name": "Ana", "queue": "card", "copies": 2, "k-mode": "text"}).encode()
        answer = await self.send(form(ticket=ticket, front=PNG, back=PNG + b"2"))
        assert (answer.status, answer.headers["location"]) == (201, "/api/v1/jobs/1")
        assert answer.json() == {
            "id": 1, "state": "pending", "reasons": ["none"], "queue": "card", "name": "Ana",
            "cards": {"done": 0, "uncertain": 0, "queued": 2},
        }  # fmt: skip
        [submission] = self.service.submissions
        assert submission.ticket == Ticket(name="Ana", queue="card", copies=2, k_mode=KMode.TEXT)
        assert submission.documents == (
            IncomingDocument(data=PNG, declared="image/png"), IncomingDocument(data=PNG + b"2", declared="image/png"),
        )  # fmt: skip
        assert submission.origin == "http 127.0.0.1"
        assert set(submission.said) == {"queue", "name", "copies", "k_mode"}

    async def test_a_default_that_is_said_aloud_is_said(self) -> None:
        await self.send(form(ticket=b'{"copies": 1, "k-mode": "black"}', front=PNG))
        await self.send(form(front=PNG))
        assert [set(each.said) for each in self.service.submissions] == [{"copies", "k_mode"}, set()]

    async def test_a_front_alone_is_enough(self) -> None:
        assert (await self.send(form(front=PNG))).status == 201
        assert self.service.submissions[0].ticket == Ticket()

    async def test_a_ticket_says_which_key_is_wrong_and_what_it_may_be(self) -> None:
        for ticket, where, allowed in [
            (b'{"k-mode": "green"}', "k-mode", "none, black, threshold, text, composite"),
            (b'{"overlay": "half"}', "overlay", ", ".join(Overlay)),
            (b'{"sides": "three"}', "sides", "one-sided, two-sided-long-edge"),
            (b'{"copies": 0}', "copies", ""),
            (b'{"retention": 9223372036854775808}', "retention", ""),
            (b'{"not-before": 1e300}', "not-before", ""),
            (b'{"tracks": [1]}', "tracks[0]", ""),
            (b"[]", "", ""),
            (b"{", "", ""),
            (b"", "", ""),
            (b"\xff", "", ""),
            (b"[" * 100_000, "", ""),
        ]:
            answer = await self.send(form(ticket=ticket, front=PNG))
            assert (answer.status, answer.json()["code"]) == (422, "bad-ticket"), ticket[:20]
            assert (answer.json()["where"], answer.json()["allowed"]) == (where, allowed)
        assert self.service.submissions == []

    async def test_a_mistyped_key_is_no_silent_default(self) -> None:
        answer = await self.send(form(ticket=b'{"copys": 3}', front=PNG))
        assert (answer.status, answer.json()["where"]) == (422, "copys")
        assert "copies" in answer.json()["allowed"]

    async def test_what_the_queue_refuses_is_told_with_its_status(self) -> None:
        for body, status, code in [
            (form(front=b""), 422, "document-empty"),
            (form(front=b"a text called png"), 415, "document-format-unsupported"),
            (form(ticket=b'{"queue": "nowhere"}', front=PNG), 404, "unknown-queue"),
        ]:
            answer = await self.send(body)
            assert (answer.status, answer.json()["code"]) == (status, code)
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["remedy"]

    async def test_a_full_disk_and_a_busy_store_ask_to_come_again(self) -> None:
        for error, status in [(StoreFull(), 507), (StoreBusy(), 503)]:
            self.service.failing = error
            answer = await self.send(form(front=PNG))
            assert (answer.status, answer.json()["retry"], answer.headers["retry-after"]) == (status, True, "2")

    async def test_a_form_that_is_none_is_a_bad_request(self) -> None:
        good = form(front=PNG)
        for body in (
            b"", b"hello", good[:-6], good[2:], b"preamble\r\n" + good, good + b"epilogue", form(), form(back=PNG),
            form(front=PNG, side=PNG), form(front=PNG) + form(front=PNG),
        ):  # fmt: skip
            answer = await self.send(body)
            assert (answer.status, answer.json()["code"]) == (400, "bad-request"), body[-40:]
        assert self.service.submissions == []

    async def test_a_form_of_another_kind_is_not_taken(self) -> None:
        for kind in ("application/x-www-form-urlencoded", "image/png", "application/json", "multipart/mixed"):
            answer = await self.send(form(front=PNG), kind)
            assert (answer.status, answer.json()["allowed"]) == (415, "multipart/form-data")
        assert (await self.send(form(front=PNG), "multipart/form-data")).status == 400

    async def test_a_hostile_file_name_is_never_looked_at(self) -> None:
        for name in ("../../etc/passwd", "a\\..\\b", "x\x00y", "front.png; name=ticket", "é\u202e", "'; drop table"):
            head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="front"; filename="{name}"\r\n\r\n'
            answer = await self.send(head.encode() + PNG + f"\r\n--{BOUNDARY}--\r\n".encode())
            assert answer.status == 201, name
        assert {submission.documents for submission in self.service.submissions} == {(IncomingDocument(data=PNG),)}


class TestReading(SiteCase):
    async def test_the_list_is_newest_first_and_paged(self) -> None:
        for _ in range(5):
            self.service.put_job()
        page = (await self.call("GET", "/api/v1/jobs?limit=2")).json()
        assert ([job["id"] for job in page["jobs"]], page["next"]) == ([5, 4], 4)
        page = (await self.call("GET", "/api/v1/jobs?limit=2&before=2")).json()
        assert ([job["id"] for job in page["jobs"]], page["next"]) == ([1], None)

    async def test_a_row_has_exactly_its_keys(self) -> None:
        self.service.put_job(CardState.DONE, CardState.DONE, CardState.UNCERTAIN, state=JobState.STOPPED)
        body = (await self.call("GET", "/api/v1/jobs")).json()
        assert body == {"jobs": [{
            "id": 1, "state": "processing-stopped", "reasons": ["none"], "queue": "card", "name": "card",
            "cards": {"done": 2, "uncertain": 1},
        }], "next": None}  # fmt: skip

    async def test_states_and_queue_filter(self) -> None:
        for state in (JobState.PENDING, JobState.COMPLETED, JobState.STOPPED):
            self.service.put_job(state=state)
        for question, found in [
            ("state=completed", [2]), ("state=pending&state=completed", [2, 1]),
            ("state=pending,processing-stopped", [3, 1]), ("state=canceled", []), ("queue=card", [3, 2, 1]),
            ("queue=other", []),
        ]:  # fmt: skip
            body = (await self.call("GET", f"/api/v1/jobs?{question}")).json()
            assert [job["id"] for job in body["jobs"]] == found, question

    async def test_a_question_that_means_nothing_is_not_guessed_at(self) -> None:
        for question, where in [
            ("state=finished", "state=finished"), ("limit=0", "limit"), ("limit=101", "limit"), ("limit=ten", "limit"),
            ("before=-1", "before"), ("limit=%D9%A1", "limit"), ("before=" + "9" * 30, "before"), ("sate=done", "sate"),
            ("limit=1&limit=2", "limit"),
        ]:  # fmt: skip
            answer = await self.call("GET", f"/api/v1/jobs?{question}")
            assert (answer.status, answer.json()["where"]) == (400, where), question
        assert (await self.call("GET", "/api/v1/jobs?state=%ff")).status == 400
        assert (await self.call("GET", "/api/v1/jobs?" + "a=1&" * 60)).status == 400

    async def test_all_of_a_job_but_never_its_track_data(self) -> None:
        self.service.put_job(ticket=Ticket(name="Ana", tracks=("B12345^SECRET", "", "99"), user="rosa"))
        answer = await self.call("GET", "/api/v1/jobs/1")
        job = answer.json()
        assert b"SECRET" not in answer.body
        assert (job["tracks"], job["ticket"]["tracks"]) == ([1, 3], [])
        assert (job["user"], job["origin"], job["created"]) == ("rosa", "test", "2026-09-21T14:13:20.250+00:00")
        assert job["ticket"]["k-mode"] == "black"

    async def test_a_card_tells_its_doubt_and_its_attempts(self) -> None:
        self.service.put_job(CardState.UNCERTAIN)
        [card] = (await self.call("GET", "/api/v1/jobs/1/cards")).json()["cards"]
        assert card["simulated"] is True
        assert card["unconfirmed"] is False
        assert card["reason"] == {"code": "link-lost", "detail": "the cable came out"}
        assert card["sides"] == ["front"]
        [attempt] = card["attempts"]
        assert attempt["marks"] == [
            {"point": "COMMITTED", "at": "2026-09-21T14:13:21.250+00:00", "evidence": {"cards": "7"}}
        ]
        assert attempt["ended"] is None

    async def test_the_story_is_the_journal_of_the_job(self) -> None:
        self.service.put_job()
        self.service.happen("job", "1", "accepted")
        self.service.happen("job", "2", "accepted")
        self.service.happen("card", "1/1", "render", state="rendering")
        events = (await self.call("GET", "/api/v1/jobs/1/story")).json()["events"]
        assert [(event["subject"], event["what"]) for event in events] == [("1", "accepted"), ("1/1", "render")]
        assert events[0]["at"] == "2026-09-21T14:13:20.250+00:00"

    async def test_a_long_story_comes_in_pages_of_bounded_length(self) -> None:
        self.service.put_job()
        for _ in range(1203):
            self.service.happen("job", "1", "held")
        sizes, seen = list[int](), list[int]()
        query = ""
        for _ in range(3):
            page = (await self.call("GET", f"/api/v1/jobs/1/story{query}")).json()
            ids = [event["id"] for event in page["events"]]
            sizes, seen = [*sizes, len(ids)], [*ids, *seen]
            query = f"?before={page['next']}"
        assert page["next"] is None
        assert sizes == [500, 500, 203]
        assert seen == list(range(1, 1204))  # none twice, none left out
        few = (await self.call("GET", "/api/v1/jobs/1/story?limit=3")).json()
        assert ([event["id"] for event in few["events"]], few["next"]) == ([1201, 1202, 1203], 1201)
        last = (await self.call("GET", "/api/v1/jobs/1/story?limit=3&before=4")).json()
        assert (len(last["events"]), last["next"]) == (3, None)
        for wrong in ("limit=501", "limit=0", "before=0", "after=1"):
            assert (await self.call("GET", f"/api/v1/jobs/1/story?{wrong}")).status == 400, wrong

    async def test_a_preview_is_a_picture_that_is_not_kept(self) -> None:
        self.service.put_job()
        answer = await self.call("GET", "/api/v1/jobs/1/cards/1/front.png")
        assert (answer.status, answer.body) == (200, b"PNG of 1/1 front")
        assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("image/png", "no-store")
        small = await self.call("GET", "/api/v1/jobs/1/cards/1/back.png?thumbnail=1")
        assert small.body == b"PNG of 1/1 back small"
        assert (await self.call("GET", "/api/v1/jobs/1/cards/2/front.png")).json()["code"] == "unknown-card"
        assert (await self.call("GET", "/api/v1/jobs/1/cards/1/edge.png")).status == 404
        assert (await self.call("GET", "/api/v1/jobs/1/cards/1/front.png?thumbnail=yes")).status == 400

    async def test_the_panels_of_a_card_are_told_with_their_pictures(self) -> None:
        self.service.put_job()
        told = (await self.call("GET", "/api/v1/jobs/1/cards/1/panels")).json()
        assert [(each["side"], each["panel"], each["name"], each["picture"]) for each in told["panels"]] == [
            ("front", "Y", "Y", "/api/v1/jobs/1/cards/1/panels/front-Y.png"),
            ("back", "K", "K", "/api/v1/jobs/1/cards/1/panels/back-K.png"),
            ("back", "K", "K2", "/api/v1/jobs/1/cards/1/panels/back-K2.png"),
        ]  # fmt: skip
        first = {key: told["panels"][0][key] for key in ("width", "height", "levels", "coverage", "ink_share")}
        assert first == {"width": 1016, "height": 648, "levels": 128, "coverage": 12.5, "ink_share": 25.0}
        assert told["warnings"] == [{
            "code": "fine-resin", "side": "back", "panel": "K", "measure": 4.0, "more": 1,
            "places": [{"left_mm": 1.0, "top_mm": 2.0, "width_mm": 3.0, "height_mm": 4.5}],
        }]  # fmt: skip
        for panel in told["panels"]:
            picture = await self.call("GET", panel["picture"])
            assert (picture.status, picture.headers["content-type"]) == (200, "image/png")
            assert picture.headers["cache-control"] == "no-store"
        small = await self.call("GET", "/api/v1/jobs/1/cards/1/panels/back-K2.png?thumbnail=1")
        assert small.body == b"PNG of 1/1 back K 2 small"

    async def test_a_panel_that_is_not_there_is_told(self) -> None:
        self.service.put_job()
        for name in ("front-X", "edge-Y", "front-K1", "front-K02", "front-K100", "front", "front-Y.png"):
            answer = await self.call("GET", f"/api/v1/jobs/1/cards/1/panels/{name}.png")
            assert (answer.status, answer.json()["code"]) == (404, "not-found"), name
        for path in ("1/panels/front-C.png", "1/panels/back-K3.png", "2/panels", "2/panels/front-Y.png"):
            answer = await self.call("GET", f"/api/v1/jobs/1/cards/{path}")
            assert (answer.status, answer.json()["code"]) == (404, "unknown-card"), path
        assert (await self.call("GET", "/api/v1/jobs/1/cards/1/panels/front-Y.png?thumbnail=2")).status == 400
        assert (await self.call("GET", "/api/v1/jobs/7/cards/1/panels")).json()["code"] == "unknown-job"

    async def test_an_unknown_job_is_told_everywhere(self) -> None:
        for method, path in [
            ("GET", "/api/v1/jobs/7"), ("GET", "/api/v1/jobs/7/cards"), ("GET", "/api/v1/jobs/7/story"),
            ("GET", "/api/v1/jobs/7/cards/1/front.png"), ("POST", "/api/v1/jobs/7/cancel"),
            ("POST", "/api/v1/jobs/7/reprint"), ("POST", "/api/v1/jobs/7/reject"),
        ]:  # fmt: skip
            answer = await self.call(method, path)
            assert (answer.status, answer.json()["code"]) == (404, "unknown-job"), path
        assert (await self.call("GET", "/api/v1/jobs/seven")).json()["code"] == "not-found"
        assert (await self.call("GET", "/api/v1/jobs/" + "9" * 40)).status == 404


class TestWishing(SiteCase):
    async def wish(self, verb: str, body: object = None, job: int = 1) -> Answer:
        data = b"" if body is None else json.dumps(body).encode()
        return await self.call("POST", f"/api/v1/jobs/{job}/{verb}", data, Content_Type=JSON)

    async def test_hold_release_cancel_carry_name_and_reason(self) -> None:
        self.service.put_job()
        for verb, state in [("hold", "pending-held"), ("release", "pending"), ("cancel", "canceled")]:
            answer = await self.wish(verb, {"by": "rosa", "reason": "wrong photo"})
            assert (answer.status, answer.json()["state"]) == (200, state)
        assert self.service.wishes == [
            (verb, None, By("rosa", "wrong photo")) for verb in ("hold", "release", "cancel")
        ]

    async def test_without_a_body_somebody_unnamed_wants_it(self) -> None:
        self.service.put_job()
        answer = await self.call("POST", "/api/v1/jobs/1/hold")
        assert answer.status == 200
        assert self.service.wishes == [("hold", None, By("anonymous"))]

    async def test_a_number_is_one_however_it_is_written(self) -> None:
        self.service.put_job()
        answer = await self.call("POST", "/api/v1/jobs/1/reprint", b'{"copies": 3.0}', Content_Type="application/json")
        assert answer.status == 201
        assert self.service.wishes == [("reprint", 3, By("anonymous"))]
        for wrong in (b'{"copies": 3.5}', b'{"copies": "3"}', b'{"copies": 3.0} {', b"3.0 x"):
            answer = await self.call("POST", "/api/v1/jobs/1/reprint", wrong, Content_Type="application/json")
            assert answer.status == 400, wrong

    async def test_a_reprint_is_a_new_job(self) -> None:
        self.service.put_job()
        answer = await self.wish("reprint", {"copies": 3})
        assert (answer.status, answer.headers["location"], answer.json()["id"]) == (201, "/api/v1/jobs/2", 2)
        assert self.service.wishes == [("reprint", 3, By("anonymous"))]
        assert self.service.kept[2].ticket == replace(Ticket(), reprint_of=1)

    async def test_a_reprint_under_its_key_is_one_job(self) -> None:
        self.service.put_job()
        path, kind = "/api/v1/jobs/1/reprint", "application/json"
        keys = ("k1", "k1", "k2", "")
        answers = [await self.call("POST", path, b"{}", Content_Type=kind, Idempotency_Key=key) for key in keys]
        assert [answer.json()["id"] for answer in answers] == [2, 2, 3, 4]

    async def test_a_verdict_settles_the_card_in_doubt(self) -> None:
        self.service.put_job(CardState.DONE, CardState.UNCERTAIN)
        assert (await self.wish("settle", {"verdict": "done", "by": "rosa"})).status == 200
        assert (await self.wish("settle", {"verdict": "spoiled", "card": 2})).status == 200
        assert self.service.wishes == [
            ("settle", (2, Verdict.DONE), By("rosa")), ("settle", (2, Verdict.SPOILED), By("anonymous")),
        ]  # fmt: skip

    async def test_a_verdict_on_one_of_several_must_say_which(self) -> None:
        self.service.put_job(CardState.UNCERTAIN, CardState.DONE, CardState.UNCERTAIN)
        answer = await self.wish("settle", {"verdict": "done"})
        assert (answer.status, answer.json()["where"], answer.json()["allowed"]) == (400, "card", "1, 3")
        assert (await self.wish("settle", {"verdict": "done", "card": 2})).json()["code"] == "not-possible"
        assert self.service.wishes == []

    async def test_a_verdict_without_doubt_is_not_possible(self) -> None:
        self.service.put_job(CardState.DONE)
        answer = await self.wish("settle", {"verdict": "done"})
        assert (answer.status, answer.json()["code"]) == (409, "not-possible")

    async def test_a_finished_card_is_rejected(self) -> None:
        self.service.put_job(CardState.DONE)
        assert (await self.wish("reject", {"reason": "scratched", "by": "rosa"})).status == 200
        assert self.service.wishes == [("reject", 1, By("rosa", "scratched"))]
        assert (await self.wish("reject", {"card": 9})).json()["code"] == "unknown-card"

    async def test_a_wish_that_is_not_understood_is_not_done(self) -> None:
        self.service.put_job(CardState.UNCERTAIN)
        for verb, body, where in [
            ("settle", {"verdict": "perhaps"}, "verdict"), ("settle", {}, ""), ("cancel", {"card": 1}, "card"),
            ("reprint", {"copies": 0}, "copies"), ("hold", {"by": 7}, "by"), ("hold", [], ""),
            ("hold", {"by": "x" * 256}, "by"),
        ]:  # fmt: skip
            answer = await self.wish(verb, body)
            assert (answer.status, answer.json()["code"], answer.json()["where"]) == (400, "bad-request", where), body
        assert self.service.wishes == []

    async def test_text_that_would_steer_a_display_is_escaped_and_stays_what_it_was(self) -> None:
        name = "badge\u202egnp.exe\x9b\u2066"
        self.service.put_job(ticket=Ticket(name=name))
        answer = await self.call("GET", "/api/v1/jobs")
        assert b"\\u202e" in answer.body
        assert not any(mark in answer.body.decode() for mark in "\u202e\x9b\u2066")
        assert answer.json()["jobs"][0]["name"] == name

    async def test_a_page_elsewhere_cannot_send_a_wish_as_a_plain_form(self) -> None:
        self.service.put_job()
        for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"):
            answer = await self.call("POST", "/api/v1/jobs/1/cancel", b'{"by": "x"}', Content_Type=kind)
            assert answer.status == 415
        assert self.service.wishes == []

    async def test_a_wish_has_a_small_body(self) -> None:
        self.service.put_job()
        assert (await self.wish("hold", {"reason": "x" * 70_000})).status == 413
