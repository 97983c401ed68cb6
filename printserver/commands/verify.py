"""`printserver verify-journal`: whether the journal is what was written, row for row.

Laws kept here:

1. It reads and needs no key, so that it can be run on a copy by somebody who may not read documents.
2. It ends with 0 only when every chain is whole and every kept head is met.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from printserver.commands.options import all_of, config_option, data_option, json_option
from printserver.commands.output import say, tell_json
from printserver.commands.serve import place_of, store_of
from printserver.config import read_configuration
from printserver.model.chain import ChainReport
from printserver.store.heads import NewestHead, read_heads
from printserver.store.opening import verify_journal

where_options = all_of([config_option, data_option])


@click.command("verify-journal")
@click.option("--heads", type=click.Path(path_type=Path), help="Heads that were kept elsewhere: a file of them.")
@json_option
@where_options
def verify(heads: Path | None, as_json: bool, config: Path | None, data: Path | None) -> None:
    """Verify that no row of the journal was edited, removed or inserted.

    The head beside the data directory is always held against the journal; it lies where whoever changes the store may
    reach it too, so keep heads elsewhere and name their file with --heads.
    """
    configuration = read_configuration(config)
    place = place_of(configuration, data)
    kept = [*NewestHead(place.head).heads(), *(read_heads(heads) if heads else ())]
    reports = verify_journal(store_of(configuration, place), kept)
    if as_json:
        tell_json(msgspec.json.encode({"whole": _whole(reports), "chains": reports}))
    else:
        _tell(reports)
    if not _whole(reports):
        raise SystemExit(1)


def _whole(reports: Sequence[ChainReport]) -> bool:
    return not any(report.flaws for report in reports)


def _tell(reports: Sequence[ChainReport]) -> None:
    if not reports:
        say("The journal is empty.")
    for report in reports:
        heads = f", {report.heads_met} kept heads met" if report.heads_met else ""
        state = "NOT whole" if report.flaws else "whole"
        say(f"{report.node}: {state}, {report.rows} rows{heads}")
        for flaw in report.flaws:
            say(f"  {flaw.kind}: {flaw.detail}")
        if report.head and not report.flaws:
            say(f"  its head is {report.head}")


commands = {"verify-journal": verify}
