"""What a recording's facts say, and what they may not say."""

from __future__ import annotations

import pytest

from printserver.dialogue.recordings import Held, Recording, recording_of
from printserver.dialogue.transcripts import TranscriptBroken, parse_transcript


def test_a_model_is_enough() -> None:
    assert recording_of({"model": "alto"}) == Recording("alto", dialogues=(Held.IDENTIFY, Held.STATUS))


def test_a_named_ribbon_means_that_a_card_was_printed() -> None:
    assert recording_of({"model": "alto", "ribbon": "K"}).dialogues == (Held.IDENTIFY, Held.STATUS, Held.PRINT)


def test_everything_that_can_be_said() -> None:
    text = """= model enduro+duo
= options settle=5 head=KEE1
= ribbon YMCKOK
= sides 2
= dialogues print
= outcome done
= card register
"""
    assert recording_of(parse_transcript(text).facts) == Recording(
        "enduro+duo", {"settle": "5", "head": "KEE1"}, "YMCKOK", True, (Held.PRINT,), "done", True
    )


def test_a_foreign_program_held_none_of_ours() -> None:
    assert recording_of({"model": "alto", "dialogues": "none"}).dialogues == ()


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("model", ""), ("options", "settle"), ("options", "=5"), ("sides", "3"), ("dialogues", "greet"),
        ("outcome", "ok"), ("card", "mine"),
    ],
)
def test_a_fact_that_is_not_understood_is_named(fact: str, text: str) -> None:
    with pytest.raises(TranscriptBroken) as broken:
        recording_of({"model": "alto"} | {fact: text})
    assert broken.value.where == f"fact {fact}"
    assert broken.value.allowed
