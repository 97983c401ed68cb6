"""The operator's pages: what the printers and jobs are about, in plain words, and what a person can do about it."""
