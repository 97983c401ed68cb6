"""Tell what happens at the server, and miss nothing when the connection breaks: watch_events.py [AFTER [UNTIL]].

AFTER is the id of the last event that was seen (0 = from the beginning), UNTIL a word of the journal to end at.
Only the standard library is needed.
"""

import contextlib
import json
import os
import sys
import time
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any

SERVER = os.environ.get("PRINTSERVER_SERVER", "http://127.0.0.1:8631")
# The server sends a comment every 15 s when nothing happens; a silence longer than this is a dead connection.
SILENCE_SECONDS = 60
PAUSE_SECONDS = 2


def events(after: str) -> Iterator[dict[str, Any]]:
    """Yield events for ever, each once and in order."""
    while True:
        request = urllib.request.Request(f"{SERVER}/api/v1/events", headers={"Last-Event-ID": after} if after else {})
        try:
            with urllib.request.urlopen(request, timeout=SILENCE_SECONDS) as stream:
                for line in stream:
                    if line.startswith(b"data: "):
                        event = json.loads(line.removeprefix(b"data: "))
                        after = str(event["id"])
                        yield event
        except (OSError, HTTPException) as error:
            print(f"the connection broke ({error}); resuming after event {after or 'now'}", file=sys.stderr)
        time.sleep(PAUSE_SECONDS)


def main(after: str = "", until: str = "") -> None:
    """Print events, a line each."""
    for event in events(after):
        state = event["data"].get("state", "")
        print(event["id"], event["at"], event["kind"], event["subject"], event["what"], state, flush=True)
        if event["what"] == until:
            return


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main(*sys.argv[1:])
