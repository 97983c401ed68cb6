"""The worker process: `python -m printserver.sandbox.worker SETTINGS`, orders on stdin, answers on stdout.

Laws kept here:

1. All code is loaded first, then the limits are taken, then the first order is read.
2. Each order gets one answer: rendered, or refused with a typed error; no error ends the worker.
3. stdout carries answers and nothing else; what a library prints goes to stderr, into the parent's log.
"""

from __future__ import annotations

import gc
import sys
import traceback
from collections.abc import Mapping
from types import ModuleType

import msgspec

import printserver
from printserver.documents.decode import DECODERS, Decoder
from printserver.documents.format import Format
from printserver.driver.loading import DriverShelf, shelf_of
from printserver.errors import ConfigurationError, PrintServerError, WorkerFailed
from printserver.sandbox.answers import Answer, Ready, Refused, Rendered
from printserver.sandbox.command import WorkerSettings
from printserver.sandbox.confinement import code_roots, confine
from printserver.sandbox.decoders import decoders_of
from printserver.sandbox.limits import grant_processor_time, take
from printserver.sandbox.orders import RenderOrder
from printserver.sandbox.render import render
from printserver.sandbox.streams import leave_signals_to_parent, messages, take_over_streams, write


def main() -> None:
    """Be a worker until stdin ends."""
    leave_signals_to_parent()
    orders, answers = take_over_streams()
    settings = msgspec.json.decode(sys.argv[1], type=WorkerSettings)
    try:
        shelf = shelf_of(settings.packages, settings.paths)
        decoders = decoders_of(settings.decoders, settings.fonts)
    except PrintServerError as error:
        write(answers, msgspec.msgpack.encode(Refused.because(error)))
        return
    preload(shelf)
    write(answers, msgspec.msgpack.encode(confined(settings)))
    for message in messages(orders):
        grant_processor_time(settings.limits)
        write(answers, msgspec.msgpack.encode(answered(message, shelf, decoders)))


def preload(shelf: DriverShelf) -> None:
    """Open each driver once, so that what it loads late is loaded before files are out of reach."""
    for info in shelf.infos.values():
        for model in info.model[:1]:
            try:
                shelf.open(info.name, model.name, {})
            except ConfigurationError:
                pass  # it needs options, and to ask for them its modules were loaded
            except Exception as error:  # a driver that is broken says so when it is wanted
                print(f"driver {info.name} was not loaded beforehand: {error}", file=sys.stderr)


def confined(settings: WorkerSettings) -> Ready:
    """Take all limits and say which hold."""
    shares = take(settings.limits)  # before the fences: the size of the program is read from /proc
    readable = (*code_roots(loaded_packages(settings)), *([settings.fonts] if settings.fonts else []))
    fences = confine(readable)
    gc.freeze()
    return Ready((*shares, *fences.in_force), fences.missing)


def loaded_packages(settings: WorkerSettings) -> list[ModuleType]:
    """Return the packages whose code may still be read."""
    return [printserver, *(sys.modules[name] for name in settings.packages)]


OUT_OF_MEMORY = Refused(WorkerFailed.code, "the card needs more memory than a worker is given", spent=True)


def answered(message: bytes, shelf: DriverShelf, decoders: Mapping[Format, Decoder] = DECODERS) -> Answer:
    """Do one order."""
    try:
        return Rendered(render(msgspec.msgpack.decode(message, type=RenderOrder), shelf, decoders))
    except MemoryError:
        return OUT_OF_MEMORY
    except PrintServerError as error:
        return Refused.because(error)
    except Exception as error:  # a fault in a driver is one card's failure; its trace goes to the log
        traceback.print_exc()
        return Refused.because(error)


if __name__ == "__main__":
    main()
