"""Runs a module with other compiled kernels than those in the tree.

usage: python -m tests.sanitized.launch KERNELS.so MODULE [ARGUMENT...]
"""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

KERNELS = "printserver.raster._kernels"


class Instead:
    """Finds one module in a file of our own; it stands before everybody else who finds modules."""

    def __init__(self, name: str, file: Path) -> None:
        self.name = name
        self.file = file

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the specification of the one module, None for any other."""
        if name != self.name:
            return None
        return spec_from_file_location(name, self.file, loader=ExtensionFileLoader(name, str(self.file)))


def main(kernels: Path, module: str, arguments: Sequence[str]) -> None:
    """Run `module` as `python -m` does, with these kernels in place of those in the tree."""
    sys.meta_path.insert(0, Instead(KERNELS, kernels.resolve(strict=True)))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
