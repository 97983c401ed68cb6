"""Every error that the job service can raise has an answer at every door."""

import pytest

from printserver import errors
from printserver.errors import Fault, PrintServerError
from printserver.listeners.http.problems import STATUS_OF
from printserver.listeners.ipp.statuses import STATUSES

# What only a start, a device's conversation or another program's command can raise, never a call of the service.
NEVER_AT_A_DOOR = {
    "internal-error", "wrong-host", "configuration", "port-in-use", "data-directory-in-use", "backup-damaged",
    "device-unreachable", "device-silent", "device-reply-unknown", "server-unreachable",
}  # fmt: skip
KINDS = [
    kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, PrintServerError)
]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_has_an_answer(kind: type[PrintServerError]) -> None:
    assert kind.code in STATUS_OF or kind.code in NEVER_AT_A_DOOR
    assert kind.code in STATUSES or kind.code in NEVER_AT_A_DOOR


def test_a_busy_server_is_a_busy_server_over_ipp() -> None:
    assert STATUSES["server-busy"] == STATUSES["store-busy"]


def test_what_a_client_did_wrong_is_never_told_as_the_servers_fault() -> None:
    client = [kind for kind in KINDS if kind.fault is Fault.CLIENT and kind.code not in NEVER_AT_A_DOOR]
    assert client
    assert all(400 <= STATUS_OF[kind.code] < 500 and 0x0400 <= STATUSES[kind.code] < 0x0500 for kind in client)
