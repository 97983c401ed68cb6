"""A printer of the simplest kind on port 9100, in a process of its own: `sink.py PORT FILE BYTES_PER_SECOND`.

It takes what each connection sends, one after the other and no faster than a card printer does, and writes a line for
it to FILE when it has ended: count of bytes and SHA-1. It says `listening PORT` when it is ready.
"""

from __future__ import annotations

import hashlib
import socket
import sys
import time
from pathlib import Path

PIECE = 16_384


def main() -> None:
    """Take connections until somebody ends this process."""
    port, file, pace = int(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    door = socket.create_server(("127.0.0.1", port))
    print(f"listening {door.getsockname()[1]}", flush=True)
    while True:
        line, _ = door.accept()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE)
        size, digest = 0, hashlib.sha1(usedforsecurity=False)
        try:
            while data := line.recv(PIECE):
                size += len(data)
                digest.update(data)
                time.sleep(len(data) / pace)
        except OSError:
            pass
        line.close()
        with file.open("a") as lines:
            lines.write(f"{size} {digest.hexdigest()}\n")


if __name__ == "__main__":
    main()
