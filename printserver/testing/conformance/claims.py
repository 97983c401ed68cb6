"""What a driver says of itself, and what its package reaches for."""

from __future__ import annotations

import os
import subprocess
import sys

from printserver.driver import EncodesMagstripe
from printserver.testing.conformance.imports import offences_of
from printserver.testing.conformance.subject import Subject

# What a driver package may not import when it is only asked what it is.
HEAVY = frozenset({"serial", "smartcard", "twisted", "usb"})


class ClaimTests(Subject):
    """Capabilities and imports."""

    def test_capabilities_are_coherent(self) -> None:
        """Ribbons, levels, options and abilities fit together."""
        can, model = self.capabilities(), self.model()
        names = [ribbon.name for ribbon in can.ribbons]
        assert names, "no ribbon"
        assert len(set(map(str.lower, names))) == len(names), "two ribbons of one name"
        assert {model.default_ribbon, *model.ribbons} <= set(names), "the facts name other ribbons"
        panels = {panel for ribbon in can.ribbons for panel in ribbon.front + ribbon.back}
        assert panels <= set(can.levels), "a panel without levels"
        assert all(2 <= levels <= 256 for levels in can.levels.values()), "a count of levels that no panel has"
        assert all(allowed for allowed in can.options.values()), "an option without a default"
        assert all(len(set(allowed)) == len(allowed) for allowed in can.options.values()), "a value stands there twice"
        assert min(can.geometry.width, can.geometry.height, can.geometry.dpi) > 0, "an image without dots"
        assert can.pages_per_minute > 0, "it never prints a card"
        assert 0 <= can.magnetic_tracks <= 3, "a stripe has up to three tracks"
        assert not can.magnetic_tracks or isinstance(self.driver(), EncodesMagstripe), "tracks, and no check_tracks"

    def test_the_package_is_cheap_to_import(self) -> None:
        """Asking a package what it is loads neither its driver nor anything heavy."""
        look = f"import sys, {self.package}; print(*sys.modules)"
        run = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, env=_paths())
        assert HEAVY.isdisjoint(name.split(".")[0] for name in run.stdout.split()), "something heavy is imported"
        own = {f"{self.package}.driver", f"{self.package}.emulator"}
        assert own.isdisjoint(run.stdout.split()), "driver and emulator are imported only inside the hooks"

    def test_the_package_knows_bytes_and_meaning_only(self) -> None:
        """No file of the package imports or calls what opens a port or file, waits, forks, reads a clock or guesses."""
        found = offences_of(self.package, self.also_imports)
        assert not found, "\n".join(["a driver asks the world by effects alone:", *found])


def _paths() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
