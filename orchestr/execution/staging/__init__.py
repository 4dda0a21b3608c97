"""Staged first, then live: a set that has to be whole is prepared everywhere before buyers see any of it."""
