"""Printers and queues: their configuration, in the order in which they were declared.

Laws kept here:

1. What is put as it is already changes nothing and writes no row.
2. Nothing is ever removed: a printer is retired, a queue is paused; jobs go on naming them.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from msgspec.structs import replace
from sqlalchemy import Table, func, insert, select, update

from printserver.errors import StoreDamaged
from printserver.model.printer import PrinterConfig, QueueConfig
from printserver.store.tables import printers, queues
from printserver.store.work import Data, Work

_Config = TypeVar("_Config", PrinterConfig, QueueConfig)


def all_printers(work: Work) -> list[PrinterConfig]:
    """Return all printers, retired ones too."""
    return _all(work, printers, PrinterConfig)


def all_queues(work: Work) -> list[QueueConfig]:
    """Return all queues."""
    return _all(work, queues, QueueConfig)


def put_printer(work: Work, printer: PrinterConfig, by: str) -> None:
    """Add or change a printer."""
    former = _find(work, printers, PrinterConfig, printer.name)
    if former == printer:
        return
    _put(work, printers, printer, {})
    told: Data = {
        "driver": printer.driver, "model": printer.model, "device": printer.device, "ribbon": printer.ribbon,
        "stock": printer.stock, "retired": printer.retired, "by": by,
    }  # fmt: skip
    work.tell("printer", printer.name, "changed" if former else "added", told)


def put_queue(work: Work, queue: QueueConfig, by: str) -> None:
    """Add or change a queue."""
    former = _find(work, queues, QueueConfig, queue.name)
    if former == queue:
        return
    _put(work, queues, queue, {
        "paused": queue.paused, "retention": queue.retention, "checking": queue.checking_hours,
    })  # fmt: skip
    told: Data = {"printers": ",".join(queue.printers), "paused": queue.paused, "by": by}
    for what in _words(former, queue):
        work.tell("queue", queue.name, what, told)


def _words(former: QueueConfig | None, queue: QueueConfig) -> list[str]:
    if former is None:
        return ["added"]
    words = ["changed"] if replace(former, paused=queue.paused) != queue else []
    if former.paused != queue.paused:
        words.append("paused" if queue.paused else "resumed")
    return words


def _put(work: Work, table: Table, config: PrinterConfig | QueueConfig, columns: dict[str, object]) -> None:
    row = {"config": msgspec.json.encode(config).decode(), **columns}
    if work.connection.execute(update(table).where(table.c.name == config.name).values(row)).rowcount:
        return
    newest = select(func.coalesce(func.max(table.c.position), 0) + 1).scalar_subquery()
    work.connection.execute(insert(table).values(name=config.name, position=newest, **row))


def _all(work: Work, table: Table, kind: type[_Config]) -> list[_Config]:
    rows = work.connection.execute(select(table.c.config).order_by(table.c.position)).scalars()
    return [_decoded(row, kind) for row in rows]


def _find(work: Work, table: Table, kind: type[_Config], name: str) -> _Config | None:
    row = work.connection.execute(select(table.c.config).where(table.c.name == name)).scalar()
    return None if row is None else _decoded(row, kind)


def _decoded(row: str, kind: type[_Config]) -> _Config:
    try:
        return msgspec.json.decode(row, type=kind)
    except msgspec.MsgspecError as error:
        raise StoreDamaged(f"a configuration in the store cannot be read: {error}") from error
