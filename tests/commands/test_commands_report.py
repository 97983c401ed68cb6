"""`render --report`: one file that shows all of it, to anybody, without fetching or running anything."""

from __future__ import annotations

import hashlib
import io
import re
from base64 import b64decode, b64encode
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from printserver.web.report import language_of_locale
from tests.commands.command_kit import Outcome, call

PRIMACY = ("--driver", "evolis", "--model", "primacy")


def report(front: Path, out: Path, *options: object) -> Outcome:
    return call("render", front, *PRIMACY, *options, "--out", out, "--report")


class Elements(HTMLParser):
    """The elements of a page with their attributes, in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def named(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.found if name == tag]


def pictures(page: str) -> dict[str, Image.Image]:
    """The pictures of a page by their alternative texts."""
    found: dict[str, Image.Image] = {}
    for image in Elements(page).named("img"):
        data = image["src"].removeprefix("data:image/png;base64,")
        found[image["alt"]] = Image.open(io.BytesIO(b64decode(data, validate=True)))
    return found


def text(page: str) -> str:
    body = re.sub(r"(?s)<(style|head|svg)\b.*?</\1>", " ", page)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.fixture
def page(front: Path, back: Path, tmp_path: Path) -> str:
    made = report(front, tmp_path / "out", "--ribbon", "ymckok", "--back", back, "--language", "en")
    assert made.code == 0, made.stderr
    return (tmp_path / "out" / "report.html").read_text()


def test_the_report_stands_alone(page: str) -> None:
    elements = Elements(page)
    assert {tag for tag, _ in elements.found} & {"script", "link", "iframe", "object", "form", "base"} == set()
    for _, attributes in elements.found:
        assert not {name for name in attributes if name.startswith("on") or name == "style"}
        for name in ("src", "href", "action", "srcset"):
            assert attributes.get(name, "data:").startswith("data:")
    assert "url(" not in page
    assert "@import" not in page


def test_its_policy_allows_its_own_style_and_nothing_else(page: str) -> None:
    [policy] = [each["content"] for each in Elements(page).named("meta") if "http-equiv" in each]
    [style] = re.findall(r"(?s)<style>(.*?)</style>", page)
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert parts["style-src"] == f"'sha256-{digest}'"
    assert (parts["default-src"], parts["img-src"]) == ("'none'", "data:")


def test_it_shows_source_composite_and_each_panel_as_its_ink(page: str, front: Path, tmp_path: Path) -> None:
    shown = pictures(page)
    assert [name.partition(",")[0] for name in shown] == [
        "The picture of the front as it was laid on the card", "The front of the card as it is printed",
        "Front: Yellow (Y)", "Front: Magenta (M)", "Front: Cyan (C)", "Front: Black resin (K)", "Front: Overlay (O)",
        "The picture of the back as it was laid on the card", "The back of the card as it is printed",
        "Back: Black resin (K)",
    ]  # fmt: skip
    by_name = {name.partition(",")[0]: picture.convert("RGB") for name, picture in shown.items()}
    source = by_name["The picture of the front as it was laid on the card"]
    assert (np.asarray(source) == np.asarray(Image.open(front))).all()
    composite = by_name["The front of the card as it is printed"]
    assert (np.asarray(composite) == np.asarray(Image.open(tmp_path / "out" / "card1-front.png"))).all()
    yellow = np.asarray(by_name["Front: Yellow (Y)"])
    panel = np.asarray(Image.open(tmp_path / "out" / "card1-front-Y.png"))
    assert (yellow[..., 2] == panel).all()  # yellow ink swallows blue
    assert (yellow[..., :2] == 255).all()


def test_it_tells_coverage_and_ribbon_use_in_a_table_with_heads(page: str) -> None:
    heads = [each.get("scope") for each in Elements(page).named("th")]
    assert heads == ["col"] * 4 + ["rowgroup"] + ["row"] * 5 + ["rowgroup"] + ["row"]
    assert "What this card takes of the ribbon YMCKOK" in text(page)
    assert re.search(r"Overlay \(O\) 100 % ≈ 1 ≈ 100 %", text(page))
    assert "Nothing about these panels looks wrong." in text(page)


def test_headings_come_in_order_and_every_picture_has_words(page: str) -> None:
    levels = [int(tag[1]) for tag, _ in Elements(page).found if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(image["alt"] for image in Elements(page).named("img"))


def test_warnings_are_told_with_place_and_remedy_in_indonesian(tmp_path: Path) -> None:
    line = Image.new("RGB", (1016, 648), "white")
    line.paste((0, 0, 0), (400, 300, 500, 301))
    line.save(tmp_path / "line.png")
    made = report(tmp_path / "line.png", tmp_path / "out", "--language", "id")
    assert made.code == 0, made.stderr
    page = (tmp_path / "out" / "report.html").read_text()
    assert '<html lang="id">' in page
    for told in (
        "Yang mungkin salah", "Cetakan terlalu kecil untuk resin Depan, Resin hitam",
        "Buat teks lebih besar atau lebih tebal", "8,5 × 0,1 mm, 33,9 mm dari kiri dan 25,4 mm dari atas",
    ):  # fmt: skip
        assert told in text(page), told
    [mark] = Elements(page).named("rect")
    assert [float(mark["x"]), float(mark["y"])] == pytest.approx([33.3, 24.8])


def test_names_of_files_cannot_become_part_of_the_page(front: Path, tmp_path: Path) -> None:
    strange = tmp_path / "<b>\u202ecard.png"
    strange.write_bytes(front.read_bytes())
    assert report(strange, tmp_path / "out").code == 0
    page = (tmp_path / "out" / "report.html").read_text()
    assert "&lt;b&gt;card.png" in page
    assert "\u202e" not in page


def test_the_language_is_the_locales_unless_it_is_named(
    front: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "")
    monkeypatch.setenv("LC_MESSAGES", "id_ID.UTF-8")
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    report(front, tmp_path)
    assert '<html lang="id">' in (tmp_path / "report.html").read_text()
    report(front, tmp_path, "--language", "EN")
    assert '<html lang="en">' in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize(("locale", "language"), [
    ("id", "id"), ("id_ID.UTF-8", "id"), ("C.UTF-8", "en"), ("", "en"), ("fr_FR", "en"), ("POSIX", "en"),
])
def test_a_locale_names_a_language(locale: str, language: str) -> None:
    assert language_of_locale(locale) == language


def test_a_language_that_is_not_spoken_is_misuse(front: Path, tmp_path: Path) -> None:
    found = report(front, tmp_path / "out", "--language", "de")
    assert (found.code, "en, id" in found.complaint()) == (2, True)
    assert not (tmp_path / "out").exists()


def test_without_report_none_is_written(front: Path, tmp_path: Path) -> None:
    assert call("render", front, *PRIMACY, "--out", tmp_path).code == 0
    assert not (tmp_path / "report.html").exists()
