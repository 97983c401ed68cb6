"""A card rendered without a daemon, and the same card found again in the printer's bytes."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.commands.command_kit import Outcome, call

PRIMACY = ("--driver", "evolis", "--model", "primacy")


def render(front: Path, out: Path, *options: object) -> Outcome:
    return call("render", front, *PRIMACY, *options, "--out", out, "--json")


def take_apart(job: Path, out: Path, *options: object) -> Outcome:
    return call("emulate", "evolis", *(options or ("--model", "primacy")), "--job", job, "--out", out, "--json")


def pictures(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == ".png"}


def levels(path: Path) -> np.ndarray:
    picture = Image.open(path)
    assert picture.mode == "L"
    return np.asarray(picture)


FRONT_ONLY = {"YMCKO": "YMCKO", "KO": "KO", "K": "K"}


@pytest.mark.parametrize("ribbon", FRONT_ONLY)
def test_the_bytes_give_back_exactly_the_panels_that_were_sent(ribbon: str, front: Path, tmp_path: Path) -> None:
    sent = render(front, tmp_path / "sent", "--ribbon", ribbon)
    got = take_apart(tmp_path / "sent" / "job.prn", tmp_path / "got")
    assert (sent.code, got.code) == (0, 0), sent.stderr + got.stderr
    names = {f"card1-front-{panel}.png" for panel in FRONT_ONLY[ribbon]} | {"card1-front.png"}
    assert set(pictures(tmp_path / "sent")) == names
    assert pictures(tmp_path / "got") == pictures(tmp_path / "sent")
    assert got.json() == sent.json()


def test_both_sides_come_back_with_their_own_panels(front: Path, back: Path, tmp_path: Path) -> None:
    sent = render(front, tmp_path / "sent", "--ribbon", "ymckok", "--back", back)
    got = take_apart(tmp_path / "sent" / "job.prn", tmp_path / "got")
    assert (sent.code, got.code) == (0, 0), sent.stderr + got.stderr
    assert pictures(tmp_path / "got") == pictures(tmp_path / "sent")
    assert {"card1-back-K.png", "card1-back.png", "card1-front-C.png"} <= set(pictures(tmp_path / "got"))
    assert got.json() == sent.json()
    panels = [(each["side"], each["panel"]) for each in got.json()["panels"]]
    assert panels == [("front", panel) for panel in "YMCKO"] + [("back", "K")]


@pytest.mark.parametrize(
    ("driver", "model"), [("evolis", "pebble"), ("evolis", "dualys"), ("evolis", "zenius"), ("virtual", "")]
)
def test_every_model_gives_back_its_panels(driver: str, model: str, front: Path, tmp_path: Path) -> None:
    family = call("drivers", "--json").json()["drivers"]
    model = model or next(each for each in family if each["name"] == driver)["models"][0]["name"]
    sent = call("render", front, "--driver", driver, "--model", model, "--out", tmp_path / "sent", "--json")
    job = tmp_path / "sent" / "job.prn"
    got = call("emulate", driver, "--model", model, "--job", job, "--out", tmp_path / "got", "--json")
    assert (sent.code, got.code) == (0, 0), sent.stderr + got.stderr
    assert len(sent.json()["panels"]) == 5
    assert got.json() == sent.json()
    assert pictures(tmp_path / "got") == pictures(tmp_path / "sent")


def test_the_summary_says_what_was_made(front: Path, tmp_path: Path) -> None:
    found = render(front, tmp_path / "out").json()
    sizes = {(each["card"], each["side"], each["width"], each["height"]) for each in found["panels"]}
    assert sizes == {(1, "front", 1016, 648)}
    assert [(each["panel"], each["levels"]) for each in found["panels"]] == [
        ("Y", 256), ("M", 256), ("C", 256), ("K", 2), ("O", 2),
    ]  # fmt: skip
    rest = {key: value for key, value in found.items() if key not in ("panels", "coverage")}
    assert rest == {"cards": 1, "tracks": [], "warnings": [], "unknown_commands": [], "trailing_bytes": 0}


def test_the_summary_says_what_each_panel_takes(front: Path, back: Path, tmp_path: Path) -> None:
    found = render(front, tmp_path / "out", "--ribbon", "ymckok", "--back", back).json()["coverage"]
    assert [(each["card"], each["side"], each["name"], each["ribbon_panels"]) for each in found] == [
        *((1, "front", panel, 1.0) for panel in "YMCKO"), (1, "back", "K", 1.0),
    ]  # fmt: skip
    for each in found:
        inks = 255 - levels(tmp_path / "out" / f"card1-{each['side']}-{each['name']}.png").astype(float)
        assert each["coverage"] == pytest.approx(100 * inks.mean() / 255, abs=0.01)


def test_what_may_go_wrong_is_told_in_json_and_in_words(tmp_path: Path) -> None:
    black = tmp_path / "black.png"
    Image.new("RGB", (648, 1016), "black").save(black)
    sent = render(black, tmp_path / "out", "--rotation", "0", "--force")
    told = [(each["card"], each["code"], each["side"], each["panel"]) for each in sent.json()["warnings"]]
    assert told == [
        (1, "wrong-orientation", "front", None), (1, "enlarged", "front", None), (1, "full-panel", "front", "K"),
    ]  # fmt: skip
    assert sent.json()["warnings"][2]["places"] == [
        {"left_mm": 0.0, "top_mm": 0.0, "width_mm": 86.0, "height_mm": 54.9}
    ]
    words = call("render", black, *PRIMACY, "--rotation", "0", "--force", "--out", tmp_path / "out").lines[1:4]
    assert [line.partition(". ")[0] for line in words] == [
        "warning: front: The picture stands where the card lies",
        "warning: front: The picture has too few dots (enlarged 1.6 times)",
        "warning: front K: A panel is full over most of the card (100 % of the lines are full)",
    ]
    got = take_apart(tmp_path / "out" / "job.prn", tmp_path / "got").json()
    assert got["warnings"] == sent.json()["warnings"][2:]  # bytes do not tell what picture they were made of


def test_black_lies_on_the_resin_panel_and_white_takes_no_ink(front: Path, tmp_path: Path) -> None:
    render(front, tmp_path)
    black, yellow = levels(tmp_path / "card1-front-K.png"), levels(tmp_path / "card1-front-Y.png")
    assert black.shape == (648, 1016)
    assert (black[370:410, 80:680] == 0).all()  # 0 = full ink
    assert (yellow[370:410, 80:680] == 255).all()  # what is black is printed once
    assert (black[500:640, :] == 255).all()
    assert (yellow[500:640, :] == 255).all()
    assert (levels(tmp_path / "card1-front-O.png") == 0).all()  # overlay covers the whole card


def test_the_composite_looks_like_the_picture(front: Path, tmp_path: Path) -> None:
    render(front, tmp_path)
    composite, wanted = Image.open(tmp_path / "card1-front.png"), Image.open(front)
    difference = np.abs(np.asarray(composite, dtype=int) - np.asarray(wanted, dtype=int))
    assert composite.mode == "RGB"
    assert difference.mean() < 1


def test_options_of_the_card_reach_the_panels(front: Path, tmp_path: Path) -> None:
    plain = render(front, tmp_path / "plain", "--overlay", "none", "--k-mode", "none", "--rotation", "180")
    assert plain.code == 0, plain.stderr
    assert (levels(tmp_path / "plain" / "card1-front-O.png") == 255).all()
    assert (levels(tmp_path / "plain" / "card1-front-K.png") == 255).all()
    turned = np.asarray(Image.open(tmp_path / "plain" / "card1-front.png"))
    assert (turned[648 - 400, 1016 - 300] == 0).all()  # the black bar, turned


def test_tracks_are_in_the_bytes_of_a_printer_that_encodes(front: Path, tmp_path: Path) -> None:
    (tmp_path / "tracks").write_bytes(b"CARD 17\r\n\r\n4711\r\n")
    with_encoder = ("--driver", "evolis", "--model", "Primacy+MAG")
    sent = call("render", front, *with_encoder, "--tracks", tmp_path / "tracks", "--out", tmp_path / "o", "--json")
    got = take_apart(tmp_path / "o" / "job.prn", tmp_path / "g", "--model", "primacy+mag")
    assert sent.json()["tracks"] == got.json()["tracks"] == ["CARD 17", "", "4711"]


def test_names_are_matched_without_case_and_the_model_has_a_ribbon(front: Path, tmp_path: Path) -> None:
    found = call("render", front, "--driver", "EVOLIS", "--model", "Primacy", "--out", tmp_path / "deep" / "er")
    assert found.code == 0, found.stderr
    assert found.lines[0].startswith("card 1: front Y (256 levels), front M (256 levels)")
    assert (tmp_path / "deep" / "er" / "job.prn").stat().st_size > 0


# what cannot be rendered


def declared(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))


BAD_PICTURES = {
    "no bytes": (b"", "no bytes"),
    "text": (b"hello, I am a picture\n", "text"),
    "60,000 x 60,000": (declared(60_000, 60_000), "60000"),
    "header only": (declared(10, 10), "truncated"),
}


@pytest.mark.parametrize("name", BAD_PICTURES)
def test_a_bad_picture_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    content, why = BAD_PICTURES[name]
    (tmp_path / "bad.png").write_bytes(content)
    found = render(tmp_path / "bad.png", tmp_path / "out")
    assert found.code == 1
    assert why in found.complaint()
    assert not (tmp_path / "out").exists()


def test_a_picture_that_ends_too_soon_is_refused(front_png: bytes, tmp_path: Path) -> None:
    (tmp_path / "half.png").write_bytes(front_png[: len(front_png) // 2])
    found = render(tmp_path / "half.png", tmp_path / "out")
    assert found.code == 1
    assert "truncated" in found.complaint()


BAD_WISHES = {
    "no such driver": (("--driver", "zebroid", "--model", "x"), 2, "evolis"),
    "no such model": (("--driver", "evolis", "--model", "tower"), 2, "primacy"),
    "no such ribbon": ((*PRIMACY, "--ribbon", "YMCFKO"), 1, "YMCKOK"),
    "no such mode": ((*PRIMACY, "--k-mode", "much"), 2, "threshold"),
    "no such area": ((*PRIMACY, "--photo-area", "4,13,22"), 2, "LEFT,TOP,WIDTH,HEIGHT"),
    "no such colour": ((*PRIMACY, "--colour-key", "S=silver"), 2, "#RRGGBB"),
    "areas of varnish without one": ((*PRIMACY, "--overlay", "areas"), 1, "overlay-areas"),
    "no such option": ((*PRIMACY, "--glitter"), 2, "--glitter"),
    "no model": (("--driver", "evolis"), 2, "--model"),
}


@pytest.mark.parametrize("name", BAD_WISHES)
def test_what_cannot_be_is_refused_with_what_can(name: str, front: Path, tmp_path: Path) -> None:
    options, code, allowed = BAD_WISHES[name]
    found = call("render", front, *options, "--out", tmp_path / "out")
    assert found.code == code
    assert allowed in found.complaint()


def test_tracks_without_an_encoder_are_refused(front: Path, tmp_path: Path) -> None:
    found = call("render", front, *PRIMACY, "--tracks", "-", "--out", tmp_path / "out", stdin=b"A\n\n\n")
    assert found.code == 1
    assert "encoder" in found.complaint()


def test_two_sides_on_a_printer_of_one_are_refused(front: Path, back: Path, tmp_path: Path) -> None:
    found = call("render", front, "--back", back, "--driver", "evolis", "--model", "zenius", "--out", tmp_path / "o")
    assert found.code == 1
    assert "one-sided" in found.complaint()


def test_a_missing_file_and_a_folder_that_is_none_are_misuse(front: Path, tmp_path: Path) -> None:
    missing = render(tmp_path / "nothing.png", tmp_path / "out")
    assert (missing.code, "nothing.png" in missing.complaint()) == (2, True)
    (tmp_path / "file").write_bytes(b"mine")
    below_file = render(front, tmp_path / "file" / "out")
    assert (below_file.code, "--out" in below_file.complaint()) == (2, True)
    assert (tmp_path / "file").read_bytes() == b"mine"


def test_a_full_disk_is_told_in_one_line(front: Path, tmp_path: Path) -> None:
    (tmp_path / "job.prn").symlink_to("/dev/full")
    found = render(front, tmp_path)
    assert found.code == 1
    assert "No space left" in found.complaint()
