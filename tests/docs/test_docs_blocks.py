"""What the documentation tells its readers to do, works as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.docs_runner import ROOT, Block, Reader, blocks, reader

PAGES = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
WITH_BLOCKS = [page for page in PAGES if blocks(page.read_text())]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", WITH_BLOCKS, ids=lambda page: page.stem)
def test_a_reader_can_do_what_the_page_says(page: Path) -> None:
    text = page.read_text()
    with reader(text) as somebody:
        for block in blocks(text):
            try:
                somebody.run(block)
            except AssertionError as error:
                raise AssertionError(f"{page.name}, line {block.line}:\n{error}") from error


def test_every_first_page_has_something_to_do() -> None:
    named = {page.stem for page in WITH_BLOCKS}
    assert {"README", "client-applications", "technicians", "operators", "command-line", "plugins", "ipp"} <= named


def test_a_block_that_fails_is_noticed(tmp_path: Path) -> None:
    somebody = Reader(tmp_path)
    for text in ("false\ntrue\n", "printserver jobs\n", "echo '{\"error\": 1}'\n"):
        with pytest.raises(AssertionError, match="ended with"):
            somebody.run(Block("sh", text, 1))


def test_lines_of_make_and_blocks_of_text_are_left_to_others() -> None:
    page = "```sh\nmake demo\nmake test\n```\n\n```text\nexit 1\n```\n\n```sh\nmake demo\necho run\n```\n"
    assert [block.text for block in blocks(page)] == ["echo run\n"]
