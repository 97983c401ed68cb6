"""Doors: thin Twisted shells that translate; equals, without job logic of their own."""
