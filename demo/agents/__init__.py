"""Two demo agents, each a process of its own that knows nothing but the agents' API.

Their reasoning is deterministic and written out; they would run unchanged against any other shop.
"""
