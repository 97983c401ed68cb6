"""What a target is told, and how it knows that it is from us."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.config import parse_configuration
from printserver.errors import ConfigurationError
from printserver.listeners.webhooks.message import WORDS, of_event, of_head
from printserver.listeners.webhooks.signing import read_secret, signature
from printserver.listeners.webhooks.target import Target, check_url
from printserver.model.chain import Head
from printserver.model.event import Event

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PERSON = "Wilhelmina Quackenbush"
HOOK = '[webhook.site]\naddress = "{url}"\nsecret = "/etc/secret"\n'


def event(kind: str = "card", subject: str = "12/3", **data: str | int | None) -> Event:
    return Event(id=7, node="desk.example", at=0.5, kind=kind, subject=subject, what="spoil", data=dict(data),
                 hash="ab" * 32)  # fmt: skip


def test_a_signature_is_the_one_that_the_specification_has() -> None:
    secret = base64.b64decode(SECRET.removeprefix("whsec_"))
    signed = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_card_is_told_by_ids_states_and_codes() -> None:
    told = of_event(event(state="spoiled", reason="ribbon-out", printer="desk", attempt=2, outcome="spoiled"))
    assert told.id == f"evt_{'ab' * 16}"
    assert json.loads(told.body) == {
        "type": "card.spoil", "timestamp": "1970-01-01T00:00:00.500Z",
        "data": {"node": "desk.example", "event": 7, "kind": "card", "what": "spoil", "subject": "12/3", "job": 12,
                 "card": 3, "state": "spoiled", "reason": "ribbon-out", "printer": "desk", "attempt": 2,
                 "outcome": "spoiled"},
    }  # fmt: skip


@given(st.sampled_from([*WORDS, "name", "user", "origin", "by", "note", "detail", "status", "evidence.x"]))
def test_what_persons_wrote_is_left_out_wherever_it_stands(word: str) -> None:
    told = of_event(event(**{word: PERSON}))
    assert b"Quackenbush" not in told.body


@pytest.mark.parametrize("word", ["name", "user", "origin", "by", "note", "detail", "status"])
def test_words_of_persons_are_left_out_whatever_their_form(word: str) -> None:
    assert b"quack" not in of_event(event(**{word: "quack"})).body


def test_a_head_is_told_whole() -> None:
    told = of_head(Head(node="n", id=9, at=1.25, hash="cd" * 32))
    assert json.loads(told.body)["data"] == {"node": "n", "id": 9, "at": 1.25, "hash": "cd" * 32}
    assert told.id == f"head_{'cd' * 16}"


def test_a_secret_is_read_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n")
    file.chmod(0o640)
    secret = read_secret(file, "here")
    assert len(secret) == 24
    assert repr(secret) not in repr(Target("a", "http://x/", frozenset(), secret))


@pytest.mark.parametrize(
    ("text", "mode"),
    [(SECRET, 0o644), ("whsec_c2hvcnQ=", 0o600), ("plain words", 0o600), (SECRET[6:], 0o600), ("", 0o600)],
)
def test_a_secret_that_is_weak_or_open_is_refused(text: str, mode: int, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(text)
    file.chmod(mode)
    with pytest.raises(ConfigurationError) as refused:
        read_secret(file, "webhook.site.secret")
    assert refused.value.where == "webhook.site.secret"
    assert text == "" or text not in refused.value.sentence()


@pytest.mark.parametrize(
    "url", ["", "ftp://host/", "https://", "https://me:secret@host/", "https://host/#part", "https://ho st/", "//host/",
            "https://host:0/", "https://host:99999/", "https://h\u00f6st/", "https://host/\r\nX: y"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        check_url(url, "webhook.site.address")


@pytest.mark.parametrize(
    ("file", "where"),
    [
        (HOOK.format(url="gopher://x"), "webhook.site.address"),
        (HOOK.format(url="https://x/").replace("/etc/secret", "secret"), "webhook.site.secret"),
        (HOOK.format(url="https://x/") + 'events = ["user"]', "webhook.site.events"),
        ('[journal]\nheads = ["webhook:lost"]', "journal.heads"),
        (HOOK.format(url="https://x/") + '[webhook."a b"]\naddress = "https://x/"\nsecret = "/s"', "webhook.a b"),
    ],
)
def test_a_configuration_names_the_key_that_is_wrong(file: str, where: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse_configuration(file.encode(), "file.toml")
    assert refused.value.where == f"file.toml: {where}"


def test_heads_may_go_to_a_webhook() -> None:
    file = '[journal]\nheads = ["webhook:site", "syslog"]\n' + HOOK.format(url="https://x/y?z=1")
    assert parse_configuration(file.encode(), "file.toml").journal.heads == ("webhook:site", "syslog")
