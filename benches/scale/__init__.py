"""How many printers one server drives, and what a fleet for a whole country would need."""
