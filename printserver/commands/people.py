"""`printserver user` and `printserver token`: who may use the server, and for what.

Laws kept here:

1. The store belongs to one process: while a server has it, the server is asked, else the store is opened here.
2. A password is read without being shown, or from standard input; it is no argument, where others could read it.
3. A token is shown once.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from printserver.client import ApiClient
from printserver.client.replies import read_any
from printserver.commands.options import all_of, config_option, data_option, json_option, open_api, server_option
from printserver.commands.output import rows_of, say, tell_row, tell_table
from printserver.commands.serve import node_of, place_of, store_of
from printserver.config import login_name, read_configuration
from printserver.errors import DataDirectoryInUse, NameTaken, UnknownAccount
from printserver.listeners.access.passwords import check_password, hashed
from printserver.listeners.access.register import check_name, new_token
from printserver.model.account import Account, Role, Token
from printserver.store.contract import JobStore
from printserver.store.opening import open_store

T = TypeVar("T")

where_options = all_of([config_option, data_option, server_option])
role_option = click.option(
    "--role", type=click.Choice([str(role) for role in Role]), default=str(Role.SUBMIT), show_default=True,
    help="What they may do; each role includes those before it.",
)
name_argument = click.argument("name", metavar="NAME")
role_argument = click.argument("role", metavar="ROLE", type=click.Choice([str(role) for role in Role]))


class Place:
    """Where accounts are changed: the server that runs, or the store of one that does not."""

    def __init__(self, config: Path | None, data: Path | None, server: str) -> None:
        """Take the place that configuration or `--data` name; a server is asked at `server`."""
        self._configuration = read_configuration(config)
        self._place = place_of(self._configuration, data)
        self._server = server

    def do(self, asked: Callable[[ApiClient], T], here: Callable[[JobStore], T]) -> T:
        """Ask the server that has the data directory, or do it here when none has."""
        context = click.get_current_context()
        named = context.get_parameter_source("server") is not click.core.ParameterSource.DEFAULT
        if named:
            return asked(open_api(self._server))
        self._place.prepare()
        try:
            lock = self._place.lock()
        except DataDirectoryInUse:
            return asked(open_api(self._server))
        try:
            return here(self._store())
        finally:
            os.close(lock)

    def _store(self) -> JobStore:
        return open_store(
            store_of(self._configuration, self._place), master_key=self._place.key, clock=time.time,
            node=node_of(self._configuration),
        )


@click.group()
def user() -> None:
    """Accounts of people: they log in with name and password."""


@user.command("add")
@name_argument
@role_option
@where_options
def add_user(name: str, role: str, config: Path | None, data: Path | None, server: str) -> None:
    """Add the account NAME; its password is asked for."""
    check_name(name)
    password = _new_password()

    def here(store: JobStore) -> None:
        if any(each.name == name for each in store.accounts()):
            raise NameTaken(f"{name} is the name of an account", where="name")
        store.put_account(Account(name=name, role=Role(role), secret=hashed(password)), login_name())

    Place(config, data, server).do(lambda api: api.add_user(name, role, password, by=login_name()), here)
    say(f"account {name}: {role}")


@user.command("list")
@json_option
@where_options
def list_users(as_json: bool, config: Path | None, data: Path | None, server: str) -> None:
    """List accounts."""
    rows = Place(config, data, server).do(
        lambda api: rows_of(read_any(api.fetch("/users")), "users"), lambda store: _rows(store.accounts())
    )
    _tell(rows, as_json, "users", "There are no accounts.")


@user.command("password")
@name_argument
@where_options
def change_password(name: str, config: Path | None, data: Path | None, server: str) -> None:
    """Change the password of NAME; the new one is asked for."""
    password = _new_password()
    _change(Place(config, data, server), name, {"password": password})
    say(f"account {name}: the password is changed")


@user.command("roles")
@name_argument
@role_argument
@where_options
def change_role(name: str, role: str, config: Path | None, data: Path | None, server: str) -> None:
    """Give NAME another ROLE: submit, operate (includes submit) or administer (includes operate)."""
    _change(Place(config, data, server), name, {"role": role})
    say(f"account {name}: {role}")


@user.command("remove")
@name_argument
@where_options
def remove_user(name: str, config: Path | None, data: Path | None, server: str) -> None:
    """Remove the account NAME; its jobs stay."""
    Place(config, data, server).do(
        lambda api: api.remove("users", name), lambda store: store.drop_account(name, login_name())
    )
    say(f"account {name} is removed")


@click.group()
def token() -> None:
    """Tokens of programs: sent as `Authorization: Bearer TOKEN`."""


@token.command("add")
@name_argument
@role_option
@where_options
def add_token(name: str, role: str, config: Path | None, data: Path | None, server: str) -> None:
    """Make a token for the program NAME and show it, this once."""

    def here(store: JobStore) -> str:
        shown, made = new_token(name, Role(role), os.urandom)
        store.add_token(made, login_name())
        return shown

    shown = Place(config, data, server).do(lambda api: api.add_token(name, role, by=login_name()), here)
    click.echo(shown)


@token.command("list")
@json_option
@where_options
def list_tokens(as_json: bool, config: Path | None, data: Path | None, server: str) -> None:
    """List tokens, without what they are."""
    rows = Place(config, data, server).do(
        lambda api: rows_of(read_any(api.fetch("/tokens")), "tokens"), lambda store: _rows(store.tokens())
    )
    _tell(rows, as_json, "tokens", "There are no tokens.")


@token.command("revoke")
@name_argument
@where_options
def revoke_token(name: str, config: Path | None, data: Path | None, server: str) -> None:
    """Take the token NAME away; it is good for nothing from now on."""
    Place(config, data, server).do(
        lambda api: api.remove("tokens", name), lambda store: store.drop_token(name, login_name())
    )
    say(f"token {name} is revoked")


def _change(place: Place, name: str, changes: dict[str, str]) -> None:
    def asked(client: ApiClient) -> None:
        client.change_user(name, changes, by=login_name())

    def here(store: JobStore) -> None:
        former = next((each for each in store.accounts() if each.name == name), None)
        if former is None:
            raise UnknownAccount(where=name)
        secret = hashed(changes["password"]) if "password" in changes else former.secret
        role = Role(changes.get("role", former.role))
        store.put_account(msgspec.structs.replace(former, role=role, secret=secret), login_name())

    place.do(asked, here)


def _new_password() -> str:
    """Return a password that is typed twice, or the first line of what is piped in."""
    if sys.stdin.isatty():
        password = str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    else:
        password = sys.stdin.readline().rstrip("\n")
    check_password(password)
    return password


def _rows(found: Sequence[Account | Token]) -> list[dict[str, Any]]:
    return [{"name": each.name, "role": str(each.role)} for each in found]


def _tell(rows: list[dict[str, Any]], as_json: bool, what: str, empty: str) -> None:
    shown = [{"name": str(row.get("name")), "role": str(row.get("role"))} for row in rows]
    if as_json:
        tell_row({what: shown})
    else:
        tell_table(("NAME", "ROLE"), [(row["name"], row["role"]) for row in shown], empty=empty)


commands = {"user": user, "token": token}
