"""How many files and connections this process may have open at a time.

Laws kept here:

1. The limit is raised as far as the system allows, never lowered.
2. Connections never take all of it: store, spool, workers, devices and the doors themselves need some.
"""

from __future__ import annotations

import resource

RESERVED = 256


def room_for(connections: int, reserved: int = RESERVED) -> int:
    """Raise this process's limit of open files as far as is needed, and return how many connections there is room for.

    Under a small limit half of it is for connections.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + reserved
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return connections
    return min(connections, max(soft - reserved, soft // 2))
