"""Documents that come one by one, against the whole server: what is refused, and what becomes of the job then."""

from __future__ import annotations

import pytest

from printserver.client import IppRefused
from printserver.ipp import Status
from tests.interop.interop_kit import House


def test_a_document_may_be_replaced_by_a_right_one(server: House, both_sides: tuple[bytes, bytes]) -> None:
    with server.one_job() as printed:
        job = server.ipp.create_job(job_name="second try")
        with pytest.raises(IppRefused) as refused:
            server.ipp.send_document(job.id, server.folder / "text.png", last=False)
        assert refused.value.status == Status.DOCUMENT_FORMAT_NOT_SUPPORTED
        server.ipp.send_document(job.id, server.front, last=False)
        server.ipp.send_document(job.id, server.back)
    assert (printed.fronts[0], printed.backs[0]) == both_sides


def test_an_empty_last_document_closes_the_job(server: House, front_card: bytes) -> None:
    with server.one_job() as printed:
        job = server.ipp.create_job()
        server.ipp.send_document(job.id, server.front, last=False)
        server.ipp.send_document(job.id, b"", last=True)
    assert (printed.fronts, printed.backs) == ([front_card], [])


def test_no_card_is_printed_with_its_back_missing(server: House) -> None:
    before = server.site.good_cards()
    job = server.ipp.create_job()
    server.ipp.send_document(job.id, server.front, last=False)
    with pytest.raises(IppRefused):
        server.ipp.send_document(job.id, server.folder / "text.png", last=True)
    told = server.ipp.job(job.id)
    assert (told.state, told.reasons) == ("canceled", ("job-canceled-by-user",))
    assert server.site.good_cards() == before


def test_a_third_document_begins_another_card(server: House, both_sides: tuple[bytes, bytes]) -> None:
    front, back = both_sides
    with server.one_job(cards=2) as printed:
        job = server.ipp.create_job()
        server.ipp.send_document(job.id, server.front, last=False)
        server.ipp.send_document(job.id, server.back, last=False)
        server.ipp.send_document(job.id, server.front, last=True)
    assert (printed.fronts, printed.backs) == ([front, front], [back])


def test_a_job_without_documents_is_nothing(server: House) -> None:
    job = server.ipp.create_job()
    assert server.ipp.send_document(job.id, b"", last=True).state == "canceled"
    assert server.ipp.job(job.id).state == "canceled"


def test_a_paused_queue_takes_jobs_and_prints_them_later(server: House, front_card: bytes) -> None:
    with server.one_job() as printed:
        server.ipp.pause()
        try:
            job = server.ipp.print_job(server.front, job_name="later")
            told = server.ipp.get_printer_attributes("printer-state", "printer-state-reasons", "queued-job-count")
            waits = server.ipp.job(job.id)
        finally:
            server.ipp.resume()  # also for the tests after this one
        assert told == {"printer-state": [5], "printer-state-reasons": ["paused"], "queued-job-count": [1]}
        assert waits.state == "pending"
    assert printed.fronts == [front_card]
