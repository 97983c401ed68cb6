"""A session at a printer: check after check, each with its finding and its transcript on disk as soon as it is done.

Laws kept here:

1. What was found is written down before the next check begins: a session that is broken off keeps what it has.
2. A failed check does not end the session; a person's no, or a printer that cannot be reached, ends that check alone.
3. Cards cost: nothing is printed before the person was told how many cards it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from printserver.driver.proofs import CONTRACT, FILE, Finding, Proof, Verdict
from printserver.errors import PrintServerError
from printserver.model.printer import Identity
from printserver.proving.checks import CHECKS, Check, Desk, LeftOut

CARDS_NEEDED = 10
LABEL = "The printer tells no serial number. Which one is on its label?"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is proven: the driver, its model and code; `by` is who does it, `now` tells the time as ISO 8601."""

    driver: str
    model: str
    code: str
    by: str
    now: Callable[[], str]


async def prove(desk: Desk, subject: Subject, folder: Path, checks: Sequence[Check] = CHECKS) -> Proof:
    """Go through the checks and return the proof, which is in `folder` too, made where it is missing.

    Raises PrintServerError when the printer cannot even say who it is, OSError where the proof cannot be kept.
    """
    await desk.person.tell(
        f"{len(checks)} checks with {subject.driver} {subject.model}. They use up to {CARDS_NEEDED} blank cards, and "
        "nobody else may print meanwhile. You will open the cover, switch the printer off and pull its cable in the "
        "middle of a card, as happens in daily work: read its manual first where that is forbidden."
    )
    identity = await desk.station.identify()
    label = "" if identity.serial else await desk.person.word(LABEL)
    folder.mkdir(parents=True, exist_ok=True)
    findings: list[Finding] = []
    for number, check in enumerate(checks, start=1):
        await desk.person.tell(f"\n{number}. {check.title}")
        finding = await _finding(desk, check)
        findings.append(_kept(desk, finding, subject, identity, folder))
        await desk.person.tell(f"{finding.verdict}{''.join(f'; {text}' for text in finding.says)}")
    return keep(_proof(desk, subject, identity, label, findings), folder)


async def _finding(desk: Desk, check: Check) -> Finding:
    desk.station.begin()
    if not check.applies(desk.station.capabilities, desk.ribbon):
        return Finding(check=check.key, verdict=Verdict.INAPPLICABLE)
    saw: list[str] = []
    try:
        wrong = await check.do(desk, saw)
    except LeftOut:
        return Finding(check=check.key, verdict=Verdict.LEFT_OUT, says=tuple(saw))
    except PrintServerError as error:
        wrong = [str(error)]
    verdict = Verdict.FAILED if wrong else Verdict.PASSED
    return Finding(check=check.key, verdict=verdict, says=(*wrong, *saw))


def _kept(desk: Desk, finding: Finding, subject: Subject, identity: Identity, folder: Path) -> Finding:
    """Write the check's transcript down and name it in the finding."""
    facts = {
        "driver": subject.driver, "model": subject.model, "serial": identity.serial, "firmware": identity.firmware,
        "check": finding.check, "at": subject.now(),
    }  # fmt: skip
    transcript = desk.station.kept({key: value for key, value in facts.items() if value})
    if not transcript.lines:
        return finding
    file = folder / f"{finding.check}.transcript"
    file.write_text(transcript.text(), encoding="utf-8")
    return msgspec.structs.replace(finding, transcript=file.name)


def _proof(desk: Desk, subject: Subject, identity: Identity, label: str, findings: Sequence[Finding]) -> Proof:
    return Proof(
        contract=CONTRACT, driver=subject.driver, model=subject.model, code=subject.code, ribbon=desk.ribbon.name,
        serial=identity.serial, firmware=identity.firmware, link=desk.station.kind, at=subject.now(), by=subject.by,
        findings=tuple(findings), label=label,
    )  # fmt: skip


def keep(proof: Proof, folder: Path) -> Proof:
    """Write a proof into its folder, whole or not at all."""
    file = folder / FILE
    part = file.with_suffix(".part")
    part.write_bytes(msgspec.json.format(msgspec.json.encode(proof), indent=2))
    part.replace(file)
    return proof
