"""What a worker cannot do, tried from inside one: each deed is done by a driver while it encodes a card."""

import io
import os
import socket
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from printserver.errors import BadTicket, DocumentBroken, DocumentEmpty, DocumentTooLarge, WorkerFailed
from printserver.model.card import Side
from printserver.model.ticket import Ticket
from printserver.sandbox.answers import Ready, decode_answer
from printserver.sandbox.command import worker_environment
from printserver.sandbox.frames import FrameReader
from printserver.sandbox.limits import MEBIBYTE, Limits
from printserver.sandbox.once import render_once
from printserver.sandbox.orders import ALL, RenderOrder
from tests.sandbox.mischief_orders import command, order, png, said


@pytest.fixture(scope="module")
def fences() -> Ready:
    """What a worker says of its own limits when it is ready."""
    run = subprocess.run(
        command(), stdin=subprocess.DEVNULL, capture_output=True, env=worker_environment(), cwd="/", check=True
    )
    (message,) = FrameReader().feed(run.stdout)
    ready = decode_answer(message)
    assert isinstance(ready, Ready)
    return ready


def stands(fences: Ready, name: str) -> bool:
    """Tell whether the kernel gave a fence; one that it did not give must be named."""
    in_force = any(line.startswith(f"{name}: ") for line in fences.in_force)
    assert in_force != any(line.startswith(f"{name}: ") for line in fences.missing)
    return in_force


def attempted(deed: str) -> str:
    return said(render_once(order("attempt", deed=deed), command=command()))


def test_every_fence_is_either_taken_or_named_as_missing(fences: Ready) -> None:
    assert [line.partition(":")[0] for line in fences.in_force][:3] == ["memory", "time", "files"]
    assert [stands(fences, name) in (True, False) for name in ("network", "privileges", "file system")] == [True] * 3


def test_the_network_is_cut_where_the_kernel_gives_an_empty_one(fences: Ready) -> None:
    if not stands(fences, "network"):
        return
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert attempted(f"socket.create_connection(('127.0.0.1', {port}), 5)").startswith("refused")
        # Datagrams are no matter of Landlock: they prove the empty network namespace, without even a loopback.
        assert attempted(
            "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))"
        ) == "refused: Network is unreachable"


def test_nothing_is_written_into_a_file(fences: Ready, tmp_path: Path) -> None:
    made = tmp_path / "made"
    assert attempted(f"open({str(made)!r}, 'w').write('x')").startswith("refused")
    assert not made.exists() or (not stands(fences, "file system") and made.read_bytes() == b"")


def test_an_open_file_does_not_grow() -> None:
    assert attempted("os.write(os.memfd_create('hidden'), b'x')") == "refused: File too large"


def test_no_file_but_the_program_s_own_code_is_read(fences: Ready, tmp_path: Path) -> None:
    if not stands(fences, "file system"):
        return
    secret = tmp_path / "master.key"
    secret.write_text("secret")
    assert attempted(f"open({str(secret)!r}).read()") == "refused: Permission denied"
    assert attempted("open('/etc/passwd').read()") == "refused: Permission denied"
    assert attempted("Path('/proc/self/environ').read_bytes()") == "refused: Permission denied"
    assert attempted("len(open(socket.__file__).read()) > 0") == "done: True"


def test_descriptors_are_few() -> None:
    assert attempted("[os.dup(0) for _ in range(64)]") == "refused: Too many open files"


def test_there_are_no_privileges_and_no_way_to_new_ones(fences: Ready) -> None:
    if stands(fences, "privileges"):
        assert attempted("os.setgroups([])") == "refused: Operation not permitted"
        assert attempted("os.chroot('/')") == "refused: Operation not permitted"


def test_a_worker_inherits_no_secret_and_no_descriptor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PRINTSERVER_SECRET", "do not tell")
    with (tmp_path / "open").open("w") as handed:
        os.set_inheritable(handed.fileno(), True)
        environment = said(render_once(order("environment"), command=command()))
        descriptors = said(render_once(order("descriptors"), command=command()))
    names = {line.partition("=")[0] for line in environment.splitlines()}
    assert names == {
        "LANG", "OPENBLAS_NUM_THREADS", "PYTHONDONTWRITEBYTECODE", "PYTHONNOUSERSITE", "PYTHONPATH"
    }
    assert descriptors == "0 1 2 3 4"  # nothing, the log twice, orders, answers


def test_everything_wanted_is_answered_without_a_daemon() -> None:
    wanted = RenderOrder(
        driver="Mischief", model="ONE", front=png(colour="black"), back=png(), ribbon="ymckok", want=ALL,
        ticket=Ticket(force=True),
    )
    result = render_once(wanted, command=command())
    assert [(panel.side, panel.panel, panel.levels) for panel in result.panels] == [
        ("front", "Y", 128), ("front", "M", 128), ("front", "C", 128), ("front", "K", 2), ("front", "O", 2),
        ("back", "K", 2),
    ]
    assert {(panel.width, panel.height, len(panel.data)) for panel in result.panels} == {(1016, 648, 1016 * 648)}
    assert result.job == b"begin" + b"".join(panel.panel.encode() + panel.data for panel in result.panels)
    whole, small = (Image.open(io.BytesIO(pictures[Side.FRONT])) for pictures in (result.composites, result.thumbnails))
    assert (whole.size, small.size) == ((1016, 648), (320, 204))
    assert whole.convert("RGB").getcolors() == [(1016 * 648, (0, 0, 0))]
    assert set(result.composites) == set(result.thumbnails) == {"front", "back"}


def test_only_what_is_wanted_is_answered() -> None:
    result = render_once(order(), command=command())
    assert result.blocks
    assert (result.panels, result.composites, result.thumbnails) == ((), {}, {})


def test_the_largest_picture_that_is_taken_fits_into_the_memory() -> None:
    stream = io.BytesIO()
    Image.new("RGBA", (8000, 5000), (255, 0, 0, 128)).save(stream, "PNG", compress_level=1)
    assert said(render_once(order(front=stream.getvalue()), command=command())) == "begin"


def test_a_picture_for_which_the_memory_does_not_do_is_too_large() -> None:
    limits = Limits(memory=64 * MEBIBYTE)
    with pytest.raises(DocumentTooLarge, match="memory"):
        render_once(order(front=png(6000, 6000)), limits=limits, command=command(limits))


@pytest.mark.parametrize(
    ("do", "kind", "says"),
    [
        ("refuse", BadTicket, "no such speed"),
        ("stumble", WorkerFailed, "ZeroDivisionError"),
        ("die", WorkerFailed, "was killed"),
        ("leave", WorkerFailed, "ended with status 3"),
    ],
)
def test_an_order_that_fails_says_why(do: str, kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=says):
        render_once(order(do), command=command())


def test_an_order_that_takes_too_long_is_ended() -> None:
    limits = Limits(wall_seconds=1, start_seconds=2)
    with pytest.raises(WorkerFailed, match="longer than 1 s"):
        render_once(order("wait"), limits=limits, command=command(limits))


@pytest.mark.parametrize(("front", "kind"), [(b"", DocumentEmpty), (png()[:100], DocumentBroken)])
def test_a_bad_document_keeps_its_name(front: bytes, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        render_once(order(front=front), command=command())
