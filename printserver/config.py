"""The configuration file: what is needed before the store opens, and printers and queues to start with.

Laws kept here:

1. A wrong file gives one error that names the file, the key and what is allowed; nothing is started with a guess.
2. A flag of the command line stands above the file; the file stands above the defaults.
3. Port 0 turns a door off.
"""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeVar, get_args

import msgspec

from printserver.errors import ConfigurationError
from printserver.listeners.webhooks.message import KINDS
from printserver.listeners.webhooks.signing import read_secret
from printserver.listeners.webhooks.target import Target, check_url
from printserver.model.clients import check_clients, is_loopback
from printserver.model.fetching import check_rules
from printserver.model.holding import zone_of
from printserver.model.opening_hours import opening_hours
from printserver.model.printer import Decisions, Duplicates, OnError, PrinterConfig, QueueConfig
from printserver.model.quota import Holder, Over, Period, Quota
from printserver.store.heads import head_place

Announce = Literal["auto", "on", "off"]
DEFAULT_PORT = 8631
DEFAULT_TLS_PORT = 8632
DEFAULT_RAW_PORT = 9100
DEFAULT_LPD_PORT = 5515
_T = TypeVar("_T")

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


Price = Annotated[str, msgspec.Meta(pattern=r"^([0-9]{1,12}(\.[0-9]{1,4})?)?$")]


class ServerSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[server]`."""

    bind: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    tls_port: int = DEFAULT_TLS_PORT
    lpd_port: int = DEFAULT_LPD_PORT
    data: str | None = None
    key: str | None = None
    hosts: tuple[str, ...] = ()
    default_queue: str | None = None
    plugins: str | None = None
    fonts: str | None = None
    name: str = "Card printing"
    certificate: str | None = None
    certificate_key: str | None = None
    proxies: tuple[str, ...] = ()
    announce: Announce = "auto"
    connections: Annotated[int, msgspec.Meta(ge=16, le=100_000)] = 4_000
    connections_per_client: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 1_000
    time_zone: str = ""
    fetch_schemes: tuple[str, ...] = ()
    fetch_hosts: tuple[str, ...] = ()
    jobs_per_client: Annotated[int, msgspec.Meta(ge=1)] = 5_000
    spool_megabytes: Annotated[int, msgspec.Meta(ge=1)] = 10_000
    free_megabytes: Annotated[int, msgspec.Meta(ge=0)] = 512
    report_at: Annotated[str, msgspec.Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$")] = ""
    report_folder: str = ""

    @property
    def open(self) -> bool:
        """Tell whether nobody is asked for a name: every door is this machine's alone, and no proxy is before it."""
        return is_loopback(self.bind) and not self.proxies


class PrinterSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[printer.NAME]`."""

    driver: str
    model: str
    device: str
    ribbon: str = "YMCKO"
    stock: str = "cr80-pvc"
    options: dict[str, str] = {}
    profiles: dict[str, str] = {}
    currency: Annotated[str, msgspec.Meta(max_length=16)] = ""
    ribbon_price: Price = ""
    ribbon_cards: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 0
    blank_price: Price = ""
    place: Annotated[str, msgspec.Meta(max_length=255)] = ""
    cleaning_due: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 0
    cleaning_stop: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 0


class QueueSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="kebab"):
    """`[queue.NAME]`."""

    printers: tuple[str, ...]
    raw_port: int = msgspec.field(name="raw_port", default=0)
    folder: str = ""
    on_error: OnError = msgspec.field(name="on_error", default=OnError.STOP)
    retention: Annotated[int, msgspec.Meta(ge=0)] = 7
    checking_hours: Annotated[int, msgspec.Meta(ge=0, le=8_760)] = 0
    accept_unconfirmed: bool = False
    department: str = ""
    max_attempts: Annotated[int, msgspec.Meta(ge=1)] = 3
    duplicates: Duplicates = Duplicates.WARN
    decisions: Decisions = Decisions.FREE
    ordered: bool = False
    clients: tuple[str, ...] = ()
    attended: bool = False
    hours: str = ""


class JournalSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[journal]`; `heads_every` is in seconds."""

    heads: tuple[str, ...] = ()
    heads_every: Annotated[int, msgspec.Meta(ge=1)] = 3600


class WebhookSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[webhook.NAME]`; `secret` names a file."""

    address: str
    secret: str
    events: tuple[str, ...] = ("job", "card")


class StoreSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[store]`; without `url` the store is a file in the data directory."""

    url: str | None = None
    node: str | None = None
    own_printers: tuple[str, ...] = ()


class DepartmentSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[department.NAME]`."""

    users: tuple[str, ...] = ()


class QuotaSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[quota.NAME]`, of a user or of a department; `*` = of each of them."""

    cards: Annotated[int, msgspec.Meta(ge=0)]
    user: str = ""
    department: str = ""
    period: Period = Period.MONTH
    over: Over = Over.REFUSE


class Configuration(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole file; `plugin` holds a table for each plugin, checked by the plugin itself.

    `command` = what printers at `exec:NAME` run, argument lists by name.
    """

    server: ServerSection = ServerSection()
    journal: JournalSection = JournalSection()
    store: StoreSection = StoreSection()
    printer: dict[str, PrinterSection] = {}
    queue: dict[str, QueueSection] = {}
    webhook: dict[str, WebhookSection] = {}
    department: dict[str, DepartmentSection] = {}
    quota: dict[str, QuotaSection] = {}
    command: dict[str, tuple[str, ...]] = {}
    plugin: dict[str, dict[str, object]] = {}

    def quotas(self) -> tuple[Quota, ...]:
        """Return the declared quotas."""
        return tuple(
            Quota(
                name=name, holder=Holder.USER if each.user else Holder.DEPARTMENT, who=each.user or each.department,
                cards=each.cards, period=each.period, over=each.over,
            )
            for name, each in self.quota.items()
        )

    def printers(self) -> tuple[PrinterConfig, ...]:
        """Return the declared printers."""
        return tuple(
            PrinterConfig(
                name=name, driver=each.driver.lower(), model=each.model.lower(), device=each.device,
                ribbon=each.ribbon, stock=each.stock, options=each.options,
                profiles=each.profiles, currency=each.currency, ribbon_price=each.ribbon_price,
                ribbon_cards=each.ribbon_cards, blank_price=each.blank_price,
                place=each.place, cleaning_due=each.cleaning_due, cleaning_stop=each.cleaning_stop,
            )
            for name, each in self.printer.items()
        )

    def queues(self) -> tuple[QueueConfig, ...]:
        """Return the declared queues, in the order of the file."""
        return tuple(
            QueueConfig(
                name=name, printers=each.printers, raw_port=each.raw_port, folder=each.folder,
                on_error=each.on_error, retention=each.retention, accept_unconfirmed=each.accept_unconfirmed,
                checking_hours=each.checking_hours,
                max_attempts=each.max_attempts, duplicates=each.duplicates, clients=each.clients,
                decisions=each.decisions, department=each.department, attended=each.attended, hours=each.hours,
                ordered=each.ordered,
            )
            for name, each in self.queue.items()
        )


def read_configuration(path: Path | None) -> Configuration:
    """Read and check a configuration file; None = all defaults. Raises ConfigurationError naming file and key."""
    if path is None:
        return Configuration()
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror}", where=str(path)) from error
    return parse_configuration(text, str(path))


def parse_configuration(text: bytes, source: str) -> Configuration:
    """Read a configuration's text; `source` is the file's name for error messages."""
    try:
        raw: dict[str, object] = msgspec.toml.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"is not TOML: {error}", where=source) from error
    parts: dict[str, object] = {
        "server": _section(raw.get("server", {}), ServerSection, source, "server"),
        "journal": _section(raw.get("journal", {}), JournalSection, source, "journal"),
        "store": _section(raw.get("store", {}), StoreSection, source, "store"),
    }
    for name, kind in (("printer", PrinterSection), ("queue", QueueSection), ("webhook", WebhookSection),
                       ("department", DepartmentSection), ("quota", QuotaSection),
                       ("plugin", dict[str, object])):
        tables = _section(raw.get(name, {}), dict[str, object], source, name)
        parts[name] = {key: _section(table, kind, source, f"{name}.{key}") for key, table in tables.items()}
    found = _section({**raw, **parts}, Configuration, source, "")
    _check(found, source)
    return found


def _section(raw: object, kind: type[_T], source: str, place: str) -> _T:
    """Return a part of the file as its form; raises ConfigurationError with file, key and what is allowed."""
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise _explained(error, kind, source, place) from error


def _explained(error: msgspec.ValidationError, kind: type, source: str, place: str) -> ConfigurationError:
    """Turn msgspec's `Expected `int`, got `str` - at `$.port`` into file, key and sentence."""
    text, _, path = str(error).partition(" - at ")
    key = f"{place}{path.strip('`').removeprefix('$')}".removeprefix(".")
    unknown = re.search(r"unknown field `([^`]+)`", text)
    missing = re.search(r"missing required field `([^`]+)`", text)
    if missing:
        key, text = f"{key}.{missing[1]}".removeprefix("."), "is missing"
    if unknown:
        key, text = f"{key}.{unknown[1]}".removeprefix("."), "there is no such key"
    where = f"{source}: {key}" if key else source
    return ConfigurationError(text, where=where, allowed=_allowed(kind, key, bool(unknown)))


def _allowed(kind: type, key: str, unknown: bool) -> str:
    if unknown:
        return ", ".join(getattr(kind, "__struct_encode_fields__", ()))
    choices = {
        "on_error": tuple(OnError), "duplicates": tuple(Duplicates), "announce": get_args(Announce),
        "decisions": tuple(Decisions), "period": tuple(Period), "over": tuple(Over),
    }  # fmt: skip
    words = choices.get(key.rpartition(".")[2])
    return ", ".join(words) if words else ""


def _check(found: Configuration, source: str) -> None:
    for section, names in (("printer", found.printer), ("queue", found.queue), ("webhook", found.webhook)):
        for name in names:
            if not NAME.fullmatch(name):
                raise ConfigurationError(
                    "is not a name", where=f"{source}: {section}.{name}", allowed="letters, digits, . _ - (up to 63)"
                )
    _check_quotas(found, source)
    for name, queue in found.queue.items():
        _check_queue(found, name, queue, source)
    _check_folders(found, source)
    _check_store(found.store, found.printer, source)
    _check_certificate(found.server, source)
    check_clients(found.server.proxies, f"{source}: server.proxies")
    check_webhooks(found, source)
    zone_of(found.server.time_zone, f"{source}: server.time_zone")
    check_rules(found.server.fetch_schemes, found.server.fetch_hosts, source)
    _check_ports(found, source)
    _check_commands(found, source)


def _check_commands(found: Configuration, source: str) -> None:
    """Raise ConfigurationError for a command that cannot be run, and for a printer that names none."""
    for name, command in found.command.items():
        where = f"{source}: command.{name}"
        if NAME.fullmatch(name) is None:
            raise ConfigurationError("this is no name", where=where, allowed="letters, digits, dot, dash, underscore")
        if not command or not Path(command[0]).is_absolute() or any("\0" in part for part in command):
            raise ConfigurationError(
                "a command is a list that begins with a program's whole path", where=where,
                allowed='["/usr/bin/lp", "-d", "QUEUE"]',
            )
    for name, printer in found.printer.items():
        kind, _, wanted = printer.device.partition(":")
        if kind == "exec" and wanted not in found.command:
            raise ConfigurationError(
                f"there is no command {wanted!r}", where=f"{source}: printer.{name}.device",
                allowed=", ".join(f"exec:{each}" for each in found.command) or "declare it under [command] first",
            )


def check_webhooks(found: Configuration, source: str) -> None:
    """Raise ConfigurationError for a target or a place of heads that cannot be."""
    for name, hook in found.webhook.items():
        check_url(hook.address, f"{source}: webhook.{name}.address")
        if not Path(hook.secret).is_absolute():
            raise ConfigurationError(
                f"{hook.secret!r} is no whole path", where=f"{source}: webhook.{name}.secret", allowed="a file's path"
            )
        for kind in hook.events:
            if kind not in KINDS:
                raise ConfigurationError(
                    f"{kind!r} is told to nobody", where=f"{source}: webhook.{name}.events", allowed=", ".join(KINDS)
                )
    for place in found.journal.heads:
        kind, _, name = place.partition(":")
        if kind != "webhook":
            head_place(place, f"{source}: journal.heads")
        elif name not in found.webhook:
            raise ConfigurationError(
                f"there is no webhook {name!r}", where=f"{source}: journal.heads",
                allowed=", ".join(found.webhook) or "declare a webhook first",
            )


def webhook_targets(found: Configuration, source: str = "") -> Mapping[str, Target]:
    """Return the targets by name; reads their secrets from disk, raises ConfigurationError."""
    begin = f"{source}: " if source else ""
    return {
        name: Target(
            name, each.address, frozenset(each.events), read_secret(Path(each.secret), f"{begin}webhook.{name}.secret")
        )
        for name, each in found.webhook.items()
    }


def _check_store(store: StoreSection, declared: Collection[str], source: str) -> None:
    """Raise ConfigurationError for what a fleet's store cannot be; a password in the address is not shown."""
    if store.url is not None:
        from printserver.store.location import check_location  # loads SQLAlchemy, which few commands need

        check_location(store.url, f"{source}: store.url")
    if store.node is not None and not NAME.fullmatch(store.node):
        raise ConfigurationError(
            "is not a name", where=f"{source}: store.node", allowed="letters, digits, . _ - (up to 63)"
        )
    for name in store.own_printers:
        if name not in declared:
            raise ConfigurationError(
                f"there is no printer {name!r}", where=f"{source}: store.own_printers", allowed=", ".join(declared)
            )


def _check_certificate(server: ServerSection, source: str) -> None:
    if (server.certificate is None) != (server.certificate_key is None):
        missing = "certificate_key" if server.certificate_key is None else "certificate"
        raise ConfigurationError(
            "is missing: a certificate is used with its private key", where=f"{source}: server.{missing}",
            allowed="the file's path; leave both out for a certificate that the server makes itself",
        )


def _check_quotas(found: Configuration, source: str) -> None:
    for name, quota in found.quota.items():
        if bool(quota.user) == bool(quota.department):
            raise ConfigurationError(
                "is of one user or of one department", where=f"{source}: quota.{name}", allowed="user or department"
            )
    seen: dict[str, str] = {}
    for name, department in found.department.items():
        for user in department.users:
            if seen.setdefault(user, name) != name:
                raise ConfigurationError(
                    f"{user!r} is also in {seen[user]}", where=f"{source}: department.{name}.users",
                    allowed="one department for each user",
                )


def _check_folders(found: Configuration, source: str) -> None:
    seen: dict[Path, str] = {}
    for name, queue in found.queue.items():
        if queue.folder and Path(queue.folder) in seen:
            raise ConfigurationError(
                f"is also watched for queue {seen[Path(queue.folder)]}", where=f"{source}: queue.{name}.folder",
                allowed="a folder for each queue",
            )
        seen |= {Path(queue.folder): name} if queue.folder else {}


def _check_queue(found: Configuration, name: str, queue: QueueSection, source: str) -> None:
    check_clients(queue.clients, f"{source}: queue.{name}.clients")
    opening_hours(queue.hours, f"{source}: queue.{name}.hours")
    if queue.raw_port and not queue.clients and not is_loopback(found.server.bind):
        raise ConfigurationError(
            "lists no address, so that the raw door cannot be opened to other machines",
            where=f"{source}: queue.{name}.clients", allowed="addresses and networks, or raw_port = 0",
        )
    if queue.folder and not Path(queue.folder).is_absolute():
        raise ConfigurationError(
            f"{queue.folder!r} is no whole path", where=f"{source}: queue.{name}.folder",
            allowed="a path that begins with /",
        )
    if not queue.printers:
        raise ConfigurationError("has no printer", where=f"{source}: queue.{name}.printers", allowed="at least one")
    for printer in queue.printers:
        if printer not in found.printer:
            raise ConfigurationError(
                f"there is no printer {printer!r}", where=f"{source}: queue.{name}.printers",
                allowed=", ".join(found.printer) or "declare a printer first",
            )


def _check_ports(found: Configuration, source: str) -> None:
    ports = {"server.port": found.server.port, "server.tls_port": found.server.tls_port}
    ports["server.lpd_port"] = found.server.lpd_port
    ports |= {f"queue.{name}.raw_port": queue.raw_port for name, queue in found.queue.items()}
    seen: dict[int, str] = {}
    for key, port in ports.items():
        if not 0 <= port <= 65_535:
            raise ConfigurationError(f"{port} is not a port", where=f"{source}: {key}", allowed="0 to 65535")
        if port and port in seen:
            raise ConfigurationError(f"port {port} is also {seen[port]}", where=f"{source}: {key}")
        seen[port] = key


def default_data() -> Path:
    """Return where data lie when nothing else is said: the system's place for root, the user's own otherwise."""
    if os.geteuid() == 0:
        return Path("/var/lib/printserver")
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "printserver"


def login_name() -> str:
    """Return who runs a command, for the journal."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.geteuid())
