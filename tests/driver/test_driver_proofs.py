"""Proofs: which raise a tier, and which do not."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from printserver.driver.info import DriverInfo, load_info
from printserver.driver.proofs import CHECKS, Finding, Proof, Verdict, code_digest, readable_proofs
from printserver.errors import PluginBroken
from printserver.model.printer import Tier

FACTS = """
name = "acme"
title = "Acme"
contract = 1
tier = "{tier}"
transports = ["tcp"]
emulates = true
[[model]]
name = "one"
title = "One"
ribbons = ["K"]
default_ribbon = "K"
extras = ["mag"]
[[model]]
name = "two"
title = "Two"
ribbons = ["K"]
default_ribbon = "K"
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "printserver_acme"
    folder.mkdir()
    (folder / "codec.py").write_text("ONE = 1\n")
    (folder / "driver.toml").write_text(FACTS.format(tier="emulated"))
    return folder


def proof(package: Path, **changes: object) -> Proof:
    findings = tuple(Finding(check=check, verdict=Verdict.PASSED) for check in sorted(CHECKS))
    whole = Proof(
        contract=1, driver="acme", model="one", code=code_digest(package), ribbon="K", serial="A-77",
        firmware="2.1", link="usb", at="2026-05-04T10:00:00+00:00", by="dewi", findings=findings,
    )  # fmt: skip
    return msgspec.structs.replace(whole, **changes)


def with_verdict(check: str, verdict: Verdict) -> tuple[Finding, ...]:
    return tuple(
        Finding(check=each, verdict=verdict if each == check else Verdict.PASSED) for each in sorted(CHECKS)
    )


def ship(package: Path, found: Proof, name: str = "a") -> None:
    folder = package / "proofs" / name
    folder.mkdir(parents=True)
    (folder / "proof.json").write_bytes(msgspec.json.encode(found))


def facts(package: Path) -> DriverInfo:
    return load_info(package / "driver.toml")


def test_a_proof_in_the_package_proves_its_own_model_alone(package: Path) -> None:
    ship(package, proof(package, model="one+mag"))
    assert facts(package).tier_of("one") is Tier.PROVEN
    assert facts(package).tier_of("ONE+mag") is Tier.PROVEN
    assert facts(package).tier_of("two") is Tier.EMULATED


def test_a_proof_made_here_counts_as_well(package: Path) -> None:
    assert facts(package).tier_of("one", [proof(package)]) is Tier.PROVEN
    assert facts(package).tier_of("one", [proof(package, driver="other")]) is Tier.EMULATED


def test_other_code_than_that_which_was_proven_is_only_transcribed(package: Path) -> None:
    ship(package, proof(package))
    (package / "codec.py").write_text("ONE = 2\n")
    assert facts(package).tier_of("one") is Tier.TRANSCRIBED


@pytest.mark.parametrize("verdict", [Verdict.FAILED, Verdict.LEFT_OUT])
@pytest.mark.parametrize("check", sorted(CHECKS))
def test_every_check_counts(package: Path, check: str, verdict: Verdict) -> None:
    found = proof(package, findings=with_verdict(check, verdict))
    assert facts(package).tier_of("one", [found]) is Tier.EMULATED


def test_only_what_some_printers_have_not_may_be_inapplicable(package: Path) -> None:
    spared = {
        check for check in CHECKS
        if proof(package, findings=with_verdict(check, Verdict.INAPPLICABLE)).holds
    }  # fmt: skip
    assert spared == {"second-side", "stripe"}


def test_a_proof_without_a_check_or_with_one_twice_is_none(package: Path) -> None:
    whole = proof(package).findings
    assert not proof(package, findings=whole[1:]).holds
    assert not proof(package, findings=(*whole[1:], whole[1])).holds


def test_an_emulated_printer_proves_nothing(package: Path) -> None:
    assert not proof(package, serial="EMU403893EB").holds


def test_nobody_is_proven_by_saying_so(package: Path) -> None:
    (package / "driver.toml").write_text(FACTS.format(tier="proven"))
    assert facts(package).tier is Tier.EMULATED
    (package / "driver.toml").write_text(FACTS.format(tier="proven").replace("emulates = true", "emulates = false"))
    assert facts(package).tier is Tier.DRAFTED


def test_a_broken_proof_is_named(package: Path) -> None:
    ship(package, proof(package), "fine")
    ship(package, proof(package, contract=2), "later")
    with pytest.raises(PluginBroken) as fault:
        facts(package).tier_of("one")
    assert fault.value.where == "proofs/later/proof.json"
    complaints: list[PluginBroken] = []
    assert len(readable_proofs(package / "proofs", complaints.append)) == 1
    assert [each.where for each in complaints] == ["proofs/later/proof.json"]


def test_a_printer_with_more_than_the_proven_one_is_not_proven(package: Path) -> None:
    found = [proof(package)]
    assert facts(package).tier_of("one", found) is Tier.PROVEN
    assert facts(package).tier_of("one+mag", found) is Tier.EMULATED


def test_another_ribbon_than_the_proven_one_is_not_proven(package: Path) -> None:
    found = [proof(package)]
    assert facts(package).tier_of("one", found, "k") is Tier.PROVEN
    assert facts(package).tier_of("one", found, "YMCKO") is Tier.EMULATED


@pytest.mark.parametrize(("serial", "label", "holds"), [("", "", False), ("", "L-9", True), ("A-77", "", True)])
def test_a_printer_that_nobody_can_name_proves_nothing(package: Path, serial: str, label: str, holds: bool) -> None:
    assert proof(package, serial=serial, label=label).holds is holds
