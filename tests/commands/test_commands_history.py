"""`printserver history` and `printserver counts`: what is asked, and what is told as a table, JSON, or CSV."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.client.fake_print_server import Answer, FakePrintServer, json_answer
from tests.commands.command_kit import call

ROW = {
    "id": 12, "name": "Visitors\u001b[31m", "user": "ani", "department": "front", "queue": "card", "printers": ["left"],
    "state": "completed", "created": "2026-11-01T07:30:00.000+00:00", "completed": None, "cards": {"done": 3},
    "good": 3, "spoiled": 1, "blanks": 4, "panels": {"Y": 4}, "cost": "17251.50", "currency": "IDR",
}  # fmt: skip
HEAD = b"\xef\xbb\xbfjob,name\r\n"


def asked_for(server: FakePrintServer, number: int = -1) -> tuple[str, dict[str, list[str]]]:
    address = urlsplit(server.asked[number].path)
    return address.path, parse_qs(address.query)


def csv_answer(*rows: str) -> Answer:
    return Answer(HEAD + "".join(f"{row}\r\n" for row in rows).encode(), "text/csv")


def test_jobs_are_told_as_a_table_and_from_where_older_ones_are_found(server: FakePrintServer) -> None:
    free = ROW | {"id": 7, "cost": None, "currency": ""}
    server.will_answer(json_answer({"jobs": [ROW, free], "next": 7}))
    found = call("history")
    assert found.code == 0, found.stderr
    head, first, second, older = found.lines
    assert head.split() == ["ID", "STATE", "CAME", "GOOD", "SPOILED", "COST", "USER", "NAME"]
    assert first.split() == ["12", "done", "2026-11-01", "3", "1", "IDR", "17251.50", "ani", "Visitors[31m"]
    assert second.split()[:6] == ["7", "done", "2026-11-01", "3", "1", "-"]
    assert older == "Older ones: --before 7"
    assert asked_for(server) == ("/api/v1/history", {})


def test_each_filter_is_asked_for_and_those_left_out_are_not(server: FakePrintServer) -> None:
    server.will_answer(json_answer({"jobs": [], "next": None}))
    found = call(
        "history", "--name", "vis & co", "--user", "ani", "--department", "hr", "--queue", "card", "--printer", "left",
        "--state", "aborted", "--from", "2026-11-01", "--to", "2026-11-02", "--before", 9,
    )  # fmt: skip
    assert (found.code, found.lines) == (0, ["No job was found."])
    assert asked_for(server) == ("/api/v1/history", {
        "name": ["vis & co"], "user": ["ani"], "department": ["hr"], "queue": ["card"], "printer": ["left"],
        "state": ["aborted"], "from": ["2026-11-01"], "to": ["2026-11-02"], "before": ["9"],
    })  # fmt: skip


def test_json_is_printed_as_the_server_tells_it(server: FakePrintServer) -> None:
    server.will_answer(json_answer({"jobs": [ROW], "next": None}))
    assert call("history", "--json").json() == {"jobs": [ROW], "next": None}


def test_csv_is_printed_whole_however_many_files_it_comes_in(
    server: FakePrintServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("printserver.commands.history.CSV_ROWS", 2)
    server.will_answer(csv_answer("12,a", "9,b"), csv_answer("7,c", "5,d"), csv_answer())
    found = call("history", "--csv", "--user", "ani")
    assert found.stdout == HEAD + b"12,a\r\n9,b\r\n7,c\r\n5,d\r\n"
    asked = [asked_for(server, number) for number in range(3)]
    assert [path for path, _ in asked] == ["/api/v1/history.csv"] * 3
    assert [fields for _, fields in asked] == [
        {"user": ["ani"]}, {"user": ["ani"], "before": ["9"]}, {"user": ["ani"], "before": ["5"]},
    ]  # fmt: skip


def test_counts_are_told_by_user_and_by_department(server: FakePrintServer) -> None:
    rows = [{"name": "ani", "ordered": 9, "good": 7, "spoiled": 1}, {"name": "", "ordered": 2, "good": 2, "spoiled": 0}]
    server.will_answer(json_answer({"counts": rows}), json_answer({"counts": rows}), json_answer({"counts": []}))
    found = call("counts", "--from", "2026-11-01", "--to", "2026-11-30")
    assert [line.split() for line in found.lines] == [
        ["GOOD", "SPOILED", "ORDERED", "USER"], ["7", "1", "9", "ani"], ["2", "0", "2", "no", "longer", "known"],
    ]  # fmt: skip
    assert asked_for(server) == ("/api/v1/counts", {"by": ["user"], "from": ["2026-11-01"], "to": ["2026-11-30"]})
    assert call("counts", "--by", "department", "--json").json() == {"counts": rows}
    assert asked_for(server) == ("/api/v1/counts", {"by": ["department"]})
    assert call("counts").lines == ["No card was ordered in this time."]


@pytest.mark.parametrize("misuse", [
    ("history", "--state", "lost"), ("history", "--before", 0), ("history", "12"), ("counts", "--by", "printer"),
    ("counts", "ani"),
])  # fmt: skip
def test_misuse_is_refused_before_anything_is_asked(server: FakePrintServer, misuse: tuple[object, ...]) -> None:
    assert call(*misuse).code == 2
    assert server.asked == []


def test_what_the_server_refuses_is_told_in_one_line(server: FakePrintServer) -> None:
    refusal = {"status": 400, "code": "bad-request", "detail": "from: is no day, allowed: such as 2026-11-30"}
    server.will_answer(json_answer(refusal, 400, "application/problem+json"))
    found = call("history", "--from", "yesterday")
    assert found.code != 0
    assert "is no day" in found.complaint()
