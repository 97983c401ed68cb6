"""Where servers come from: a process that has imported the server's code already, and forks for each server.

A server started here is a process like any other (`doomed.py -`), but for the second or two that imports take; with
some thousand starts that is what makes the harness's runs affordable. `nursery.py FD` takes orders from a socket: the
words of a server's command with the three descriptors that it is to have, and answers with the process's number.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import sys
from pathlib import Path

LONGEST = 65_536
CODE = ("printserver.commands.serve", "printserver.daemon", "printserver_evolis", "printserver_virtual")


def main() -> None:
    """Fork servers until nobody asks for any."""
    sys.path[:0] = [str(Path(__file__).parents[2])]
    for module in ("tests.crash.doomed", *CODE):  # the clock that may be wrong comes before all others
        importlib.import_module(module)
    line = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever ends leaves nothing behind
    while True:
        words, descriptors, _, _ = socket.recv_fds(line, LONGEST, 3)
        if not words:
            return
        process = os.fork()
        if process == 0:
            line.close()
            _become(json.loads(words), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        line.sendall(f"{process}\n".encode())


def _become(words: list[str], descriptors: list[int]) -> None:
    """Be a server, to the end."""
    from tests.crash import doomed

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for wanted, descriptor in enumerate(descriptors):
        os.dup2(descriptor, wanted)
        os.close(descriptor)
    sys.argv[:] = words
    try:
        doomed.main()
    finally:
        sys.stdout.flush()
        os._exit(0)


if __name__ == "__main__":
    main()
