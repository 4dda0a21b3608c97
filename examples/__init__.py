"""Five agents, one for each field in which such agents are used. Each is a module to read, copy and change.

All of them run against `DEMO_EXAMPLES=1 make run`; none holds a credential of a shop. What they think is plain rules,
so that it can be read here; put a model in its place and nothing else changes.
"""
