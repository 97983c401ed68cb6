"""Which language a page is in, and that what is served beside it can be kept for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

import printserver.web
from tests.web.pages_kit import Desk
from tests.web.pages_service import PagesFake

STATIC = Path(printserver.web.__file__).parent / "static"


@pytest.fixture
def desk() -> Desk:
    return Desk(PagesFake())


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"), ("id", "id"), ("id-ID,id;q=0.9,en;q=0.8", "id"), ("en;q=0.5, id;q=0.9", "id"), ("fr, de", "en"),
        ("id;q=0", "en"), ("id;q=zero", "en"), (",,;;", "en"),
    ],
)  # fmt: skip
def test_the_browsers_wish_is_heeded(desk: Desk, accept: str, language: str) -> None:
    assert f'<html lang="{language}">' in desk.get("/", accept_language=accept).html


def test_a_choice_is_remembered_and_goes_before_the_browsers_wish(desk: Desk) -> None:
    answer = desk.get("/?lang=id", accept_language="en")
    assert '<html lang="id">' in answer.html
    assert answer.header("set-cookie").startswith("lang=id; Path=/; Max-Age=")
    later = desk.get("/", accept_language="en", cookie="a=b; lang=id")
    assert "Tidak ada yang perlu Anda" in later.text
    assert "set-cookie" not in later.headers
    assert '<html lang="en">' in desk.get("/?lang=en", cookie="lang=id").html


@pytest.mark.parametrize("lang", ["xx", "../id", "<b>"])
def test_a_language_that_is_not_there_is_english_and_is_not_remembered(desk: Desk, lang: str) -> None:
    answer = desk.get(f"/?lang={lang}")
    assert '<html lang="en">' in answer.html
    assert "set-cookie" not in answer.headers


def test_the_switch_keeps_the_place(desk: Desk) -> None:
    desk.service.put("a")
    page = desk.get("/?before=7&did=hold&job=1")
    assert 'href="/?before=7&amp;lang=id"' in page.html
    assert 'href="/jobs/1?lang=id"' in desk.get("/jobs/1").html


def test_errors_speak_the_language_too(desk: Desk) -> None:
    assert "Tidak ada pekerjaan dengan nomor ini" in desk.get("/jobs/9?lang=id").text


# what is served beside the pages


def address(desk: Desk, name: str) -> str:
    html = desk.get("/").html
    end = html.index(name) + len(name)
    return html[html.rindex('"', 0, end) + 1 : end]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("pages.css", "text/css"), ("pages.js", "text/javascript"), ("htmx-4.0.1.min.js", "text/javascript"),
     ("pico-2.1.1.min.css", "text/css"), ("icon.svg", "image/svg+xml")],
)  # fmt: skip
def test_a_file_is_served_under_an_address_of_its_bytes(desk: Desk, name: str, kind: str) -> None:
    answer = desk.get(address(desk, name))
    assert answer.status == 200
    assert answer.header("content-type").startswith(kind)
    assert answer.header("cache-control") == "public, max-age=31536000, immutable"
    assert answer.html == (STATIC / name).read_text()


def test_a_browser_that_has_it_is_told_so(desk: Desk) -> None:
    there = address(desk, "pages.css")
    tag = desk.get(there).header("etag")
    assert desk.get(there, if_none_match=tag).status == 304
    assert desk.get(there, if_none_match='"other"').status == 200


@pytest.mark.parametrize("path", ["0000000000000000/pages.css", "x/README.md", "x/..%2frouting.py"])
def test_nothing_else_is_served(desk: Desk, path: str) -> None:
    assert desk.get(f"/static/{path}").status == 404


def test_what_is_vendored_has_its_licence_beside_it() -> None:
    vendored = [path.name.partition("-")[0] for path in STATIC.iterdir() if ".min." in path.name]
    assert sorted(vendored) == ["htmx", "pico"]
    told = (STATIC / "README.md").read_text()
    for path in STATIC.iterdir():
        assert path.name == "README.md" or path.name in told, path.name
    for name in vendored:
        assert (STATIC / f"{name}-LICENSE.txt").is_file()


# what drivers bring

ASSUMPTION = "No command of this driver has been tried on a real printer by this project."


def of_a_driver(folder: Path, *messages: tuple[str, str]) -> Path:
    """Write a driver's catalogue in Indonesian."""
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
    texts = "".join(f'msgid "{text}"\nmsgstr "{translated}"\n' for text, translated in messages)
    (folder / "id.po").write_text(head + texts)
    return folder


def test_a_driver_brings_words_for_its_own_texts(tmp_path: Path) -> None:
    desk = Desk(PagesFake(), [of_a_driver(tmp_path, (ASSUMPTION, "Belum dicoba 100% & <b>"))])
    assert "<li>Belum dicoba 100% &amp; &lt;b&gt;</li>" in desk.get("/?lang=id").html
    assert f'<li lang="en">{ASSUMPTION}</li>' in desk.get("/?lang=en").html


def test_a_text_without_a_translation_says_that_it_is_english(desk: Desk) -> None:
    assert f'<li lang="en">{ASSUMPTION}</li>' in desk.get("/?lang=id").html


def test_a_driver_cannot_change_the_pages_own_words(tmp_path: Path) -> None:
    desk = Desk(PagesFake(), [of_a_driver(tmp_path, ("Nothing needs you", "Semuanya rusak"))])
    assert "Tidak ada yang perlu Anda" in desk.get("/?lang=id").text


def test_a_damaged_catalogue_costs_its_own_words_only(tmp_path: Path) -> None:
    (tmp_path / "id.po").write_text('msgid "broken\n')
    whole = tmp_path / "whole"
    whole.mkdir()
    desk = Desk(PagesFake(), [tmp_path, of_a_driver(whole, (ASSUMPTION, "Belum dicoba"))])
    assert "<li>Belum dicoba</li>" in desk.get("/?lang=id").html


def test_a_language_that_the_pages_do_not_speak_is_not_offered(tmp_path: Path) -> None:
    of_a_driver(tmp_path, (ASSUMPTION, "Nicht ausprobiert")).joinpath("id.po").rename(tmp_path / "de.po")
    desk = Desk(PagesFake(), [tmp_path])
    assert '<html lang="en">' in desk.get("/?lang=de").html


def test_a_browser_finds_the_icon_where_it_asks_by_itself(desk: Desk) -> None:
    shown = desk.get("/favicon.ico")
    assert shown.status == 302
    icon = desk.get(shown.header("location"))
    assert (icon.status, icon.header("content-type")) == (200, "image/svg+xml")
