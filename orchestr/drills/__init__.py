"""Rehearsed failures in a marked sandbox, scored by what the product and the people made of them."""
