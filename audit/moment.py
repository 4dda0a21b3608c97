"""Reading much at length: a transaction that may last, and one that sees a single moment throughout."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


def take_time() -> None:
    """Let this transaction last: a large log takes longer to read than a transaction or statement otherwise may."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL transaction_timeout = 0")


@contextmanager
def one_moment() -> Iterator[None]:
    """A transaction that may last, writes nothing and sees one moment in all its statements, that of its first.

    What several statements tell of a table that grows meanwhile would not fit together otherwise. Inside a transaction
    it sees what that one does.
    """
    begins = not connection.in_atomic_block
    with transaction.atomic():
        if begins:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            take_time()
        yield
