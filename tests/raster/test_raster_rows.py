"""The rows of the benchmarks judge honestly: by the interval of the median, and never what was not measured."""

from __future__ import annotations

from itertools import count

import pytest

from benches.rows.row import Part, Row, costs, interleaved, interval

FIFTEEN = [float(each) for each in range(1, 16)]


def test_the_interval_lies_round_the_median_and_within_the_figures() -> None:
    assert interval(FIFTEEN) == (4.0, 12.0)
    assert interval([3.0]) == (3.0, 3.0)
    assert interval([5.0, 1.0]) == (1.0, 5.0)


@pytest.mark.parametrize(("bound", "at_least", "met"), [
    (12.0, True, True), (12.1, True, False), (4.0, False, True), (3.9, False, False), (None, True, True),
])  # fmt: skip
def test_a_target_is_met_when_the_interval_reaches_it(bound: float | None, at_least: bool, met: bool) -> None:
    assert Part("faster", FIFTEEN, bound, at_least).met is met


def test_who_is_missing_is_named_and_nothing_is_met() -> None:
    row = Row("R4", [Part("Rust", bound=18.0, missing="dithering"), Part("Pillow", FIFTEEN, 2.0)], limit="no peer")
    assert not row.met
    assert row.line() == (
        "R4 | Rust >= 18x; Pillow >= 2x | Rust: dithering is not installed; 8x [4..12] | no peer | short"
    )


def test_a_row_without_figures_is_short() -> None:
    assert not Row("R1", [Part("Pillow", (), 1.0)]).met


def test_rounds_have_subjects_of_their_own_and_change_who_begins() -> None:
    heard: list[tuple[str, int]] = []
    ratios = interleaved(
        lambda subject: heard.append(("ours", subject)), lambda subject: heard.append(("theirs", subject)),
        lambda number: number, rounds=2,
    )  # fmt: skip
    assert heard == [
        ("theirs", -1), ("ours", -1), ("ours", 0), ("theirs", 0), ("theirs", 1), ("ours", 1),
    ]  # fmt: skip
    assert len(ratios) == 2


def test_what_the_last_timed_work_gave_is_checked_and_nothing_runs_again() -> None:
    ours, theirs = count(1), count(10)
    checked: list[tuple[int, int, int]] = []
    interleaved(
        lambda subject: next(ours), lambda subject: next(theirs), lambda number: number, rounds=1, times=3,
        check=lambda subject, own, peer: checked.append((subject, own, peer)),
    )  # fmt: skip
    assert checked == [(-1, 3, 12), (0, 6, 15)]
    assert (next(ours), next(theirs)) == (7, 16)


def test_of_several_works_what_each_gave_is_checked() -> None:
    one, other = count(1), count(10)
    checked: list[tuple[int, dict[str, object]]] = []
    spent = costs(
        {"one": lambda subject: next(one), "other": lambda subject: next(other)}, lambda number: number, rounds=1,
        times={"other": 2}, check=lambda subject, made: checked.append((subject, dict(made))),
    )  # fmt: skip
    assert checked == [(-1, {"one": 1, "other": 11}), (0, {"one": 2, "other": 13})]
    assert {name: len(figures) for name, figures in spent.items()} == {"one": 1, "other": 1}


@pytest.mark.parametrize(("bound", "at_least", "told"), [
    (8.0, True, "8x [4..12]"), (9.0, True, "8x [4..12] (median below, interval reaches)"), (13.0, True, "8x [4..12]"),
    (7.0, False, "8x [4..12] (median above, interval reaches)"), (3.0, False, "8x [4..12]"), (None, True, "8x [4..12]"),
])  # fmt: skip
def test_a_target_met_by_the_interval_alone_says_so(bound: float | None, at_least: bool, told: str) -> None:
    assert Part("faster", FIFTEEN, bound, at_least).measured() == told


def test_a_wrong_result_ends_the_measurement() -> None:
    def check(subject: int, ours: None, theirs: None) -> None:
        assert subject < 1, "wrong result"

    with pytest.raises(AssertionError, match="wrong result"):
        interleaved(lambda subject: None, lambda subject: None, lambda number: number, check=check)
