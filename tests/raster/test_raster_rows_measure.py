"""A run of the targets tells of every row, also of one that fails, and its page holds what was measured."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from benches import measure, report
from benches.contest import OURS, Standing, standings
from benches.measure import Failure, joined, lines_of, measured, measurements
from benches.rows import ROWS
from benches.rows.row import Measurement, Part, Row
from printserver.errors import ConfigurationError

PAGE = Path(__file__).parents[2] / "docs" / "raster.md"
UNDER = report.Conditions(date(2026, 3, 1), "A Processor", 2, 0.25, "avx2", ("portable", "avx2"), {"Pillow": "13"})


def given(*rows: Row) -> Measurement:
    return Measurement([row.name for row in rows], lambda: rows)


def broken() -> Sequence[Row]:
    raise ValueError("no | ink\nleft")


def test_rows_come_in_the_order_of_the_targets() -> None:
    found = [given(Row("Q1", [])), given(Row("R10", []), Row("R2", []))]
    rows, failures = measured(found, ["R2", "R10", "Q1"])
    assert [row.name for row in rows] == ["R2", "R10", "Q1"]
    assert not failures


def test_parts_of_one_row_from_several_modules_become_one_line() -> None:
    rows = joined([
        Row("R9", [Part("a", [2.0], 1.0)], "first", "not said: it is met"),
        Row("R9", [Part("b", [1.0], 3.0)], "second", "too slow"),
    ])  # fmt: skip
    assert lines_of(rows, []) == ["R9 | a >= 1x; b >= 3x | 2x [2..2]; 1x [1..1] | first; second; too slow | short"]


def test_a_row_that_raises_costs_its_own_line_alone(capsys: pytest.CaptureFixture[str]) -> None:
    rows, failures = measured([Measurement(("R1",), broken), given(Row("R2", []))], ["R1", "R2"])
    assert lines_of(rows, failures) == [
        "R1 | - | ValueError: no / ink left | - | not measured",
        "R2 |  |  | - | met",
    ]
    assert "broken" in capsys.readouterr().err


def test_a_part_that_failed_takes_its_whole_row_with_it() -> None:
    lines = lines_of([Row("R9", [Part("a", [2.0], 1.0)])], [Failure("R9", "no card")])
    assert lines == ["R9 | - | no card | - | not measured"]


def test_a_row_that_nothing_measures_says_so() -> None:
    assert measured([given(Row("R1", []))], ["R1", "R2"])[1] == [Failure("R2", "nothing measures it")]


def test_other_rows_than_promised_are_a_failure() -> None:
    found = [Measurement(("R1",), lambda: [Row("R3", [])])]
    assert {failure.name for failure in measured(found, ["R1"])[1]} == {"R1", "R3"}


def test_what_is_not_asked_for_is_not_measured() -> None:
    rows, failures = measured([Measurement(("R1",), broken), given(Row("R2", []))], ["R2"])
    assert ([row.name for row in rows], failures) == (["R2"], [])


def test_a_module_that_is_not_there_is_named() -> None:
    failures = measurements(["benches.rows.nowhere"])[1]
    assert lines_of([], failures) == [
        "benches.rows.nowhere | - | ModuleNotFoundError: No module named 'benches.rows.nowhere' | - | not measured"
    ]


def test_every_listed_module_measures_rows_of_the_targets() -> None:
    found, failures = measurements()
    assert not failures
    names = {name for each in found for name in each.names}
    assert names
    assert names <= set(ROWS)


def test_every_module_that_measures_is_listed() -> None:
    """Whoever adds a module of rows lists it in `benches.measure.MODULES`."""
    folder = Path(measure.__file__).parent / "rows"
    measuring = {f"benches.rows.{path.stem}" for path in folder.glob("*.py") if "\nMEASUREMENTS" in path.read_text()}
    assert set(measure.MODULES) == measuring


def test_the_status_tells_whether_all_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [given(Row("R1", [Part("far too slow", [1.0], 9.0)])), Measurement(("R2",), broken)]
    monkeypatch.setattr(measure, "measurements", lambda: (found, []))
    assert measure.main(["--rows", "R1"]) == 0
    assert measure.main(["--rows", "R1,R2"]) == 1


def test_a_row_that_does_not_exist_is_a_mistake_in_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        measure.main(["--rows", "R1,R99"])
    assert ended.value.code == 2
    assert "no such row: R99" in capsys.readouterr().err


def test_a_contest_is_told_by_ratios_of_its_rounds() -> None:
    dots = 648 * 1016
    spent = {
        "slow": [8.0 * dots, 12.0 * dots],
        "slow: start and decoding": [4.0 * dots, 4.0 * dots],
        OURS: [1.0 * dots, 2.0 * dots],
        "fast": [0.5 * dots, 0.5 * dots],
    }
    assert standings("dither", ["slow", OURS, "gone", "fast"], spent) == [
        Standing("dither", OURS, 1.5, 1.0),
        Standing("dither", "fast", 0.5, 0.375),
        Standing("dither", "slow", 6.0, 4.0),
        Standing("dither", "gone"),
    ]


def test_a_page_holds_rows_and_peers_between_its_marks_and_nothing_else_changes() -> None:
    held = [Standing("dither", OURS, 1.5, 1.0), Standing("dither", "Netpbm")]
    inside = report.markdown(UNDER, [Row("R1", [Part("fast", [3.0], 2.0)]).line()], held)
    page = report.put_between_marks(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n", inside)
    assert report.put_between_marks(page, inside) == page
    assert page.startswith("before\n")
    assert page.endswith("\nafter\n")
    assert "old" not in page
    assert "2026-03-01: A Processor, 2 processors, load 0.2; code path avx2 of portable, avx2." in page
    assert "| R1 | fast >= 2x | 3x [3..3] | - | met |" in page
    assert "| dither | Netpbm | not installed | - |" in page


@pytest.mark.parametrize("page", ["", report.BEGIN, report.END])
def test_a_page_without_marks_is_refused(page: str) -> None:
    with pytest.raises(ConfigurationError):
        report.put_between_marks(page, "figures")


def test_the_page_of_the_project_tells_of_every_row_and_of_no_machine() -> None:
    inside = report.between_marks(PAGE.read_text())
    rows = [line.strip("| ").split(" | ") for line in inside.splitlines() if re.match(r"\| [RQ][0-9]", line)]
    assert [row[0] for row in rows] == list(ROWS)
    assert {len(row) for row in rows} == {len(report.ROWS_HEAD)}
    assert {row[-1] for row in rows} <= {"met", "short", "not measured"}
    assert re.search(r"^Measured on [0-9]{4}-[0-9]{2}-[0-9]{2}: .+; code path [a-z0-9]+ of ", inside, re.MULTILINE)
    assert f"| {' | '.join(report.STANDINGS_HEAD)} |" in inside
    assert not re.search(r"(^|[\s(])/[a-z]+/|https?:", inside)
