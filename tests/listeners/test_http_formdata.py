"""Forms taken apart: what was put in comes out, whatever it holds; anything else is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.client.multipart import Part as Sent
from printserver.client.multipart import encode_form
from printserver.errors import BadRequest
from printserver.listeners.http.formdata import MAX_PARTS, Part, boundary_of, parts_of

KIND = "multipart/form-data; boundary=b"
HEAD = b'Content-Disposition: form-data; name="front"\r\n\r\n'


def body(*parts: bytes) -> bytes:
    return b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"


@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True), st.binary(max_size=200),
                       min_size=1, max_size=MAX_PARTS), st.text(max_size=30))  # fmt: skip
def test_what_our_client_sends_comes_out(parts: dict[str, bytes], file: str) -> None:
    sent = tuple(Sent(name, "image/png", content, file.replace("\\", "")) for name, content in parts.items())
    kind, data = encode_form(sent)
    assert {name: part.data for name, part in parts_of(kind, data).items()} == parts


@given(st.binary(max_size=60))
def test_what_looks_like_a_boundary_inside_is_content(data: bytes) -> None:
    tricky = b"--b\r\n--b--\r\n\r\n--bb"[1:] + data
    if b"\r\n--b" in tricky:
        tricky = tricky.replace(b"\r\n--b", b"\n--b")
    assert parts_of(KIND, body(HEAD + tricky)) == {"front": Part("front", tricky)}


@given(st.binary(max_size=200))
def test_anything_ends_in_parts_or_in_a_bad_request(data: bytes) -> None:
    for whole in (data, body(data), body(HEAD + data)):
        try:
            parts_of(KIND, whole)
        except BadRequest:
            continue


def test_a_part_may_name_its_kind() -> None:
    head = b'Content-Type: Image/PNG; x=y\r\ncontent-disposition: FORM-DATA; filename="a.png"; name="front"\r\n\r\n'
    assert parts_of(KIND, body(head + b"x")) == {"front": Part("front", b"x", "image/png")}


@pytest.mark.parametrize("part", [
    b"x",
    b"\r\nx",
    b"Content-Disposition: form-data\r\n\r\nx",
    b"Content-Disposition: attachment; name=\"front\"\r\n\r\nx",
    b"Content-Disposition: form-data; name=front\r\n\r\nx",
    b'Content-Disposition: form-data; name="front"; name="back"\r\n\r\nx',
    b'Content-Disposition: form-data; name="front\\"; name="back"\r\n\r\nx',
    b'Content-Disposition: form-data; filename="a; name="front""\r\n\r\nx',
    b'Content-Disposition: form-data; name="fr\x00nt"\r\n\r\nx',
    b'Content-Disposition: form-data; name=""\r\n\r\nx',
    b'X: form-data; name="front"\r\n\r\nx',
    b"A: " + b"a" * 5000 + b"\r\n" + HEAD + b"x",
])  # fmt: skip
def test_a_part_without_one_clear_name_is_refused(part: bytes) -> None:
    with pytest.raises(BadRequest):
        parts_of(KIND, body(part))


@pytest.mark.parametrize("whole", [
    b"", b"--b", b"--b\r\n", b"--b--x", b"--b\r\n" + HEAD + b"x", b"--b\r\n" + HEAD + b"x\r\n--b", b"x" + body(HEAD),
    b"--b\n" + HEAD + b"x\r\n--b--", body(HEAD)[:-4] + b"\r\n", b"--c\r\n" + HEAD + b"x\r\n--c--\r\n",
    body(*[HEAD.replace(b"front", b"f%d" % number) + b"x" for number in range(MAX_PARTS + 1)]),
    body(HEAD + b"1", HEAD + b"2"),
])  # fmt: skip
def test_a_broken_form_is_refused_whole(whole: bytes) -> None:
    with pytest.raises(BadRequest):
        parts_of(KIND, whole)


@pytest.mark.parametrize(("kind", "boundary"), [
    ("multipart/form-data; boundary=abc", b"abc"), ('multipart/form-data; charset=utf-8; boundary="a b:c"', b"a b:c"),
    ("multipart/form-data;BOUNDARY=x; charset=utf-8", b"x"),
])  # fmt: skip
def test_the_boundary_is_read(kind: str, boundary: bytes) -> None:
    assert boundary_of(kind) == boundary


@pytest.mark.parametrize("kind", [
    "multipart/form-data", "multipart/form-data; boundary=", 'multipart/form-data; boundary=""',
    "multipart/form-data; boundary=a\u00e9", "multipart/form-data; boundary=" + "x" * 71,
    'multipart/form-data; boundary="a', "multipart/form-data; boundary=a b",
])  # fmt: skip
def test_a_form_without_a_boundary_is_refused(kind: str) -> None:
    with pytest.raises(BadRequest):
        boundary_of(kind)
