"""Speed beside the bare twins: `make bench`. Measures, prints, keeps nothing."""
