"""`printserver record`: what a printer and its host say to each other, both ways, with times.

Laws kept here:

1. Card data are left out before anything is written. Of a foreign program's job nothing is known, so all that it says
   is left out, except where `--test-card` says that the card is nobody's.
2. Without `--card` no card moves.
3. Standing between a program and a printer, bytes are handed on as they come, and none is kept back or changed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory

from printserver.commands.bench import Bench, bench_of, printer_options, run_with_reactor
from printserver.commands.output import say
from printserver.dialogue.recordings import NONE_HELD, REGISTER, Held
from printserver.dialogue.transcripts import Transcript
from printserver.driver import Done, Spoiled
from printserver.proving.register_card import register_card
from printserver.proving.relay import Relay, kept
from printserver.proving.station import Station
from printserver.proving.trials import Trial, told
from printserver.transport.link import Reactor

LISTEN = re.compile(r"tcp:(?:([0-9.]+):)?([0-9]{1,5})", re.ASCII)


@click.command()
@click.argument("printer", metavar="[PRINTER]", required=False)
@printer_options
@click.option("--out", metavar="FILE", required=True, type=click.Path(dir_okay=False, path_type=Path),
              help="File for the transcript.")
@click.option("--card", is_flag=True, help="Also print the register card: frame, lines and patches, nobody's data.")
@click.option("--listen", metavar="tcp:PORT", help="Stand between a foreign program, which connects here, and it.")
@click.option("--test-card", is_flag=True, help="With --listen: the card is nobody's; keep all that the program says.")
def record(printer: str | None, config: Path | None, data: Path | None, out: Path, card: bool, listen: str | None,
           test_card: bool, options: tuple[str, ...], **given: str | None) -> None:
    """Record the conversation with PRINTER: who it is and how it is, perhaps a card, or a foreign program's."""
    if listen is not None and card:
        raise click.UsageError("--card prints a card of ours, --listen records another program's: say one of them")
    if test_card and listen is None:
        raise click.UsageError("--test-card has no meaning without --listen")
    with bench_of(printer, config, data, given, options) as bench:
        if listen is None:
            transcript = run_with_reactor(lambda reactor: _ours(bench, card, reactor))
        else:
            transcript = run_with_reactor(lambda reactor: _theirs(bench, listen, test_card, reactor))
    out.write_text(transcript.text(), encoding="utf-8")
    say(f"{len(transcript.lines)} lines in {out}")


async def _ours(bench: Bench, card: bool, reactor: Reactor) -> Transcript:
    station = Station(bench.driver, lambda: bench.link(reactor), reactor, bench.capabilities)
    identity = await station.identify()
    await station.status()
    facts = {
        "driver": bench.info.name, "model": bench.model, "serial": identity.serial, "firmware": identity.firmware,
        "options": " ".join(f"{key}={value}" for key, value in bench.options.items()),
    }  # fmt: skip
    if card:
        trial = await station.settled(await station.print_card(register_card(bench.capabilities, bench.ribbon)))
        say(told(trial))
        facts |= {"ribbon": bench.ribbon.name, "card": REGISTER, "dialogues": " ".join(held(trial))}
        facts["outcome"] = type(trial.outcome).__name__.lower() if trial.outcome is not None else ""
    return station.kept({key: value for key, value in facts.items() if value})


def held(trial: Trial) -> list[Held]:
    """Return the dialogues that were held for a card, in order; the printer's counter is looked at last."""
    doubted = trial.committed and not isinstance(trial.outcome, Done | Spoiled)
    return [Held.IDENTIFY, Held.STATUS, Held.PRINT, *([Held.RECONCILE] if doubted else []), Held.STATUS]


async def _theirs(bench: Bench, listen: str, test_card: bool, reactor: Any) -> Transcript:  # noqa: ANN401 - Twisted's
    """Hand bytes on until the program has gone."""
    done: Deferred[Transcript] = Deferred()
    program = Relay(bench.link(reactor), reactor, done)
    door = await listening_at(listen, reactor).listen(Factory.forProtocol(lambda: program))
    say(f"listening at {door.getHost().host}:{door.getHost().port}; it ends when the program closes its connection")
    try:
        transcript = await done
    finally:
        await door.stopListening()
    facts = {"driver": bench.info.name, "model": bench.model, "dialogues": NONE_HELD}
    return kept(transcript, facts, whole=test_card)


def listening_at(text: str, reactor: Any) -> TCP4ServerEndpoint:  # noqa: ANN401 - Twisted's
    """Return where a program is awaited, tcp:PORT or tcp:HOST:PORT; raises click.BadParameter."""
    found = LISTEN.fullmatch(text)
    if found is None or int(found[2]) > 65_535:
        raise click.BadParameter("tcp:PORT or tcp:HOST:PORT is wanted, such as tcp:9100", param_hint="--listen")
    return TCP4ServerEndpoint(reactor, int(found[2]), interface=found[1] or "127.0.0.1", backlog=1)


commands = {"record": record}
