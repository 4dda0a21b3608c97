"""How a long-lived process looks for garbage. A leaf.

Python looks through its young objects after every two thousand new ones, and now and then through all. A change set of
ten thousand makes a few million that are all in use until it is stored: looking through them again and again was a
third of the time it took. What is loaded at the start (modules, models, routes) is in use until the end, and is not
looked through at all. Objects in no cycle are freed at once, as ever.
"""

import gc

YOUNG = 50_000  # new objects between two looks; some ten megabytes of small ones at most


def settle_in() -> None:
    """Call once all is loaded, before the first request or task."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)
