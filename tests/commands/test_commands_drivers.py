"""What drivers are there, and whether a configuration fits them."""

from __future__ import annotations

from pathlib import Path

import pytest

from printserver.commands.output import cell_width
from tests.commands.command_kit import call

GOOD = """
[server]
port = 9631
default_queue = "badges"

[printer.front-office]
driver = "Evolis"
model = "Primacy+mag"
device = "tcp:192.0.2.7:9100"
ribbon = "ymcko"

[printer.desk]
driver = "evolis"
model = "zenius"
device = "emulated"
ribbon = "KO"

[queue.badges]
printers = ["front-office", "desk"]
"""


def check(folder: Path, text: str) -> tuple[int, str, str]:
    file = folder / "printserver.toml"
    file.write_text(text)
    found = call("check-config", file)
    return found.code, found.out, found.complaint() if found.code else found.stderr


# drivers


def test_drivers_say_how_well_they_are_proven_and_what_they_take_for_granted() -> None:
    found = call("drivers", environment={"COLUMNS": "80"})
    assert found.code == 0, found.stderr
    words = " ".join(found.out.split())
    assert "evolis emulated pebble, dualys, zenius, primacy" in words
    assert "never tried on a real printer" in words
    assert "reached by: usb, usblp, tcp, serial, unix" in words
    assert "taken for granted: - No command of this driver has been tried on a real printer" in words
    assert all(cell_width(line) <= 80 for line in found.lines)


def test_drivers_as_json() -> None:
    found = call("drivers", "--json").json()
    evolis = next(each for each in found["drivers"] if each["name"] == "evolis")
    assert (evolis["tier"], evolis["emulates"]) == ("emulated", True)
    assert "never tried on a real printer" in evolis["meaning"]
    assert "tcp" in evolis["transports"]
    assert len(evolis["assumptions"]) > 5
    primacy = next(model for model in evolis["models"] if model["name"] == "primacy")
    assert primacy == {
        "name": "primacy", "title": "Evolis Primacy", "ribbons": ["YMCKO", "half-YMCKO", "YMCKOK", "KO", "K"],
        "default_ribbon": "YMCKO", "extras": ["mag", "chip", "contactless"], "tier": "emulated",
    }  # fmt: skip


# check-config


def test_a_good_configuration_is_summed_up(tmp_path: Path) -> None:
    code, said, complaint = check(tmp_path, GOOD)
    assert (code, complaint) == (0, "")
    lines = said.splitlines()
    assert lines[0] == "server: 127.0.0.1, port 9631, with TLS 8632"
    assert "printer front-office: evolis primacy+mag, tcp:192.0.2.7:9100, ribbon ymcko" in lines
    assert "queue badges: front-office, desk" in lines
    assert lines[-1] == "The configuration can be used."


def test_a_door_that_is_off_is_told(tmp_path: Path) -> None:
    said = check(tmp_path, GOOD.replace("port = 9631", "port = 9631\ntls_port = 0"))[1]
    assert said.splitlines()[0] == "server: 127.0.0.1, port 9631, with TLS off"


BROKEN = {
    "no TOML": ('printer = "', "printserver.toml", "TOML"),
    "a key that is none": (GOOD.replace("port = 9631", "prot = 9631"), "server.prot", "port"),
    "a kind that does not fit": (GOOD.replace("9631", '"many"'), "server.port", "int"),
    "a port that is none": (GOOD.replace("9631", "96310"), "server.port", "65535"),
    "a driver that is none": (GOOD.replace('"Evolis"', '"zebroid"'), "printer.front-office.driver", "evolis"),
    "a model that is none": (GOOD.replace('"zenius"', '"tower"'), "printer.desk.model", "primacy"),
    "an extra that is none": (GOOD.replace("+mag", "+toaster"), "printer.front-office.model", "primacy"),
    "a ribbon that is none": (GOOD.replace('"KO"', '"YMCKOK"'), "printer.desk.ribbon", "YMCKO, KO, K"),
    "a device that is none": (GOOD.replace("tcp:192", "carrier-pigeon:192"), "printer.front-office.device", "tcp:"),
    "an option that is none": (GOOD + '[printer.desk.options]\nglitter = "on"\n', "printer.desk.options", ""),
    "a printer that is none": (GOOD.replace('"front-office", ', '"attic", '), "queue.badges.printers", "desk"),
    "a queue that is none": (GOOD.replace('"badges"', '"staff"', 1), "server.default_queue", "badges"),
    "a certificate without its key": (
        GOOD.replace("port = 9631", 'certificate = "/c.pem"'), "server.certificate_key", "path"
    ),
    "a certificate that is not there": (
        GOOD.replace("port = 9631", 'certificate = "/no/c"\ncertificate_key = "/no/k"'), "server.certificate", ""
    ),
    "a section without plugin": (GOOD + "[plugin.weather]\nsunny = true\n", "plugin.weather", "none"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_does_not_fit_is_named_by_file_and_key(name: str, tmp_path: Path) -> None:
    text, key, allowed = BROKEN[name]
    code, said, complaint = check(tmp_path, text)
    assert (code, said) == (2, "")
    assert str(tmp_path / "printserver.toml") in complaint
    assert key in complaint
    assert allowed in complaint


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    found = call("check-config", tmp_path / "nothing.toml")
    assert found.code == 2
    assert str(tmp_path / "nothing.toml") in found.complaint()


def plugin_folder(folder: Path, **plugins: str) -> str:
    """Write plugins into a drop-in folder of their own and return a configuration that names it."""
    for name, code in plugins.items():
        path = folder / "plugins" / f"{name}.py"
        path.parent.mkdir(mode=0o755, exist_ok=True)
        path.write_text(code)
        path.chmod(0o644)
    return GOOD.replace("[server]", f'[server]\nplugins = "{folder / "plugins"}"')


ANOTHER_EVOLIS = """
from printserver.driver import hookimpl, load_info
from pathlib import Path

@hookimpl
def printserver_drivers():
    return [load_info(Path({facts!r}))]
"""


def test_two_plugins_of_one_name_are_an_error(tmp_path: Path) -> None:
    code, _, complaint = check(tmp_path, plugin_folder(tmp_path, Evolis=""))
    assert code == 2
    assert "there are two plugins named" in complaint
    assert "evolis" in complaint.lower()


def test_two_plugins_for_one_driver_are_an_error(tmp_path: Path) -> None:
    import printserver_evolis

    facts = Path(str(printserver_evolis.__file__)).with_name("driver.toml")
    code, _, complaint = check(tmp_path, plugin_folder(tmp_path, rival_evolis=ANOTHER_EVOLIS.format(facts=str(facts))))
    assert code == 2
    assert "driver evolis is offered by" in complaint
    assert "rival_evolis" in complaint


def test_a_broken_plugin_that_nothing_needs_is_named_and_no_error(tmp_path: Path) -> None:
    code, said, _ = check(tmp_path, plugin_folder(tmp_path, broken_by_itself="import nothing_of_this_name"))
    assert code == 0
    assert "disabled: broken_by_itself: ModuleNotFoundError" in said


SECTION = """
import msgspec
from printserver.driver import hookimpl

class Weather(msgspec.Struct, forbid_unknown_fields=True):
    town: str

@hookimpl
def printserver_config_section():
    return "weather", Weather
"""


@pytest.mark.parametrize(("table", "code"), [('town = "Bandung"', 0), ("town = 7", 2), ("sunny = true", 2)])
def test_a_plugins_own_table_is_held_against_its_form(table: str, code: int, tmp_path: Path) -> None:
    text = plugin_folder(tmp_path, weather_of_the_town=SECTION) + f"[plugin.weather]\n{table}\n"
    found, _, complaint = check(tmp_path, text)
    assert found == code
    assert ("plugin.weather" in complaint) == (code == 2)
