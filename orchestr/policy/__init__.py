"""The pure centre: facts in, verdict out. No Django, no clock, no I/O."""
