"""Operations of the product as they end, and whether each that changed a governed row left an event with it.

What a test plays inside one transaction all has one transaction's number. So the operations are told apart by time:
a mark (PostgreSQL's own UUIDv7, as the rows of the history and the events have) after each outermost block of the product.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.transaction import Atomic

_BY_OPERATION = """
SELECT width_bucket(told.id, %(marks)s::uuid[]) AS place, count(*) FILTER (WHERE told.event),
       array_agg(DISTINCT told.what) FILTER (WHERE NOT told.event)
FROM (
    SELECT id, true AS event, '' AS what FROM audit_event WHERE id >= %(first)s
    UNION ALL
    SELECT id, false, "table" || ' ' || operation || coalesce(' ' || (
        SELECT string_agg(name, ', ' ORDER BY name) FROM jsonb_object_keys(changes) AS name WHERE operation = 'update'
    ), '') FROM audit_row_change WHERE id >= %(first)s
) AS told
GROUP BY 1
"""


@dataclass
class Operations:
    """`marks` part the time of one transaction: what lies before the so manieth one belongs to that operation.

    `own` are the places of what the test did by its own hand.
    """

    marks: list[UUID] = field(default_factory=list)
    own: set[int] = field(default_factory=set)

    def mark(self, *, own: bool = False) -> None:
        """An operation has ended here, or what the test itself did (`own`)."""
        if own:
            self.own.add(len(self.marks))
        row = connection.connection.execute("SELECT uuidv7()").fetchone()
        self.marks.append(row[0])

    def settle(self) -> tuple[int, list[str]]:
        """How many operations changed or recorded something, and what those without any event changed; begins anew."""
        with connection.cursor() as cursor:
            cursor.execute(_BY_OPERATION, {"marks": self.marks, "first": self.marks[0]})
            found = cursor.fetchall()
        bare = [f"operation {place}: {'; '.join(rows)}" for place, events, rows in found
                if rows and not events and place not in self.own]  # fmt: skip
        count = len([place for place, _events, _rows in found if place not in self.own])
        self.marks.clear()
        self.own.clear()
        return count, bare


@contextmanager
def operations() -> Iterator[Operations]:
    """Count what ends meanwhile in this thread's connection, inside a transaction of the test's."""
    told = Operations()
    leave = Atomic.__exit__

    def left(self: Atomic, *args: Any) -> None:
        leave(self, *args)
        if told.marks and connection.in_atomic_block and not connection.savepoint_ids:
            told.mark()

    Atomic.__exit__ = left  # type: ignore[method-assign]
    try:
        yield told
    finally:
        Atomic.__exit__ = leave  # type: ignore[method-assign]
