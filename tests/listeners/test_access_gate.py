"""Who sends a request: tokens, passwords and sessions; what is refused before anything is done, and where from."""

from __future__ import annotations

from unittest import mock

import pytest
from msgspec.structs import replace

from printserver.errors import BadRequest, LoginNeeded, TlsNeeded, TooManyTries
from printserver.ipp import Operation, Target, build, check_request, encode
from printserver.listeners.access.table import Identity, asking, now_asks
from printserver.listeners.access.tries import MOST_OF_ACCOUNT, MOST_OF_ADDRESS, Tries
from printserver.listeners.http import RequestContext, Response
from printserver.listeners.http.problems import problem_response
from printserver.listeners.ipp.addresses import Addresses, Ports, addresses_of
from printserver.listeners.ipp.asked import Asked
from printserver.listeners.ipp.routes import IPP
from printserver.model.account import Role
from printserver.model.job import JobState
from printserver.queue.views import QueueView
from tests.listeners.access_kit import HOST, PASSWORDS, GateCase, basic, ended, text_of

OUTSIDE = "192.0.2.5"
HTML = {"accept": "text/html,application/xhtml+xml"}
JOBS = "/api/v1/jobs"


def fields_of(response: Response, name: str) -> list[str]:
    return [value for key, value in response.headers if key.lower() == name]


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


class RefusedTest(GateCase):
    def test_without_credentials_the_head_alone_is_enough(self) -> None:
        for method, path in (("GET", JOBS), ("POST", JOBS), ("POST", "/ipp/print"), ("GET", "/metrics")):
            headers = {"content-type": "application/ipp" if "ipp" in path else "multipart/form-data"}
            with pytest.raises(LoginNeeded):
                self.send(method, path, headers=headers)

    def test_how_to_log_in_is_told(self) -> None:
        response = problem_response(LoginNeeded())
        assert response.status == 401
        assert fields_of(response, "www-authenticate") == [
            'Basic realm="printserver", charset="UTF-8"', 'Bearer realm="printserver"'
        ]

    def test_what_cannot_be_read_is_no_log_in(self) -> None:
        for value in ("Basic !!!", "Basic c2FyaQ==", "Digest x", "Bearer", "Basic /////w==", "x"):
            assert self.status("GET", JOBS, headers={"authorization": value}) == 401, value

    def test_health_icons_and_style_sheets_are_everybodys(self) -> None:
        assert self.status("GET", "/healthz", client=OUTSIDE) == 200
        assert self.status("GET", "/ipp/icons/printer-48.png") == 200

    def test_a_program_in_a_page_is_not_told_of_basic(self) -> None:
        headers = {"sec-fetch-site": "same-origin", "authorization": "Bearer none"}
        assert fields_of(self.send("GET", JOBS, headers=headers), "www-authenticate") == ['Bearer realm="printserver"']


class WayTest(GateCase):
    def test_credentials_come_over_tls_or_from_this_machine(self) -> None:
        with pytest.raises(TlsNeeded):
            self.send("GET", JOBS, client=OUTSIDE, headers=basic("sari"))
        assert self.status("GET", JOBS, client=OUTSIDE, secure=True, headers=basic("sari")) == 200
        assert self.status("GET", JOBS, client="::1", headers=basic("sari")) == 200

    def test_the_form_is_neither_shown_nor_taken_in_the_clear(self) -> None:
        assert self.status("GET", "/login", client=OUTSIDE) == 403
        assert login(self, "sari", client=OUTSIDE).status == 403
        assert self.hasher.checked == 0

    def test_a_client_behind_nobody_is_not_believed(self) -> None:
        forwarded = {"x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https", **basic("sari")}
        assert self.status("GET", JOBS, client=OUTSIDE, headers=forwarded) == 403


class ProxyTest(GateCase):
    proxies = ("127.0.0.1", "10.1.0.0/16")

    def test_a_believed_proxy_says_who_the_client_is_and_how_it_came(self) -> None:
        come = {"x-forwarded-for": f"127.0.0.1, {OUTSIDE}, 10.1.2.3", **basic("sari")}
        assert self.status("GET", JOBS, headers=come) == 403, "the client came in the clear"
        assert self.status("GET", JOBS, headers={**come, "x-forwarded-proto": "https"}) == 200
        assert self.status("GET", JOBS, client="192.0.2.9", headers={**come, "x-forwarded-proto": "https"}) == 403

    def test_tries_are_counted_for_the_client_and_not_for_the_proxy(self) -> None:
        for number in range(MOST_OF_ADDRESS):
            come = {"x-forwarded-for": OUTSIDE, "x-forwarded-proto": "https", **basic(f"nobody{number}", "wrong")}
            assert self.status("GET", JOBS, headers=come) == 401
        good = {"x-forwarded-proto": "https", **basic("sari")}
        assert self.status("GET", JOBS, headers={"x-forwarded-for": OUTSIDE, **good}) == 429
        assert self.status("GET", JOBS, headers={"x-forwarded-for": "192.0.2.6", **good}) == 200


class PasswordTest(GateCase):
    def test_a_wrong_password_and_a_name_that_nobody_has_are_told_alike_and_cost_alike(self) -> None:
        wrong = self.send("GET", JOBS, headers=basic("sari", "wrong"))
        nobody = self.send("GET", JOBS, headers=basic("nobody", "wrong"))
        assert (wrong.status, wrong.body) == (401, nobody.body)
        assert self.hasher.checked == 2

    def test_a_good_answer_is_remembered_for_minutes(self) -> None:
        for _ in range(3):
            assert self.status("GET", JOBS, headers=basic("sari")) == 200
        assert self.hasher.checked == 1
        self.now += 301
        assert self.status("GET", JOBS, headers=basic("sari")) == 200
        assert self.hasher.checked == 2
        assert self.status("GET", JOBS, headers=basic("sari", "wrong")) == 401

    def test_no_password_is_remembered(self) -> None:
        self.status("GET", JOBS, headers=basic("sari"))
        kept = self.gate.passwords._good
        assert kept
        assert all(PASSWORDS["sari"].encode() not in key for key in kept)

    def test_a_changed_password_is_wrong_at_once(self) -> None:
        assert self.status("GET", JOBS, headers=basic("sari")) == 200
        account = self.register.accounts["sari"]
        ended(self.register.put(replace(account, secret=self.hasher.hash("new one")), "ada"))
        assert self.status("GET", JOBS, headers=basic("sari")) == 401
        assert self.status("GET", JOBS, headers=basic("sari", "new one")) == 200

    def test_guessing_is_stopped_before_the_slow_hash(self) -> None:
        for _ in range(MOST_OF_ADDRESS):
            assert self.status("GET", JOBS, headers=basic("sari", "wrong")) == 401
        checked = self.hasher.checked
        response = self.send("GET", JOBS, headers=basic("sari"))
        assert (response.status, fields_of(response, "retry-after")) == (429, ["900"])
        assert self.hasher.checked == checked
        self.now += 901
        assert self.status("GET", JOBS, headers=basic("sari")) == 200

    def test_guessing_from_many_addresses_is_stopped_too(self) -> None:
        for number in range(MOST_OF_ACCOUNT):
            address = f"192.0.2.{number}"
            assert self.status("GET", JOBS, client=address, secure=True, headers=basic("sari", "wrong")) == 401
        assert self.status("GET", JOBS, headers=basic("sari")) == 429
        assert self.status("GET", JOBS, headers=basic("omar")) == 200

    def test_good_log_ins_are_no_failed_tries(self) -> None:
        for number in range(2 * MOST_OF_ACCOUNT):
            self.now += 400 if number % 2 else 0
            assert self.status("GET", JOBS, headers=basic("sari")) == 200


class TriesTest(GateCase):
    def test_tries_that_are_begun_count(self) -> None:
        tries = Tries(self.tell_time)
        take_back = [tries.begin("a", f"name{number}") for number in range(MOST_OF_ADDRESS)]
        with pytest.raises(TooManyTries):
            tries.begin("a", "other")
        take_back[0]()
        tries.begin("a", "other")


class TokenTest(GateCase):
    def test_a_token_is_good_until_it_is_revoked(self) -> None:
        token = self.token("badge-system", Role.SUBMIT)
        assert self.status("GET", JOBS, headers=bearer(token)) == 200
        assert self.status("GET", JOBS, headers=bearer(token[:-1] + "z")) == 401
        assert token not in str(self.store.tokens())
        ended(self.register.revoke("badge-system", "ada"))
        assert self.status("GET", JOBS, headers=bearer(token)) == 401

    def test_a_tokens_jobs_are_its_own(self) -> None:
        token = self.token("badge-system", Role.SUBMIT)
        request = build.request(Operation.CREATE_JOB, "ipp://localhost:8631/ipp/print", user="root")
        self.send("POST", "/ipp/print", encode(request), headers={"content-type": IPP, **bearer(token)})
        assert self.service.kept[1].ticket.user == "badge-system"

    def test_a_name_is_one_segment_of_an_address(self) -> None:
        for name in (".", "..", "a/b", "a\n", "", "x" * 64):
            with pytest.raises(BadRequest):
                self.token(name, Role.SUBMIT)
        for name in ("...", ".a", "x" * 63):
            assert self.token(name, Role.SUBMIT)

    def test_guessed_tokens_are_counted(self) -> None:
        for _ in range(MOST_OF_ADDRESS):
            assert self.status("GET", JOBS, headers=bearer("none")) == 401
        assert self.status("GET", JOBS, headers=bearer("none")) == 429


def login(case: GateCase, name: str, password: str | None = None, **options: object) -> Response:
    secret = PASSWORDS.get(name, "") if password is None else password
    headers = {"content-type": "application/x-www-form-urlencoded"}
    body = f"name={name}&password={secret}&back=/jobs/1".encode()
    return case.send("POST", "/login", body, headers=headers, **options)  # type: ignore[arg-type]


class PageTest(GateCase):
    def cookie(self, response: Response) -> dict[str, str]:
        return {"cookie": fields_of(response, "set-cookie")[0].partition(";")[0]}

    def test_who_opens_a_page_is_led_to_the_form_and_back(self) -> None:
        response = self.send("GET", "/jobs/1", headers=HTML)
        assert (response.status, fields_of(response, "location")) == (303, ["/login?back=/jobs/1"])
        assert 'name="back" value="/jobs/1"' in text_of(self.send("GET", "/login?back=/jobs/1"))
        assert fields_of(login(self, "sari"), "location") == ["/jobs/1"]

    def test_a_session_is_a_cookie_that_no_script_reads(self) -> None:
        assert fields_of(login(self, "sari"), "set-cookie")[0].endswith("; Path=/; SameSite=Strict; HttpOnly")
        assert fields_of(login(self, "sari", secure=True), "set-cookie")[0].endswith("; HttpOnly; Secure")

    def test_a_session_is_used_and_ended(self) -> None:
        session = self.cookie(login(self, "sari"))
        page = self.send("GET", "/", headers={**HTML, **session})
        assert page.status == 200
        assert "sari" in text_of(page)
        assert 'action="/logout"' in text_of(page)
        form = {"content-type": "application/x-www-form-urlencoded", **session}
        gone = self.send("POST", "/logout", b"", headers=form)
        assert (gone.status, "Max-Age=0" in fields_of(gone, "set-cookie")[0]) == (303, True)
        assert self.status("GET", "/", headers={**HTML, **session}) == 303

    def test_a_session_ends_unused_and_with_its_account(self) -> None:
        session = self.cookie(login(self, "sari"))
        self.now += 8 * 3600 - 1
        assert self.status("GET", JOBS, headers=session) == 200
        self.now += 8 * 3600 + 1
        assert self.status("GET", JOBS, headers=session) == 401
        session = self.cookie(login(self, "sari"))
        assert self.status("GET", JOBS, headers=session) == 200
        account = self.register.accounts["sari"]
        ended(self.register.put(replace(account, secret=self.hasher.hash(PASSWORDS["sari"])), "ada"))
        assert self.status("GET", JOBS, headers=session) == 401, "the password was changed"
        session = self.cookie(login(self, "sari"))
        ended(self.register.remove("sari", "ada"))
        assert self.status("GET", JOBS, headers=session) == 401

    def test_a_wrong_password_shows_the_form_again(self) -> None:
        response = login(self, "sari", "wrong-one")
        assert (response.status, fields_of(response, "www-authenticate")) == (401, [])
        assert "wrong-one" not in text_of(response)
        assert 'role="alert"' in text_of(response)

    def test_a_form_of_another_origin_logs_nobody_in(self) -> None:
        headers = {"content-type": "application/x-www-form-urlencoded", "origin": "http://evil.example"}
        assert self.status("POST", "/login", b"name=sari&password=sari-secret", headers=headers) == 403

    def test_buttons_that_a_role_may_not_press_are_not_there(self) -> None:
        self.service.put("rosa")
        assert "/jobs/1/cancel" not in text_of(self.page("sari", "GET", "/"))
        assert "/jobs/1/cancel" in text_of(self.page("omar", "GET", "/"))
        assert "/queues/card/pause" not in text_of(self.page("sari", "GET", "/"))
        assert "/queues/card/pause" in text_of(self.page("omar", "GET", "/"))


class AgainTest(GateCase):
    def test_what_is_told_again_is_told_only_while_who_asked_may_ask(self) -> None:
        shown, askers = self.token("till", Role.SUBMIT), []
        question = encode(build.request(Operation.GET_PRINTER_ATTRIBUTES, f"ipp://{HOST}/ipp/print"))
        response = self.send("POST", "/ipp/print", question, headers={"content-type": IPP, **bearer(shown)})
        assert response.again is not None
        queue = self.service.queue

        def asked_for(name: str | None) -> QueueView:
            askers.append(asking())
            return queue(name)

        with mock.patch.object(self.service, "queue", asked_for):
            assert response.again(question) == response.body
        assert askers == [Identity("till", Role.SUBMIT)]
        ended(self.register.revoke("till", "ada"))
        assert response.again(question) is None


class KeyTest(GateCase):
    def test_a_wish_sent_twice_under_its_key_is_one_job(self) -> None:
        old = self.service.put("sari", state=JobState.COMPLETED).id
        path, headers = f"{JOBS}/{old}/reprint", {"idempotency-key": "k", "content-type": "application/json"}
        first, second = (self.send("POST", path, headers={**headers, **basic("sari")}) for _ in range(2))
        assert (first.status, first.body) == (201, second.body)


class AttributesTest(GateCase):
    def test_ipp_says_that_it_asks_for_a_password(self) -> None:
        context = RequestContext(method="POST", path="/ipp/print", headers={"host": ("h:8632",)}, secure=True)
        assert addresses_of(context, Target(), Ports(plain=8631, tls=8632, asks=True)).authentication == "basic"
        assert len(addresses_of(context, Target(), Ports(plain=8631, tls=8632, asks=True)).doors()) == 1
        assert addresses_of(context, Target(), Ports(plain=8631, tls=8632)).authentication == "requesting-user-name"

    def test_an_account_has_no_other_address_than_its_name(self) -> None:
        """What a client says of itself counts for nothing where it was asked for a password."""
        address = build.uri("requesting-user-uri", "mailto:somebody@example.com")
        request = check_request(build.request(Operation.PRINT_JOB, "ipp://h/ipp/print", address))
        asked = Asked(request, b"", Addresses("h"), "192.0.2.5")
        assert asked.user_uri == "mailto:somebody@example.com"
        now_asks(Identity("alice", Role.SUBMIT))
        try:
            assert asked.user_uri is None
        finally:
            now_asks(None)
