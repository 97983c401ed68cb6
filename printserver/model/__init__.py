"""Frozen data of the field: cards, tickets, jobs, printers, supplies, alerts. No room below knows of any above."""
