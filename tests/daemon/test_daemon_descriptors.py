"""How many connections fit into this process's limit of open files."""

from __future__ import annotations

import resource

import pytest

from printserver.daemon.descriptors import RESERVED, room_for


@pytest.mark.parametrize(("soft", "hard", "raised", "room"), [
    (1024, 1_048_576, 4256, 4000),  # raised as far as is needed
    (20_000, 20_000, 20_000, 4000),  # never lowered
    (1024, 2048, 2048, 2048 - RESERVED),  # as far as it may be
    (100, 100, 100, 50),  # half of a small one
    (1024, resource.RLIM_INFINITY, 4256, 4000),
    (resource.RLIM_INFINITY, resource.RLIM_INFINITY, resource.RLIM_INFINITY, 4000),
])  # fmt: skip
def test_the_limit_is_raised_and_the_rest_is_for_connections(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, raised: int, room: int
) -> None:
    now = [(soft, hard)]
    monkeypatch.setattr(resource, "getrlimit", lambda kind: now[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda kind, limits: now.append(limits))
    assert room_for(4000) == room
    assert now[-1] == (raised, hard)
