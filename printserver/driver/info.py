"""`driver.toml`: a driver's facts as data, read without importing the driver.

Keys: `name`, `title`, `contract`, `tier`, `transports`, `emulates`, `assumptions`, `catalogue`, `[[maintenance]]`
tables (`printserver.model.upkeep.Maintenance`), and `[[model]]` tables
with `name`, `title`, `ribbons`, `default_ribbon`, `extras`, `usb` ids and a driver's own `[model.facts]` of strings and
numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from printserver.driver.proofs import FOLDER, Proof, code_digest, honest_tier, proven_tier, read_proofs
from printserver.errors import PluginBroken
from printserver.model.printer import Tier
from printserver.model.upkeep import Maintenance

Fact = str | int | float | bool | list[str | int]


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model of a family; `usb` holds `vvvv:pppp` ids in hex, empty where no source names one.

    `extras` are factory options that a printer may have or lack; they are named after the model: `primacy+mag+chip`.
    After `cleaning_due` cards it is to be cleaned, after `cleaning_stop` it gets none; 0 = no source names a number.
    """

    name: str
    title: str
    ribbons: tuple[str, ...]
    default_ribbon: str
    usb: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    cleaning_due: int = 0
    cleaning_stop: int = 0
    facts: dict[str, Fact] = {}


class DriverInfo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a driver before it is loaded; `assumptions` are shown to operators.

    `catalogue` is a folder beside the file with one gettext catalogue (`id.po`) a language, for these texts; it is a
    whole path once the file is loaded. Empty = English alone. `folder` is where the file lies, once it is loaded.
    """

    name: str
    title: str
    contract: int
    tier: Tier
    transports: tuple[str, ...]
    model: tuple[ModelInfo, ...]
    emulates: bool = False
    assumptions: tuple[str, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
    catalogue: str = ""
    folder: str = ""

    def tier_of(self, model: str, more: Sequence[Proof] = (), ribbon: str = "") -> Tier:
        """Return how well a model is proven with a ribbon, or any, by the proofs in the package and `more` of them.

        Raises PluginBroken for a proof in the package that cannot be read.
        """
        folder = Path(self.folder)
        proofs = [*(read_proofs(folder / FOLDER) if self.folder else ()), *more]
        if not proofs:
            return self.tier
        return proven_tier(self.tier, self.name, model, code_digest(folder), proofs, ribbon)

    def find_model(self, name: str) -> ModelInfo | None:
        """Return the model of a name, matched without case; None when the family has no such model or extra."""
        base, *extras = name.lower().split("+")
        found = next((model for model in self.model if model.name.lower() == base), None)
        return found if found is not None and set(extras) <= set(found.extras) else None


def load_info(path: Path) -> DriverInfo:
    """Read a `driver.toml`; raises PluginBroken with the file and key."""
    try:
        info = msgspec.toml.decode(path.read_bytes(), type=DriverInfo)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
        raise PluginBroken(str(error), where=path.name) from error
    if info.folder:
        raise PluginBroken("this is set by whoever reads the file", where=f"{path.name}: folder")
    tier = honest_tier(info.tier, emulates=info.emulates)
    info = msgspec.structs.replace(info, folder=str(path.parent), tier=tier)
    if not info.catalogue:
        return info
    folder = path.with_name(info.catalogue)
    if not folder.is_dir():
        raise PluginBroken(f"there is no folder {info.catalogue!r} beside it", where=f"{path.name}: catalogue")
    return msgspec.structs.replace(info, catalogue=str(folder))
