"""Replacing a printer and moving a job, on the pages."""

from __future__ import annotations

from printserver.errors import UnknownQueue
from printserver.model.job import CardState
from printserver.queue.views import By
from tests.web.pages_kit import Desk
from tests.web.pages_service import PagesFake


def test_a_printer_is_replaced_by_the_one_that_is_chosen() -> None:
    desk = Desk(PagesFake())
    name = desk.service.printers()[0].config.name
    assert f"/printers/{name}/replace" in desk.get("/").html
    asked = desk.get(f"/printers/{name}/replace")
    assert asked.status == 200
    assert "Which printer takes its place?" in asked.text
    answer = desk.post(f"/printers/{name}/replace", {"chosen": "spare", "by": "rosa", "reason": "worn", "back": "/"})
    assert answer.status == 303
    assert desk.machines.wanted == [("replace", name, "spare", None, By("rosa", "worn"))]


def test_a_job_that_is_not_finished_is_moved() -> None:
    desk = Desk(PagesFake())
    job = desk.service.put("Badge", CardState.QUEUED)
    assert f"/jobs/{job.id}/move" in desk.get(f"/jobs/{job.id}").html
    assert "Which queue does this job go to?" in desk.get(f"/jobs/{job.id}/move").text
    assert "Pekerjaan ini dipindahkan ke antrean mana?" in desk.get(f"/jobs/{job.id}/move?lang=id").text
    assert desk.post(f"/jobs/{job.id}/move", {"chosen": "badge", "by": "rosa"}).status == 303
    assert desk.machines.wanted == [("move", (job.id,), "badge", By("rosa"))]
    desk.machines.failing = UnknownQueue("there is no such queue")
    assert desk.post(f"/jobs/{job.id}/move", {"chosen": "lost", "by": "rosa"}).status == 404


def test_a_finished_job_is_not_moved() -> None:
    desk = Desk(PagesFake())
    job = desk.service.put("Badge", CardState.DONE)
    assert f"/jobs/{job.id}/move" not in desk.get(f"/jobs/{job.id}").html
    assert desk.get(f"/jobs/{job.id}/move").status == 409
