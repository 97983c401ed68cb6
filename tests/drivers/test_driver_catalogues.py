"""Each bundled driver says in Indonesian what it takes for granted."""

from __future__ import annotations

from pathlib import Path

import pytest

from printserver.driver.loading import shelf_of
from printserver.web.catalogue import po_messages

INFOS = shelf_of(["printserver_evolis", "printserver_fargo", "printserver_magicard", "printserver_virtual"]).infos


@pytest.mark.parametrize("driver", INFOS)
def test_the_catalogue_speaks_of_each_assumption_and_of_nothing_else(driver: str) -> None:
    info = INFOS[driver]
    told = dict(po_messages(Path(info.catalogue, "id.po")))
    assert set(info.assumptions) <= {text for text, translated in told.items() if translated}
    titles = {info.title, *(model.title for model in info.model)}
    assert set(told) - {""} <= titles | set(info.assumptions)
