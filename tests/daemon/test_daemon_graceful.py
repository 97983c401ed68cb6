"""A stop and a full spool while a card is in a printer that takes its time: it is finished, and nothing else begins."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from printserver.emulation.launch import find_running
from tests.crash.crash_harness import Site, await_until
from tests.doors.doors_inputs import png
from tests.doors.doors_kit import http_request, page, serving, submit

NOISE = png(400, 400, b"".join(b"\0" + os.urandom(400 * 3) for _ in range(400)))


def health(here: Site) -> dict[str, object]:
    found: dict[str, object] = json.loads(http_request(here.port, "GET", "/healthz").body)
    return found


def in_printer(here: Site) -> bool:
    status = find_running(here.control)
    return status is not None and status.loaded


def test_the_card_in_the_printer_is_finished_where_room_ends_and_when_the_server_is_stopped(tmp_path: Path) -> None:
    config = tmp_path / "ps.toml"
    config.write_text("[server]\nspool_megabytes = 1\nfree_megabytes = 0\n")
    with serving("--config", str(config), "--pace", "real") as (here, _):
        assert health(here) == {"status": "ok", "conditions": []}
        first = here.api.submit({"copies": 2, "ribbon": "YMCKO"}, here.picture()).id
        await_until(lambda: in_printer(here))

        # room ends: a submission is refused with the reason, the page asks for somebody
        answers = [submit(here.port, {"hold": True}, front=NOISE) for _ in range(4)]
        refused = [answer.problem() for answer in answers if answer.status != 201]
        assert {(each["status"], each["code"], each["retry"]) for each in refused} == {(507, "spool-full", True)}
        assert "1 MB in all" in refused[-1]["allowed"]
        await_until(lambda: health(here)["status"] == "no-room")
        told = page(here)
        assert "There is no room for further documents" in told
        assert "1 MB in all" in told
        assert "One thing needs you" in told

        # the server is stopped: it says so, and the card goes on
        assert in_printer(here)
        assert here.process is not None
        here.process.send_signal(signal.SIGTERM)
        await_until(lambda: health(here)["status"] == "server-stopping")
        assert "The server is being stopped" in page(here)
        assert in_printer(here)
        assert here.process.wait(120) == 0
        assert len(here.good_cards()) == 1

        # the record has that one card, and the other is printed by the next start
        here.start("", "--config", str(config))
        await_until(lambda: here.api.job(first).final)
        assert [[attempt["outcome"] for attempt in card["attempts"]] for card in here.cards_of(first)] == [["done"]] * 2
        await_until(lambda: len(here.good_cards()) == 2)


def test_when_there_is_room_again_it_is_said_and_jobs_are_taken(tmp_path: Path) -> None:
    config = tmp_path / "ps.toml"
    config.write_text("[server]\nspool_megabytes = 1\nfree_megabytes = 0\n")
    with serving("--config", str(config)) as (here, _):
        answers = [submit(here.port, {"hold": True}, front=NOISE) for _ in range(3)]
        kept = [answer.json()["id"] for answer in answers if answer.status == 201]
        assert 0 < len(kept) < 3
        await_until(lambda: health(here)["status"] == "no-room")
        here.api.cancel(kept[0])
        here.api.purge(kept[0], by="office", reason="to make room")
        await_until(lambda: health(here)["status"] == "ok")
        assert "There is no room" not in page(here)
        assert submit(here.port, {"hold": True}, front=NOISE).status == 201
