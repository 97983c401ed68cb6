"""Which driver knows a device, by what the device tells of itself, and what of it was enough.

Laws kept here:

1. Every driver is asked, each by itself: one that raises, or answers for another one's family, is named, and the others
   are asked all the same.
2. Nobody chooses here: each driver that knows the device is told.
3. A driver is asked by words alone; nothing is opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pluggy

from printserver.driver.info import DriverInfo
from printserver.model.discovery import Claim, Ground
from printserver.model.display import harmless
from printserver.model.printer import Identity

USB_IDS = "usb"
Ids = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Claims:
    """Who knows a device, in order of names; `faults` are packages that failed when they were asked, and how."""

    claims: tuple[Claim, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()


class _Broken(Exception):
    """A package does not keep the contract of the hook."""


@dataclass(frozen=True, slots=True)
class _Package:
    """A driver package: its drivers, and its hook as pluggy has it, None where it has none."""

    name: str
    infos: tuple[DriverInfo, ...]
    hook: Any = None

    def asked(self, transport: str, address: str, ids: Ids) -> tuple[DriverInfo, Identity] | None:
        """Return the driver that knows the device, and what it says; raises _Broken, or whatever the hook raises."""
        if self.hook is None:
            return None
        given = {"transport": transport, "address": address, "ids": dict(ids)}
        answer = self.hook.function(*(given[each] for each in self.hook.argnames))
        if answer is None:
            return None
        if not isinstance(answer, Identity) or not all(
            isinstance(each, str) for each in (answer.family, answer.model, answer.serial)
        ):
            raise _Broken(f"returned {type(answer).__name__}, which is no identity")
        for info in self.infos:
            if info.name.lower() == answer.family.lower():
                return info, answer
        raise _Broken(f"claims for the family {harmless(answer.family)!r}, which is not its own")


class Claimants:
    """The driver packages of a plugin manager, asked about devices."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        """Ask the packages that are registered in `manager`."""
        hooks = {each.plugin_name: each for each in manager.hook.printserver_probe.get_hookimpls()}
        self._packages = [
            _Package(each.plugin_name, tuple(cast(list[DriverInfo], each.function())), hooks.get(each.plugin_name))
            for each in manager.hook.printserver_drivers.get_hookimpls()
        ]

    def of(self, transport: str, address: str, ids: Ids) -> Claims:
        """Return who knows the device at `address`, reached by `transport`, that tells `ids` of itself."""
        claims: list[Claim] = []
        faults: list[tuple[str, str]] = []
        for package in self._packages:
            try:
                claims += _claims(package, transport, address, ids)
            except Exception as error:
                # a driver is foreign code: whatever it raises is named, and the others are asked all the same
                told = str(error) if isinstance(error, _Broken) else f"{type(error).__name__}: {error}"
                faults.append((package.name, harmless(told)))
                claims += _by_catalogue(package, transport, ids, [])
        return Claims(tuple(sorted(claims, key=lambda each: each.driver)), tuple(faults))


def _claims(package: _Package, transport: str, address: str, ids: Ids) -> list[Claim]:
    answer = package.asked(transport, address, ids)
    claims = []
    if answer is not None and transport in answer[0].transports:
        info, identity = answer
        claims.append(Claim(
            driver=info.name, title=info.title, tier=info.tier, model=_known(info, identity.model),
            serial=harmless(identity.serial), grounds=_grounds(package, info, transport, address, ids),
        ))  # fmt: skip
    return [*_by_catalogue(package, transport, ids, claims)]


def _known(info: DriverInfo, model: str) -> str:
    return model.lower() if model and info.find_model(model) is not None else ""


def _grounds(package: _Package, info: DriverInfo, transport: str, address: str, ids: Ids) -> tuple[Ground, ...]:
    """Return the ids that are each enough for the driver; where none is, those without which it does not know it."""

    def knows(some: Ids) -> bool:
        try:
            answer = package.asked(transport, address, some)
        except Exception:
            # foreign code that wants all ids at once: it knew the device, so that is no fault
            return False
        return answer is not None and answer[0] is info

    alone = [key for key in ids if knows({key: ids[key]})]
    needed = alone or [key for key in ids if not knows({each: ids[each] for each in ids if each != key})]
    return tuple(Ground(key, ids[key]) for key in needed)


def _by_catalogue(package: _Package, transport: str, ids: Ids, claims: Sequence[Claim]) -> Iterator[Claim]:
    """Yield the claims, and those that follow from the USB ids that `driver.toml` declares for its models."""
    ground = Ground(USB_IDS, f"{ids.get('vid', '')}:{ids.get('pid', '')}".lower())
    by_driver = {claim.driver: claim for claim in claims}
    for info in package.infos:
        claim = by_driver.get(info.name)
        models = [model.name for model in info.model if ground.value in model.usb]
        if transport not in info.transports or not models:
            if claim is not None:
                yield claim
            continue
        only = models[0] if len(models) == 1 else ""
        if claim is None:
            yield Claim(driver=info.name, title=info.title, tier=info.tier, model=only, grounds=(ground,))
        else:
            yield Claim(
                driver=claim.driver, title=claim.title, tier=claim.tier, model=claim.model or only,
                serial=claim.serial, grounds=(*claim.grounds, ground),
            )
