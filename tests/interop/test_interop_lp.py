"""lp, lpstat and cancel straight at the server: CUPS's own programs with no cupsd between."""

from __future__ import annotations

import re

from tests.interop.interop_kit import House, Said, run


def at(server: House, program: str, *arguments: object) -> Said:
    """Run one of CUPS's programs against the server."""
    return run(program, "-h", f"127.0.0.1:{server.port}", *map(str, arguments))


def sent(said: Said) -> int:
    """The number of the job that lp tells of."""
    found = re.search(r"request id is card-([0-9]+)", said.expect().out)
    assert found, said.out
    return int(found[1])


def test_lp_prints_at_a_queue_by_its_name(server: House, front_card: bytes) -> None:
    with server.one_job() as printed:
        number = sent(at(server, "lp", "-d", "card", "-t", "badge", server.front))
    assert (printed.job, printed.name, printed.fronts) == (number, "badge", [front_card])


def test_lp_finds_the_default_queue_and_takes_a_document_from_a_pipe(server: House, front_card: bytes) -> None:
    with server.one_job() as printed:
        run("lp", "-h", f"127.0.0.1:{server.port}", stdin=server.front.read_bytes()).expect()
    assert printed.fronts == [front_card]


def test_lp_sends_two_sides_of_one_card(server: House, both_sides: tuple[bytes, bytes]) -> None:
    with server.one_job() as printed:
        sent(at(server, "lp", "-d", "card", server.front, server.back))
    assert (printed.fronts, printed.backs) == ([both_sides[0]], [both_sides[1]])


def test_lp_sends_copies_and_our_own_options(server: House) -> None:
    with server.one_job(cards=2) as printed:
        sent(at(server, "lp", "-d", "card", "-n", 2, "-q", 70, "-o", "printserver-k-mode=none", server.front))
    ticket = server.api.job(printed.job).row["ticket"]
    assert (ticket["copies"], ticket["priority"], ticket["k-mode"]) == (2, 70, "none")


def test_lp_is_told_what_is_not_possible(server: House) -> None:
    with server.no_job():
        assert "does not exist" in at(server, "lp", "-d", "nowhere", server.front).expect(1).err
        assert "printserver-k-choke" in at(server, "lp", "-o", "printserver-k-choke=99", server.front).expect(1).err


def test_a_held_job_is_listed_resumed_and_printed_again(server: House, front_card: bytes) -> None:
    with server.one_job() as printed:
        number = sent(at(server, "lp", "-d", "card", "-H", "hold", server.front))
        listed = at(server, "lpstat", "-o").expect().out
        assert re.search(rf"^card-{number} .* 20[2-9][0-9]$", listed, re.MULTILINE), listed
        at(server, "lp", "-i", number, "-H", "resume").expect()
    assert printed.fronts == [front_card]
    assert f"card-{number} " in at(server, "lpstat", "-W", "completed", "-o").expect().out
    with server.one_job() as again:
        at(server, "lp", "-i", number, "-H", "restart").expect()
    assert again.job > number
    assert again.fronts == [front_card]


def test_cancel_takes_one_job_or_all(server: House) -> None:
    first, second, third = (sent(at(server, "lp", "-d", "card", "-H", "hold", server.front)) for _ in range(3))
    at(server, "cancel", f"card-{first}").expect()
    assert server.api.job(first).state == "canceled"
    assert f"job {first} is canceled" in at(server, "cancel", first).expect(1).err
    at(server, "cancel", "-a", "card").expect()
    assert [server.api.job(each).state for each in (second, third)] == ["canceled", "canceled"]
    held = sent(at(server, "lp", "-d", "card", "-H", "hold", server.front))
    at(server, "cancel", "-a").expect()
    assert server.api.job(held).state == "canceled"
    assert at(server, "lpstat", "-o").expect().out == ""


def test_lpstat_shows_queues_and_which_is_the_default(server: House) -> None:
    said = at(server, "lpstat", "-p", "-d", "-a", "-r").expect().out
    assert "printer card is idle." in said
    assert re.search(r"^card accepting requests since .* 20[2-9][0-9]$", said, re.MULTILINE), said
    assert "system default destination: card" in said
    assert at(server, "lpstat", "-e").expect().out == "card\n"
    server.ipp.pause()
    try:
        assert "printer card disabled" in at(server, "lpstat", "-p").expect().out
    finally:
        server.ipp.resume()
