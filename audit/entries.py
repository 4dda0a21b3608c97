"""The sealed entries that answer a selection, in the order of their numbers.

Few are found by the index of their filter and sorted. Many are looked for number by number through the whole log, a
window at a time: each window is a statement of its own, so that nothing is sorted, no transaction stays open, and how
far it has come can be said. What is sealed does not change: both ways give the same entries, today and in a year.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import UUIDField
from django.db.models.expressions import RawSQL

from audit.models import AuditEvent
from audit.selection import Selection, Sight

FEW = 50_000  # what a page makes while somebody waits; more is made in the background
WINDOW = 20_000
_BLOCK = 2_000
_LOOK_MS = 1_000
_TIMEOUT = "SELECT set_config('statement_timeout', %s, true)"
_WINDOWED = """
COPY (
    SELECT leaf.number, {columns}
    FROM (
        SELECT number, event_id, hash FROM audit_leaf WHERE number >= {first} AND number < {end} ORDER BY number OFFSET 0
    ) AS leaf
    CROSS JOIN LATERAL ({events} OFFSET 0) AS event
    ORDER BY leaf.number
) TO STDOUT (FORMAT binary)
"""
_SORTED = """
COPY (
    SELECT leaf.number, {columns}
    FROM ({events}) AS event
    CROSS JOIN LATERAL (SELECT number, hash FROM audit_leaf WHERE event_id = event.id OFFSET 0) AS leaf
    WHERE leaf.number < {size}
    ORDER BY leaf.number
) TO STDOUT (FORMAT binary)
"""

type Rows = list[tuple[Any, ...]]
type Progress = Callable[[int], None]
type Columns = Sequence[tuple[str, str]]  # each as SQL over `leaf` and `event`, with its type


def many(selection: Selection, sight: Sight | None) -> bool:
    """Whether more than `FEW` answer; of a log longer than that also where a second's look cannot tell."""
    beyond = slice(FEW, FEW + 1)
    if not AuditEvent.objects.values("id")[beyond].exists():
        return False
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout')")
            (usual,) = cursor.fetchone()
            cursor.execute(_TIMEOUT, [f"{_LOOK_MS}ms"])
            found = selection.events(sight).values("id")[beyond].exists()
            cursor.execute(_TIMEOUT, [usual])  # there may be a transaction around this one
    except OperationalError:
        return True
    return found


def entries(
    *, selection: Selection, sight: Sight | None, size: int, columns: Columns, windows: bool, progress: Progress
) -> Iterator[Rows]:
    """Number and columns of each entry below `size`, in blocks; `progress` hears how many numbers were looked at."""
    if not windows:
        yield from _in_blocks(_SORTED, selection, sight, columns, size=size)
        progress(size)
        return
    for first in range(0, size, WINDOW):
        end = min(first + WINDOW, size)
        yield from _in_blocks(_WINDOWED, selection, sight, columns, first=first, end=end)
        progress(end)


def _in_blocks(
    statement: str, selection: Selection, sight: Sight | None, columns: Columns, **numbers: int
) -> Iterator[Rows]:
    events = selection.events(sight)
    if statement is _WINDOWED:
        events = events.filter(id=RawSQL("leaf.event_id", (), output_field=UUIDField()))
    inner, params = events.query.sql_with_params()
    asked = ", ".join(expression for expression, _ in columns)
    block: Rows = []
    whole = statement.format(columns=asked, events=inner, **numbers)
    with connection.cursor() as cursor, cursor.copy(whole, params) as copy:
        copy.set_types(["int8", *(type for _, type in columns)])
        for row in copy.rows():
            block.append(row)
            if len(block) == _BLOCK:
                yield block
                block = []
    if block:
        yield block
