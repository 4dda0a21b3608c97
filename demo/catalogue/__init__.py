"""Fjord & Field, the brand of the demonstration: what it sells, where, at which price. All invented.

Everything follows from a seed: the same seed gives the same goods, prices, costs, stock and past.
"""
