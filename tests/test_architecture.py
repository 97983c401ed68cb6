"""Holds the drawing of ARCHITECTURE.md against the code: who may import what, and how big a file may be."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORE = ROOT / "printserver"
EXTENSIONS = [ROOT / "drivers", ROOT / "plugins"]
CODE = [CORE, *EXTENSIONS, ROOT / "tests", ROOT / "benches", ROOT / "cext", ROOT / "examples"]

# What a room may import of printserver, itself aside; all others stand on the floors in pyproject.toml.
BELOW_DRIVERS = {"driver", "dialogue", "emulation", "ipp", "raster", "lifecycle", "model", "errors"}
BELOW_CLIENT = {"ipp", "model", "errors"}

# Rooms that talk to the world through Twisted; everything else is called by them.
TWISTED_ROOMS = {
    "commands", "daemon", "emulation", "extension", "listeners", "proving", "queue", "sandbox", "testing", "transport",
    "web",
}  # fmt: skip

# Rooms that know bytes and meaning only: they never open a port, sleep, start a thread or read a clock.
PURE_ROOMS = {"dialogue", "driver", "errors", "ipp", "lifecycle", "model", "raster"}
WORLDLY = {
    "asyncio", "concurrent", "multiprocessing", "secrets", "select", "selectors", "serial", "socket", "subprocess",
    "threading", "time", "twisted", "usb",
}  # fmt: skip

# Tests of the compiled module itself: wrong calls under sanitizers, every kernel fuzzed, nothing kept between calls.
PAST_THE_FACADE = [
    ROOT / "tests" / "fuzz", ROOT / "tests" / "sanitized", ROOT / "tests" / "raster" / "test_raster_kernels_threads.py",
]  # fmt: skip


def python_files(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Name everything that a file imports, wherever in the file, as absolute dotted names."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = ".".join(part for part in (package_of(path, level), module) if part)
                yield from (f"{base}.{name.name}" for name in names)


def package_of(path: Path, level: int) -> str:
    """Name the package that an import of so many dots starts from; none for an absolute import."""
    if level == 0:
        return ""
    root = next(root for root in (*EXTENSIONS, ROOT) if path.is_relative_to(root))
    parents = path.relative_to(root).parent.parts
    return ".".join(parents[: len(parents) - level + 1])


def room_of(path: Path) -> str:
    """Name the room of a core file: the first folder or file below printserver/."""
    return path.relative_to(CORE).parts[0].removesuffix(".py")


def offences(files: list[Path], banned: str) -> list[str]:
    """List the files that import a module or anything below it."""
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in imports(path)
        if name == banned or name.startswith(banned + ".")
    ]


def core_rooms_imported(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imports(path) if name.startswith("printserver.")}


def extension_packages() -> list[Path]:
    return sorted(path.parent for root in EXTENSIONS for path in root.glob("*/__init__.py"))


def test_rooms_import_downwards_only() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([linter, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_core_imports_no_driver_and_no_plugin() -> None:
    found = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in python_files(CORE)
        for name in imports(path)
        if name.startswith("printserver_")
    ]
    assert found == []


def test_a_driver_imports_the_driver_contract_and_what_lies_below() -> None:
    found = {
        str(path.relative_to(ROOT)): excess
        for path in python_files(ROOT / "drivers")
        if (excess := core_rooms_imported(path) - BELOW_DRIVERS)
    }
    assert found == {}


def test_drivers_and_plugins_do_not_import_each_other() -> None:
    names = {package.name for package in extension_packages()}
    found = [
        f"{path.relative_to(ROOT)} imports {name}"
        for package in extension_packages()
        for path in python_files(package)
        for name in imports(path)
        if name.split(".")[0] in names - {package.name}
    ]
    assert found == []


def test_the_client_stands_on_the_codec_alone() -> None:
    found = {
        str(path.relative_to(ROOT)): excess
        for path in python_files(CORE)
        if room_of(path) == "client" and (excess := core_rooms_imported(path) - BELOW_CLIENT - {"client"})
    }
    assert found == {}


def test_only_process_entry_points_import_the_reactor() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    ignores = settings["tool"]["ruff"]["lint"]["per-file-ignores"]
    entry_points = [path for path, rules in ignores.items() if "TID251" in rules]
    files = [path for path in python_files(*CODE) if not any(fnmatch(path, ROOT / entry) for entry in entry_points)]
    assert offences(files, "twisted.internet.reactor") == []


def test_twisted_lives_in_the_rooms_that_talk_to_the_world() -> None:
    assert offences([path for path in python_files(CORE) if room_of(path) not in TWISTED_ROOMS], "twisted") == []


@pytest.mark.parametrize("module", sorted(WORLDLY))
def test_pure_rooms_and_drivers_touch_no_world(module: str) -> None:
    pure = [path for path in python_files(CORE) if room_of(path) in PURE_ROOMS]
    assert offences(pure + python_files(ROOT / "drivers"), module) == []


@pytest.mark.parametrize("library", ["sqlalchemy", "alembic", "sqlite3", "psycopg"])
def test_sql_stays_in_the_store_and_in_the_tables_of_a_plugin(library: str) -> None:
    core = [path for path in python_files(CORE) if room_of(path) != "store"]
    plugins = [path for path in python_files(ROOT / "plugins") if path.name != "tables.py"]
    assert offences(core + plugins + python_files(ROOT / "drivers"), library) == []


def test_only_the_raster_room_knows_the_compiled_module() -> None:
    knowing = [CORE / "raster", *PAST_THE_FACADE]
    outside = [path for path in python_files(*CODE) if not any(map(path.is_relative_to, knowing))]
    assert offences(outside, "printserver.raster._kernels") == []


def test_cython_sources_lie_in_cext_alone() -> None:
    sources = [path for folder in CODE for suffix in ("pyx", "pxi", "pxd") for path in folder.rglob(f"*.{suffix}")]
    assert [path for path in sources if path.parent != ROOT / "cext"] == []


def test_a_file_holds_one_idea() -> None:
    files = [path for folder in CODE for suffix in ("py", "pyx", "pxi") for path in folder.rglob(f"*.{suffix}")]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
    assert {name: length for name, length in lengths.items() if length > 500} == {}


def test_nothing_is_named_after_nothing() -> None:
    nothing = {"utils", "util", "common", "misc", "helpers"}
    assert [path for folder in CODE for path in folder.rglob("*") if path.stem in nothing] == []
