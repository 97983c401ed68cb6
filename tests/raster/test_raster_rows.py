"""The rows of the benchmarks judge honestly: by the interval of the median, and never what was not measured."""

from __future__ import annotations

import pytest

from benches.rows.row import Part, Row, interleaved, interval

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
    checked: list[int] = []
    ratios = interleaved(
        lambda subject: heard.append(("ours", subject)), lambda subject: heard.append(("theirs", subject)),
        lambda number: number, rounds=2, check=checked.append,
    )  # fmt: skip
    assert heard == [
        ("theirs", -1), ("ours", -1), ("ours", 0), ("theirs", 0), ("theirs", 1), ("ours", 1),
    ]  # fmt: skip
    assert checked == [-1, 0, 1]
    assert len(ratios) == 2


def test_a_wrong_result_ends_the_measurement() -> None:
    def check(subject: int) -> None:
        assert subject < 1, "wrong result"

    with pytest.raises(AssertionError, match="wrong result"):
        interleaved(lambda subject: None, lambda subject: None, lambda number: number, check=check)
