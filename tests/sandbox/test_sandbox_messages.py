"""What travels between server and worker: lengths, orders, answers, errors."""

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver import errors
from printserver.documents.unpacking import LARGEST
from printserver.errors import BadTicket, PrintServerError, WorkerFailed
from printserver.model.card import PanelName, Side
from printserver.model.inspection import Inspection, PanelWarning, WarningCode
from printserver.model.ticket import KMode, Ticket
from printserver.raster.arrays import BadPlane
from printserver.sandbox.answers import Answer, Ready, Refused, Rendered, decode_answer
from printserver.sandbox.ending import ending, visible_lines
from printserver.sandbox.frames import LARGEST_MESSAGE, LENGTH, FrameReader, framed
from printserver.sandbox.orders import ALL, InkPicture, RenderedBlock, RenderedPanel, RenderOrder, RenderResult

KINDS = sorted(
    (kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, PrintServerError)),
    key=lambda kind: kind.code,
)


@given(st.lists(st.binary(max_size=40), max_size=6), st.lists(st.integers(1, 9), min_size=1))
def test_messages_come_out_whole_however_the_pipe_cuts_them(messages: list[bytes], portions: list[int]) -> None:
    stream, found, reader, turn = b"".join(map(framed, messages)), [], FrameReader(), 0
    while stream:
        portion, stream = stream[: portions[turn % len(portions)]], stream[portions[turn % len(portions)] :]
        found += list(reader.feed(portion))
        turn += 1
    assert found == messages


def test_a_message_beyond_all_reason_is_refused_before_room_is_made() -> None:
    with pytest.raises(WorkerFailed, match="was announced"):
        list(FrameReader().feed(LENGTH.pack(LARGEST_MESSAGE + 1)))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not PrintServerError])
def test_every_error_comes_back_as_its_own_class(kind: type[PrintServerError]) -> None:
    sent = kind("what happened", where="here", allowed="this")
    refused = decode_answer(msgspec.msgpack.encode(Refused.because(sent)))
    assert isinstance(refused, Refused)
    back = refused.error()
    assert type(back) is kind
    assert (back.message, back.where, back.allowed) == ("what happened", "here", "this")


@pytest.mark.parametrize(
    ("error", "says"),
    [(BadPlane("too flat"), "bad-plane: too flat"), (KeyError("speed"), "KeyError: 'speed'"), (OSError(), "OSError")],
)
def test_errors_of_no_room_are_the_worker_s_own_failure(error: Exception, says: str) -> None:
    back = Refused.because(error).error()
    assert type(back) is WorkerFailed
    assert back.message == says


def test_an_order_survives_the_pipe() -> None:
    order = RenderOrder(
        driver="evolis", model="primacy", front=b"\x89PNG", back=b"\xff\xd8", options={"speed": "slow"}, ribbon="K",
        profile=b"{}", profile_file="glossy.json",
        ticket=Ticket(k_mode=KMode.THRESHOLD, tracks=("A", "", "1")), want=ALL,
    )
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(order), type=RenderOrder) == order


def test_a_result_survives_the_pipe() -> None:
    panel = RenderedPanel(side=Side.BACK, panel=PanelName.K, width=2, height=1, levels=2, data=b"\0\1")
    result = RenderResult(
        blocks=(RenderedBlock("y", b"data", feeds=True),), composites={Side.FRONT: b"png"},
        thumbnails={Side.FRONT: b"small"}, panels=(panel,), sources={Side.BACK: b"page"},
        inks=(InkPicture(side=Side.BACK, panel=PanelName.K, number=2, whole=b"ink", thumbnail=b"small ink"),),
        inspection=Inspection(
            ribbon="YMCKO", width_mm=86.0, height_mm=54.9,
            warnings=(PanelWarning(code=WarningCode.BLANK_SIDE, side=Side.BACK),),
        ),
    )
    answer: Answer = Rendered(result)
    assert decode_answer(msgspec.msgpack.encode(answer)) == answer


def test_no_worker_gives_back_more_than_a_document_may_have() -> None:
    largest = msgspec.msgpack.encode(Rendered(RenderResult(unpacked=bytes(LARGEST))))
    assert isinstance(decode_answer(largest), Rendered)
    with pytest.raises(WorkerFailed):
        decode_answer(msgspec.msgpack.encode(Rendered(RenderResult(unpacked=bytes(LARGEST + 1)))))


@given(st.binary(max_size=60) | st.builds(lambda code: msgspec.msgpack.encode({"type": code}), st.text(max_size=9)))
def test_any_answer_is_read_or_is_the_worker_s_failure(message: bytes) -> None:
    with contextlib.suppress(WorkerFailed):
        assert isinstance(decode_answer(message), Ready | Rendered | Refused)


def test_a_worker_cannot_invent_an_error() -> None:
    assert type(Refused("store-full-of-gold", "dig here").error()) is WorkerFailed
    assert type(Refused("bad-ticket", "no").error()) is BadTicket


def test_how_a_process_ended_is_said_in_words() -> None:
    assert ending(-9) == "was killed"
    assert ending(-24) == "used more processor time than a card is given"
    assert ending(-11) == "crashed (SIGSEGV)"
    assert ending(-15) == "was ended by SIGTERM"
    assert ending(-200) == "was ended by signal 200"
    assert ending(1) == "ended with status 1 before it answered"


def test_what_a_worker_says_cannot_command_a_terminal() -> None:
    assert list(visible_lines(b"\x1b[2Jgone\r\nnext\xff")) == ["\\x1b[2Jgone", "next\\ufffd"]
