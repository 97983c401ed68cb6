"""Webhooks: what happens is told to the addresses that the configuration names, signed, in order, at least once."""
