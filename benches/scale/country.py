"""The lines of the page that tell what a fleet for a whole country would need."""

from __future__ import annotations

from collections.abc import Mapping

from benches.scale.bureau import Bureau, Costs, Day, enough, simulate

SERVERS = (2, 4, 8, 16)


def costs_lines(costs: Costs, contended: Mapping[int, float]) -> list[str]:
    """Return what a card costs, as a table."""
    rows = [
        ("a commit at the database", f"{1000 * costs.commit:.2f} ms"),
        ("a transaction in it", f"{1000 * costs.transaction:.2f} ms"),
        ("transactions of a card of one side", f"{costs.transactions}"),
        ("writing its picture into the database", f"{1000 * costs.document:.1f} ms, {costs.document_bytes:,} bytes"),
        ("rows of the journal", f"{costs.rows}, of {costs.row_bytes:.0f} bytes"),
        ("telling one row to one that watches", f"{1e6 * costs.stream:.0f} µs of processor time"),
        ("preparing a card", f"{1000 * costs.prepare:.0f} ms of processor time"),
        ("serving it", f"{1000 * costs.serve:.0f} ms of processor time"),
        *((f"jobs a second that {many} servers commit at once, one by one", f"{rate:.0f}")
          for many, rate in contended.items()),
    ]  # fmt: skip
    return ["| what | measured |", "|---|---|", *(f"| {what} | {value} |" for what, value in rows)]


def country_lines(costs: Costs, bureau: Bureau) -> list[str]:
    """Return the busiest hour with so many servers, and the fewest that do."""
    days = [simulate(costs, bureau, servers, seconds=150.0) for servers in SERVERS]
    least = enough(costs, bureau)
    return [
        f"{bureau.cards:,} cards in {bureau.hours:.0f} hours, the busiest with {bureau.peak} times its share:"
        f" {bureau.rate:.1f} cards a second, {bureau.printers:,} printers of {bureau.card_seconds:.0f} s a card;"
        f" servers of {bureau.processors} processors, {bureau.watchers} pages open.",
        "",
        "| servers | cards a second | commits at the database | each server's process | preparing | accepted p99 |"
        " busiest |",
        "|---|---|---|---|---|---|---|",
        *map(_row, days),
        "",
        f"The fewest servers with nothing busier than seven tenths: {least.servers}. A day writes"
        f" {least.journal_rows / 1e6:.1f} million rows of the journal ({least.journal_bytes / 1e9:.1f} GB) and"
        f" {least.document_bytes / 1e9:.0f} GB of documents.",
    ]


def _row(day: Day) -> str:
    return (
        f"| {day.servers} | {day.printed:.1f} | {100 * day.database:.0f} % | {100 * day.server:.0f} % |"
        f" {100 * day.preparing:.0f} % | {1000 * day.wait99:.0f} ms | {day.busiest} |"
    )
