"""A first share of a change set goes out, is looked at, and the rest follows, or what went out is put back."""
