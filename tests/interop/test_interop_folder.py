"""The watched folder of a whole server, used as batch systems use it: written aside, renamed, waited for."""

from __future__ import annotations

from tests.crash.crash_harness import await_until
from tests.interop.interop_kit import House


def test_a_file_put_into_the_folder_is_a_card_and_then_done(server: House, front_card: bytes) -> None:
    done = server.watched / "done"
    before = set(done.iterdir())
    with server.one_job() as printed:
        aside = server.watched / "badge 17.png.part"
        aside.write_bytes(server.front.read_bytes())
        aside.rename(server.watched / "badge 17.png")
        await_until(lambda: set(done.iterdir()) > before)
    assert printed.fronts == [front_card]
    assert printed.name == "badge 17.png"
    [new] = set(done.iterdir()) - before
    assert new.name == f"{printed.job}-badge 17.png"
    assert new.read_bytes() == server.front.read_bytes()


def test_what_is_no_picture_lies_in_failed_with_its_reason(server: House) -> None:
    with server.no_job():
        (server.watched / "letter.png").write_bytes((server.folder / "text.png").read_bytes())
        await_until(lambda: (server.watched / "failed" / "letter.png.reason.txt").exists())
    assert (server.watched / "failed" / "letter.png").exists()
