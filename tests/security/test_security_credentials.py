"""Who is let in: nothing but the whole secret in its own scheme, and pictures go to those whom they concern.

Seen elsewhere: cupsd took a request for logged in whose Authorization named another scheme than the one that was
configured (CVE-2025-58060); a comparison of certificates could be satisfied by less than the certificate
(CVE-2022-26691); Get-Document gave the last document to anybody (CVE-2023-32360); PaperCut let strangers act as
administrators (CVE-2023-27350, CVE-2023-27351).
"""

from __future__ import annotations

import base64
from dataclasses import replace

from printserver.ipp import Operation, Status, build, encode, parse, plain
from printserver.listeners.ipp.routes import IPP
from printserver.model.account import Role
from printserver.model.job import CardState
from tests.listeners.access_kit import PASSWORDS, GateCase, basic

JOBS = "/api/v1/jobs"
# CUPS-Get-Document of CUPS, Fetch-Document of PWG 5100.18: by which a client or proxy is given a document back.
GIVING_DOCUMENTS = (0x4027, 0x0042)


class SecretTest(GateCase):
    def setUp(self) -> None:
        super().setUp()
        self.secret = self.token("kiosk", Role.SUBMIT)
        assert self.status("GET", JOBS, headers={"authorization": f"Bearer {self.secret}"}) == 200
        self.right = basic("ada")["authorization"].partition(" ")[2]

    def refused(self, value: str) -> None:
        self.now += 3600.0  # guessing is stopped soon, and that is not what is looked at here
        assert self.status("GET", JOBS, headers={"authorization": value}) == 401, value

    def test_a_right_secret_in_a_wrong_scheme_is_no_log_in(self) -> None:
        for scheme in ("Negotiate", "Digest", "Local", "PeerCred", "AuthRef", "NTLM", "Basic, Bearer", "BasicBearer"):
            self.refused(f"{scheme} {self.right}")
            self.refused(f"{scheme} {self.secret}")
        self.refused(f"Basic {self.secret}")
        self.refused(f"Bearer {self.right}")
        self.refused("PeerCred root")
        self.refused('Digest username="ada", realm="printserver", nonce="", uri="/", response=""')

    def test_a_part_of_a_secret_or_more_than_it_is_no_log_in(self) -> None:
        whole = self.secret
        for wrong in ("", whole[:-1], whole[1:], whole + whole[-1], whole + "\0", whole.swapcase(), whole[:1], "%"):
            self.refused(f"Bearer {wrong}")
        password = PASSWORDS["ada"]
        for wrong in ("", password[:-1], password + "x", password + "\0", password.upper()):
            self.refused("Basic " + base64.b64encode(f"ada:{wrong}".encode()).decode())


class PictureTest(GateCase):
    def setUp(self) -> None:
        super().setUp()
        self.own = self.service.put("sari", CardState.DONE).id
        self.other = self.service.put("hadi", CardState.DONE).id

    def test_pictures_of_a_job_are_its_owner_s_and_the_operators(self) -> None:
        paths = ("cards/1/front.png", "cards/1/panels", "cards/1/panels/front-Y.png", "story")
        for path in paths:
            assert self.status("GET", f"{JOBS}/{self.own}/{path}", headers=self.as_("sari")) == 200, path
            assert self.status("GET", f"{JOBS}/{self.other}/{path}", headers=self.as_("omar")) == 200, path
            assert self.status("GET", f"{JOBS}/{self.other}/{path}", headers=self.as_("sari")) == 403, path
            assert self.status("GET", f"{JOBS}/{self.own}/{path}") == 401, path

    def test_nobody_fetches_a_document_over_ipp(self) -> None:
        """Documents come in and never go out again, whoever asks."""
        for code in GIVING_DOCUMENTS:
            asked = build.request(Operation.GET_JOB_ATTRIBUTES, "ipp://localhost/ipp/print", job_id=self.own)
            body = encode(replace(asked, code=code))
            response = self.send("POST", "/ipp/print", body, headers={"content-type": IPP, **self.as_("ada")})
            assert isinstance(response.body, bytes)
            answer, rest = parse(response.body)
            assert (answer.code, rest) == (Status.OPERATION_NOT_SUPPORTED, b"")
        answer = self.ipp("ada", Operation.GET_PRINTER_ATTRIBUTES)
        supported = answer.get("operations-supported")
        assert supported is not None
        assert not {plain(value) for value in supported.values} & set(GIVING_DOCUMENTS)

    def as_(self, name: str) -> dict[str, str]:
        return basic(name)
