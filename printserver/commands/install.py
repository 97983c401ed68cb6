"""`printserver install`: the files with which systemd runs the server."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from printserver.commands.installation import CONFIGURATION, system_files, write
from printserver.commands.output import say

NEXT = f"""\
Next, as root:
  systemd-sysusers && systemd-tmpfiles --create printserver.conf
  chgrp printserver /{CONFIGURATION}
  udevadm control --reload && udevadm trigger --subsystem-match=usb
  systemctl daemon-reload
Then write your printers into /{CONFIGURATION}, and:
  systemctl enable --now printserver"""


@click.command()
@click.option("--root", type=click.Path(path_type=Path, file_okay=False), default=Path("/"), show_default=True,
              help="Write below this folder, as for an image or a package.")  # fmt: skip
@click.option("--program", type=click.Path(path_type=Path), help="The program that the unit starts; else this one.")
@click.option("--dry-run", is_flag=True, help="Show the files and write nothing.")
def install(root: Path, program: Path | None, dry_run: bool) -> None:
    """Write unit, account, directories, device rules and a first configuration for systemd.

    Nothing is started and no account is made: the command says what to do next. A configuration that is there is left
    as it is; the other files are written anew.
    """
    for file in system_files(program or _this_program()):
        if dry_run:
            say(f"# {root / file.path}\n{file.text}")
            continue
        what = "written" if write(file, root) else "left as it is"
        say(f"{root / file.path}: {what}")
    if not dry_run:
        say(NEXT)


def _this_program() -> Path:
    beside = Path(sys.executable).with_name("printserver")
    return beside if beside.exists() else Path(shutil.which("printserver") or beside)


commands = {"install": install}
