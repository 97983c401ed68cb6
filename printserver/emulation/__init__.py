"""What an emulated printer is made of: physics over an injected clock, faults as data, and a process of its own."""

from printserver.emulation.activity import Activity
from printserver.emulation.faults import FaultBook, FaultKind, FaultSpec, parse_fault
from printserver.emulation.machine import CardMachine
from printserver.emulation.memory import Memory
from printserver.emulation.pace import FAST, REAL, Pace, pace_of
from printserver.emulation.port import Port
from printserver.emulation.shelf import CardShelf, NoShelf, Shelf

__all__ = [
    "FAST", "REAL", "Activity", "CardMachine", "CardShelf", "FaultBook", "FaultKind", "FaultSpec", "Memory", "NoShelf",
    "Pace", "Port", "Shelf", "pace_of", "parse_fault",
]
