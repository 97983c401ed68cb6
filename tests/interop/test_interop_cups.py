"""The backends of CUPS: what a stock Linux runs when somebody prints, without cupsd before them."""

from __future__ import annotations

from subprocess import TimeoutExpired

import pytest

from tests.interop.interop_kit import House, backend

CANCEL = 5  # CUPS_BACKEND_CANCEL, backend(7): cupsd takes the job away and tells its user


def test_the_ipp_backend_prints_and_waits_until_the_card_is_out(server: House, front_card: bytes) -> None:
    with server.one_job() as printed:
        said = backend("ipp", server.printer, "77", "alice", "badge", "1", "", server.front).expect()
        assert "job-state = completed" in said.err
        assert "PAGE: total 1" in said.err
    assert printed.fronts == [front_card]
    assert printed.name == "badge"


def test_the_ipp_backend_knows_the_ribbon(server: House) -> None:
    with server.one_job():
        said = backend("ipp", server.printer, "78", "alice", "badge", "1", "", server.front).expect()
    assert "ATTR: marker-names='\"YMCKOK\"','\"cleaning\"'" in said.err
    assert "ATTR: marker-types='\"inkRibbon\"','\"other\"'" in said.err


def test_copies_are_as_many_cards(server: House, front_card: bytes) -> None:
    with server.one_job(cards=2) as printed:
        # without any option the backend forgets the copies, too
        options = "media=iso_id-1_53.98x85.6mm print-quality=5"
        backend("ipp", server.printer, "79", "alice", "badge", "2", options, server.front).expect()
    assert printed.fronts == [front_card, front_card]


def test_a_title_may_be_anything(server: House, front_card: bytes) -> None:
    with server.one_job() as printed:
        title = "Kartu 'Sari' \"x\"; $(reboot) ../../e \u202e بطاقة"
        backend("ipp", server.printer, "80", "sari", title, "1", "", server.front).expect()
    assert printed.fronts == [front_card]
    assert "\u202e" not in server.ipp.job(printed.job).name


def test_the_ipp_backend_is_told_that_a_text_is_no_picture(server: House) -> None:
    said = backend("ipp", server.printer, "81", "alice", "letter", "1", "", server.folder / "text.png")
    # its exit status tells only what it saw of the job afterwards, if it looked in time
    assert "client-error-document-format-not-supported" in said.err
    assert "ERROR: Unable to add document to print job." in said.err
    job = server.api.job(server.newest())
    assert (job.name, job.state) == ("letter", "canceled")


def test_the_ipp_backend_is_told_that_a_picture_was_cut(server: House) -> None:
    cut = server.folder / "cut.png"
    cut.write_bytes(server.front.read_bytes()[:90_000])
    said = backend("ipp", server.printer, "82", "alice", "badge", "1", "", cut).expect(CANCEL)
    assert "job-state = aborted" in said.err
    assert server.api.job(server.newest()).reasons == ("aborted-by-system", "document-format-error")


def test_the_socket_backend_prints(server: House, front_card: bytes) -> None:
    with server.one_job() as printed:
        uri = f"socket://127.0.0.1:{server.raw_port}"
        said = backend("socket", uri, "83", "alice", "badge", "1", "", server.front).expect()
        assert "Print file sent." in said.err
    assert printed.fronts == [front_card]


@pytest.mark.parametrize("options", ["", "?order=data,control", "?banner=on", "?reserve=none"])
def test_the_lpd_backend_prints(server: House, front_card: bytes, options: str) -> None:
    with server.one_job() as printed:
        uri = f"lpd://127.0.0.1:{server.lpd_port}/card{options}"
        said = backend("lpd", uri, "84", "alice", "badge", "1", "", server.front).expect()
        assert "Data file sent successfully." in said.err
    assert printed.fronts == [front_card]
    assert printed.name == "badge"
    assert server.api.job(printed.job).row["user"] == "alice"


def test_the_lpd_backend_prints_copies(server: House, front_card: bytes) -> None:
    with server.one_job(cards=2) as printed:
        uri = f"lpd://127.0.0.1:{server.lpd_port}/card?manual_copies=no"  # else it sends as many jobs
        backend("lpd", uri, "85", "alice", "badge", "2", "", server.front).expect()
    assert printed.fronts == [front_card, front_card]


def test_the_lpd_backend_is_told_no_and_tries_again_until_it_is_stopped(server: House) -> None:
    uri = f"lpd://127.0.0.1:{server.lpd_port}/card"
    with server.no_job(), pytest.raises(TimeoutExpired) as stopped:
        backend("lpd", uri, "86", "alice", "letter", "1", "", server.folder / "text.png", seconds=3)
    assert b"Data file sent successfully." not in (stopped.value.stderr or b"")
    refusals = [line for line in server.log().splitlines() if "transfer refused" in line]
    assert len(refusals) >= 1
    assert "document-format-unsupported" in refusals[-1]
