"""An open print server for plastic cards."""

__version__ = "0.1.0"
