"""Each cell of the table of operations and roles, asked for over IPP, over the JSON API and on pages."""

from __future__ import annotations

from printserver.ipp import Attribute, GroupTag, Message, Operation, Status, build, plain
from printserver.listeners.access.table import OPERATIONS, Identity, allowed
from printserver.model.account import Role
from printserver.model.job import CardState, JobState
from tests.listeners.access_kit import ROLES, GateCase, text_of

PNG = b"\x89PNG\r\n\x1a\n picture"
EVERYBODY, OPERATORS, ADMINISTRATORS = {"sari", "omar", "ada"}, {"omar", "ada"}, {"ada"}
# who may: on the job of somebody who is none of the three, and on their own
MAY = {
    "submit": EVERYBODY, "validate": EVERYBODY, "fetch": EVERYBODY, "unpack": EVERYBODY,
    "job": EVERYBODY, "jobs": EVERYBODY, "queues": EVERYBODY,
    "queue": EVERYBODY, "printers": EVERYBODY, "printer": EVERYBODY, "current": EVERYBODY, "unfinished": EVERYBODY,
    "events": EVERYBODY, "on_event": EVERYBODY, "last_event": EVERYBODY,
    **dict.fromkeys((
        "add_document", "story", "preview", "inspection", "ink", "hold", "release", "cancel", "reprint", "reject",
        "settle", "open_wishes", "confirm", "withdraw",
        "prioritise", "schedule", "pause", "resume", "clear_printer", "change", "pause_after_current",
        "release_held_new", "shut_down", "start_up", "purge", "forecasts", "use", "counts",
        "load_blanks", "count_blanks", "spend_blanks", "change_ribbon", "close_shift", "move", "replace_printer",
    ), OPERATORS),
    **dict.fromkeys(("add_printer", "set_printer", "retire_printer"), ADMINISTRATORS),
    "discover": ADMINISTRATORS, "add_queue": ADMINISTRATORS, "set_queue": ADMINISTRATORS,
    "purge_job": OPERATORS, "purge_jobs": ADMINISTRATORS,
    "report": OPERATORS, "history": EVERYBODY, "supplies": EVERYBODY, "shift": EVERYBODY,
    "accounts": ADMINISTRATORS, "change_accounts": ADMINISTRATORS,
}  # fmt: skip
MAY_OWN = {
    "open_wishes", "withdraw", "add_document", "story", "preview",
    "inspection", "ink", "hold", "release", "cancel", "reprint", "forecasts", "use",
}  # fmt: skip

FRESH: dict[str, object] = {"name": "x", "driver": "d", "model": "m", "device": "emulated", "ribbon": "K"}
API: dict[str, tuple[str, str, dict[str, object] | None]] = {
    "job": ("GET", "/jobs/{}", None), "jobs": ("GET", "/jobs", None), "story": ("GET", "/jobs/{}/story", None),
    "preview": ("GET", "/jobs/{}/cards/1/front.png", None), "inspection": ("GET", "/jobs/{}/cards/1/panels", None),
    "ink": ("GET", "/jobs/{}/cards/1/panels/front-Y.png", None), "hold": ("POST", "/jobs/{}/hold", {}),
    "release": ("POST", "/jobs/{}/release", {}), "cancel": ("POST", "/jobs/{}/cancel", {}),
    "reprint": ("POST", "/jobs/{}/reprint", {}), "reject": ("POST", "/jobs/{}/reject", {"card": 1}),
    "settle": ("POST", "/jobs/{}/settle", {"card": 1, "verdict": "done"}), "queues": ("GET", "/queues", None),
    "queue": ("GET", "/queues/card", None), "printers": ("GET", "/printers", None),
    "printer": ("GET", "/printers/front-office", None), "pause": ("POST", "/queues/card/pause", {}),
    "resume": ("POST", "/queues/card/resume", {}), "clear_printer": ("POST", "/printers/front-office/clear", {}),
    "add_printer": ("POST", "/printers", FRESH),
    "set_printer": ("POST", "/printers/x/set", {}), "retire_printer": ("POST", "/printers/x/retire", {}),
    "replace_printer": ("POST", "/printers/x/replace", {"new": "y"}),
    "move": ("POST", "/jobs/{}/move", {"queue": "x"}), "discover": ("POST", "/discover", {}),
    "add_queue": ("POST", "/queues", {"name": "card", "printers": ["front-office"]}),
    "set_queue": ("POST", "/queues/card", {"attended": True}),
    "events": ("GET", "/events", None), "open_wishes": ("GET", "/jobs/{}/wishes", None),
    "supplies": ("GET", "/printers/front-office/supplies", None),
    "shift": ("GET", "/printers/front-office/supplies", None),
    "history": ("GET", "/history", None), "counts": ("GET", "/counts", None),
    "forecasts": ("GET", "/jobs/{}/supplies", None), "use": ("GET", "/jobs/{}/supplies", None),
    "load_blanks": ("POST", "/printers/front-office/blanks", {"loaded": 1}),
    "count_blanks": ("POST", "/printers/front-office/blanks", {"counted": 1}),
    "spend_blanks": ("POST", "/printers/front-office/blanks", {"cleaning": 1}),
    "change_ribbon": ("POST", "/printers/front-office/ribbon", {}),
    "close_shift": ("POST", "/printers/front-office/close-shift", {"left": 1}),
    "confirm": ("POST", "/jobs/{}/wishes/1/confirm", {}), "withdraw": ("POST", "/jobs/{}/wishes/1/withdraw", {}),
    "report": ("GET", "/report", None),
    "purge_job": ("POST", "/jobs/{}/purge", {}), "purge_jobs": ("POST", "/purge", {"person": "rosa"}),
}  # fmt: skip

IPP: dict[str, tuple[Operation, tuple[Attribute, ...]]] = {
    "validate": (Operation.VALIDATE_JOB, ()), "submit": (Operation.CREATE_JOB, ()),
    "job": (Operation.GET_JOB_ATTRIBUTES, ()), "jobs": (Operation.GET_JOBS, ()),
    "hold": (Operation.HOLD_JOB, ()), "release": (Operation.RELEASE_JOB, ()), "cancel": (Operation.CANCEL_JOB, ()),
    "add_document": (Operation.SEND_DOCUMENT, (build.boolean("last-document", True),)),
    "schedule": (Operation.PROMOTE_JOB, ()), "queue": (Operation.GET_PRINTER_ATTRIBUTES, ()),
    "pause": (Operation.PAUSE_PRINTER, ()), "resume": (Operation.RESUME_PRINTER, ()),
    "change": (Operation.DISABLE_PRINTER, ()), "pause_after_current": (Operation.PAUSE_PRINTER_AFTER_CURRENT_JOB, ()),
    "release_held_new": (Operation.RELEASE_HELD_NEW_JOBS, ()), "shut_down": (Operation.SHUTDOWN_PRINTER, ()),
    "start_up": (Operation.STARTUP_PRINTER, ()), "purge": (Operation.PURGE_JOBS, ()),
}  # fmt: skip
OF_JOBS = {"job", "hold", "release", "cancel", "add_document", "schedule"}

PAGES: dict[str, tuple[str, str, dict[str, str]]] = {
    "jobs": ("GET", "/", {}), "job": ("GET", "/", {}), "story": ("GET", "/jobs/{}", {}),
    "inspection": ("GET", "/jobs/{}/cards/1/panels", {}), "hold": ("POST", "/jobs/{}/hold", {}),
    "release": ("POST", "/jobs/{}/release", {}), "cancel": ("POST", "/jobs/{}/cancel", {}),
    "pause": ("POST", "/queues/card/pause", {}), "resume": ("POST", "/queues/card/resume", {}),
    "purge_job": ("POST", "/jobs/{}/purge", {}), "purge_jobs": ("POST", "/purge", {"do": "look", "person": "eve"}),
    "discover": ("GET", "/printers/add", {}),
    "add_printer": ("POST", "/printers/add/one", {"kind": "d/m", "name": "x", "device": "emulated", "ribbon": "K"}),
}  # fmt: skip


class TableTest(GateCase):
    def jobs(self, own: str) -> dict[str, int]:
        """Keep a job of a stranger and one of somebody's own."""
        states = (CardState.QUEUED,)
        return {"other": self.service.put("rosa", *states).id, "own": self.service.put(own, *states).id}

    def expected(self, operation: str, who: str, whose: str) -> bool:
        return who in MAY[operation] or (whose == "own" and operation in MAY_OWN)

    def test_the_table_says_what_stands_here(self) -> None:
        assert set(MAY) == set(OPERATIONS)
        for operation in OPERATIONS:
            for who, role in ROLES.items():
                identity = Identity(who, role)
                assert allowed(identity, operation) == (who in MAY[operation]), (operation, who)
                assert allowed(identity, operation, own=True) == self.expected(operation, who, "own"), (operation, who)

    def test_nobody_and_what_is_not_in_the_table(self) -> None:
        assert [name for name in OPERATIONS if allowed(Identity("", None), name, own=True)] == ["last_event"]
        assert not allowed(Identity("ada", Role.ADMINISTER), "no-such-operation", own=True)

    def test_every_cell_over_the_api(self) -> None:
        for who in ROLES:
            for operation, (method, path, body) in API.items():
                for whose, number in self.jobs(who).items():
                    status = self.api(who, method, path.format(number), body).status
                    assert (status != 403) == self.expected(operation, who, whose), (operation, who, whose, status)
                    assert status != 401

    def test_every_cell_over_ipp(self) -> None:
        for who in ROLES:
            for operation, (code, attributes) in IPP.items():
                for whose, number in self.jobs(who).items():
                    job = number if operation in OF_JOBS else None
                    answer = self.ipp(who, code, *attributes, job=job, data=PNG if operation == "add_document" else b"")
                    refused = Status(answer.code) is Status.NOT_AUTHORIZED
                    assert refused != self.expected(operation, who, whose), (operation, who, whose, answer.code)

    def test_every_cell_on_pages(self) -> None:
        for who in ROLES:
            for operation, (method, path, form) in PAGES.items():
                for whose, number in self.jobs(who).items():
                    status = self.page(who, method, path.format(number), **{"by": "root", **form}).status
                    assert (status != 403) == self.expected(operation, who, whose), (operation, who, whose, status)

    def test_who_did_it_is_the_account_whatever_the_client_says(self) -> None:
        job = self.service.put("rosa", CardState.QUEUED).id
        self.api("omar", "POST", f"/jobs/{job}/hold", {"by": "root", "reason": "why"})
        self.page("omar", "POST", f"/jobs/{job}/hold", by="root")
        self.ipp("omar", Operation.CANCEL_JOB, job=job)
        assert [(what, by.name) for what, _, by in self.service.wishes] == [
            ("hold", "omar"), ("hold", "omar"), ("cancel", "omar"),
        ]  # fmt: skip

    def test_a_new_job_is_its_accounts(self) -> None:
        self.ipp("sari", Operation.CREATE_JOB, build.name("job-name", "badge"))
        assert self.service.kept[1].ticket.user == "sari"
        found = self.ipp("sari", Operation.GET_JOBS, build.boolean("my-jobs", True), said="rosa")
        assert len(jobs_in(found)) == 1

    def test_of_several_jobs_none_is_cancelled_when_one_is_anothers(self) -> None:
        numbers = self.jobs("sari")
        answer = self.ipp("sari", Operation.CANCEL_JOBS, build.integer("job-ids", numbers["own"], numbers["other"]))
        assert Status(answer.code) is Status.NOT_AUTHORIZED
        assert self.service.wishes == []


class WithheldTest(GateCase):
    def setUp(self) -> None:
        super().setUp()
        self.other = self.service.put("rosa", CardState.DONE, state=JobState.COMPLETED).id
        self.own = self.service.put("sari", CardState.DONE, state=JobState.COMPLETED).id

    def test_of_others_jobs_the_api_tells_number_state_queue_and_age(self) -> None:
        found = text_of(self.api("sari", "GET", f"/jobs/{self.other}"))
        assert "Rosa" not in found
        assert "192.0.2.77" not in found
        assert '"state":"completed"' in found
        rows = text_of(self.api("sari", "GET", "/jobs"))
        assert rows.count("Rosa Quispe") == 1, "of the own job alone"
        assert "Rosa Quispe" in text_of(self.api("omar", "GET", f"/jobs/{self.other}"))
        assert text_of(self.api("sari", "GET", f"/jobs/{self.other}/cards")) == '{"cards":[]}'

    def test_of_others_jobs_ipp_tells_no_more(self) -> None:
        everything = build.keyword("requested-attributes", "all")
        [told] = jobs_in(self.ipp("sari", Operation.GET_JOB_ATTRIBUTES, everything, job=self.other))
        assert set(told) == {
            "job-id", "job-uri", "job-printer-uri", "job-state", "time-at-creation", "date-time-at-creation",
            "job-printer-up-time", "attributes-charset", "attributes-natural-language",
        }  # fmt: skip
        [own] = jobs_in(self.ipp("sari", Operation.GET_JOB_ATTRIBUTES, everything, job=self.own))
        assert own["job-name"].startswith("Badge")
        listed = jobs_in(self.ipp("sari", Operation.GET_JOBS, build.keyword("which-jobs", "completed"), everything))
        assert ["job-name" in job for job in sorted(listed, key=lambda job: int(job["job-id"]))] == [False, True]

    def test_of_others_jobs_pages_show_no_more(self) -> None:
        page = text_of(self.page("sari", "GET", "/"))
        assert page.count("Rosa Quispe") == text_of(self.page("omar", "GET", "/")).count("Rosa Quispe") / 2 > 0
        assert f"/api/v1/jobs/{self.other}/cards" not in page

    def test_pictures_are_not_kept_by_anybody(self) -> None:
        response = self.api("sari", "GET", f"/jobs/{self.own}/cards/1/front.png")
        assert response.status == 200
        assert ("Cache-Control", "no-store") in self.site.headers_for(response)


def jobs_in(message: Message) -> list[dict[str, str]]:
    """The job groups of an answer, each attribute as text."""
    return [
        {attribute.name: str(plain(attribute.value)) for attribute in group.attributes}
        for group in message.groups_of(GroupTag.JOB)
    ]
