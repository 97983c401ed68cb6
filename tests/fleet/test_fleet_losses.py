"""Three servers on one PostgreSQL: whichever is lost, and whenever, no card is lost and none is printed twice.

Cards are counted where they leave the printers, each by what is on it. The tests share one fleet and come one after
another: each begins when all that was accepted before it is printed.
"""

from __future__ import annotations

import itertools
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from printserver.errors import PrintServerError
from printserver.store.opening import verify_journal
from tests.fleet.fleet_kit import Fleet, a_fleet, await_until, picture

pytestmark = pytest.mark.timeout(400)  # whole servers are started, and leases run out by the clock

# p4 stands where two servers reach it; the others have one server each
OWNED = {"a": ("p1", "p4"), "b": ("p2", "p4"), "c": ("p3",)}


@dataclass
class Office:
    """A fleet, and the clients that send to it: each card has a picture and a key of its own."""

    fleet: Fleet
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    sent: int = 0

    def send(self, count: int, nodes: Sequence[str]) -> None:
        """Send jobs to nodes in turn; what is busy is asked again, under the same key, by turns at each node."""
        for each in range(count):
            number, ways = next(self.numbers), itertools.islice(itertools.cycle(nodes), each, None)
            await_until(lambda: self._sent(number, next(ways)))  # noqa: B023 - called at once
            self.sent += 1

    def _sent(self, number: int, node: str) -> bool:
        ticket = {"name": f"card {number}", "queue": "pool"}
        return bool(self.fleet.nodes[node].api.submit(ticket, picture(number), key=f"card-{number}").id)

    def jobs(self, node: str) -> list[dict[str, object]]:
        """Return all jobs, as a node tells them."""
        return list(self.fleet.nodes[node].answer("/jobs")["jobs"])

    def await_all_printed(self, node: str) -> None:
        """Wait until every job is over, and hold what came out against what was sent."""

        def over() -> bool:
            jobs = self.jobs(node)
            return len(jobs) == self.sent and all(job["state"] == "completed" for job in jobs)

        try:
            await_until(over)
        except AssertionError:
            raise AssertionError([(job["id"], job["state"], job["reasons"]) for job in self.jobs(node)]) from None
        outputs = self.fleet.outputs()
        assert (len(outputs), sum(outputs.values())) == (self.sent, self.sent), "cards were lost, or printed twice"

    def printers(self, node: str) -> dict[str, dict[str, object]]:
        """Return all printers by name, as a node tells them."""
        return {str(row["name"]): row for row in self.fleet.nodes[node].answer("/printers")["printers"]}


@pytest.fixture(scope="module")
def opened() -> Iterator[Office]:
    with a_fleet(OWNED) as fleet:
        yield Office(fleet)


@pytest.fixture
def office(opened: Office) -> Office:
    """Return the fleet with all of its servers there, whatever became of them in the test before."""
    opened.fleet.restore()
    return opened


def test_any_node_takes_jobs_and_shows_everything(office: Office) -> None:
    office.send(6, "abc")
    office.await_all_printed("c")
    for node in "ab":
        assert len(office.jobs(node)) == office.sent
        await_until(lambda: all(row["state"] == "idle" for row in office.printers(node).values()))  # noqa: B023 - called at once


def test_a_killed_nodes_cards_are_printed_by_the_others_and_what_it_had_begun_is_settled_by_its_printer(
    office: Office,
) -> None:
    doomed = office.fleet.nodes["a"]
    office.send(8, "abc")
    await_until(lambda: office.printers("b")["p1"]["card"] is not None or not _open(office, "b"))
    doomed.end(signal.SIGKILL)
    office.send(4, "bc")
    # what was committed at the printer that only the dead server has waits for it; all else is printed
    await_until(lambda: all(job["state"] in ("completed", "processing-stopped") for job in office.jobs("b")))
    await_until(lambda: office.printers("c")["p1"]["reason"] == {"code": "server-away", "detail": ""})
    await_until(lambda: office.printers("c")["p4"]["state"] != "offline")  # another server has taken it over
    await_until(lambda: len(_open(office, "b")) <= 1)  # and has asked p4 what became of the card in it
    doomed.start()
    doomed.await_ready()
    office.await_all_printed("c")


def test_a_node_without_the_database_says_that_it_is_busy_and_prints_nothing_twice(office: Office) -> None:
    cut_off = office.fleet.nodes["b"]
    office.send(6, "abc")
    cut_off.line.silence()
    with pytest.raises(PrintServerError) as refused:
        cut_off.api.submit({"name": "too late", "queue": "pool"}, picture(4000), key="too-late")
    assert refused.value.retry
    office.send(4, "ac")
    # the others wait until its leases have run out, and go on without it
    await_until(lambda: office.printers("c")["p2"]["state"] == "offline")
    cut_off.line.restore()
    # a client that was told to come back does so: whether or not the first sending came through, it is one job
    assert cut_off_sends(office, "b")
    office.await_all_printed("b")


def cut_off_sends(office: Office, node: str) -> bool:
    api = office.fleet.nodes[node].api
    await_until(lambda: bool(api.submit({"name": "too late", "queue": "pool"}, picture(4000), key="too-late").id))
    office.sent += 1
    return True


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_a_database_that_is_restarted_loses_nothing(office: Office, how: signal.Signals) -> None:
    office.send(6, "abc")
    office.fleet.database.stop(how)
    time.sleep(2)
    office.fleet.database.start()
    office.send(3, "abc")
    office.await_all_printed("a")


def test_an_orderly_end_gives_the_printers_to_the_others_at_once(office: Office) -> None:
    owner = office.fleet.nodes["a" if office.printers("c")["p4"]["state"] != "offline" else "b"]
    office.send(3, "abc")
    owner.end(signal.SIGTERM)
    owner.start()
    owner.await_ready()
    office.await_all_printed(owner.name)


def test_every_chain_is_whole(office: Office) -> None:
    reports = verify_journal(office.fleet.database.url(office.fleet.name))
    assert {report.node: report.flaws for report in reports} == dict.fromkeys("abc", ())


def _open(office: Office, node: str) -> list[dict[str, object]]:
    return [job for job in office.jobs(node) if job["state"] != "completed"]
