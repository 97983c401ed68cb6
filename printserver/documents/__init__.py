"""Documents: bytes from clients, told apart at the door and turned into pages in the sandbox."""
