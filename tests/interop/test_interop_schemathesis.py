"""Schemathesis asks the HTTP API of a whole server all that its OpenAPI document allows, and what it forbids.

It asks in three ways: where nobody is asked for a name, as an administrator, and as one who may only submit.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from printserver.client import ApiClient
from printserver.listeners.access.passwords import hashed
from printserver.model.account import Account, Role
from printserver.store import open_store
from printserver.store.place import data_place
from tests.crash.crash_harness import ROOT, Site, site
from tests.interop.interop_kit import Said, run, start
from tests.interop.schemathesis_hooks import JOBS, PICTURE

CONFIGURATION = """
[server]
proxies = [{proxies}]

[printer.desk]
driver = "virtual"
model = "card"
device = "emulated"
ribbon = "YMCKO"

[queue.card]
printers = ["desk"]
duplicates = "off"
"""
EXAMPLES = os.environ.get("API_EXAMPLES", "8")
SETTINGS = Path(__file__).with_name("schemathesis.toml")
SECONDS = 3600.0 if "API_EXAMPLES" in os.environ else 300.0


@pytest.fixture(params=["nobody is asked", Role.ADMINISTER, Role.SUBMIT])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[Site, str]]:
    """A server with a few jobs, and the token of who asks it; empty = nobody is asked for a name."""
    role = request.param
    with site() as here:
        gated = role in tuple(Role)
        configuration = here.data.with_suffix(".toml")
        configuration.write_text(CONFIGURATION.format(proxies='"192.0.2.1"' if gated else ""))
        token = token_of(here, Role(role), configuration) if gated else ""
        start(here, "--config", str(configuration), "--lpd-port", "0")
        api = ApiClient(f"http://127.0.0.1:{here.port}", timeout=60, token=token)
        for number in range(JOBS):
            api.submit({"hold": number % 2 == 0}, PICTURE)
        yield here, token


def token_of(here: Site, role: Role, configuration: Path) -> str:
    """Make a token before the server runs, and an account: so nothing that is asked for can be the last one."""
    place = data_place(here.data, None)
    place.prepare()
    store = open_store(place.database, master_key=place.key, clock=lambda: 0.0, node="here")
    store.put_account(Account(name="ada", role=Role.ADMINISTER, secret=hashed("ada-secret")), "root")
    store.close()
    made = run(sys.executable, "-m", "printserver", "token", "add", "asker", "--role", role,
               "--config", configuration, "--data", here.data).expect()  # fmt: skip
    return next(word for word in made.out.split() if word.startswith("pst_"))


def schemathesis(here: Site, token: str, folder: Path) -> Said:
    """Run it against a server; it leaves its notes in a folder."""
    command = [
        "env", "-C", folder,
        Path(sys.executable).with_name("schemathesis"), "--config-file", SETTINGS, "run",
        f"http://127.0.0.1:{here.port}/api/v1/openapi.json", "--max-examples", EXAMPLES, "--no-color",
        *(("--header", f"Authorization: Bearer {token}") if token else ()),
    ]  # fmt: skip
    return run(*command, environment={"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}, seconds=SECONDS)


@pytest.mark.timeout(SECONDS + 60)
def test_the_server_keeps_to_its_document(server: tuple[Site, str], tmp_path: Path) -> None:
    here, token = server
    said = schemathesis(here, token, tmp_path)
    assert said.status == 0, f"{said.out[-20_000:]}\n{said.err[-5_000:]}"
    assert "52 selected" in said.out
    log = here.data.with_suffix(".log").read_text()
    assert "unexpected-error" not in log
    assert here.alive()
