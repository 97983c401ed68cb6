"""Set-up finds what a machine lacks, installs it where it may, and names the command where it may not."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Programs that every Debian has, and gcc and Python, which the project asks for.
PRESENT = "sh cat cp dirname env find gcc grep head ldconfig ls mkdir mktemp printf rm sed sort tr".split()
THIS_PYTHON = os.path.realpath(sys.executable)
AN_OLD_PYTHON = "#!/bin/sh\nexit 1\n"
HAS_LIBUSB = "#!/bin/sh\necho libusb-1.0.so.0\n"
DEPENDS = "#!/bin/sh\necho 'bc, cups, libqpdf29 (>> 11.3~), libcupsfilters1 (>= 1.22.2), libc6'\n"
KNOWS_ONE_LIBRARY = '#!/bin/sh\n[ "$2" = libcupsfilters1 ]\n'
MAKES_A_PACKAGE = '#!/bin/sh\n: >some.deb\necho "$*" >>"$CALLS"\n'
UNPACKS_FILTERS = """#!/bin/sh
mkdir -p usr/lib/cups/filter usr/lib/cups/driver
cp "$0" usr/lib/cups/filter/gstoraster
cp "$0" usr/lib/cups/filter/rastertogutenprint.5.3
cp "$0" usr/lib/cups/driver/gutenprint.5.3
"""
DEPENDS_OF_SERVICES = """#!/bin/sh
echo 'adduser, dbus, cups, libavahi-core7 (>= 0.8), libcupsfilters1, libdaemon0, libldap-2.5-0'
"""
UNPACKS_SERVICES = """#!/bin/sh
mkdir -p usr/sbin usr/bin usr/lib/cups/filter usr/lib/cups/backend-available usr/share/cups/mime
mkdir -p usr/lib/postgresql/15/bin
for name in sbin/cupsd sbin/avahi-daemon bin/avahi-browse bin/avahi-publish lib/cups/filter/pdftopdf \\
    lib/cups/backend-available/ipp lib/cups/backend-available/socket lib/cups/backend-available/lpd \\
    lib/postgresql/15/bin/initdb; do
    cp "$0" "usr/$name"
done
"""
RECORDS_ITS_CALLS = '#!/bin/sh\necho "$0 $*" | sed "s,.*/,," >>calls\n'


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Make a project folder beside a folder of programs which is all that set-up will see."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in PRESENT:
        found = shutil.which(name, path=f"{os.defpath}:/sbin:/usr/sbin")
        assert found, name
        (programs / name).symlink_to(found)
    return tmp_path


def put(machine: Path, **programs: str) -> None:
    for name, text in programs.items():
        path = machine / "programs" / name.replace("_", "-")
        path.unlink(missing_ok=True)  # a link to the machine's own program would be written through
        path.write_text(text)
        path.chmod(0o755)


def look_for(purpose: str, machine: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    variables: Mapping[str, str] = {"PATH": str(machine / "programs"), **environment}
    script = machine / "scripts" / "system-packages"
    return subprocess.run([script, purpose], env=variables, cwd=machine, capture_output=True, text=True, check=False)


def user(number: int) -> str:
    return f"#!/bin/sh\necho {number}\n"


def test_without_the_right_to_install_the_exact_command_is_named(machine: Path) -> None:
    put(machine, id=user(1000), apt_get=RECORDS_ITS_CALLS)
    ended = look_for("test", machine, PYTHON=THIS_PYTHON)
    command = "sudo apt-get update && sudo apt-get install --yes --no-install-recommends chromium "
    assert (ended.returncode, command in ended.stderr) == (2, True)
    assert not (machine / "calls").exists()


def test_running_the_project_asks_for_no_browser(machine: Path) -> None:
    put(machine, id=user(1000), old_python=AN_OLD_PYTHON)
    ended = look_for("demo", machine, PYTHON="old-python")
    assert ended.returncode == 2
    assert ended.stderr.strip().endswith("--no-install-recommends python3 python3-venv python3-dev")


def test_root_gets_what_is_missing_and_nothing_else(machine: Path) -> None:
    put(machine, id=user(0), apt_get=RECORDS_ITS_CALLS, old_python=AN_OLD_PYTHON)
    look_for("demo", machine, PYTHON="old-python")
    updated, installed = (machine / "calls").read_text().splitlines()
    assert updated.startswith("apt-get update")
    assert installed.split("--no-install-recommends ")[1] == "python3 python3-venv python3-dev"


def test_measuring_asks_for_the_peers_and_for_no_print_service(machine: Path) -> None:
    put(machine, id=user(1000), apt_get=RECORDS_ITS_CALLS)
    ended = look_for("bench", machine, PYTHON=THIS_PYTHON)
    named = ended.stderr.split("--no-install-recommends ")[1].split()
    assert ended.returncode == 2
    assert {"imagemagick", "netpbm", "ghostscript", "chromium"} <= set(named)
    assert {"cups", "cups-daemon", "cups-filters", "printer-driver-gutenprint"}.isdisjoint(named)


def test_testing_asks_for_none_of_the_peers(machine: Path) -> None:
    put(machine, id=user(1000), apt_get=RECORDS_ITS_CALLS)
    assert "imagemagick" not in look_for("test", machine, PYTHON=THIS_PYTHON).stderr


def test_the_filters_of_a_print_service_are_unpacked_and_never_installed(machine: Path) -> None:
    """Debian's packages are asked for by name; they are put beside the project and nothing of them is started."""
    present = {"convert-im6.q16", "pamditherbw", "gs", "chromium", "ipptool", "lp", "curl", "nc", "dbus-daemon",
               "systemd-analyze"}
    put(machine, id=user(0), apt_get=MAKES_A_PACKAGE, dpkg=UNPACKS_FILTERS, ldconfig=HAS_LIBUSB)
    put(machine, dpkg_deb=DEPENDS, dpkg_query=KNOWS_ONE_LIBRARY)
    put(machine, **dict.fromkeys(present, RECORDS_ITS_CALLS))
    services = ("cupsd/sbin/cupsd", "cupsd/lib/cups/filter/pdftopdf", "avahi/avahi-daemon", "avahi/avahi-browse",
                "avahi/avahi-publish",
                "postgresql/usr/lib/postgresql/15/bin/initdb")  # fmt: skip
    for name in ("cups/ipp", "cups/socket", "cups/lpd", *services):
        path = machine / "build" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(RECORDS_ITS_CALLS)
        path.chmod(0o755)
    ended = look_for("bench", machine, PYTHON=THIS_PYTHON, CALLS=str(machine / "calls"))
    assert (ended.returncode, ended.stderr) == (0, "")
    names = {path.name for path in (machine / "build" / "cups" / "filters").iterdir()}
    assert names == {"gstoraster", "rastertogutenprint.5.3", "gutenprint.5.3"}
    assert (machine / "calls").read_text().splitlines() == [
        "download -qq -o APT::Sandbox::User=root cups-filters printer-driver-gutenprint",
        "update -qq",
        "install --yes -qq --no-install-recommends libqpdf29",
    ]


def test_services_of_others_are_unpacked_and_never_installed(machine: Path) -> None:
    """cupsd, Avahi and PostgreSQL lie beside the project; of what they depend on, libraries alone are installed."""
    present = {"chromium", "ipptool", "lp", "curl", "nc", "dbus-daemon", "systemd-analyze"}
    put(machine, id=user(0), apt_get=MAKES_A_PACKAGE, dpkg=UNPACKS_SERVICES, ldconfig=HAS_LIBUSB)
    put(machine, dpkg_deb=DEPENDS_OF_SERVICES, dpkg_query=KNOWS_ONE_LIBRARY)
    put(machine, apt_cache="#!/bin/sh\necho postgresql\necho '  Depends: postgresql-15'\n")
    put(machine, **dict.fromkeys(present, RECORDS_ITS_CALLS))
    nowhere = str(machine / "nowhere")
    ended = look_for("test", machine, PYTHON=THIS_PYTHON, CALLS=str(machine / "calls"), POSTGRESQL=nowhere)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert os.access(machine / "build" / "postgresql/usr/lib/postgresql/15/bin/initdb", os.X_OK)
    assert os.access(machine / "build" / "cupsd" / "sbin" / "cupsd", os.X_OK)
    assert os.access(machine / "build" / "avahi" / "avahi-browse", os.X_OK)
    calls = (machine / "calls").read_text().splitlines()
    assert [call for call in calls if call.startswith("download")] == [
        "download -qq -o APT::Sandbox::User=root cups cups-daemon",
        "download -qq -o APT::Sandbox::User=root cups cups-daemon cups-filters-core-drivers",
        "download -qq -o APT::Sandbox::User=root avahi-daemon avahi-utils",
        "download -qq -o APT::Sandbox::User=root postgresql-15 postgresql-client-15",
    ]
    assert {call for call in calls if call.startswith("install")} == {
        "install --yes -qq --no-install-recommends libavahi-core7 libdaemon0 libldap-2.5-0"
    }


def test_a_python_that_cannot_build_the_project_is_refused_by_name(machine: Path) -> None:
    put(machine, id=user(0), apt_get=RECORDS_ITS_CALLS, old_python=AN_OLD_PYTHON)
    ended = look_for("demo", machine, PYTHON="old-python")
    assert (ended.returncode, "PYTHON=/path/to/python3 names one" in ended.stderr) == (2, True)


def test_a_stand_in_never_reaches_the_program_it_stands_for(machine: Path) -> None:
    stood_for = machine / "stood-for"
    stood_for.write_text("the machine's own")
    (machine / "programs" / "linked").symlink_to(stood_for)
    put(machine, linked=RECORDS_ITS_CALLS)
    assert stood_for.read_text() == "the machine's own"


def test_a_machine_that_has_all_is_left_alone(machine: Path) -> None:
    put(machine, id=user(1000), apt_get=RECORDS_ITS_CALLS)
    ended = look_for("demo", machine, PYTHON=THIS_PYTHON)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert not (machine / "calls").exists()


def test_an_unknown_purpose_is_a_mistake_in_usage(machine: Path) -> None:
    ended = subprocess.run([machine / "scripts" / "setup", "everything"], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (2, "usage: scripts/setup [demo|test|bench]\n")
