"""The words of adding a printer: the deed, what a device tells of itself, and how it is reached."""

from __future__ import annotations

from .deeds import Deed
from .words import N_

ADD = Deed(
    "add-printer", N_("Add a printer"), N_("Add this printer?"),
    N_("The server connects to it at once and asks how it is. It prints nothing before a queue sends it a job."),
    N_("Add the printer"), N_("The printer is added."), tone="good",
)  # fmt: skip

# What a driver knew a device by: ids of USB, of the IEEE 1284 device id, and of what it announces on the network.
GROUNDS: dict[str, str] = {
    "vid": N_("the maker's USB id"),
    "pid": N_("the product's USB id"),
    "usb": N_("the USB ids of maker and product"),
    "serial": N_("the serial number"),
    "maker": N_("the maker's name"),
    "name": N_("the product's name"),
    "mfg": N_("the maker that it names itself"),
    "mdl": N_("the model that it names itself"),
    "cmd": N_("the languages that it speaks"),
    "cls": N_("the kind of device that it is"),
    "des": N_("how it describes itself"),
    "sn": N_("the serial number that it names itself"),
    "ty": N_("the model that it announces"),
    "product": N_("the product that it announces"),
    "note": N_("the place that it announces"),
    "host": N_("its name on the network"),
    "service": N_("the services that it announces"),
    "uuid": N_("its own number"),
}

TRANSPORTS: dict[str, str] = {
    "usb": N_("USB"),
    "usblp": N_("USB, by the system's printer driver"),
    "serial": N_("serial line"),
    "tcp": N_("network"),
    "ipp": N_("network, for office printing"),
}

NOT_LOOKED: dict[str, str] = {"usb": N_("USB"), "serial": N_("serial lines"), "network": N_("the network")}
