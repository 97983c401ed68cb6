"""A store that does not wait for the disk, as in the tests of the queue."""

from tests.queue.conftest import _hasty_store

__all__ = ["_hasty_store"]
