"""`printserver demo`: a server with an emulated printer, one sample card through it, and where to look."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from printserver.client import ApiClient, IppClient
from printserver.config import DEFAULT_PORT, DEFAULT_RAW_PORT
from printserver.design.sample import sample_front
from printserver.errors import PrintServerError
from printserver.model.job import JobState

PRINTER = "evolis:primacy"
READY = "printserver is ready: "
CARD_SECONDS = 120.0
ANY_PORT = 0
STOP_SECONDS = 20.0


class DemoFailed(PrintServerError):
    """The demonstration did not bring its card out."""

    code = "demo-failed"
    remedy = "Look into the log that the message names."


@click.command()
@click.option("--once", is_flag=True, help="End by itself when the card is out.")
@click.option("--data", type=click.Path(path_type=Path), help="Data directory (a new one below the temporary files).")
def demo(once: bool, data: Path | None) -> None:
    """Start a server with an emulated printer, print a sample card, say where to look."""
    folder = data.absolute() if data else Path(tempfile.mkdtemp(prefix="printserver-demo-"))
    sample = folder / "sample-card.png"
    folder.mkdir(parents=True, exist_ok=True)
    sample.write_bytes(sample_front())
    with server(folder / "server") as url:
        click.echo(f"status page: {url}")
        print_sample(url, sample, folder / "server" / "cards")
        if not once:
            _invite(url, folder)
            _wait_for_interrupt()


@contextmanager
def server(data: Path) -> Iterator[str]:
    """Run a server on free ports as a process of its own; yields its address and ends it at the end.

    The usual ports are taken if they are free; should somebody else take one while the server starts, others are.
    Raises DemoFailed.
    """
    log = data.with_suffix(".log")
    for ports in ((DEFAULT_PORT, DEFAULT_RAW_PORT), (ANY_PORT, ANY_PORT)):
        with log.open("ab") as sink, _started(data, ports, sink) as process:
            try:
                if (address := _address(process)) is not None:
                    yield address
                    return
            finally:
                process.terminate()
                try:
                    process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
    raise DemoFailed("the server ended before it was ready", where=str(log))


def _started(data: Path, ports: tuple[int, int], sink: BinaryIO) -> subprocess.Popen[str]:
    http, raw = (str(free_port(port)) for port in ports)
    command = [
        sys.executable, "-P", "-m", "printserver", "serve", "--emulate", PRINTER, "--data", str(data),
        "--port", http, "--raw-port", raw, "--tls-port", "0", "--lpd-port", "0",
    ]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=sink, text=True)


def _address(process: subprocess.Popen[str]) -> str | None:
    """Return the address that the server announces, None when it ends before."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(READY):
            return line.removeprefix(READY).strip()
    return None


def free_port(wanted: int) -> int:
    """Return the wanted port of the loopback address if it is free, else another free one."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise DemoFailed("there is no free port on the loopback address")


def print_sample(url: str, sample: Path, cards: Path) -> Path:
    """Print the sample by IPP, tell its story, and return the picture of the printed card."""
    printer = IppClient(f"{url}ipp/print", user="demo")
    job = printer.print_job(sample, mime="image/png", job_name="Sample card")
    click.echo(f"job {job.id}: sent by IPP, {sample.name} ({sample.stat().st_size} bytes)")
    ended = printer.wait(job.id, timeout=CARD_SECONDS)
    for line in story(ApiClient(url), job.id):
        click.echo(f"  {line}")
    if ended.state != JobState.COMPLETED:
        raise DemoFailed(f"job {job.id} is {ended.state}: {', '.join(ended.reasons)}")
    card = _newest(cards)
    click.echo(f"card: {card}")
    return card


def _newest(cards: Path) -> Path:
    found = sorted(cards.glob("*-front.png"))
    if not found:
        raise DemoFailed("the job is completed, but no card came out", where=str(cards))
    return found[-1]


def story(api: ApiClient, job: int) -> Iterator[str]:
    """Yield the journal of a job, one line each: time, what, and to which state."""
    for event in msgspec.json.decode(api.fetch(f"/jobs/{job}/story"))["events"]:
        yield _line(event)


def _line(event: Mapping[str, object]) -> str:
    at = datetime.fromisoformat(str(event["at"])).astimezone().strftime("%H:%M:%S.%f")[:-3]
    data = event["data"] if isinstance(event["data"], dict) else {}
    state = f" -> {data['state']}" if data.get("state") else ""
    subject = "card" if event["kind"] == "mark" else event["kind"]
    return f"{at}  {subject} {event['subject']}: {event['what']}{state}"


def _invite(url: str, folder: Path) -> None:
    command = Path(sys.executable).with_name("printserver")
    click.echo(
        f"\nPrint a picture of your own, or a PDF:\n"
        f"  {command} print YOUR.png --server {url.rstrip('/')} --wait\n"
        f"  curl -F front=@YOUR.png {url}api/v1/jobs\n"
        f"  any program that prints by IPP: {url.replace('http:', 'ipp:')}ipp/print\n"
        f"Cards come out in {folder / 'server' / 'cards'}. Ctrl-C ends the demonstration."
    )


def _wait_for_interrupt() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        click.echo("\nending")


commands = {"demo": demo}
