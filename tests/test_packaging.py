"""The source distribution holds the whole project, the wheel built from it holds all that runs, and it runs."""

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

import printserver

ROOT = Path(__file__).parent.parent
SOURCE_ROOTS = ("drivers/", "plugins/")
IGNORED = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text().splitlines() if not line.startswith("#")]

# Both distributions are built once, not once in each worker; a compiler is at work, maybe on a busy machine.
pytestmark = [pytest.mark.xdist_group("packaging"), pytest.mark.timeout(900)]


@dataclass(frozen=True)
class Built:
    """The files of a tree as a fresh clone has it, and the two distributions that were made from it."""

    files: frozenset[str]
    sdist: Path
    wheel: Path


def run(*command: str | Path, folder: Path) -> str:
    """Run a command in a folder; answer what it printed, or fail with all that it said."""
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, f"{command} ended with {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("built")
    tree = Path(shutil.copytree(ROOT, folder / "tree", ignore=shutil.ignore_patterns(".git", *IGNORED)))
    files = frozenset(path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file())
    # Without further options `build` makes the wheel from the sdist, not from the tree.
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, tree, folder=folder)
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return Built(files, sdist, wheel)


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel and the pinned requirements into an empty environment; answer its folder of programs."""
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", folder / "venv", folder=folder)
    programs = folder / "venv" / "bin"
    install_runtime(programs / "python", folder)
    run(programs / "python", "-m", "pip", "install", "--no-index", "--no-deps", built.wheel, folder=folder)
    return programs


def install_runtime(python: Path, folder: Path) -> None:
    """Install the pinned requirements from what set-up left in uv's cache, else from the registry."""
    pinned: list[str] = ["--require-hashes", "-r", str(ROOT / "requirements" / "runtime.txt")]
    uv = Path(sys.executable).with_name("uv")
    if uv.exists():
        cached: list[str | Path] = [uv, "pip", "install", "--offline", "--python", python, *pinned]
        if subprocess.run(cached, cwd=folder, capture_output=True, check=False).returncode == 0:
            return
    run(python, "-m", "pip", "install", *pinned, folder=folder)


def packaged_files(files: frozenset[str]) -> set[str]:
    """Name the files of all import packages as they lie in a wheel: source roots are no part of a name."""
    below_roots = {file.partition("/")[2] for file in files if file.startswith(SOURCE_ROOTS)}
    return below_roots | {file for file in files if file.startswith("printserver/")}


def import_names(files: frozenset[str]) -> set[str]:
    return {file.partition("/")[0] for file in packaged_files(files)}


def test_the_source_distribution_is_the_whole_tree(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    assert built.files - held == set()


def test_the_wheel_holds_every_file_of_every_package(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        held = set(archive.namelist())
    assert packaged_files(built.files) - held == set()


def test_the_wheel_brings_the_projects_own_names_and_no_source_of_the_kernels(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        held = archive.namelist()
    top = {name.split("/")[0] for name in held}
    assert {name for name in top if not name.endswith(".dist-info")} == import_names(built.files)
    assert [name for name in held if name.endswith((".pyx", ".pxi", ".c", ".h"))] == []
    assert [name for name in held if re.fullmatch(r"printserver/raster/_kernels\.[^/]+\.so", name)] != []
    assert [name for name in held if name.endswith("dist-info/licenses/LICENSE")] != []


def test_the_pinned_requirements_are_all_that_the_wheel_asks_for(installed: Path, tmp_path: Path) -> None:
    assert "No broken requirements found" in run(installed / "python", "-m", "pip", "check", folder=tmp_path)


def test_the_installed_kernels_dither(installed: Path, tmp_path: Path) -> None:
    program = "import printserver.raster.kernels as kernels; print(kernels.__file__)"
    assert str(installed.parent) in run(installed / "python", "-c", program, folder=tmp_path)


def test_the_bundled_drivers_are_found_by_entry_point(installed: Path, built: Built, tmp_path: Path) -> None:
    program = (
        "from importlib.metadata import entry_points\n"
        "for point in entry_points(group='printserver'): print(point.load().__name__)"
    )
    loaded = run(installed / "python", "-c", program, folder=tmp_path).split()
    assert set(loaded) == import_names(built.files) - {"printserver"}


def test_the_installed_command_knows_its_version(installed: Path, tmp_path: Path) -> None:
    assert run(installed / "printserver", "--version", folder=tmp_path).strip().endswith(printserver.__version__)


def test_the_installed_command_renders_a_card_and_its_emulator_reads_it(installed: Path, tmp_path: Path) -> None:
    Image.new("RGB", (8, 5), (200, 30, 30)).save(tmp_path / "tiny.png")
    render = ("render", "tiny.png", "--driver", "evolis", "--model", "primacy", "--ribbon", "YMCKO", "--out", "sent")
    run(installed / "printserver", *render, folder=tmp_path)
    run(installed / "printserver", "emulate", "evolis", "--job", "sent/job.prn", "--out", "printed", folder=tmp_path)
    card = Image.open(tmp_path / "printed" / "card1-front.png")
    assert card.size == (1016, 648)
    assert list((tmp_path / "sent").glob("card1-front-[YMCKO].png")) != []
    for panel in (tmp_path / "sent").glob("card1-front-[YMCKO].png"):
        assert_same_picture(panel, tmp_path / "printed" / panel.name)


def assert_same_picture(sent: Path, printed: Path) -> None:
    with Image.open(sent) as one, Image.open(printed) as other:
        assert (one.size, one.mode, one.tobytes()) == (other.size, other.mode, other.tobytes()), sent.name
