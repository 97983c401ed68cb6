"""Print a card and say what became of it: print_card.py FRONT [BACK]."""

import os
import sys

from printserver.client import AnswerLost, Printer
from printserver.errors import PrintServerError

SERVER = os.environ.get("PRINTSERVER_SERVER", "http://127.0.0.1:8631")


def main(front: str, back: str | None = None) -> int:
    """Return 0 when the card is out, 1 when it is not."""
    try:
        job = Printer(SERVER, user="example").print_card(front, back)
        print(f"job {job.id} was accepted")
        status = job.wait(timeout=300)
    except AnswerLost as error:
        # The server may have the job: sending it again could print a second card.
        print(f"{error} - {error.remedy}")
        return 1
    except PrintServerError as error:
        print(f"{error} - {error.remedy}")
        return 1
    print(f"job {status.id} is {status.state}: {', '.join(status.reasons)}")
    return 0 if status.state == "completed" and "job-completed-with-errors" not in status.reasons else 1


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: print_card.py FRONT [BACK]")
    sys.exit(main(*sys.argv[1:]))
