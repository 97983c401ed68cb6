"""One question by SNMP and its answer, as bytes and on loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.transport.snmp import DESCRIPTION, DEVICE_ID, answer, network_ids, question

# X.690: tag, length, content. 2699 = 21 * 128 + 11, so two groups of seven bits: 0x95 0x0B.
NAMED = bytes.fromhex("06 0f 2b 06 01 04 01 95 0b 01 02 01 02 01 01 03 01")
QUESTION = bytes.fromhex(
    "30 2d  02 01 00  04 06 70 75 62 6c 69 63"  # SNMPv1, community "public"
    "a0 20  02 01 01  02 01 00  02 01 00  30 15 30 13"  # GetRequest 1, no fault
) + NAMED + bytes.fromhex("05 00")  # fmt: skip
WORDS = b"MFG:Evolis;MDL:Primacy;"  # 23 = 0x17
ANSWER = bytes.fromhex(
    "30 44  02 01 00  04 06 70 75 62 6c 69 63  a2 37  02 01 01  02 01 00  02 01 00  30 2c 30 2a"
) + NAMED + bytes.fromhex("04 17") + WORDS  # fmt: skip


def test_the_question_is_as_the_rules_have_it() -> None:
    assert question(DEVICE_ID, 1) == QUESTION


def test_a_number_whose_high_bit_is_set_stays_positive() -> None:
    assert bytes.fromhex("02 02 00 80") in question(DEVICE_ID, 128)


def test_the_answer_is_read() -> None:
    assert answer(ANSWER, DEVICE_ID, 1) == WORDS


def test_long_lengths_are_read() -> None:
    long = ANSWER.replace(b"\x04\x17" + WORDS, b"\x04\x81\x17" + WORDS)
    long = long.replace(b"\x30\x2a", b"\x30\x2b").replace(b"\x30\x2c", b"\x30\x2d")
    long = long.replace(b"\xa2\x37", b"\xa2\x38").replace(b"\x30\x44", b"\x30\x82\x00\x45", 1)
    assert answer(long, DEVICE_ID, 1) == WORDS


@pytest.mark.parametrize(("message", "why"), [
    (QUESTION, "a question"), (ANSWER.replace(b"\x02\x01\x01", b"\x02\x01\x02", 1), "of another number"),
    (ANSWER.replace(b"\x03\x01\x04", b"\x03\x02\x04"), "of another value"),
    (ANSWER.replace(b"\x02\x01\x01\x02\x01\x00", b"\x02\x01\x01\x02\x01\x02"), "a fault: noSuchName"),
    (ANSWER[:-1], "cut off"), (b"", "nothing"), (b"\x30\x80", "of no length"),
    (b"\x30\x84\x7f\xff\xff\xff", "huge"),
])  # fmt: skip
def test_what_is_no_answer_has_no_value(message: bytes, why: str) -> None:
    assert answer(message, DEVICE_ID, 1) is None, why


@given(st.binary(max_size=200) | st.tuples(st.integers(0, len(ANSWER) - 1), st.integers(0, 255)).map(
    lambda change: ANSWER[: change[0]] + bytes([change[1]]) + ANSWER[change[0] + 1 :]
))  # fmt: skip
def test_any_bytes_are_an_answer_or_none(message: bytes) -> None:
    found = answer(message, DEVICE_ID, 1)
    assert found is None or found in message


class Agent:
    """A host that answers on loopback; what it has no value for gets a fault, silence nothing at all."""

    def __init__(self, values: dict[tuple[int, ...], bytes]) -> None:
        self.values, self.asked = values, 0
        self.line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.line.bind(("127.0.0.1", 0))
        self.port: int = self.line.getsockname()[1]
        self.thread = Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        while True:
            asked, who = self.line.recvfrom(2048)
            if not asked:
                return
            self.asked += 1
            for what, value in self.values.items():
                if asked.endswith(question(what, 1)[30:]):
                    self.line.sendto(answered(asked, value), who)
                    break
            else:
                self.line.sendto(asked.replace(b"\xa0", b"\xa2", 1), who)

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.sendto(b"", ("127.0.0.1", self.port))
        self.thread.join()
        self.line.close()


def answered(asked: bytes, value: bytes) -> bytes:
    """The question with a value in the place of its last element, and all lengths made anew (all are short)."""

    def element(tag: int, content: bytes) -> bytes:
        assert len(content) < 256
        return bytes([tag, 0x81, len(content)]) + content

    at = asked.index(b"\xa0")
    numbers, _, pair = asked[at + 2 :].partition(b"\x30")
    named = pair[pair.index(b"\x06") : -2]
    told = numbers + element(0x30, element(0x30, named + element(0x04, value)))
    return element(0x30, asked[2:at] + element(0xA2, told))


@pytest.fixture
def agent(request: pytest.FixtureRequest) -> Iterator[Agent]:
    made = Agent(request.param)
    yield made
    made.close()


@pytest.mark.parametrize(("agent", "ids", "asked"), [
    ({DEVICE_ID: WORDS}, {"mfg": "Evolis", "mdl": "Primacy"}, 1),
    ({DEVICE_ID: b"\x00\x19" + WORDS}, {"mfg": "Evolis", "mdl": "Primacy"}, 1),
    ({DEVICE_ID: b"", DESCRIPTION: b"Evolis \x1b[2JPrimacy"}, {"des": "Evolis [2JPrimacy"}, 2),
    ({DESCRIPTION: b"Evolis Primacy"}, {"des": "Evolis Primacy"}, 2),
    ({}, {}, 2),
], indirect=["agent"])  # fmt: skip
def test_a_host_is_asked(agent: Agent, ids: dict[str, str], asked: int) -> None:
    assert network_ids("127.0.0.1", port=agent.port, seconds=20) == ids
    assert agent.asked == asked


def test_a_host_that_does_not_answer_tells_nothing() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        assert network_ids("127.0.0.1", port=deaf.getsockname()[1], seconds=0.05) == {}
        deaf.setblocking(False)
        assert [deaf.recv(2048)[13] for _ in range(2)] == [0xA0] * 2
        with pytest.raises(BlockingIOError):
            deaf.recv(2048)  # it is not asked a third time
    assert network_ids("no such host", seconds=0.05) == {}


@given(st.binary(max_size=60))
def test_whatever_is_told_is_read(value: bytes) -> None:
    message = answered(question(DEVICE_ID, 1), value)
    assert answer(message, DEVICE_ID, 1) == value
