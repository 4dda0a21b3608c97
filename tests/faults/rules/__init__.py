"""What may happen next in a random history, a noun a module.

No preconditions: which rules they allow would rest on what happened in the database, and not on the draws alone. What
makes no sense just then does nothing.
"""
