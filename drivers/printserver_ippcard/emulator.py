"""An IPP card printer of its own: the server's small IPP printer, reading this family's pages."""

from __future__ import annotations

from printserver.driver import EmulatedPrinter, Machine
from printserver.emulation.ipp_printer import IppPrinter, Make
from printserver_ippcard.info import variant
from printserver_ippcard.job import FORMAT
from printserver_ippcard.options import PLACE
from printserver_ippcard.recorded import sides_of


def IppCardEmulator(model: str, machine: Machine) -> EmulatedPrinter:
    """Return an emulated printer of a model such as `card+duo`; raises ConfigurationError for an unknown one."""
    found = variant(model)
    make = Make(
        title=found.model.title, path=PLACE["path"], formats=(FORMAT,), reader=sides_of, two_sided=found.duplex
    )
    return IppPrinter(make, machine)
