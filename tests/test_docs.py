"""The documentation says everything that is there, and nothing that is not."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from itertools import pairwise, product
from pathlib import Path
from typing import Any, get_args

import click
import msgspec
import pytest
from PIL import Image

from printserver import cli, lifecycle
from printserver.client import ApiClient
from printserver.commands.checking import check_configuration
from printserver.config import (
    Configuration,
    DepartmentSection,
    JournalSection,
    PrinterSection,
    QueueSection,
    QuotaSection,
    ServerSection,
    StoreSection,
    WebhookSection,
    read_configuration,
)
from printserver.dialogue import Effect, Point
from printserver.driver import DriverInfo, ModelInfo
from printserver.driver import hookspecs as driver_hooks
from printserver.driver.contract import Driver
from printserver.emulation.faults import FaultKind
from printserver.errors import BadRequest
from printserver.extension import hookspecs as extension_hooks
from printserver.lifecycle import CardEvent, Wishes, roll_up
from printserver.listeners.http.problems import problem_of
from printserver.model.alert import AlertKind
from printserver.model.holding import HeldFor
from printserver.model.job import Card, CardState, JobState, Reason
from printserver.model.printer import Tier
from printserver.model.ticket import Ticket
from printserver.plugins import load_plugins
from printserver.queue.views import Verdict
from printserver.web.deeds import JOB_DEEDS, PRINTER_DEEDS, QUEUE_DEEDS
from printserver_evolis.options import OPTIONS as EVOLIS
from printserver_fargo.options import OPTIONS as FARGO
from printserver_magicard.options import OPTIONS as MAGICARD
from tests.docs import docs_tables
from tests.docs.docs_tables import PAGES, ROOT, error_classes, written_anew

SOURCES = [ROOT / "printserver", ROOT / "drivers"]
LINK = re.compile(r"(?<!`)!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
MACHINE = re.compile(r"/(?:work|tmp|root|home)/|\.pyenv|site-packages")


@cache
def page(name: str) -> str:
    """Return the text of a page of docs/, or of one at the root of the project."""
    path = ROOT / "docs" / f"{name}.md"
    return (path if path.exists() else ROOT / f"{name}.md").read_text()


def section(name: str, heading: str) -> str:
    """Return what stands below a heading of a page, up to the next one of its level."""
    found = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^\1 |\Z)", page(name), re.MULTILINE | re.DOTALL)
    assert found, f"{name}.md has no heading {heading!r}"
    return found[2]


def rows(text: str) -> dict[str, list[str]]:
    """Return the rows of all tables in a text by each name in code marks of their first cell."""
    lines = [line.strip().strip("|").strip() for line in text.splitlines() if line.startswith("|")]
    cells = [re.split(r" ?(?<!\\)\| ?", line) for line in lines]
    return {name: row for row in cells for name in re.findall(r"`([^`]+)`", row[0])}


def code(text: str) -> set[str]:
    """Return everything that stands in code marks, whole blocks aside."""
    return set(re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)))


@cache
def nodes() -> list[ast.AST]:
    """Return everything that stands in the sources of the server and its drivers."""
    paths = [path for source in SOURCES for path in source.rglob("*.py")]
    read = [path for path in paths if not {"migrations", "testing"} & set(path.parts)]
    return [node for path in read for node in ast.walk(ast.parse(path.read_text()))]


def calls(name: str) -> Iterator[ast.Call]:
    """Yield every call of a function or method of this name in the server and its drivers."""
    for node in nodes():
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called == name:
                yield node


@cache
def constants() -> dict[str, str]:
    """Return the texts that names in capitals stand for."""
    return {
        target.id: node.value.value for node in nodes()
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets if isinstance(target, ast.Name) and target.id.isupper()
    }  # fmt: skip


def texts(node: ast.expr | None) -> list[str]:
    """Return the texts that an expression may be, as far as it says them itself."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.Name(id=name) if name in constants():
            return [constants()[name]]
        case ast.IfExp(body=body, orelse=orelse):
            return texts(body) + texts(orelse)
        case _:
            return []


# what is generated


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_tables_are_as_the_code_has_them(path: Path) -> None:
    text = path.read_text()
    assert written_anew(text) == text, "write them anew: .venv/bin/python tests/docs/docs_tables.py"


def test_every_table_has_its_place() -> None:
    placed = [found[1] for path in PAGES for found in docs_tables.HELD.finditer(path.read_text())]
    assert sorted(placed) == sorted(docs_tables.TABLES)


# errors, states, reasons


def test_every_error_has_its_row() -> None:
    told = rows(section("client-applications", "Errors"))
    assert {kind.code for kind in error_classes()} == set(told)


def test_no_error_class_escapes_the_table() -> None:
    """The table is made by importing; what is written in the sources is the second witness."""
    written = {
        text
        for node in nodes()
        if isinstance(node, ast.ClassDef)
        for line in node.body
        if isinstance(line, ast.Assign) and [getattr(target, "id", "") for target in line.targets] == ["code"]
        for text in texts(line.value)
    }
    assert written > {"document-broken", "port-in-use", "ipp-malformed", "demo-failed"}
    assert written <= set(rows(section("client-applications", "Errors")))


def test_every_job_state_is_explained() -> None:
    assert set(rows(section("client-applications", "Job states"))) == set(JobState)
    assert set(JobState) <= code(section("operators", "What a card can be"))


def test_every_card_state_is_explained() -> None:
    assert set(rows(section("client-applications", "Card states"))) == set(CardState)
    assert set(rows(section("operators", "What a card can be"))) == set(CardState)


def test_every_verdict_is_explained() -> None:
    assert set(rows(section("operators", "A card in doubt"))) == set(Verdict)


def test_every_button_of_the_page_is_explained() -> None:
    told = section("operators", "The status page")
    for deed in (*JOB_DEEDS, *QUEUE_DEEDS, *PRINTER_DEEDS):
        assert deed.button.removesuffix(" the queue") in told, deed.name


def test_every_alert_has_its_remedy() -> None:
    told = rows(section("operators", "What printers complain of"))
    assert set(told) == set(AlertKind)
    assert all(len(row) == 3 and len(row[2]) > 10 for row in told.values())


def documented_reasons() -> set[str]:
    return {*rows(section("operators", "Reasons")), *rows(section("client-applications", "Errors")), *AlertKind}


def test_every_reason_that_the_code_gives_is_explained() -> None:
    given = {text for call in calls("Reason") for text in texts(call.args[0] if call.args else None)}
    assert given > {"interrupted", "not-confirmed"}
    assert given - documented_reasons() == set()


def test_every_reason_of_a_job_is_explained() -> None:
    wishes = [Wishes(hold, cancel, incoming) for hold, cancel, incoming in product((False, True), repeat=3)]
    wishes += [Wishes(hold=True, held_for=each) for each in HeldFor]
    cards: list[list[Card]] = [[], *([card(state)] for state in CardState)]
    cards += [[card(CardState.DONE), card(state)] for state in CardState]
    told = {reason for some in cards for wish in wishes for reason in roll_up(some, wish)[1]}
    assert told > {"job-completed-with-errors", "card-uncertain", "job-incoming"}
    assert told - documented_reasons() - {"none", "why"} == set()


def card(state: CardState) -> Card:
    return Card(id=1, job=1, number=1, state=state, version=1, changed=0.0, reason=Reason("why"), unconfirmed=True)


def test_the_life_of_a_card_is_drawn_from_its_table() -> None:
    assert lifecycle.diagram() in page("ARCHITECTURE")


def test_every_word_of_the_journal_is_listed() -> None:
    told = {kind: code(row[2]) for kind, row in rows(section("client-applications", "Events")).items()}
    assert told["card"] >= set(CardEvent)
    assert told["mark"] == set(Point)
    written = journal_words()
    assert {"accepted", "state", "purged"} <= written["job"]
    assert {"added", "cleared"} <= written["printer"]
    assert "set-aside" in written["card"]
    assert "started" in written["server"]
    for kind, words in written.items():
        assert words - told[kind] == set(), kind


def journal_words() -> dict[str, set[str]]:
    """Return the words that the sources write into the journal, by kind, as far as they stand there as texts."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for call in (*calls("tell"), *calls("_note")):
        if len(call.args) == 4 and (kinds := texts(call.args[0])):
            found[kinds[0]] |= set(texts(call.args[2]))
    for call in calls("NewEvent"):
        given = {keyword.arg: texts(keyword.value) for keyword in call.keywords}
        if given.get("kind"):
            found[given["kind"][0]] |= set(given.get("what", []))
    # The daemon says of itself in one place that it starts and stops.
    found["server"] |= {text for call in calls("_tell") if len(call.args) == 2 for text in texts(call.args[1])}
    return found


def test_every_tier_is_explained() -> None:
    assert set(rows(section("operators", "How well a driver is proven"))) == set(Tier)
    assert set(rows(section("technicians", "Tiers"))) == set(Tier)


# configuration, ticket, facts of drivers


def shown_default(field: msgspec.structs.FieldInfo) -> str:
    """Return a default as it is written in TOML."""
    if field.required:
        return "needed"
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    match value:
        case None:
            return "none"
        case () | []:
            return "`[]`"
        case dict():
            return "`{}`"
        case bool():
            return f"`{str(value).lower()}`"
        case str():
            return f'`"{value}"`'
        case _:
            return f"`{list(value) if isinstance(value, tuple) else value}`".replace("'", '"')


ONE_TABLE = ("server", "journal", "store")
SECTIONS: list[type[msgspec.Struct]] = [
    ServerSection, PrinterSection, QueueSection, JournalSection, StoreSection, WebhookSection, DepartmentSection,
    QuotaSection,
]  # fmt: skip


@pytest.mark.parametrize("kind", SECTIONS, ids=lambda kind: kind.__name__)
def test_every_configuration_key_is_explained_with_its_default(kind: type[msgspec.Struct]) -> None:
    told = rows(section("operators", "The configuration file"))
    for field in msgspec.structs.fields(kind):
        assert field.encode_name in told, field.encode_name
        assert told[field.encode_name][1] == shown_default(field), field.encode_name


def test_no_configuration_key_is_explained_that_there_is_not() -> None:
    known = {field.encode_name for kind in SECTIONS for field in msgspec.structs.fields(kind)}
    assert set(rows(section("operators", "The configuration file"))) == known
    assert set(code(section("operators", "The configuration file"))) >= {
        "[server]", "[journal]", "[store]",
        *(f"[{name}.NAME]" for name in Configuration.__struct_fields__ if name not in ONE_TABLE)
    }  # fmt: skip


def words_of(kind: Any) -> list[str]:  # noqa: ANN401 - an annotation
    """Return the words that a key of an enumerated type takes."""
    kinds = [each for each in (kind, *get_args(kind)) if isinstance(each, type) and issubclass(each, StrEnum)]
    return [str(word) for each in kinds for word in each]


def test_every_key_of_the_ticket_is_explained() -> None:
    told = rows(section("client-applications", "The ticket"))
    fields = {field.encode_name: field for field in msgspec.structs.fields(Ticket)}
    assert set(told) == set(fields)
    for name, field in fields.items():
        assert set(words_of(field.type)) <= code(" ".join(told[name])), name
        if isinstance(field.default, str | int) and not isinstance(field.default, bool):
            assert told[name][2].strip("`") == str(field.default), name


@pytest.mark.parametrize("kind", [DriverInfo, ModelInfo])
def test_every_key_of_a_drivers_facts_is_explained(kind: type[msgspec.Struct]) -> None:
    told = {name.strip("[]") for name in rows(section("technicians", "driver.toml"))}
    found = {field.encode_name for field in msgspec.structs.fields(kind)} - {"folder"}  # set by whoever reads the file
    assert found <= told


def test_every_verb_and_effect_of_a_driver_is_explained() -> None:
    verbs = {name for name, _ in inspect.getmembers(Driver, inspect.isfunction) if name[0] != "_"}
    assert {name.split("(")[0] for name in rows(section("technicians", "What a driver is"))} == verbs
    effects = {kind.__name__ for kind in get_args(Effect)}
    assert {name.split("(")[0] for name in rows(section("technicians", "Effects"))} == effects
    assert set(rows(section("ARCHITECTURE", "A dialogue: effects and marks"))) == effects
    for text in (section("technicians", "The commit mark"), section("ARCHITECTURE", "A dialogue: effects and marks")):
        assert set(Point) <= set(re.findall(r"[A-Z]{3,}", text))


def test_every_fault_is_explained() -> None:
    assert set(rows(section("technicians", "An emulated printer and its faults"))) == set(FaultKind)


@pytest.mark.parametrize(("driver", "options"), [("evolis", EVOLIS), ("fargo", FARGO), ("magicard", MAGICARD)])
def test_every_option_of_a_driver_is_explained(driver: str, options: dict[str, tuple[str, ...]]) -> None:
    told = rows(section("technicians", f"Options of the {driver} driver"))
    defaults = {name: values[0] for name, values in options.items()}
    assert {name: re.split("[,:]", row[1])[0] for name, row in told.items()} == defaults


# commands, hooks, IPP


def test_every_command_has_its_section() -> None:
    context = click.Context(cli.printserver)
    found = {name: cli.printserver.get_command(context, name) for name in cli.COMMANDS}
    wanted = [[name, *(f"{name} {sub}" for sub in getattr(each, "commands", ()))] for name, each in found.items()]
    assert HEADING.findall(section("command-line", "All commands")) == [name for names in wanted for name in names]


def hooks() -> dict[str, list[str]]:
    found = {}
    for module in (driver_hooks, extension_hooks):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("printserver_"):
                found[name] = list(inspect.signature(function).parameters)
    return found


def test_every_hook_has_its_section_with_its_arguments() -> None:
    headings = re.findall(r"^### (printserver_\w+)\((.*)\)$", page("plugins"), re.MULTILINE)
    assert {name: [part for part in arguments.split(", ") if part] for name, arguments in headings} == hooks()


def test_the_hooks_that_nothing_calls_are_said_to_be_so() -> None:
    asked = {node.attr for node in nodes() if isinstance(node, ast.Attribute)} & set(hooks())
    named = {node.value for node in nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert "printserver_drivers" in asked
    told = re.findall(r"^### (printserver_\w+)", section("plugins", "Declared, without effect yet"), re.MULTILINE)
    assert set(told) == set(hooks()) - asked - named


def test_every_call_of_the_client_is_listed() -> None:
    listed = {name.partition("(")[0] for name in rows(section("python-client", "Calls"))}
    assert {name for name in vars(ApiClient) if not name.startswith("_")} == listed


def test_a_problems_type_is_told() -> None:
    type_of = problem_of(BadRequest()).type
    assert type_of == "urn:printserver:problem:bad-request"
    assert f"`{type_of.removesuffix('bad-request')}` and the code" in section("client-applications", "Errors")


def test_every_vendor_attribute_is_explained() -> None:
    names = {
        text for path in (ROOT / "printserver" / "listeners" / "ipp").glob("*.py")
        for text in re.findall(r'"(printserver-[a-z-]+)"', path.read_text())
    }  # fmt: skip
    assert "printserver-k-mode" in names
    assert set(rows(section("ipp", "Vendor attributes"))) == names


# the drawing of the floors


def test_the_drawing_has_every_room_on_its_floor() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    [contract] = settings["tool"]["importlinter"]["contracts"]
    floors = [re.findall(r"\w+", layer) for layer in contract["layers"]]
    drawing = re.search(r"```text\n(.*?)```", section("ARCHITECTURE", "The floors"), re.DOTALL)
    assert drawing
    heights = {room: height_of(room, drawing[1]) for floor in floors for room in floor}
    for above, below in pairwise(floors):
        assert max(heights[room] for room in above) < min(heights[room] for room in below), (above, below)


def height_of(room: str, drawing: str) -> int:
    """Return the line on which a room is drawn, the text at the right-hand edge aside."""
    lines = [re.sub(r"(?<=\S) {3,}(?=[a-z]+ \w+ .*\w).*|<-.*|\(.*", "", line) for line in drawing.splitlines()]
    found = [number for number, line in enumerate(lines) if re.search(rf"(?<![\w/*]){room}(?![\w*])", line)]
    assert found, f"{room} is not drawn"
    return found[0]


def test_every_room_has_its_line() -> None:
    inside = list((ROOT / "printserver").iterdir())
    there = {path.stem for path in inside if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert set(rows(section("ARCHITECTURE", "The rooms"))) == there - {"__init__", "__main__"}


# readers


def test_the_drivers_are_told_with_their_evidence() -> None:
    told = rows(section("README", "What works today, and what does not yet"))
    for facts in (ROOT / "drivers").glob("*/driver.toml"):
        info = msgspec.toml.decode(facts.read_bytes(), type=DriverInfo)
        models = {name.strip() for name in told[info.name][1].split(",")}
        assert models == {model.name for model in info.model}
        assert f"**{info.tier}**" in told[info.name][2]


def anchor(heading: str) -> str:
    """Return a heading's anchor as forges make it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("path", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda path: path.stem)
def test_links_lead_somewhere(path: Path) -> None:
    for target in LINK.findall(path.read_text()):
        if "://" in target:
            continue
        name, _, place = target.partition("#")
        found = (path.parent / name).resolve() if name else path
        assert found.exists(), target
        if place:
            assert place in [anchor(heading) for heading in HEADING.findall(found.read_text())], target


@pytest.mark.parametrize("path", [*PAGES, *sorted((ROOT / "examples").iterdir())], ids=lambda path: path.name)
def test_nothing_speaks_of_this_machine(path: Path) -> None:
    if path.is_file():
        assert MACHINE.findall(path.read_text()) == []


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.toml")), ids=lambda path: path.name)
def test_the_examples_of_configurations_can_be_used(path: Path) -> None:
    found = read_configuration(path)
    assert found.queues()
    check_configuration(found, load_plugins(), path.name)


def test_every_example_is_tried_by_a_page() -> None:
    said = "".join(path.read_text() for path in PAGES)
    assert [path.name for path in (ROOT / "examples").glob("*.py") if f"examples/{path.name} " not in said] == []


def test_the_pictures_are_whole() -> None:
    with Image.open(ROOT / "docs" / "printed-card.png") as printed:
        printed.load()
        assert printed.size == (1016, 648)
    with Image.open(ROOT / "docs" / "status-page.png") as status:
        status.load()
        assert status.width >= 800


def test_the_news_can_be_written() -> None:
    run = run_program("-m", "towncrier", "build", "--draft", "--version", "0.0.0")
    assert run.returncode == 0, run.stderr
    for path in (ROOT / "newsfragments").glob("*.md"):
        if path.name != "README.md":
            text = path.read_text().strip()
            assert "\n" not in text
            assert text.endswith(".")
            assert text in run.stdout


def run_program(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
