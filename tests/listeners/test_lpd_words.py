"""What LPD clients say, read into values: lines and control files as RFC 1179 has them, and as nobody should."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.errors import BadRequest, PrintServerError
from printserver.listeners.lpd.words import Announced, Asked, Command, Control, Part, announced, asked, control

# As CUPS 2.4's backend `lpd` writes it: host, user, job name, banner left out, the file as it is, its name.
CUPS = b"Hclient\nPalice\nJbadge\nldfA077client\nUdfA077client\nNcard.png\n"


@pytest.mark.parametrize(("line", "found"), [
    (b"\x02card", Asked(Command.RECEIVE, "card")),
    (b"\x01card", Asked(Command.PRINT_WAITING, "card")),
    (b"\x03card ", Asked(Command.SHORT_STATE, "card")),
    (b"\x04card 12 alice", Asked(Command.LONG_STATE, "card", ("12", "alice"))),
    (b"\x05card alice 12", Asked(Command.REMOVE, "card", ("alice", "12"))),
])  # fmt: skip
def test_a_command_has_a_queue_and_words(line: bytes, found: Asked) -> None:
    assert asked(line) == found


@pytest.mark.parametrize("line", [b"", b"\x02", b"\x02 ", b"\x06card", b"GET / HTTP/1.1", b"\x00card"])
def test_what_is_no_command_is_refused(line: bytes) -> None:
    with pytest.raises(BadRequest, match="command"):
        asked(line)


@pytest.mark.parametrize(("line", "found"), [
    (b"\x02123 cfA077client", Announced(Part.CONTROL, 123, "cfA077client")),
    (b"\x03297238 dfA077client", Announced(Part.DATA, 297238, "dfA077client")),
    (b"\x030 dfA077client", Announced(Part.DATA, 0, "dfA077client")),
    (b"\x01", Announced(Part.ABORT)),
])  # fmt: skip
def test_a_part_has_a_size_and_a_name(line: bytes, found: Announced) -> None:
    assert announced(line) == found


@pytest.mark.parametrize("line", [
    b"", b"\x04 5 x", b"\x02", b"\x02x y", b"\x02-5 x", b"\x0312", b"\x0312 ", b"\x03" + b"9" * 20 + b" x",
    "\x03\u0661\u0662 x".encode(),
])  # fmt: skip
def test_what_announces_no_part_is_refused(line: bytes) -> None:
    with pytest.raises(BadRequest):
        announced(line)


def test_a_control_file_names_user_job_and_file() -> None:
    assert control(CUPS) == Control("alice", "badge", ("dfA077client",), 1)


def test_a_repeated_file_is_a_copy_and_two_files_are_front_and_back() -> None:
    assert control(b"Palice\nldfA1x\nldfA1x\nldfA1x\n").copies == 3
    assert control(b"Palice\nfdfA1x\nodfB1x\n") == Control("alice", "card", ("dfA1x", "dfB1x"), 1)


def test_names_that_are_not_said_have_defaults_and_those_of_others_are_harmless() -> None:
    assert control(b"ldfA1x\n") == Control("anonymous", "card", ("dfA1x",), 1)
    assert control(b"ldfA1\nldfB1\nldfC1\n").files == ("dfA1", "dfB1", "dfC1")
    said = control("P\u202eevil\nN../../etc/passwd\nldfA1x\n".encode())
    assert (said.user, said.name) == ("evil", "../../etc/passwd")
    assert len(control(b"J" + b"x" * 999 + b"\nldfA1x\n").name) == 255


@pytest.mark.parametrize(("data", "said"), [
    (b"", "0 files"),
    (b"Palice\n", "0 files"),
    (b"".join(b"ldfA%d\n" % number for number in range(53)), "53 files"),
    (b"ldfA1\nldfA1\nldfB1\n", "differently often"),
    (b"vdfA1\n", "not printed here"),
    (b"ldfA1\n" * 10_001, "10001 copies"),
])  # fmt: skip
def test_a_control_file_that_makes_no_card_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        control(data)


@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_value_or_a_typed_error(data: bytes) -> None:
    for read in (asked, announced, control):
        try:
            read(data)
        except PrintServerError:
            continue


@given(st.lists(st.sampled_from([b"P", b"J", b"N", b"l", b"f", b"U", b"c", b"", b"\n", b"dfA1", b"x"]), max_size=12))
def test_control_files_in_pieces_of_their_own_words(words: list[bytes]) -> None:
    try:
        found = control(b"".join(words))
    except BadRequest:
        return
    assert 1 <= len(found.files) <= 2
    assert found.copies >= 1
    assert found.user
    assert found.name
