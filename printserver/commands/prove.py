"""`printserver prove`: about ten checks at a real printer, and the proof that raises its driver's tier.

Laws kept here:

1. Only what a person saw at a real printer makes a model `proven`; an emulated one can be rehearsed with, and proves
   nothing.
2. The proof and its transcripts lie in the data directory, without any card in them; nothing is sent anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from printserver.commands.bench import Bench, bench_of, printer_options, run_with_reactor
from printserver.commands.output import say
from printserver.commands.terminal import Terminal
from printserver.config import login_name
from printserver.driver.proofs import FOLDER, Proof, Verdict, code_digest
from printserver.proving.checks import CHECKS, Desk
from printserver.proving.session import Subject
from printserver.proving.session import prove as prove_it
from printserver.proving.station import Station

KEYS = [check.key for check in CHECKS]


@click.command()
@click.argument("printer", metavar="[PRINTER]", required=False)
@printer_options
@click.option("--only", "keys", multiple=True, type=click.Choice(KEYS), help="These checks alone; proves nothing.")
@click.option("--out", metavar="DIR", type=click.Path(file_okay=False, path_type=Path),
              help="Folder for the proof; else one in the data directory.")
@click.option("--by", metavar="NAME", default=login_name, show_default="login name", help="Who does it.")
def prove(printer: str | None, config: Path | None, data: Path | None, keys: tuple[str, ...], out: Path | None,
          by: str, options: tuple[str, ...], **given: str | None) -> None:
    """Prove a driver at the real PRINTER: checks with your hands and eyes, while no server has the printer."""
    with bench_of(printer, config, data, given, options) as bench:
        started = datetime.now(UTC)
        folder = out or bench.data / FOLDER / f"{bench.info.name}-{bench.model}-{started:%Y%m%dT%H%M%SZ}"
        proof = run_with_reactor(lambda reactor: _session(bench, folder, by, keys, reactor))
    _tell(proof, folder, whole=not keys)
    raise SystemExit(0 if proof.holds and not keys else 1)


async def _session(
    bench: Bench, folder: Path, by: str, keys: tuple[str, ...], reactor: Any,  # noqa: ANN401 - Twisted's
) -> Proof:
    person = Terminal()
    person.open(reactor)
    station = Station(bench.driver, lambda: bench.link(reactor), reactor, bench.capabilities)
    desk = Desk(station, person, bench.ribbon)
    subject = Subject(
        driver=bench.info.name, model=bench.model, code=code_digest(Path(bench.info.folder)), by=by,
        now=lambda: datetime.now(UTC).isoformat(timespec="seconds"),
    )  # fmt: skip
    return await prove_it(desk, subject, folder, [check for check in CHECKS if not keys or check.key in keys])


def _tell(proof: Proof, folder: Path, *, whole: bool) -> None:
    counts: Mapping[Verdict, int] = {
        verdict: sum(finding.verdict is verdict for finding in proof.findings) for verdict in Verdict
    }
    say(", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count))
    say(f"kept in {folder}")
    if not whole:
        say("These were some of the checks: nothing is proven by them.")
    elif proof.holds:
        say(f"{proof.driver} {proof.model} with {proof.ribbon} is proven on this server from its next start on.")
        say(f"For everybody: put this folder into the driver's package, below {FOLDER}/.")
    elif proof.simulated:
        say("This was an emulated printer: nothing is proven by it.")
    else:
        say("Nothing is proven yet: every check has to pass.")


commands = {"prove": prove}
