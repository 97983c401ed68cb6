"""Heads are kept outside the store: once for each growth, and again where a place failed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from printserver.model.chain import Head
from printserver.queue.witness import Witness
from tests.queue.queue_kit import world


@dataclass(eq=False)
class Place:
    heads: list[Head] = field(default_factory=list)
    away: bool = False

    def keep(self, head: Head) -> None:
        if self.away:
            raise OSError(28, "No space left on device")
        self.heads.append(head)


def test_a_head_is_kept_once_for_each_growth(tmp_path: Path) -> None:
    here = world(tmp_path)
    place = Place()
    witness = Witness(here.life.keeper, [place])
    here.do(witness.look())
    here.do(witness.look())
    assert [head.id for head in place.heads] == [here.life.keeper.store.last_event()]
    here.submit()
    here.do(witness.look())
    assert [head.id for head in place.heads][1:] == [here.life.keeper.store.last_event()]
    assert here.life.keeper.store.verify_journal(place.heads)[0].heads_met == 2


def test_a_place_that_fails_is_tried_again_and_others_are_kept(tmp_path: Path) -> None:
    here = world(tmp_path)
    away, well = Place(away=True), Place()
    witness = Witness(here.life.keeper, [away, well])
    here.do(witness.look())
    assert (len(away.heads), len(well.heads)) == (0, 1)
    away.away = False
    here.do(witness.look())
    assert away.heads == well.heads
