"""Which plugins are fit: the others are named and left out, and the server goes on."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from printserver.plugins import Origin, PluginRecord, Plugins, load_plugins

DRIVER = """
from printserver.driver import DriverInfo, ModelInfo, hookimpl
from printserver.model.printer import Tier
MODEL = ModelInfo(name="one", title="One", ribbons=("K",), default_ribbon="K")

@hookimpl
def printserver_drivers():
    return [DriverInfo(name={name!r}, title="T", contract={contract}, tier=Tier.DRAFTED, transports=(), model=(MODEL,))]
"""
OBSERVER = "from printserver.extension import hookimpl\n"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    place, before, paths = tmp_path / "plugins", set(sys.modules), list(sys.path)
    place.mkdir(mode=0o700)
    tmp_path.chmod(0o755)
    yield place
    sys.path[:] = paths
    for name in set(sys.modules) - before:
        if str(place) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def put(folder: Path, name: str, text: str) -> None:
    path = folder / f"{name}.py"
    path.write_text(text)
    path.chmod(0o600)


def record(plugins: Plugins, name: str) -> PluginRecord:
    return next(each for each in plugins.records if each.name == name)


def test_bundled_drivers_come_by_entry_point() -> None:
    plugins = load_plugins()
    assert {"evolis", "virtual"} <= set(plugins.shelf().infos)
    assert all(each.origin is Origin.BUNDLED and not each.fault for each in plugins.records)
    assert all(len(each.digest) == 64 and each.version for each in plugins.records)


def test_a_plugin_of_the_folder_is_loaded(folder: Path) -> None:
    put(folder, "ps_good_driver", DRIVER.format(name="Good", contract=1))
    plugins = load_plugins(folder)
    found = record(plugins, "ps_good_driver")
    assert (found.fault, found.origin) == ("", Origin.FOLDER)
    assert "good" in plugins.shelf().infos
    assert plugins.paths == [str(folder)]
    assert "ps_good_driver" in plugins.packages


def test_a_change_of_one_byte_is_another_hash(folder: Path) -> None:
    put(folder, "ps_changing", "x = 1\n")
    before = record(load_plugins(folder), "ps_changing").digest
    put(folder, "ps_changing", "x = 2\n")
    assert record(load_plugins(folder), "ps_changing").digest != before


FAULTS = {
    "does not import": "import nothing_of_that_name\n",
    "raises": "1 / 0\n",
    "ends the process": "raise SystemExit(3)\n",
    "is not Python": "def (:\n",
    "hook that nobody knows": OBSERVER + "@hookimpl\ndef printserver_dance(): ...\n",
    "argument that nobody gives": OBSERVER + "@hookimpl\ndef printserver_job_gate(submission, mood): ...\n",
    "other contract": DRIVER.format(name="Later", contract=2),
    "other contract, said by the module": OBSERVER + "CONTRACT = 7\n",
    "facts that are none": OBSERVER + "@hookimpl\ndef printserver_drivers(): return ['evolis']\n",
    "facts that raise": OBSERVER + "@hookimpl\ndef printserver_drivers(): raise KeyError('x')\n",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_unfit_plugin_is_named_and_disabled(folder: Path, fault: str) -> None:
    put(folder, "ps_unfit", FAULTS[fault])
    put(folder, "ps_well", DRIVER.format(name="Well", contract=1))
    plugins = load_plugins(folder)
    assert record(plugins, "ps_unfit").fault
    assert not plugins.manager.has_plugin("ps_unfit")
    assert "ps_unfit" not in plugins.packages
    assert {"evolis", "well"} <= set(plugins.shelf().infos)
    assert plugins.manager.hook.printserver_job_gate(submission=None) == []


def test_two_plugins_of_one_name_are_both_disabled(folder: Path) -> None:
    put(folder, "evolis", "x = 1\n")
    plugins = load_plugins(folder)
    doubled = [each for each in plugins.records if each.doubled]
    assert [each.name.lower() for each in doubled] == ["evolis", "evolis"]
    assert "evolis" not in plugins.shelf().infos
    assert "virtual" in plugins.shelf().infos


def test_two_drivers_of_one_name_are_both_disabled(folder: Path) -> None:
    put(folder, "ps_twin", DRIVER.format(name="Evolis", contract=1))
    plugins = load_plugins(folder)
    assert "evolis" not in plugins.shelf().infos
    assert len([each for each in plugins.records if each.doubled]) == 2


def test_a_plugin_does_not_take_the_place_of_a_module(folder: Path) -> None:
    put(folder, "colorsys", DRIVER.format(name="Hidden", contract=1))
    plugins = load_plugins(folder)
    assert "another module" in record(plugins, "colorsys").fault
    assert "hidden" not in plugins.shelf().infos


def test_safe_loads_bundled_ones_only(folder: Path) -> None:
    put(folder, "ps_stranger", "raise AssertionError('imported')\n")
    plugins = load_plugins(folder, safe=True)
    assert {each.origin for each in plugins.records} == {Origin.BUNDLED}
    assert plugins.paths == []


def open_folder(folder: Path) -> None:
    folder.chmod(0o770)


def open_file(folder: Path) -> None:
    (folder / "ps_exposed.py").chmod(0o666)


def open_parent(folder: Path) -> None:
    folder.parent.chmod(0o777)


def link_to_elsewhere(folder: Path) -> None:
    (folder / "ps_link.py").symlink_to(folder.parent / "elsewhere.py")
    (folder.parent / "elsewhere.py").write_text("")
    (folder.parent / "elsewhere.py").chmod(0o600)


def given_away(folder: Path) -> None:
    os.chown(folder / "ps_exposed.py", 12_345, -1)


EXPOSED = [open_folder, open_file, open_parent, link_to_elsewhere]
EXPOSED += [given_away] if os.geteuid() == 0 else []  # nobody else can give a file away


@pytest.mark.parametrize("expose", EXPOSED)
def test_a_folder_that_others_can_change_is_refused_whole(folder: Path, expose: object) -> None:
    put(folder, "ps_exposed", "raise AssertionError('imported')\n")
    expose(folder)  # type: ignore[operator] # one of the functions above
    plugins = load_plugins(folder)
    refused = record(plugins, "plugins")
    assert refused.fault
    assert plugins.paths == []
    assert "ps_exposed" not in plugins.packages
