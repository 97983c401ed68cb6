"""`printserver user` and `printserver token`, in the store of a server that does not run."""

from __future__ import annotations

import time
from pathlib import Path

from argon2 import PasswordHasher

from printserver.listeners.access.register import digest_of
from printserver.model.account import Account, Role, Token
from printserver.store import open_store
from printserver.store.place import data_place
from tests.commands.command_kit import Outcome, call


def kept(data: Path) -> tuple[list[Account], list[Token]]:
    place = data_place(data, None)
    store = open_store(place.database, master_key=place.key, clock=time.time, node="here")
    try:
        return list(store.accounts()), list(store.tokens())
    finally:
        store.close()


def user(data: Path, *words: str, password: str = "") -> Outcome:
    return call("user", *words, "--data", data, stdin=f"{password}\n".encode())


def test_an_account_is_made_changed_and_removed(tmp_path: Path) -> None:
    data = tmp_path / "d"
    assert user(data, "add", "sari", "--role", "operate", password="long enough").lines == ["account sari: operate"]
    [account], _ = kept(data)
    assert PasswordHasher().verify(account.secret, "long enough")
    assert user(data, "roles", "sari", "administer").code == 0
    assert user(data, "password", "sari", password="another one").code == 0
    [account], _ = kept(data)
    assert account.role is Role.ADMINISTER
    assert PasswordHasher().verify(account.secret, "another one")
    assert user(data, "list", "--json").json() == {"users": [{"name": "sari", "role": "administer"}]}
    assert user(data, "remove", "sari").code == 0
    assert kept(data) == ([], [])


def test_what_cannot_be_is_one_line(tmp_path: Path) -> None:
    data = tmp_path / "d"
    user(data, "add", "sari", password="long enough")
    for words, password, told in [
        (("add", "sari"), "long enough", "name of an account"), (("add", "a:b"), "long enough", "is no name"),
        (("add", "omar"), "short", "8 to 256 characters"), (("remove", "omar"), "", "no account or token"),
        (("password", "omar"), "long enough", "no account or token"),
    ]:  # fmt: skip
        done = user(data, *words, password=password)
        assert done.code != 0
        assert told in done.complaint(), words
    assert [account.name for account in kept(data)[0]] == ["sari"]


def test_a_token_is_shown_once_and_kept_as_its_hash(tmp_path: Path) -> None:
    data = tmp_path / "d"
    shown = call("token", "add", "badge-system", "--role", "submit", "--data", data).out.strip()
    _, [token] = kept(data)
    assert (token.name, token.digest) == ("badge-system", digest_of(shown))
    listed = call("token", "list", "--data", data)
    assert "badge-system" in listed.out
    assert shown not in listed.out
    assert call("token", "revoke", "badge-system", "--data", data).code == 0
    assert kept(data) == ([], [])
