"""Configured systems: added, tried, put in use by two people, paused, removed."""
