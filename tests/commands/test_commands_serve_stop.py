"""Ending a server: in order on the first signal, at once on a later second one."""

import signal

from printserver.emulation.launch import set_fault
from tests.crash.crash_harness import DEADLINE, Site, await_until, site


def send(here: Site, *signals: signal.Signals) -> None:
    assert here.process is not None
    for number in signals:
        here.process.send_signal(number)


def test_two_signals_at_once_are_one_wish_and_the_end_is_orderly() -> None:
    with site() as here:
        here.start()
        send(here, signal.SIGTERM, signal.SIGTERM)
        assert here.process is not None
        assert here.process.wait(DEADLINE) == 0
        assert not here.control.exists(), "the emulated printer was left running"
        assert "Traceback" not in here.data.with_suffix(".log").read_text()


def test_a_card_that_waits_for_a_person_does_not_keep_the_server_from_ending() -> None:
    with site() as here:
        here.start()
        set_fault(here.control, "cover-open")
        job = here.api.submit({"name": "stuck"}, here.picture())
        await_until(lambda: here.cards_of(job.id)[0]["state"] in ("blocked", "queued", "ready"))
        send(here, signal.SIGTERM)
        assert here.process is not None
        assert here.process.wait(DEADLINE) == 0
