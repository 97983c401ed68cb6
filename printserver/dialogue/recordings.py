"""What a recorded conversation was held with and for: the facts of a transcript that a driver's package keeps.

A package keeps its recordings in the folder `transcripts/` beside `driver.toml`, one `NAME.txt` each, in the form of
`printserver.dialogue.transcripts`. The driver's dialogues are played against each, one after the other over one link,
and must say the same bytes.

| fact | meaning | where it is left out |
|---|---|---|
| `driver` | the family | not compared |
| `model` | the model, with its factory options | must be there |
| `serial`, `firmware` | what the device said of itself | not compared |
| `options` | the driver's options, `KEY=VALUE` with a space between two | none |
| `ribbon` | the ribbon of the card that was printed | the first one |
| `sides` | 1 or 2 | 1 |
| `card` | `register` = the card that `printserver record` prints, else a sample | a sample |
| `dialogues` | which were held, in order: `identify`, `status`, `print`, `reconcile`; `none` = a foreign program spoke, nothing is played | `identify status`, and `print` where a ribbon is named |
| `outcome` | what `print` came to: `done`, `spoiled`, `unknown` | not compared |

Of somebody's card nothing is kept: its bytes are a stretch that was left out (form `r`).
"""  # noqa: E501 - a table's row is one line

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from printserver.dialogue.transcripts import TranscriptBroken

FOLDER, SUFFIX = "transcripts", ".txt"
NONE_HELD, REGISTER = "none", "register"


class Held(StrEnum):
    """Which of a driver's dialogues was held."""

    IDENTIFY = "identify"
    STATUS = "status"
    PRINT = "print"
    RECONCILE = "reconcile"


@dataclass(frozen=True, slots=True)
class Recording:
    """The facts of one recording, defaults filled in; empty `ribbon` = the model's first, empty `outcome` = any."""

    model: str
    options: dict[str, str] = field(default_factory=dict)
    ribbon: str = ""
    two_sided: bool = False
    dialogues: tuple[Held, ...] = (Held.IDENTIFY, Held.STATUS)
    outcome: str = ""
    register_card: bool = False


def recording_of(facts: Mapping[str, str]) -> Recording:
    """Read the facts of a transcript; raises TranscriptBroken naming the fact and what it may be."""
    if not facts.get("model"):
        raise TranscriptBroken("it does not say which model was recorded", where="fact model", allowed="= model NAME")
    ribbon = facts.get("ribbon", "")
    usual = "identify status print" if ribbon else "identify status"
    held = facts.get("dialogues", usual).split()
    held = [] if held == [NONE_HELD] else held
    return Recording(
        facts["model"], _options(facts.get("options", "")), ribbon,
        _one_of("sides", facts.get("sides", "1"), ("1", "2")) == "2",
        tuple(Held(_one_of("dialogues", each, tuple(Held))) for each in held),
        _one_of("outcome", facts.get("outcome", ""), ("", "done", "spoiled", "unknown")),
        _one_of("card", facts.get("card", ""), ("", REGISTER)) == REGISTER,
    )  # fmt: skip


def _options(text: str) -> dict[str, str]:
    pairs = [each.partition("=") for each in text.split()]
    if any(not key or not sign for key, sign, _ in pairs):
        raise TranscriptBroken(f"not {text!r}", where="fact options", allowed="KEY=VALUE KEY=VALUE")
    return {key: value for key, _, value in pairs}


def _one_of(fact: str, text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise TranscriptBroken(f"not {text!r}", where=f"fact {fact}", allowed=", ".join(filter(None, allowed)))
    return text
