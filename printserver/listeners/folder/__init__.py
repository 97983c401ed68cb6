"""The watched folder: a file that is put into it becomes a job."""

from printserver.listeners.folder.door import FolderDoor
from printserver.listeners.folder.tray import FolderLimits, Tray

__all__ = ["FolderDoor", "FolderLimits", "Tray"]
