"""Who asks, and what they may do: one table for every door, kept where the doors meet the job service."""
