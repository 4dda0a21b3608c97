"""What the company is set up as, kept by each process for as long as the database says that it still stands.

Sites, systems, segments, owners of fields, tools, scopes, grants, functions and policy are asked of at every
submission and change a few times a week. The database gives every such change a new stamp (triggers: no path
round them), in the change's own transaction. Whoever works under `pinned()` reads the stamp once, and what was
loaded under that stamp is used again. So nothing is older than that one read: a scope revoked before it is
revoked, one revoked after it is revoked for the next.

Whether something is frozen, and whether a token is live, is never kept.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any
from uuid import UUID

from orchestr.prepared import prepared

MOST_KEPT = 2_000  # values of one loader

_pinned: ContextVar[UUID | None] = ContextVar("generation", default=None)


@contextmanager
def pinned() -> Iterator[None]:
    """Ask once which generation stands; loaders marked `kept` answer from it meanwhile.

    For operations that change nothing of what is kept. Inside another one it does nothing.
    """
    if _pinned.get() is not None:
        yield
        return
    with prepared() as cursor:
        cursor.execute("SELECT stamp FROM orchestr_generation")
        (stamp,) = cursor.fetchone()
    token = _pinned.set(stamp)
    try:
        yield
    finally:
        _pinned.reset(token)


def kept[**P, T](load: Callable[P, T]) -> Callable[P, T]:
    """A loader whose answer is kept for the pinned generation; outside `pinned` it loads each time.

    Its arguments are positional and hashable; nobody changes what it returns.
    """
    held: list[tuple[UUID | None, dict[Hashable, Any]]] = [(None, {})]

    @wraps(load)
    def look(*args: P.args, **kwargs: P.kwargs) -> T:
        stamp = _pinned.get()
        if stamp is None:
            return load(*args, **kwargs)
        known = held[0]
        if known[0] != stamp or len(known[1]) > MOST_KEPT:
            known = held[0] = (stamp, {})
        if args not in known[1]:
            known[1][args] = load(*args, **kwargs)
        found: T = known[1][args]
        return found

    return look
