"""The targets of the raster core, each a row: what is asked, what was measured in this run, and the verdict.

R rows are about speed, Q rows about quality; `docs/raster.md` says what each asks.
"""

ROWS = (*(f"R{number}" for number in range(1, 12)), *(f"Q{number}" for number in range(1, 5)))
