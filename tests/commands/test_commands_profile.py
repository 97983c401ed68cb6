"""A ribbon's profile from its source to a card: baked, shown, compared, and used."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benches.rows.profiles import cmyk_profile
from printserver.raster.ribbon_profile import neutral, read_profile, write_profile
from tests.commands.command_kit import Outcome, call
from tests.raster.virtual_ribbon import measured_csv

PRIMACY = ("--driver", "evolis", "--model", "primacy")


@pytest.fixture
def icc(tmp_path: Path) -> Path:
    path = tmp_path / "glossy.icc"
    path.write_bytes(cmyk_profile())
    return path


@pytest.fixture
def baked(tmp_path: Path, icc: Path) -> Path:
    path = tmp_path / "glossy.json"
    assert bake(icc, path, "--grid", "17").code == 0
    return path


def bake(source: Path, out: Path, *options: object) -> Outcome:
    return call("profile", "bake", source, "--ribbon", "YMCKO", "--out", out, *options)


def test_an_icc_profile_is_baked_with_what_is_asked(icc: Path, tmp_path: Path) -> None:
    out = tmp_path / "made.json"
    said = bake(icc, out, "--intent", "relative", "--grid", "33", "--name", "Matt")
    assert said.code == 0, said.stderr
    assert said.lines == [f"{out}: Matt, ribbon YMCKO, relative, 33 nodes an axis"]
    found = read_profile(out.read_bytes(), "made.json")
    assert (found.name, found.ribbon, found.intent, found.grid) == ("Matt", "YMCKO", "relative", 33)
    assert found.source.description == "Drawn for measuring"


def test_without_more_words_it_is_perceptual_fine_and_named_as_the_file(icc: Path, tmp_path: Path) -> None:
    out = tmp_path / "made.json"
    assert bake(icc, out).code == 0
    found = read_profile(out.read_bytes(), "made.json")
    assert (found.name, found.intent, found.grid) == ("glossy", "perceptual", 33)


def test_measurements_are_baked_and_say_how_near_they_come(tmp_path: Path) -> None:
    source, out = tmp_path / "measured.csv", tmp_path / "made.json"
    source.write_text(measured_csv(4))
    said = bake(source, out, "--grid", "17")
    assert said.code == 0, said.stderr
    assert "Delta E of all colours" in said.out
    assert read_profile(out.read_bytes(), "made.json").source.kind == "measurements"


def test_a_file_that_is_there_is_not_written_over_unless_asked(icc: Path, baked: Path) -> None:
    before = baked.read_bytes()
    refused = bake(icc, baked)
    assert (refused.code, baked.read_bytes()) == (2, before)
    assert "--force" in refused.complaint()
    assert bake(icc, baked, "--grid", "33", "--force").code == 0
    assert baked.read_bytes() != before


@pytest.mark.parametrize("content", [b"", b"hello", cmyk_profile()[:300], b'{"form": 1}'])
def test_what_cannot_be_baked_is_named_and_nothing_is_written(content: bytes, tmp_path: Path) -> None:
    source, out = tmp_path / "source", tmp_path / "made.json"
    source.write_bytes(content)
    refused = bake(source, out)
    assert refused.code == 2
    assert str(source) in refused.complaint()
    assert not out.exists()


def test_measurements_know_one_intent(tmp_path: Path) -> None:
    source = tmp_path / "measured.csv"
    source.write_text(measured_csv(3))
    refused = bake(source, tmp_path / "made.json", "--intent", "perceptual")
    assert refused.code == 2
    assert "relative" in refused.complaint()


def test_a_profile_is_shown_in_words_and_in_json(baked: Path) -> None:
    said = call("profile", "show", baked)
    assert said.code == 0
    assert said.lines[0] == "glossy: ribbon YMCKO, perceptual, 17 nodes an axis"
    assert "Drawn for measuring" in said.lines[1]
    found = call("profile", "show", baked, "--json").json()
    assert found["corners"]["white"] == [0, 0, 0]
    assert min(found["corners"]["black"]) > 200
    assert found["neutral"] is False
    assert f"black    Y {found['corners']['black'][0]:>3}" in said.out


def test_the_neutral_profile_is_the_complement() -> None:
    found = call("profile", "show", "neutral", "--json").json()
    assert found["neutral"] is True
    assert found["corners"]["red"] == [255, 255, 0]
    assert found["corners"]["grey"] == [127, 127, 127]


def test_a_picture_of_the_neutral_profile_prints_what_is_asked(tmp_path: Path, baked: Path) -> None:
    def halves(name: object) -> tuple[np.ndarray, np.ndarray]:
        assert call("profile", "show", name, "--picture", tmp_path / "slices.png").code == 0
        picture = np.asarray(Image.open(tmp_path / "slices.png"))
        return picture[4:68], picture[72:136]

    asked, printed = halves("neutral")
    np.testing.assert_array_equal(asked, printed)
    asked, printed = halves(baked)
    assert (asked != printed).mean() > 0.5


def test_profiles_are_compared_with_each_other_and_with_their_source(icc: Path, baked: Path) -> None:
    same = call("profile", "compare", baked, baked, "--json").json()
    assert (same["mean"], same["rms"], same["most"]) == (0, 0, 0)
    source = call("profile", "compare", baked, icc, "--json").json()
    assert 0 < source["rms"] <= 1
    other = call("profile", "compare", baked, "neutral", "--json").json()
    assert other["mean"] > 5
    said = call("profile", "compare", baked, "neutral")
    assert said.out.startswith(f"100000 colours, seed 0: {other['mean']:.2f} codes on average")


def test_the_seed_decides_which_colours_are_compared(baked: Path) -> None:
    def compared(*options: object) -> object:
        return call("profile", "compare", baked, "neutral", "--colours", 50, *options, "--json").json()["mean"]

    assert compared("--seed", 1) == compared("--seed", 1) != compared("--seed", 2)


def test_a_chart_has_pictures_of_the_printer_s_size_and_a_list(tmp_path: Path) -> None:
    said = call("profile", "chart", *PRIMACY, "--steps", 6, "--out", tmp_path / "chart")
    assert said.code == 0, said.stderr
    assert {path.name for path in (tmp_path / "chart").iterdir()} == {"chart-1.png", "chart-2.png", "chart.txt"}
    assert Image.open(tmp_path / "chart" / "chart-1.png").size == (1016, 648)
    assert "216 patches on 2 cards" in said.out
    assert (tmp_path / "chart" / "chart.txt").read_text().count("\n") == 216 + 9


def test_a_chart_printed_without_a_profile_gives_each_patch_its_complement(tmp_path: Path) -> None:
    assert call("profile", "chart", *PRIMACY, "--out", tmp_path).code == 0
    sent = call("render", tmp_path / "chart-1.png", *PRIMACY, "--k-mode", "none", "--out", tmp_path / "card", "--json")
    assert sent.code == 0, sent.stderr
    chart, cyan = (np.asarray(Image.open(tmp_path / name)) for name in ("chart-1.png", "card/card1-front-C.png"))
    # The panel has 128 levels: its picture is within a code of the light that was sent.
    assert np.abs(chart[..., 0].astype(int) - cyan).max() <= 1
    assert np.asarray(Image.open(tmp_path / "card/card1-front-K.png")).min() == 255


def panels(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*-front-*.png")}


def test_a_card_is_rendered_with_a_profile(front: Path, baked: Path, tmp_path: Path) -> None:
    for name, options in (("with", ("--profile", baked)), ("without", ())):
        sent = call("render", front, *PRIMACY, "--ribbon", "YMCKO", *options, "--out", tmp_path / name)
        assert sent.code == 0, sent.stderr
    having, lacking = panels(tmp_path / "with"), panels(tmp_path / "without")
    assert {name for name in having if having[name] == lacking[name]} == {"card1-front-K.png", "card1-front-O.png"}


def test_the_neutral_profile_in_a_file_changes_no_byte_of_the_job(front: Path, tmp_path: Path) -> None:
    file = tmp_path / "neutral.json"
    file.write_bytes(write_profile(neutral("YMCKO")))
    for name, options in (("with", ("--profile", file)), ("without", ())):
        assert call("render", front, *PRIMACY, *options, "--out", tmp_path / name).code == 0
    assert (tmp_path / "with" / "job.prn").read_bytes() == (tmp_path / "without" / "job.prn").read_bytes()


def test_a_profile_of_another_ribbon_is_refused(front: Path, baked: Path, tmp_path: Path) -> None:
    refused = call("render", front, *PRIMACY, "--ribbon", "YMCKOK", "--profile", baked, "--out", tmp_path / "out")
    assert refused.code == 2
    assert f"{baked}: ribbon: the profile is made for YMCKO (allowed: YMCKOK)" in refused.complaint()


def test_a_broken_profile_is_refused_by_the_worker_with_file_and_key(front: Path, baked: Path, tmp_path: Path) -> None:
    broken = json.loads(baked.read_bytes()) | {"grid": 33}
    baked.write_text(json.dumps(broken))
    refused = call("render", front, *PRIMACY, "--profile", baked, "--out", tmp_path / "out")
    assert refused.code == 2
    assert f"{baked}: nodes" in refused.complaint()


CONFIGURATION = """
[printer.desk]
driver = "evolis"
model = "primacy"
device = "emulated"
[printer.desk.profiles]
{}
[queue.card]
printers = ["desk"]
"""


def checked(tmp_path: Path, profiles: str) -> Outcome:
    file = tmp_path / "printserver.toml"
    file.write_text(CONFIGURATION.format(profiles))
    return call("check-config", file)


def test_a_profile_of_a_ribbon_is_declared_for_a_printer(baked: Path, tmp_path: Path) -> None:
    assert checked(tmp_path, f'YMCKO = "{baked}"').code == 0


@pytest.mark.parametrize(
    ("profiles", "key", "says"),
    [
        ('YMCKO = "/nowhere.json"', "printer.desk.profiles.YMCKO", "/nowhere.json: cannot be read"),
        ('YMCKOK = "{}"', "printer.desk.profiles.YMCKOK", "made for YMCKO"),
        ('YMCX = "{}"', "printer.desk.profiles.YMCX", "there is no ribbon 'YMCX'"),
        ('YMCKO = "{}.icc"', "printer.desk.profiles.YMCKO", "it is not JSON"),
        ("YMCKO = 3", "printer.desk.profiles", "str"),
    ],
)
def test_a_profile_that_does_not_fit_is_named_by_file_and_key(
    profiles: str, key: str, says: str, baked: Path, tmp_path: Path
) -> None:
    Path(f"{baked}.icc").write_bytes(cmyk_profile())
    refused = checked(tmp_path, profiles.format(baked))
    assert refused.code == 2
    assert key in refused.complaint()
    assert says in refused.complaint()
