"""The words of replacing a printer and moving a job."""

from __future__ import annotations

from .deeds import Deed
from .words import N_

REPLACE = Deed(
    "replace", N_("Replace this printer"), N_("Which printer takes its place?"),
    N_("The other printer takes over its queues, with all jobs in their order. A card that moves in this printer is "
       "finished first; one that is stuck in it becomes uncertain and stays with it. This printer is retired for "
       "good."),
    N_("Replace the printer"), N_("The printer is replaced."), tone="bad",
)  # fmt: skip
MOVE = Deed(
    "move", N_("Move to another queue"), N_("Which queue does this job go to?"),
    N_("Cards that have not been started go along. A card in a printer is finished there."),
    N_("Move the job"), N_("The job is moved."),
)  # fmt: skip
CHOOSING_DEEDS = (REPLACE, MOVE)
