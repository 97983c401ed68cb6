"""Card jobs built, inspected and rendered by command: the same card gives the same bytes, and the same panels."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from printserver.model.cardjob import file_keys
from tests.commands.command_kit import Outcome, call
from tests.documents.cardjob_kit import card, zipped

PRIMACY = ("--driver", "evolis", "--model", "primacy+mag", "--ribbon", "YMCKOK")


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    path = tmp_path / "mask.png"
    picture = Image.new("L", (1016, 648), 255)
    picture.paste(0, (10, 10, 200, 90))
    picture.save(path)
    return path


def built(out: Path, *words: object) -> bytes:
    found = call("cardjob", "build", *words, "--out", out)
    assert found.code == 0, found.stderr
    return out.read_bytes()


def rendered(out: Path, *words: object) -> dict[str, bytes]:
    found = call("render", *words, *PRIMACY, "--out", out)
    assert found.code == 0, found.stderr
    return {path.name: path.read_bytes() for path in out.iterdir()}


def test_a_card_is_built_of_pictures_panels_options_tracks_and_data(
    front: Path, back: Path, mask: Path, tmp_path: Path
) -> None:
    tracks = tmp_path / "tracks"
    tracks.write_text("B1234^SARI\n\n42\n")
    words = (
        front, "--back", back, "--front-k", mask, "--front-o", mask, "--tracks", tracks, "--name", "Badge",
        "--copies", 2, "--data", "Nama=Sari = satu", "--photo-area", "front:1,1,5,5",
    )  # fmt: skip
    document = built(tmp_path / "one.cardjob", *words)
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        assert archive.namelist() == ["job.toml", "front.png", "front.k.png", "front.o.png", "back.png"]
        assert archive.read("front.png") == front.read_bytes()
        assert archive.read("front.k.png") == mask.read_bytes()
    found = call("cardjob", "inspect", tmp_path / "one.cardjob", "--json").json()
    assert found["ticket"] == {"name": "Badge", "copies": 2, "photo-areas": ["front:1,1,5,5"]}
    assert found["tracks"] == ["B1234^SARI", "", "42"]
    assert found["data"] == {"Nama": "Sari = satu"}
    assert (found["sides"], found["chip"], found["refused"]) == (2, [], [])
    assert [(each["name"], each["format"]) for each in found["members"]][:2] == [
        ("front.png", "image/png"), ("front.k.png", "image/png")
    ]  # fmt: skip
    assert built(tmp_path / "two.cardjob", *words) == document


def test_a_card_job_renders_as_its_pictures_do(front: Path, back: Path, tmp_path: Path) -> None:
    built(tmp_path / "a.cardjob", front, "--back", back, "--overlay", "none")
    alone = rendered(tmp_path / "alone", front, "--back", back, "--overlay", "none")
    assert rendered(tmp_path / "together", tmp_path / "a.cardjob") == alone
    other = rendered(tmp_path / "other", front, "--back", back, "--overlay", "full")
    assert other != alone
    assert rendered(tmp_path / "said", tmp_path / "a.cardjob", "--overlay", "full") == other


def test_own_panels_and_tracks_reach_the_printer_s_bytes(front: Path, mask: Path, tmp_path: Path) -> None:
    tracks = tmp_path / "tracks"
    tracks.write_text("B1234^SARI\n")
    built(tmp_path / "a.cardjob", front, "--back-k", mask, "--tracks", tracks)
    found = rendered(tmp_path / "out", tmp_path / "a.cardjob")
    assert Image.open(io.BytesIO(found["card1-back-K.png"])).tobytes() == Image.open(mask).tobytes()
    assert b"B1234^SARI" in found["job.prn"]


def test_a_card_may_be_panels_alone_and_has_a_front(mask: Path, tmp_path: Path) -> None:
    built(tmp_path / "a.cardjob", "--front-k", mask)
    missing = call("cardjob", "build", "--back", mask, "--out", tmp_path / "b.cardjob")
    assert missing.code == 2
    assert "a card has a front" in missing.stderr
    assert not (tmp_path / "b.cardjob").exists()


def test_a_file_without_an_ending_is_taken_all_the_same(front: Path, tmp_path: Path) -> None:
    bare = tmp_path / "picture"
    bare.write_bytes(front.read_bytes())
    document = built(tmp_path / "a.cardjob", bare)
    assert zipfile.ZipFile(io.BytesIO(document)).namelist() == ["job.toml", "front.bin"]
    assert rendered(tmp_path / "one", tmp_path / "a.cardjob") == rendered(tmp_path / "two", front)


@pytest.mark.parametrize("words", [("--data", "=x"), ("--data", "x"), ("--copies", 0), ("--k-mode", "grey")])
def test_what_cannot_be_is_refused_before_anything_is_written(
    words: tuple[object, ...], front: Path, tmp_path: Path
) -> None:
    found = call("cardjob", "build", front, *words, "--out", tmp_path / "a.cardjob")
    assert found.code == 2
    assert not (tmp_path / "a.cardjob").exists()


def inspected(tmp_path: Path, document: bytes, *words: str) -> Outcome:
    file = tmp_path / "a.cardjob"
    file.write_bytes(document)
    return call("cardjob", "inspect", file, *words)


def test_all_that_would_be_refused_is_told(front: Path, tmp_path: Path) -> None:
    members = card(front=front.read_bytes(), front__k=b"no picture", back=front.read_bytes()[:-20])
    members["job.toml"] = b"chip = [{send = '00a40400'}]\n[ticket]\nk-mode = 'text'\n"
    found = inspected(tmp_path, zipped(members), "--json")
    assert found.code == 1
    row = json.loads(found.stdout)
    assert [(each["code"], each["where"]) for each in row["refused"]] == [
        ("unsupported-by-printer", "chip"), ("document-format-unsupported", "front.k.png"),
        ("document-broken", "back.png"),
    ]  # fmt: skip
    assert "chip: the card job has a chip script of 1 steps" in found.stderr
    plain = inspected(tmp_path, zipped(members))
    assert plain.code == 1
    assert b"ticket k-mode: text" in plain.stdout
    assert b"refused: front.k.png: " in plain.stdout
    assert b"refused: back.png: " in plain.stdout


@pytest.mark.parametrize(("document", "where"), [
    (zipped(card(front=b"") | {"../x": b""}), "../x"),
    (zipped(card(front=b"") | {"job.toml": b"x = 1"}), "job.toml: x"),
    (b"PK\x03\x04", ""),
])  # fmt: skip
def test_what_is_no_card_job_is_told_by_its_member(tmp_path: Path, document: bytes, where: str) -> None:
    found = inspected(tmp_path, document, "--json")
    assert found.code == 1
    row = json.loads(found.stdout)
    assert [(each["code"], each["where"]) for each in row["refused"]] == [("bad-cardjob", where)]
    assert row["members"] == []


def test_what_is_odd_in_a_track_is_told_and_refuses_nothing(front: Path, tmp_path: Path) -> None:
    members = card(front=front.read_bytes())
    members["job.toml"] = b"tracks = ['B4111111111111112^DOE/JOHN^0013101', '', '12']\n"
    row = inspected(tmp_path, zipped(members), "--json").json()
    assert [(each["kind"], each["track"], each["position"]) for each in row["remarks"]] == [
        ("check-digit", 1, 2), ("field", 1, 28),
    ]  # fmt: skip
    members["job.toml"] = b"tracks = ['B4111111111111111^DOE/JOHN^0001101', '', '12']\n"
    found = inspected(tmp_path, zipped(members))
    assert found.code == 0
    assert b"track 1, position 28: the card has expired by its own word" in found.stdout
    assert b"4111" not in found.stdout


def test_the_schema_is_printed() -> None:
    found = call("cardjob", "schema").json()
    assert list(found["$defs"]["Ticket"]["properties"]) == list(file_keys().values())


def test_a_back_beside_a_card_job_is_refused(front: Path, tmp_path: Path) -> None:
    built(tmp_path / "a.cardjob", front)
    found = call("render", tmp_path / "a.cardjob", "--back", front, *PRIMACY, "--out", tmp_path / "out")
    assert found.code == 1
    assert "a card job is a whole card" in found.stderr
