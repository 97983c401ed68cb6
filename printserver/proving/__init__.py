"""Proving a driver at a real printer: about ten checks with a person beside it, and what is kept of them."""
