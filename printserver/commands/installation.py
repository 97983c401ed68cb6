"""The files with which systemd runs the server: unit, account, directories, device rules, a first configuration.

Laws kept here:

1. The server runs as an account of its own that may write its data directory and nothing else.
2. A stop is given the time that a card in a device takes, and is told to the server alone, not to its workers.
3. What somebody has written is never written over: the configuration is made only where there is none.

Sources: systemd.service(5), systemd.exec(5), sysusers.d(5), tmpfiles.d(5), udev(7); USB ids: public lists of ids.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from printserver.errors import ConfigurationError

ACCOUNT = "printserver"
CONFIGURATION = Path("etc/printserver/printserver.toml")
MAKERS = "0f49|0c1f|0d16"
STATE = "/var/lib/printserver"

UNIT = """\
[Unit]
Description=Print server for plastic cards
Documentation=man:systemd.service(5)
After=network-online.target modprobe@usblp.service modprobe@usbserial.service
Wants=network-online.target modprobe@usblp.service modprobe@usbserial.service

[Service]
Type=notify
NotifyAccess=main
ExecStart={program} serve --config /{configuration}
User={account}
Group={account}
SupplementaryGroups=lp dialout
Restart=on-failure
RestartSec=5
RestartPreventExitStatus=2
WatchdogSec=60
TimeoutStartSec=300
# A card in a printer is finished before the server ends; its workers end with it.
TimeoutStopSec=120
KillMode=mixed
LimitNOFILE=65536
UMask=0077

StateDirectory=printserver
StateDirectoryMode=0700
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
KeyringMode=private
# Workers fence themselves with namespaces of their own; netlink tells which addresses the machine has.
RestrictNamespaces=user net
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp
SystemCallErrorNumber=EPERM
DevicePolicy=closed
DeviceAllow=char-usb rw
DeviceAllow=char-usb_device rw
DeviceAllow=char-lp rw
DeviceAllow=char-ttyS rw
DeviceAllow=char-ttyUSB rw
DeviceAllow=char-ttyACM rw

[Install]
WantedBy=multi-user.target
"""

SYSUSERS = f"""\
u {ACCOUNT} - "Print server for plastic cards" {STATE}
"""

TMPFILES = f"""\
d /etc/printserver 0750 root {ACCOUNT} -
d {STATE} 0700 {ACCOUNT} {ACCOUNT} -
"""

UDEV = f"""\
# Card printers by their makers' USB ids: Evolis, Magicard, HiTi.
ACTION=="remove", GOTO="printserver_end"
SUBSYSTEM=="usb", ENV{{DEVTYPE}}=="usb_device", ATTR{{idVendor}}=="{MAKERS}", GROUP="{ACCOUNT}", MODE="0660"
SUBSYSTEM=="usbmisc", KERNEL=="lp[0-9]*", ATTRS{{idVendor}}=="{MAKERS}", GROUP="{ACCOUNT}", MODE="0660"
LABEL="printserver_end"
"""

FIRST_CONFIGURATION = f"""\
# See docs/operators.md. After a change: printserver check-config /{CONFIGURATION}
[server]
bind = "127.0.0.1"
data = "{STATE}/data"
key = "{STATE}/master.key"

# [printer.front-office]
# driver = "evolis"
# model = "primacy"
# device = "usblp:/dev/usb/lp0"

# [queue.card]
# printers = ["front-office"]
"""


@dataclass(frozen=True, slots=True)
class SystemFile:
    """One file: where below the root, what is in it, its mode; `keep` = one that is there is left as it is."""

    path: Path
    text: str
    mode: int = 0o644
    keep: bool = False


def system_files(program: Path) -> tuple[SystemFile, ...]:
    """Return all files; `program` is the whole path of `printserver`."""
    unit = UNIT.format(program=_quoted(program), configuration=CONFIGURATION, account=ACCOUNT)
    return (
        SystemFile(Path("etc/systemd/system/printserver.service"), unit),
        SystemFile(Path("etc/sysusers.d/printserver.conf"), SYSUSERS),
        SystemFile(Path("etc/tmpfiles.d/printserver.conf"), TMPFILES),
        SystemFile(Path("etc/udev/rules.d/70-printserver.rules"), UDEV),
        SystemFile(CONFIGURATION, FIRST_CONFIGURATION, 0o640, keep=True),
    )


def _quoted(program: Path) -> str:
    """Return a path as a word of ExecStart (systemd.service(5): quotes, `%` and `$` doubled)."""
    text = str(program)
    if not program.is_absolute() or not text.isprintable() or set(text) & set("\"'\\"):
        raise ConfigurationError(f"{text!r} cannot stand in a unit", where="--program", allowed="a whole, plain path")
    text = text.replace("%", "%%").replace("$", "$$")
    return f'"{text}"' if " " in text else text


def write(file: SystemFile, root: Path) -> bool:
    """Write a file below `root`, whole or not at all; false where one was left. Raises ConfigurationError."""
    place = root / file.path
    if file.keep and place.exists():
        return False
    fresh = place.with_name(place.name + ".new")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, file.mode)
        with open(descriptor, "w", encoding="utf-8") as stream:
            os.fchmod(stream.fileno(), file.mode)
            stream.write(file.text)
        os.replace(fresh, place)
    except OSError as error:
        raise ConfigurationError(f"cannot be written: {error.strerror}", where=str(place)) from error
    return True
