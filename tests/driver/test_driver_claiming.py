"""Which driver knows a device, by what, and what becomes of one that does not keep the contract."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pluggy

from printserver.driver import hookspecs
from printserver.driver.claiming import Claimants
from printserver.driver.hookspecs import hookimpl
from printserver.driver.info import DriverInfo, ModelInfo
from printserver.model.discovery import Ground
from printserver.model.printer import Identity, Tier

Probe = Callable[[dict[str, str]], Any]
OURS = {"vid": "0abc", "pid": "0001", "mfg": "Acme", "mdl": "Swift"}


def info(name: str, *usb: tuple[str, str], transports: tuple[str, ...] = ("usb", "tcp")) -> DriverInfo:
    models = usb or (("swift", ""), ("plain", ""))
    return DriverInfo(
        name=name, title=name.title(), contract=1, tier=Tier.DRAFTED, transports=transports,
        model=tuple(
            ModelInfo(name=model, title=model, ribbons=("K",), default_ribbon="K", usb=(ids,) if ids else ())
            for model, ids in models
        ),
    )  # fmt: skip


def package(probe: Probe | None, *infos: DriverInfo) -> SimpleNamespace:
    @hookimpl
    def printserver_drivers() -> list[DriverInfo]:
        return list(infos)

    @hookimpl
    def printserver_probe(transport: str, address: str, ids: dict[str, str]) -> Any:  # noqa: ANN401 - a faulty one too
        assert probe is not None
        return probe(ids)

    hooks = {"printserver_drivers": printserver_drivers}
    return SimpleNamespace(**hooks, **({} if probe is None else {"printserver_probe": printserver_probe}))


def claimants(**packages: SimpleNamespace) -> Claimants:
    manager = pluggy.PluginManager("printserver")
    manager.add_hookspecs(hookspecs)
    for name, each in packages.items():
        manager.register(each, name)
    return Claimants(manager)


def by_maker(family: str, model: str = "swift") -> Probe:
    return lambda ids: Identity(family=family, model=model, serial="7") if ids.get("mfg") == "Acme" else None


def test_the_one_that_knows_it_says_by_what() -> None:
    found = claimants(acme=package(by_maker("acme"), info("acme")), other=package(lambda ids: None, info("other")))
    [claim] = found.of("usb", "usb:1", OURS).claims
    assert (claim.driver, claim.title, claim.tier, claim.model, claim.serial) == (
        "acme", "Acme", Tier.DRAFTED, "swift", "7"
    )  # fmt: skip
    assert claim.grounds == (Ground("mfg", "Acme"),)


def test_ids_that_are_enough_only_together_are_all_told() -> None:
    def both(ids: dict[str, str]) -> Identity | None:
        return Identity(family="acme", model="") if ids["vid"] == "0abc" and ids["pid"] == "0001" else None

    [claim] = claimants(acme=package(both, info("acme"))).of("usb", "", OURS).claims
    assert claim.grounds == (Ground("vid", "0abc"), Ground("pid", "0001"))


def test_two_that_know_it_are_both_told() -> None:
    found = claimants(b=package(by_maker("bcme"), info("bcme")), a=package(by_maker("acme"), info("acme")))
    assert [claim.driver for claim in found.of("usb", "", OURS).claims] == ["acme", "bcme"]


def test_declared_usb_ids_are_enough_and_name_the_model() -> None:
    known = info("acme", ("swift", "0abc:0001"), ("plain", "0abc:0002"))
    [claim] = claimants(acme=package(None, known)).of("usb", "", OURS).claims
    assert (claim.model, claim.grounds) == ("swift", (Ground("usb", "0abc:0001"),))
    [claim] = claimants(acme=package(by_maker("ACME", ""), known)).of("usb", "", OURS).claims
    assert (claim.model, claim.grounds) == ("swift", (Ground("mfg", "Acme"), Ground("usb", "0abc:0001")))


def test_ids_that_two_models_share_name_neither() -> None:
    known = info("acme", ("swift", "0abc:0001"), ("plain", "0abc:0001"))
    [claim] = claimants(acme=package(None, known)).of("usb", "", OURS).claims
    assert claim.model == ""


def test_a_driver_has_no_part_in_links_that_it_does_not_speak_over() -> None:
    found = claimants(acme=package(by_maker("acme"), info("acme", transports=("tcp",))))
    assert found.of("usb", "", OURS).claims == ()
    assert [claim.driver for claim in found.of("tcp", "", OURS).claims] == ["acme"]


def test_a_model_that_the_family_has_not_is_not_told() -> None:
    [claim] = claimants(acme=package(by_maker("acme", "gone"), info("acme"))).of("usb", "", OURS).claims
    assert claim.model == ""


def test_one_that_fails_is_named_and_keeps_nobody_from_being_asked() -> None:
    def raises(ids: dict[str, str]) -> None:
        raise ValueError("no \x1b[2Jids")

    broken: dict[str, tuple[Probe, str]] = {
        "raises": (raises, "ValueError: no [2Jids"),
        "lies": (lambda ids: "Acme", "returned str, which is no identity"),
        "half": (lambda ids: Identity(family="half", model=7), "returned Identity, which is no identity"),  # type: ignore[arg-type]
        "steals": (by_maker("acme"), "claims for the family 'acme', which is not its own"),
    }
    packages = {name: package(probe, info(name)) for name, (probe, _) in broken.items()}
    found = claimants(**packages, acme=package(by_maker("acme"), info("acme"))).of("usb", "", OURS)
    assert [claim.driver for claim in found.claims] == ["acme"]
    assert dict(found.faults) == {name: told for name, (_, told) in broken.items()}


def test_a_driver_cannot_change_what_the_next_one_is_asked_about() -> None:
    def clears(ids: dict[str, str]) -> None:
        ids.clear()

    found = claimants(z=package(by_maker("acme"), info("acme")), a=package(clears, info("other")))
    assert [claim.driver for claim in found.of("usb", "", OURS).claims] == ["acme"]
