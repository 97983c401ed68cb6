"""The configuration file: what stands in it is what the server does; a slip names file, key and what is allowed."""

from pathlib import Path

import pytest

from printserver.config import Configuration, parse_configuration, read_configuration
from printserver.errors import ConfigurationError
from printserver.model.printer import Duplicates, OnError

WHOLE = b"""
[server]
bind = "0.0.0.0"
port = 9000
hosts = ["cards.example"]
announce = "on"
fetch_schemes = ["https"]
fetch_hosts = ["pictures.example", "10.1.0.0/16"]
default_queue = "card"

[printer.front-office]
driver = "Evolis"
model = "Primacy"
device = "tcp:192.0.2.7:9100"
options = {speed = "fast"}
profiles = {YMCKO = "/etc/glossy.json"}

[queue.card]
printers = ["front-office"]
raw_port = 9100
duplicates = "hold"
clients = ["192.0.2.0/24"]
on_error = "skip"
accept-unconfirmed = true
max-attempts = 5
retention = 0

[plugin.mail]
to = "anna@example.org"
"""


def test_a_whole_file() -> None:
    found = parse_configuration(WHOLE, "file.toml")
    [printer], [queue] = found.printers(), found.queues()
    assert (printer.name, printer.driver, printer.model) == ("front-office", "evolis", "primacy")
    assert printer.ribbon == "YMCKO"
    assert printer.options == {"speed": "fast"}
    assert printer.profiles == {"YMCKO": "/etc/glossy.json"}
    assert (queue.on_error, queue.accept_unconfirmed, queue.max_attempts, queue.retention) == (OnError.SKIP, True, 5, 0)
    assert (queue.duplicates, queue.clients) == (Duplicates.HOLD, ("192.0.2.0/24",))
    assert found.server.hosts == ("cards.example",)
    assert found.server.announce == "on"
    assert (found.server.fetch_schemes, found.server.fetch_hosts) == (("https",), ("pictures.example", "10.1.0.0/16"))
    assert found.plugin == {"mail": {"to": "anna@example.org"}}


def test_no_file_is_all_defaults() -> None:
    assert read_configuration(None) == parse_configuration(b"", "empty") == Configuration()


PRINTER = b'[printer.a]\ndriver = "evolis"\nmodel = "primacy"\ndevice = "emulated"\n'
SLIPS = [
    (b"[sever]\n", "sever", "there is no such key",
     "server, journal, store, printer, queue, webhook, department, quota, command, plugin"),
    (b"[server]\nprot = 1\n", "server.prot", "there is no such key", "port"),
    (b'[server]\nport = "x"\n', "server.port", "int", ""),
    (b'[server]\ntime_zone = "Mars/Olympus"\n', "server.time_zone", "no time zone", "Asia/Jakarta"),
    (b'[server]\nannounce = "yes"\n', "server.announce", "", "auto, on, off"),
    (b'[command]\ncards = ["lp", "-d", "cards"]\n', "command.cards", "whole path", '["/usr/bin/lp"'),
    (b'[command]\ncards = []\n', "command.cards", "whole path", '["/usr/bin/lp"'),
    (b'[command]\n"../x" = ["/usr/bin/lp"]\n', "command.../x", "no name", "letters"),
    (b'[printer.p]\ndriver = "spool"\nmodel = "command"\ndevice = "exec:lp"\n'
     b'[command]\ncards = ["/usr/bin/lp"]\n', "printer.p.device", "no command 'lp'", "exec:cards"),
    (b'[server]\nfetch_schemes = ["ftp"]\n', "server.fetch_schemes", "'ftp'", "http, https"),
    (b'[server]\nfetch_schemes = ["http"]\n', "server.fetch_hosts", "lists no host", "names, addresses"),
    (b"[server]\nport = 70000\n", "server.port", "not a port", "0 to 65535"),
    (b'printer = "a"\n', "printer", "object", ""),
    (b'[printer.a]\ndriver = "evolis"\n', "printer.a.model", "", ""),
    (PRINTER + b"colour = 1\n", "printer.a.colour", "there is no such key", "driver, model, device"),
    (PRINTER + b"ribbon = 3\n", "printer.a.ribbon", "str", ""),
    (PRINTER + b"[printer.b]\ndriver = 1\n", "printer.b.driver", "str", ""),
    (PRINTER.replace(b"a]", b'"a/b"]'), "printer.a/b", "not a name", "letters"),
    (b"[queue.q]\nprinters = []\n", "queue.q.printers", "no printer", "at least one"),
    (b'[queue.q]\nprinters = ["z"]\n', "queue.q.printers", "'z'", "declare a printer first"),
    (PRINTER + b'[queue.q]\nprinters = ["a"]\non_error = "halt"\n', "queue.q.on_error", "halt", "stop, skip"),
    (PRINTER + b'[queue.q]\nprinters = ["a"]\nmax-attempts = 0\n', "queue.q.max-attempts", ">= 1", ""),
    (PRINTER + b'[queue.q]\nprinters = ["a"]\nduplicates = "drop"\n', "queue.q.duplicates", "drop", "off, warn, hold"),
    (PRINTER + b'[queue.q]\nprinters = ["a"]\nclients = ["x"]\n', "queue.q.clients", "no address", "192.0.2.0/24"),
    (
        PRINTER + b'[server]\nbind = "0.0.0.0"\n[queue.q]\nprinters = ["a"]\nraw_port = 9100\n', "queue.q.clients",
        "lists no address", "raw_port = 0",
    ),
    (PRINTER + b'[queue.q]\nprinters = ["a"]\nfolder = "in"\n', "queue.q.folder", "no whole path", "begins with /"),
    (
        PRINTER + b'[queue.q]\nprinters = ["a"]\nfolder = "/in"\n[queue.r]\nprinters = ["a"]\nfolder = "/in/"\n',
        "queue.r.folder", "watched for queue q", "each queue",
    ),
    (PRINTER + b'[queue.q]\nprinters = ["a"]\nretention = -1\n', "queue.q.retention", ">= 0", ""),
    (PRINTER + b'[queue.q]\nprinters = ["a"]\nraw_port = 8631\n', "queue.q.raw_port", "also server.port", ""),
    (b'[store]\nurl = "mysql://anna:secret@host/base"\n', "store.url", "no store is kept in mysql", "postgresql://"),
    (b'[store]\nurl = "postgresql://host"\n', "store.url", "names no database", "postgresql://"),
    (b'[store]\nurl = "cards"\nnode = "a b"\n', "store.node", "is not a name", "letters"),
    (PRINTER + b'[store]\nown_printers = ["z"]\n', "store.own_printers", "'z'", "a"),
    (b"port =", "", "is not TOML", ""),
    (b"\xff", "", "is not TOML", ""),
]


@pytest.mark.parametrize(("text", "key", "complaint", "allowed"), SLIPS)
def test_a_slip_names_file_key_and_what_is_allowed(text: bytes, key: str, complaint: str, allowed: str) -> None:
    with pytest.raises(ConfigurationError) as slip:
        parse_configuration(text, "file.toml")
    assert slip.value.where == (f"file.toml: {key}" if key else "file.toml")
    assert complaint in slip.value.message
    assert allowed in slip.value.allowed


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        read_configuration(tmp_path / "none.toml")
