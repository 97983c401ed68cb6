"""A device made of a transcript: it answers as the recorded one did; time plays no part.

Laws kept here:

1. It gives the device's words only after the host has said exactly what it said then, in any pieces. Where the
   transcript left something out any bytes of that length will do.
2. Control transfers have their own order, for each request: how often a host polls is a matter of time. The last
   answer is given again, and a request that was never made is a difference.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from printserver.dialogue.transcripts import Direction, LeftOut, Line, Reading, Said, Setup, Transcript
from printserver.errors import PrintServerError

# What stands for bytes of the device that the transcript left out.
BLANK = b"?"
_SHOWN = 16
# Bytes that the host must say, or a count of any bytes.
_Stretch: TypeAlias = bytes | int
_Request: TypeAlias = tuple[int, int, int, int, bytes, int]


class TranscriptDiffers(PrintServerError):
    """The host said something else than the transcript has."""

    code = "transcript-differs"
    remedy = "Compare the driver with the recorded conversation."


class Replay:
    """A device made of a transcript; see `replay_of` for one with a control pipe."""

    def __init__(self, transcript: Transcript) -> None:
        self._turns = list(_turns(transcript.lines))
        self._position = 0

    @property
    def finished(self) -> bool:
        """Tell whether everything was said."""
        return not self._turns

    def greeting(self) -> bytes:
        """Return what the device says before the host says anything."""
        return self.receive(b"")

    def receive(self, data: bytes) -> bytes:
        """Take the host's bytes and return the device's; raises TranscriptDiffers at the first byte that differs."""
        answer = b""
        while self._turns:
            awaited, reply = self._turns[0]
            data = self._take(awaited, data)
            if awaited:
                return answer
            del self._turns[0]
            answer += reply
        if data:
            raise TranscriptDiffers("the host goes on after the transcript's end", where=f"byte {self._position}")
        return answer

    def _take(self, awaited: list[_Stretch], data: bytes) -> bytes:
        """Take off what the host was to say, as far as it goes, and return what it said beyond."""
        while awaited and data:
            stretch = awaited[0]
            length = min(len(data), stretch if isinstance(stretch, int) else len(stretch))
            if isinstance(stretch, bytes):
                self._compare(data, stretch, length)
            rest = stretch - length if isinstance(stretch, int) else stretch[length:]
            awaited[:1] = [rest] if rest else []
            data = data[length:]
            self._position += length
        return data

    def _compare(self, data: bytes, stretch: bytes, length: int) -> None:
        if data[:length] == stretch[:length]:
            return
        at = next(at for at in range(length) if data[at] != stretch[at])
        found, wanted = data[at : at + _SHOWN], stretch[at : at + _SHOWN]
        raise TranscriptDiffers(f"the host said {found!r}", where=f"byte {self._position + at}", allowed=repr(wanted))


class PipedReplay:
    """A device made of a transcript in which control transfers were made."""

    def __init__(self, transcript: Transcript) -> None:
        self._stream = Replay(transcript)
        self._readings = _readings(transcript.lines)
        self._unasked = set(self._readings)

    @property
    def finished(self) -> bool:
        """Tell whether everything was said and every kind of request was made."""
        return self._stream.finished and not self._unasked

    def greeting(self) -> bytes:
        """Return what the device says before the host says anything."""
        return self._stream.greeting()

    def receive(self, data: bytes) -> bytes:
        """Take the host's bytes and return the device's; raises TranscriptDiffers at the first byte that differs."""
        return self._stream.receive(data)

    def control(
        self, request_type: int, request: int, value: int, index: int, data: bytes, length: int
    ) -> bytes | None:
        """Answer a control transfer, None = the device stalled it; raises TranscriptDiffers for one never made."""
        asked = _request(Setup(0.0, request_type, request, value, index, data, length))
        answers = self._readings.get(asked)
        if answers is None:
            raise TranscriptDiffers(
                "the host asks for a control transfer that was not made",
                where=f"{request_type:02x} {request:02x} {value:04x} {index:04x}",
            )
        self._unasked.discard(asked)
        return answers.pop(0) if len(answers) > 1 else answers[0]


def replay_of(transcript: Transcript) -> Replay | PipedReplay:
    """Return the device that a transcript was made with; it has a control pipe only where one was used."""
    piped = any(isinstance(line, Setup) for line in transcript.lines)
    return PipedReplay(transcript) if piped else Replay(transcript)


def _turns(lines: Iterable[Said]) -> Iterable[tuple[list[_Stretch], bytes]]:
    """Join lines into turns: all that the host said, then all that the device said."""
    host: list[_Stretch] = []
    device = b""
    for line in lines:
        match line:
            case Line(_, Direction.DEVICE, data):
                device += data
            case LeftOut(_, Direction.DEVICE, length):
                device += BLANK * length
            case Line() | LeftOut():
                if device:
                    yield host, device
                    host, device = [], b""
                _say(host, line.data if isinstance(line, Line) else line.length)
    if host or device:
        yield host, device


def _say(host: list[_Stretch], stretch: _Stretch) -> None:
    if isinstance(stretch, bytes) and host and isinstance(host[-1], bytes):
        host[-1] += stretch
    elif stretch:
        host.append(stretch)


def _readings(lines: Iterable[Said]) -> dict[_Request, list[bytes | None]]:
    found: dict[_Request, list[bytes | None]] = {}
    asked: Setup | None = None
    for line in lines:
        match line:
            case Setup():
                asked = line  # one that got no answer in its time stays without a reading
            case Reading(_, data) if asked is not None:
                found.setdefault(_request(asked), []).append(data)
    return found


def _request(setup: Setup) -> _Request:
    return setup.request_type, setup.request, setup.value, setup.index, setup.data, setup.length
