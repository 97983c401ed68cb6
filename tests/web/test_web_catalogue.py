"""A catalogue is read as gettext reads it, and what cannot be read is named."""

from __future__ import annotations

import gettext
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import write_po
from hypothesis import given
from hypothesis import strategies as st

from printserver.errors import ConfigurationError
from printserver.web.catalogue import mo_bytes, po_messages, read_catalogue

HEAD = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=n != 1;\\n"
"""
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40)


def written(folder: Path, text: str) -> Path:
    path = folder / "xx.po"
    path.write_text(HEAD + text, "utf-8")
    return path


def test_a_text_over_several_lines_with_quotes_is_one_text(tmp_path: Path) -> None:
    path = written(tmp_path, '\n# a note\nmsgid "a "\n"\\"b\\"\\n"\nmsgstr "eins "\n"zwei"\n')
    assert read_catalogue(path).gettext('a "b"\n') == "eins zwei"


def test_plural_forms_follow_the_head_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, 'msgid "%(n)d card"\nmsgid_plural "%(n)d cards"\nmsgstr[0] "eine"\nmsgstr[1] "viele"\n')
    texts = read_catalogue(path)
    assert [texts.ngettext("%(n)d card", "%(n)d cards", count) for count in (1, 5)] == ["eine", "viele"]


def test_a_text_without_translation_stays_english(tmp_path: Path) -> None:
    half_done = 'msgid "one"\nmsgid_plural "many"\nmsgstr[0] "x"\nmsgstr[1] ""\n'
    path = written(tmp_path, 'msgid "Ready"\nmsgstr ""\n\n' + half_done)
    texts = read_catalogue(path)
    assert texts.gettext("Ready") == "Ready"
    assert texts.ngettext("one", "many", 1) == "one"


@pytest.mark.parametrize("line", ['msgid unquoted', 'msgid "open', 'nonsense "x"', 'msgstr "a\\z"'])
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigurationError, match=r"xx\.po:5"):
        read_catalogue(written(tmp_path, line))


@given(st.dictionaries(TEXT, TEXT, max_size=8))
def test_babel_writes_and_we_read_the_same(texts: dict[str, str]) -> None:
    catalogue = Catalog(locale="en")
    for key, text in texts.items():
        catalogue.add(key, text)
    file = io.BytesIO()
    write_po(file, catalogue)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "xx.po"
        path.write_bytes(file.getvalue())
        assert {key: text for key, text in po_messages(path) if key} == texts


@given(st.dictionaries(TEXT, TEXT, max_size=8))
def test_what_we_write_gettext_and_babel_read(texts: dict[str, str]) -> None:
    head = {"": "Content-Type: text/plain; charset=UTF-8\n"}
    data = mo_bytes({**head, **texts})
    found = gettext.GNUTranslations(io.BytesIO(data))
    assert {key: found.gettext(key) for key in texts} == texts
    assert {message.id: message.string for message in read_mo(io.BytesIO(data)) if message.id} == texts

