"""A card's panels for people: made by a worker when somebody asks, kept sealed, gone with the documents."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from printserver.errors import (
    BadProfile,
    DocumentBroken,
    DocumentPurged,
    ServerBusy,
    UnknownCard,
    UnknownJob,
    WorkerFailed,
)
from printserver.model.card import PanelName, Side
from printserver.model.inspection import WarningCode
from printserver.model.job import Job
from printserver.queue.retention import Retention
from printserver.sandbox.orders import INKS, INSPECTION
from printserver.store.contract import Artifact, ArtifactKind
from tests.queue.queue_kit import ANNA, World, config, world

K = PanelName.K


def made(here: World) -> int:
    """How often a worker was asked for panels."""
    return sum(INKS in order.want for order in here.renderer.orders)


def whole(here: World, job: Job) -> bytes:
    return here.do(here.service.ink(job.id, 1, Side.FRONT, K))


def test_panels_are_made_once_and_kept_over_a_restart(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit(hold=True)
    assert here.do(here.service.kept_inspection(job.id, 1)) is None
    assert made(here) == 0
    found = here.do(here.service.inspection(job.id, 1))
    assert found == here.renderer.inspection
    assert here.renderer.orders[-1].want == {INSPECTION, INKS}
    assert whole(here, job) == b"a whole picture"
    assert here.do(here.service.ink(job.id, 1, Side.FRONT, K, thumbnail=True)) == b"a small one"
    here.kill()
    assert here.do(here.service.kept_inspection(job.id, 1)) == found
    assert whole(here, job) == b"a whole picture"
    assert made(here) == 1


def test_a_picture_may_be_asked_for_first(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit(hold=True)
    assert whole(here, job) == b"a whole picture"
    assert here.do(here.service.inspection(job.id, 1)).warnings[0].code is WarningCode.BLANK_SIDE
    assert made(here) == 1


def test_what_is_kept_cannot_be_read_without_the_jobs_key(tmp_path: Path) -> None:
    here = world(tmp_path)
    whole(here, here.submit(hold=True))
    kept = [path.read_bytes() for path in (tmp_path / "spool").iterdir()]
    assert len(kept) == 3  # the document, what was found out, the pictures
    assert not any(b"picture" in each or b"blank-side" in each for each in kept)


def test_panels_are_there_after_printing_too(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit(hold=True)
    whole(here, job)
    here.do(here.service.release(job.id, ANNA))
    here.run_until(lambda: here.job(job).state.final)
    assert whole(here, job) == b"a whole picture"
    assert made(here) == 1


def test_panels_of_another_printer_are_made_anew_and_take_the_place_of_the_old_ones(tmp_path: Path) -> None:
    here = world(tmp_path, config("left"), config("right", ribbon="KO"))
    job = here.submit(hold=True)
    whole(here, job)
    assert here.renderer.orders[-1].ribbon == "K"
    here.cut("left")
    here.do(here.service.release(job.id, ANNA))
    here.run_until(lambda: here.job(job).state.final)
    assert here.card(job).printer == "right"
    assert here.do(here.service.kept_inspection(job.id, 1)) is None
    whole(here, job)
    assert (made(here), here.renderer.orders[-1].ribbon) == (2, "KO")
    assert len(list((tmp_path / "spool").iterdir())) == 3


def test_panels_of_a_printer_with_another_profile_are_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "black.json"
    file.write_bytes(b"a profile")
    here = world(tmp_path, config("left"), replace(config("right"), profiles={"K": str(file)}))
    job = here.submit(hold=True)
    whole(here, job)
    first = len(here.renderer.orders)
    here.cut("left")
    here.do(here.service.release(job.id, ANNA))
    here.run_until(lambda: here.job(job).state.final)
    assert here.card(job).printer == "right"
    whole(here, job)
    used = [order.profile for order in here.renderer.orders]
    assert (made(here), used[first - 1], used[-1]) == (2, None, b"a profile")


def test_what_is_kept_of_a_waiting_card_follows_the_bytes_of_the_profile(tmp_path: Path) -> None:
    file = tmp_path / "black.json"
    file.write_bytes(b"a profile")
    here = world(tmp_path, replace(config(), profiles={"K": str(file)}))
    here.renderer.composites = {Side.FRONT: b"a preview"}
    job = here.submit(hold=True)
    for content, times in ((b"a profile", 1), (b"another one", 2)):
        file.write_bytes(content)
        for _ in range(2):
            whole(here, job)
            here.do(here.service.preview(job.id, 1, Side.FRONT))
        assert (made(here), len(here.renderer.orders)) == (times, 2 * times)
        assert here.renderer.orders[-1].profile == content


def test_panels_under_a_profile_that_cannot_be_read_are_not_known(tmp_path: Path) -> None:
    file = tmp_path / "black.json"
    file.write_bytes(b"a profile")
    here = world(tmp_path, replace(config(), profiles={"K": str(file)}))
    job = here.submit(hold=True)
    whole(here, job)
    file.unlink()
    assert here.do(here.service.kept_inspection(job.id, 1)) is None
    with pytest.raises(BadProfile):
        whole(here, job)


def test_what_is_kept_of_a_printed_card_stays_what_was_printed(tmp_path: Path) -> None:
    file = tmp_path / "black.json"
    file.write_bytes(b"a profile")
    here = world(tmp_path, replace(config(), profiles={"K": str(file)}))
    here.renderer.composites = {Side.FRONT: b"as printed"}
    job = here.submit()
    here.run_until(lambda: here.job(job).state.final)
    whole(here, job)
    orders = len(here.renderer.orders)
    file.write_bytes(b"another one")
    here.renderer.composites = {Side.FRONT: b"as it would be now"}
    assert here.do(here.service.preview(job.id, 1, Side.FRONT)) == b"as printed"
    assert whole(here, job) == b"a whole picture"
    file.unlink()
    assert here.do(here.service.kept_inspection(job.id, 1)) == here.renderer.inspection
    assert len(here.renderer.orders) == orders


def test_panels_go_with_the_documents(tmp_path: Path) -> None:
    here = world(tmp_path, retention=0)
    job = here.submit()
    here.run_until(lambda: here.job(job).state.final)
    whole(here, job)
    here.run(60)
    here.do(Retention(here.life.keeper).purge())
    assert list((tmp_path / "spool").iterdir()) == []
    for work in (here.service.inspection(job.id, 1), here.service.kept_inspection(job.id, 1),
                 here.service.ink(job.id, 1, Side.FRONT, K)):  # fmt: skip
        with pytest.raises(DocumentPurged):
            here.do(work)
    assert made(here) == 1


def test_what_cannot_be_shown_is_not_tried_again_and_again(tmp_path: Path) -> None:
    here = world(tmp_path)
    job, other = here.submit(hold=True), here.submit("b", hold=True)
    here.renderer.faults = [DocumentBroken("no end")]
    for _ in range(3):
        with pytest.raises(DocumentBroken):
            here.do(here.service.inspection(job.id, 1))
    assert made(here) == 1
    here.do(here.service.inspection(other.id, 1))
    assert made(here) == 2


def test_what_was_only_too_busy_is_tried_again(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit(hold=True)
    here.renderer.faults = [ServerBusy()]
    with pytest.raises(ServerBusy):
        whole(here, job)
    assert whole(here, job) == b"a whole picture"


def test_only_so_many_refusals_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("printserver.queue.panels.REFUSALS", 2)
    here = world(tmp_path)
    jobs = [here.submit(name, hold=True) for name in "abc"]
    here.renderer.faults = [DocumentBroken() for _ in range(4)]
    for job in (*jobs, jobs[2], jobs[1], jobs[0]):
        with pytest.raises(DocumentBroken):
            here.do(here.service.inspection(job.id, 1))
    assert made(here) == 4  # the first was forgotten


def test_what_another_version_kept_in_another_form_is_made_anew(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit(hold=True)
    here.do(here.service.inspection(job.id, 1))
    store, spool = here.life.keeper.store, here.life.keeper.spool
    for kind in (ArtifactKind.INSPECTION, ArtifactKind.INKS):
        kept = store.artifact(job.id, 1, kind)
        assert kept is not None
        blob = spool.write(store.job_key(job.id), b"\x81\xa3old\xc0")
        store.put_artifact(job.id, 1, Artifact(kind=kind, blob=blob, made_for=kept.made_for))
    assert here.do(here.service.kept_inspection(job.id, 1)) is None
    assert here.do(here.service.inspection(job.id, 1)) == here.renderer.inspection
    assert whole(here, job) == b"a whole picture"
    assert made(here) == 2


def test_a_worker_that_leaves_out_what_was_wanted_has_failed(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.renderer.inspection = None
    job = here.submit(hold=True)
    with pytest.raises(WorkerFailed):
        here.do(here.service.inspection(job.id, 1))


def test_a_card_or_panel_that_is_not_there_is_told(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit(hold=True)
    for work, error in (
        (here.service.inspection(job.id, 2), UnknownCard), (here.service.inspection(77, 1), UnknownJob),
        (here.service.ink(job.id, 1, Side.BACK, K), UnknownCard),
        (here.service.ink(job.id, 1, Side.FRONT, PanelName.Y), UnknownCard),
        (here.service.ink(job.id, 1, Side.FRONT, K, 2), UnknownCard),
    ):  # fmt: skip
        with pytest.raises(error):
            here.do(work)
