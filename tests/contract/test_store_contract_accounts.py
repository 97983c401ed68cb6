"""Accounts and tokens in every store: one name for one, each change in the journal, no secret in it."""

from __future__ import annotations

import pytest

from printserver.errors import NameTaken, UnknownAccount
from printserver.model.account import Account, Role, Token
from printserver.store.contract import JobStore

SARI = Account(name="sari", role=Role.SUBMIT, secret="$argon2id$of-sari")
SYSTEM = Token(name="badge-system", role=Role.OPERATE, digest="0" * 64)


def told(store: JobStore) -> list[tuple[str, str, str, object]]:
    return [
        (event.kind, event.subject, event.what, event.data.get("role"))
        for event in store.events(0, 1000) if event.kind in ("user", "token")
    ]  # fmt: skip


def test_an_account_is_added_changed_and_removed(store: JobStore) -> None:
    store.put_account(SARI, "ada")
    store.put_account(Account(name="sari", role=Role.OPERATE, secret="$argon2id$new"), "ada")
    [found] = store.accounts()
    assert (found.role, found.secret) == (Role.OPERATE, "$argon2id$new")
    store.drop_account("sari", "ada")
    assert store.accounts() == []
    assert told(store) == [
        ("user", "sari", "added", "submit"), ("user", "sari", "changed", "operate"), ("user", "sari", "removed", None)
    ]


def test_a_token_is_added_and_revoked(store: JobStore) -> None:
    store.add_token(SYSTEM, "ada")
    [found] = store.tokens()
    assert (found.name, found.role, found.digest) == ("badge-system", Role.OPERATE, "0" * 64)
    store.drop_token("badge-system", "ada")
    assert store.tokens() == []
    assert [what for _, _, what, _ in told(store)] == ["added", "revoked"]


def test_the_journal_holds_no_secret_and_who_did_it(store: JobStore) -> None:
    store.put_account(SARI, "ada")
    store.add_token(SYSTEM, "ada")
    rows = [event for event in store.events(0, 1000) if event.kind in ("user", "token")]
    assert all(event.data["by"] == "ada" for event in rows)
    assert "argon2" not in str(rows)
    assert "0" * 64 not in str([event.data for event in rows])


def test_a_name_is_one_persons_or_programs(store: JobStore) -> None:
    store.put_account(SARI, "ada")
    store.add_token(SYSTEM, "ada")
    for name in ("sari", "badge-system"):
        with pytest.raises(NameTaken):
            store.add_token(Token(name=name, role=Role.SUBMIT, digest=name), "ada")
    with pytest.raises(NameTaken):
        store.put_account(Account(name="badge-system", role=Role.SUBMIT, secret="x"), "ada")
    assert len(store.accounts()) == len(store.tokens()) == 1


def test_who_is_not_there_cannot_be_removed(store: JobStore) -> None:
    with pytest.raises(UnknownAccount):
        store.drop_account("sari", "ada")
    with pytest.raises(UnknownAccount):
        store.drop_token("badge-system", "ada")
    assert told(store) == []
