"""The daemon: the composition root (`root`), what differs from one run to another (`setting`), its doors (`doors`)."""

from printserver.daemon.root import Daemon
from printserver.daemon.setting import Setting

__all__ = ["Daemon", "Setting"]
