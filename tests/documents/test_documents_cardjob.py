"""Card jobs read: archives of Python's zipfile and of hostile hands, each told by member and by what is allowed."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.documents.cardjob import archive as reader
from printserver.documents.cardjob import read_cardjob, write_cardjob
from printserver.documents.cardjob.names import Slot
from printserver.errors import BadCardjob, DocumentTooLarge, PrintServerError
from printserver.model.card import PanelName, Side
from printserver.model.ticket import KMode
from tests.documents.cardjob_kit import card, patched, piped, zipped

LOCAL, ENTRY, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
FRONT = Slot(Side.FRONT)
WHOLE = zipped(card(front=b"a front"))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("comment", [b"", b"with a comment", b"PK\x01\x02 " * 99])
def test_an_archive_of_zipfile_is_read(method: int, comment: bytes) -> None:
    members = card(front=b"f" * 500, back__k=b"k", front__o=b"o") | {"job.toml": b'[ticket]\nk-mode = "text"\n'}
    contents = read_cardjob(zipped(members, method, comment))
    assert contents.manifest.ticket.k_mode is KMode.TEXT
    assert contents.said == ("k_mode",)
    assert {slot: member.data for slot, member in contents.members.items()} == {
        FRONT: b"f" * 500, Slot(Side.BACK, PanelName.K): b"k", Slot(Side.FRONT, PanelName.O): b"o",
    }  # fmt: skip
    assert contents.sides == 2


def test_an_archive_whose_lengths_stand_behind_its_members_is_read() -> None:
    document = piped(card(front=b"f" * 500))
    assert b"PK\x07\x08" in document
    assert read_cardjob(document).members[FRONT].data == b"f" * 500


# the smallest card job, worked out by hand from APPNOTE.TXT sections 4.3.7, 4.3.12 and 4.3.16
BY_HAND = bytes.fromhex(
    "504b0304 0a00 0000 0000 0000 2100 00000000 00000000 00000000 0800 0000" + b"job.toml".hex()
    + "504b0304 0a00 0000 0000 0000 2100 c2412435 03000000 03000000 0900 0000" + b"front.png".hex() + b"abc".hex()
    + "504b0102 0a00 0a00 0000 0000 0000 2100 00000000 00000000 00000000 0800 0000 0000 0000 0000 00000000 00000000"
    + b"job.toml".hex()
    + "504b0102 0a00 0a00 0000 0000 0000 2100 c2412435 03000000 03000000 0900 0000 0000 0000 0000 00000000 26000000"
    + b"front.png".hex()
    + "504b0506 0000 0000 0200 0200 6d000000 50000000 0000"
)  # fmt: skip


def test_what_is_written_has_these_bytes() -> None:
    assert write_cardjob(b"", {FRONT: ("png", b"abc")}) == BY_HAND
    assert read_cardjob(BY_HAND).members[FRONT].data == b"abc"


def named(name: str) -> bytes:
    return zipped({"job.toml": b"", "front.png": b"f", name: b"x"})


def linked() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("job.toml", b"")
        link = zipfile.ZipInfo("front.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, b"/etc/passwd")
    return stream.getvalue()


def device() -> bytes:
    return patched(WHOLE, ENTRY, 38, "<I", (stat.S_IFBLK | 0o600) << 16, nth=1)


HOSTILE: list[tuple[Callable[[], bytes], str, str]] = [
    (lambda: named("/etc/passwd"), "/etc/passwd", "absolute name"),
    (lambda: named("C:front.png"), "C:front.png", "absolute name"),
    (lambda: named("../front.png"), "../front.png", "leads out"),
    (lambda: named("a/../../front.k.png"), "a/../../front.k.png", "leads out"),
    (lambda: named("pictures/front.k.png"), "pictures/front.k.png", "lies in a folder"),
    (lambda: named("back\\..\\front.png"), "back\\..\\front.png", "backslash"),
    (lambda: WHOLE.replace(b"front.png", b"fro\0t.png"), "fro\\0t.png", "NUL"),
    (lambda: named("pictures/"), "pictures/", "is a folder"),
    (linked, "front.png", "is a link"),
    (device, "front.png", "is a device"),
    (lambda: named("readme.txt"), "readme.txt", "not among"),
    (lambda: named("front.y.png"), "front.y.png", "not among"),
    (lambda: named("Job.toml"), "Job.toml", "not among"),
    (lambda: named("frönt.png"), "frönt.png", "not among"),
    (lambda: named("front.jpg"), "front.jpg", "same as front.png"),
    (lambda: named("FRONT.PNG"), "FRONT.PNG", "same as front.png"),
    (lambda: zipped({"front.png": b"f"}), "job.toml", "is missing"),
    (lambda: zipped({"job.toml": b"", "back.png": b"f"}), "front.*", "is missing"),
    (lambda: patched(WHOLE, ENTRY, 8, "<H", 1, nth=1), "front.png", "encrypted"),
    (lambda: patched(WHOLE, ENTRY, 10, "<H", 99, nth=1), "front.png", "packed by method 99"),
    (lambda: patched(WHOLE, ENTRY, 10, "<H", 12, nth=1), "front.png", "packed by method 12"),
    (lambda: patched(WHOLE, ENTRY, 24, "<I", 0xFFFFFFFF, nth=1), "front.png", "zip64"),
    (lambda: patched(WHOLE, END, 10, "<H", 0xFFFF), "", "zip64"),
    (lambda: patched(WHOLE, ENTRY, 42, "<I", 0, nth=1), "front.png", "does not follow"),
    (lambda: patched(WHOLE, LOCAL, 22, "<I", 8, nth=1), "front.png", "other sizes"),
    (lambda: patched(WHOLE, LOCAL, 8, "<H", 8, nth=1), "front.png", "packed otherwise"),
    (lambda: WHOLE.replace(b"front.png", b"front.bmp", 1), "front.png", "called or packed otherwise"),
    (lambda: WHOLE.replace(b"a front", b"a frant"), "front.png", "check sum"),
    (lambda: WHOLE + b"x", "", "bytes follow it"),
    (lambda: WHOLE[:-1], "", "cut off"),
    (lambda: zipped(card(front=b"f"), comment=END + b"\0" * 18), "", "second end"),
    (lambda: zipped(card(front=b"f"), comment=b"a" + END), "", "second end"),
    (lambda: b"PK\x03\x04", "", "cut off"),
    (lambda: patched(WHOLE, END, 16, "<I", 3), "", "not where its end record says"),
    (lambda: patched(WHOLE, END, 4, "<H", 1), "", "not where its end record says"),
    (lambda: patched(WHOLE, ENTRY, 0, "<I", 0), "", "directory is broken"),
    (lambda: patched(patched(WHOLE, END, 10, "<H", 1), END, 8, "<H", 1), "", "directory is broken"),
    (lambda: patched(piped(card(front=b"f" * 99)), b"PK\x07\x08", 12, "<I", 7, nth=1), "front.png", "other sizes"),
]


@pytest.mark.parametrize(("made", "where", "why"), HOSTILE, ids=[f"{why} {where}" for _, where, why in HOSTILE])
def test_what_is_no_card_job_is_refused_by_member_and_reason(made: Callable[[], bytes], where: str, why: str) -> None:
    with pytest.raises(BadCardjob) as refused:
        read_cardjob(made())
    assert refused.value.where == where
    assert why in refused.value.message


@pytest.mark.parametrize("name", ["/etc/passwd", "readme.txt", "../front.png", "a\\b"])
def test_the_error_of_a_name_says_which_are_allowed(name: str) -> None:
    with pytest.raises(BadCardjob) as refused:
        read_cardjob(named(name))
    assert refused.value.allowed.startswith("job.toml, front.*, back.*, front.k.*, front.o.*")


def test_bytes_between_members_are_refused() -> None:
    first, rest = WHOLE[: WHOLE.index(LOCAL, 1)], WHOLE[WHOLE.index(LOCAL, 1) :]
    document = patched(first + b"hidden" + rest, ENTRY, 42, "<I", len(first) + 6, nth=1)
    document = patched(document, END, 16, "<I", document.index(ENTRY))
    with pytest.raises(BadCardjob, match="does not follow"):
        read_cardjob(document)
    before = WHOLE.index(ENTRY)
    document = patched(WHOLE[:before] + b"hidden" + WHOLE[before:], END, 16, "<I", before + 6)
    with pytest.raises(BadCardjob, match="something else"):
        read_cardjob(document)


def bomb(size: int) -> bytes:
    return zipped({"job.toml": b"", "front.png": b"\0" * size}, zipfile.ZIP_DEFLATED)


def test_what_unpacks_to_more_than_it_says_is_refused_before_it_is_unpacked_whole() -> None:
    document = bomb(1_000_000)
    document = patched(patched(document, LOCAL, 22, "<I", 1000, nth=1), ENTRY, 24, "<I", 1000, nth=1)
    with pytest.raises(BadCardjob, match="more than the 1000 bytes it declares"):
        read_cardjob(document)


def test_what_unpacks_to_less_than_it_says_is_refused() -> None:
    document = bomb(1000)
    document = patched(patched(document, LOCAL, 22, "<I", 1001, nth=1), ENTRY, 24, "<I", 1001, nth=1)
    with pytest.raises(BadCardjob, match="its size or its check sum"):
        read_cardjob(document)


def test_packed_bytes_that_end_too_soon_or_too_late_are_refused() -> None:
    whole = bomb(1000)
    packed = zipfile.ZipFile(io.BytesIO(whole)).infolist()[1].compress_size
    for step in (-1, 1):
        shorter = packed + step
        at = whole.index(LOCAL, 1) + 30 + len("front.png")
        document = whole[: at + min(packed, shorter)] + b"\0" * max(0, step) + whole[at + packed :]
        for mark, place in ((LOCAL, 18), (ENTRY, 20)):
            document = patched(document, mark, place, "<I", shorter, nth=1)
        document = patched(document, END, 16, "<I", document.index(ENTRY))
        with pytest.raises(BadCardjob, match="end too soon or too late"):
            read_cardjob(document)


def test_too_many_members_and_too_large_ones_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    many = zipped({"job.toml": b"", **{f"{number}.png": b"" for number in range(40)}})
    with pytest.raises(DocumentTooLarge, match="41 members") as refused:
        read_cardjob(many)
    assert refused.value.allowed == "at most 32"
    large = patched(WHOLE, ENTRY, 24, "<I", 65 << 20, nth=1)
    with pytest.raises(DocumentTooLarge, match=r"front.png: has 68157440 bytes"):
        read_cardjob(large)
    tight = patched(WHOLE, ENTRY, 24, "<I", 17 << 20, nth=1)
    with pytest.raises(DocumentTooLarge, match=r"front.png: unpacks to more than 100 times its size"):
        read_cardjob(tight)
    monkeypatch.setattr(reader, "MAX_TOTAL", 6)
    with pytest.raises(DocumentTooLarge, match="has 7 bytes when unpacked"):
        read_cardjob(WHOLE)


def test_a_manifest_that_is_too_long_is_refused_unread() -> None:
    with pytest.raises(DocumentTooLarge, match=r"job.toml: has 65537 bytes"):
        read_cardjob(zipped({"job.toml": b"#" * 65537, "front.png": b"f"}))


SLOTS = st.builds(Slot, st.sampled_from(Side), st.sampled_from([None, PanelName.K, PanelName.O, PanelName.W]))
ENDINGS = st.sampled_from(["png", "jpg", "pdf", "tiff"])


@given(st.dictionaries(SLOTS, st.tuples(ENDINGS, st.binary(max_size=200)), max_size=8), st.binary(max_size=50))
def test_what_is_written_is_read_again_and_by_zipfile_too(
    members: dict[Slot, tuple[str, bytes]], picture: bytes
) -> None:
    members |= {FRONT: ("png", picture)}
    document = write_cardjob(b"version = 1\n", members)
    assert write_cardjob(b"version = 1\n", dict(reversed(members.items()))) == document
    found = read_cardjob(document).members
    assert {slot: member.data for slot, member in found.items()} == {slot: data for slot, (_, data) in members.items()}
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        assert archive.testzip() is None
        assert archive.read("job.toml") == b"version = 1\n"
        assert {archive.read(f"{slot.called}.{ending}") for slot, (ending, _) in members.items()} == {
            data for _, data in members.values()
        }


@given(st.data(), st.booleans())
def test_whatever_is_changed_ends_in_a_typed_error_or_the_same_pictures(data: st.DataObject, deflated: bool) -> None:
    whole = zipped(card(front=b"f" * 60, back=b"back"), zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED)
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:at] + data.draw(st.binary(min_size=1, max_size=4)) + whole[at + data.draw(st.integers(0, 4)) :]
    try:
        found = read_cardjob(changed)
    except PrintServerError:
        return
    assert {member.data for member in found.members.values()} == {b"f" * 60, b"back"}
