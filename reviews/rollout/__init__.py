"""A first share as people see it, and what they can do to it."""
