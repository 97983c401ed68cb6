"""Nothing that the server can be in, or say of itself, is without plain words, in every language."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import printserver
from printserver import lifecycle
from printserver.dialogue import Point
from printserver.driver import Confirms
from printserver.lifecycle import CardEvent
from printserver.model.alert import AlertKind
from printserver.model.card import PanelName
from printserver.model.event import Event
from printserver.model.inspection import WarningCode
from printserver.model.job import CardState, JobState
from printserver.model.printer import PrinterState, Tier
from printserver.model.supply import SupplyKind
from printserver.queue.views import Verdict
from printserver.store import journal
from printserver.web import words
from printserver.web.language import LOCALE
from printserver.web.panel_words import INKS, WARNINGS
from printserver.web.reasons import ALERTS, REASONS, of_code
from printserver.web.story import CARD_ROWS, JOB_ROWS, line, outcome_words
from tests.web.messages import known_errors, messages

CORE = Path(printserver.__file__).parent
CODE = [CORE, CORE.parent / "drivers"]
CATALOGUES = sorted(LOCALE.glob("*.po"))

TABLES: list[tuple[type[Enum], object]] = [
    (CardState, words.CARD_STATES), (JobState, words.JOB_STATES), (PrinterState, words.PRINTER_STATES),
    (SupplyKind, words.SUPPLIES), (Tier, words.TIERS), (Confirms, words.CONFIRMS), (Verdict, words.VERDICTS),
    (AlertKind, ALERTS), (CardEvent, CARD_ROWS), (Point, words.POINTS),
    (WarningCode, WARNINGS), (PanelName, INKS),
]  # fmt: skip


@pytest.mark.parametrize(("vocabulary", "table"), TABLES, ids=[kind.__name__ for kind, _ in TABLES])
def test_each_word_of_a_vocabulary_has_plain_words(vocabulary: type[Enum], table: dict[object, object]) -> None:
    assert set(table) == set(vocabulary)


def calls(*names: str) -> Iterator[ast.Call]:
    """Every call in the server and its drivers, or those of some names."""
    for folder in CODE:
        for path in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and (not names or name_of(node) in names):
                    yield node


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def codes_in_the_code() -> set[str]:
    """Every reason's code that is written down somewhere in the server and its drivers."""
    found = [node.args[0].value for node in calls("Reason") if node.args and isinstance(node.args[0], ast.Constant)]
    return set(map(str, found))


def codes_of_jobs() -> set[str]:
    """The job-state-reasons that the roll-up can give."""
    tree = ast.parse(Path(lifecycle.__file__).read_text())
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    names = ("roll_up", "_rolled_up", "_with_cancel", "_active_reasons", "_finished", "_in_device")
    wanted = [node for node in functions if node.name in names]
    assert len(wanted) == 6
    constants = (node.value for function in wanted for node in ast.walk(function) if isinstance(node, ast.Constant))
    return {text for text in constants if isinstance(text, str) and re.fullmatch(r"[a-z]+(-[a-z]+)*", text)}


def codes_of_faulty_jobs() -> set[str]:
    """What a job's own fault is called: the values of the queue's table `JOB_REASONS`."""
    for path in (CORE / "queue").glob("*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and "JOB_REASONS" in ast.unparse(node).partition("=")[0]:
                assert isinstance(node.value, ast.Dict)
                return {str(ast.literal_eval(value)) for value in node.value.values}
    return set()


def test_the_search_for_codes_finds_what_is_known_to_be_there() -> None:
    assert {"interrupted", "counter-moved", "not-confirmed"} <= codes_in_the_code()
    assert "document-format-error" in codes_of_faulty_jobs()
    assert {"none", "card-uncertain", "job-completed-with-errors", "queued-in-device"} <= codes_of_jobs()


def test_each_reason_in_the_code_base_has_words() -> None:
    errors = {kind.code for kind in known_errors()}
    known = set(REASONS) | set(ALERTS) | errors
    assert codes_in_the_code() | codes_of_jobs() | codes_of_faulty_jobs() <= known


def test_each_reason_that_asks_for_somebody_says_what_to_do() -> None:
    for kind, told in ALERTS.items():
        assert told.remedy, kind
    for code in ("card-uncertain", "awaiting-check", "interrupted", "document-format-error", "store-full", "not-ready"):
        assert of_code(code).remedy, code


def test_an_error_brings_its_own_words() -> None:
    told = of_code("store-full")
    assert told.title == "The disk is full; nothing more is accepted"
    assert told.remedy == "Free disk space; accepted jobs are safe and go on afterwards."


def test_a_code_of_a_stranger_is_shown_and_not_hidden() -> None:
    assert of_code("lamination-film-torn").title == "lamination-film-torn"


def test_the_story_knows_each_row_that_the_store_writes_for_a_job() -> None:
    rows = re.findall(r"^\| job +\| JOB +\| (.+?) \|", journal.__doc__ or "", re.M)
    told = {word for row in rows for word in re.sub(r"\(.*?\)", "", row).replace(",", " ").split()}
    assert {"accepted", "held", "state", "purged"} <= told
    assert told == set(JOB_ROWS)


def test_a_row_of_a_later_release_is_shown_as_it_is() -> None:
    told = line(Event(id=1, node="n", at=0.0, kind="card", subject="7/2", what="polished", data={"by": "Ann"}))
    assert (told.card, told.what, told.by) == ("2", "card polished", "Ann")


def test_each_way_an_attempt_ends_has_words() -> None:
    keywords = (node for call in calls() for node in call.keywords if node.arg == "outcome")
    constants = (node.value.value for node in keywords if isinstance(node.value, ast.Constant))
    ends = {end for end in constants if isinstance(end, str)}
    assert {"done", "spoiled", "unknown", "sent"} <= ends
    assert ends | {"broken-off", "interrupted", *CardEvent} <= set(words.OUTCOMES) | set(CARD_ROWS)
    assert outcome_words("sent") != "sent"


# catalogues


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_catalogue_has_each_text_of_the_pages_and_no_other(path: Path) -> None:
    with path.open("rb") as file:
        told = {message.id: message for message in read_po(file) if message.id}
    keys = {"\x00".join(key) if isinstance(key, tuple | list) else str(key): value for key, value in told.items()}
    wanted = set(messages())
    assert [key for key in messages() if key not in keys] == []
    assert sorted(set(keys) - wanted) == []
    assert [key for key, message in keys.items() if not message.string or message.fuzzy] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_translation_keeps_the_places_that_are_filled_in(path: Path) -> None:
    with path.open("rb") as file:
        for message in read_po(file):
            original = message.id if isinstance(message.id, str) else message.id[-1]
            texts = [message.string] if isinstance(message.string, str) else message.string or ()
            for text in texts if original else ():
                assert places(text) == places(original), text


def places(text: str) -> set[str]:
    """The names in %(name)s and %(name)d; a lone per cent sign would break the page."""
    assert "%" not in re.sub(r"%\(\w+\)[sd]", "", text), text
    return set(re.findall(r"%\((\w+)\)[sd]", text))


def test_indonesian_is_there() -> None:
    assert "id" in [path.stem for path in CATALOGUES]


def test_no_page_speaks_in_program_words() -> None:
    known = {str(state) for state in (*JobState, *PrinterState)} - {"idle", "canceled"}
    shown = [words.CARD_STATES[state].title for state in CardState] + [look.title for look in words.JOB_STATES.values()]
    assert not known & {text.lower() for text in shown if "-" in text}
    assert all(text[0] in string.ascii_uppercase for text in shown)
