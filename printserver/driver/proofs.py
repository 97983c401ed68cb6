"""Proofs: what checks at a real printer found, kept beside the driver; only a proof makes a model `proven`.

Laws kept here:

1. A proof speaks of one model with its factory options, one ribbon, and the very code that it was made with; of other
   code it says only that the printer's traffic was recorded (`transcribed`).
2. A driver that calls itself proven without a proof is taken for emulated.
3. A proof of an emulated printer is none, and neither is one of a printer that nobody can name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path

import msgspec

from printserver.errors import PluginBroken
from printserver.model.printer import Tier

CONTRACT = 1
FOLDER, FILE = "proofs", "proof.json"
# With this begins what emulated printers say in place of a serial number.
EMULATED_SERIAL = "EMU"
# Every one of these has to be there; `printserver.proving.checks` says what they are.
CHECKS = frozenset({
    "identity", "status", "feed", "register", "second-side", "cover", "power", "cable", "ribbon-out", "hopper",
    "stripe", "after",
})  # fmt: skip
# What no printer is without.
_NEEDED = CHECKS - {"second-side", "stripe"}
_RANK = list(Tier)


class Verdict(StrEnum):
    """What came of a check; `inapplicable` = the printer has not what it is about."""

    PASSED = "passed"
    FAILED = "failed"
    LEFT_OUT = "left-out"
    INAPPLICABLE = "inapplicable"


class Finding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one check found; `says` are reasons and what was seen, `transcript` is a file beside the proof."""

    check: str
    verdict: Verdict
    says: tuple[str, ...] = ()
    transcript: str = ""


class Proof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Checks of one driver with one printer and ribbon; `at` is ISO 8601 in UTC.

    `code` is the digest of the driver's code, `serial` is what the printer tells, `label` what a person read from one
    that tells none.
    """

    contract: int
    driver: str
    model: str
    code: str
    ribbon: str
    serial: str
    firmware: str
    link: str
    at: str
    by: str
    findings: tuple[Finding, ...]
    label: str = ""

    @property
    def holds(self) -> bool:
        """Tell whether every check passed that the printer can have, at one that is no emulated one."""
        passed = {finding.check for finding in self.findings if finding.verdict is Verdict.PASSED}
        spared = {finding.check for finding in self.findings if finding.verdict is Verdict.INAPPLICABLE}
        every = len(self.findings) == len(CHECKS) and passed | spared == CHECKS
        known = bool(self.serial or self.label)
        return every and passed >= _NEEDED and known and not self.simulated

    @property
    def simulated(self) -> bool:
        """Tell whether the printer was an emulated one."""
        return self.serial.startswith(EMULATED_SERIAL)


def code_digest(folder: Path) -> str:
    """Return the digest of a driver package's code, as it stands on disk (SHA-256, hex)."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def read_proofs(folder: Path) -> list[Proof]:
    """Read `*/proof.json` of a folder, none where it is missing; raises PluginBroken naming the file."""
    return [_read(path) for path in sorted(folder.glob(f"*/{FILE}"))] if folder.is_dir() else []


def readable_proofs(folder: Path, complain: Callable[[PluginBroken], None]) -> list[Proof]:
    """Read the proofs of a folder; one that cannot be read is complained of, and proves nothing."""
    found = []
    for path in sorted(folder.glob(f"*/{FILE}")):
        try:
            found.append(_read(path))
        except PluginBroken as fault:
            complain(fault)
    return found


def _read(path: Path) -> Proof:
    where = f"{FOLDER}/{path.parent.name}/{FILE}"
    try:
        proof = msgspec.json.decode(path.read_bytes(), type=Proof)
    except (OSError, msgspec.DecodeError) as error:
        raise PluginBroken(str(error), where=where) from error
    if proof.contract != CONTRACT:
        raise PluginBroken(f"contract {proof.contract}", where=where, allowed=str(CONTRACT))
    return proof


def honest_tier(declared: Tier, *, emulates: bool) -> Tier:
    """Return what a driver may say of itself without any proof."""
    if declared is not Tier.PROVEN:
        return declared
    return Tier.EMULATED if emulates else Tier.DRAFTED


def proven_tier(
    declared: Tier, driver: str, model: str, code: str, proofs: Iterable[Proof], ribbon: str = ""
) -> Tier:
    """Return the tier of one model, with one ribbon or, where none is named, with any.

    A printer with more factory options than the proven one is not proven; one with fewer is.
    """
    found = [proof for proof in proofs if proof.holds and proof.driver == driver and _covers(proof, model, ribbon)]
    return max([declared, *(_tier(proof, code) for proof in found)], key=_RANK.index)


def _covers(proof: Proof, model: str, ribbon: str) -> bool:
    base, *extras = model.lower().split("+")
    proven, *proven_extras = proof.model.lower().split("+")
    with_it = not ribbon or ribbon.lower() == proof.ribbon.lower()
    return base == proven and set(extras) <= set(proven_extras) and with_it


def _tier(proof: Proof, code: str) -> Tier:
    return Tier.PROVEN if proof.code == code else Tier.TRANSCRIBED
