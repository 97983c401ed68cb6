"""Many clients at once, against this server and against cupsd beside it: `python -m benches.load`."""
