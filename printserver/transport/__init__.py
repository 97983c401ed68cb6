"""Links to devices, and the one runner that drives a dialogue over any of them."""
