"""The rows beside what their events tell of them: the first witness against a change that went around an operation."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from audit.moment import one_moment
from audit.walls import Fault
from orchestr.discrepancies.find import Differs
from orchestr.reconciling.noun import ABSENT, Noun, Row, Told
from orchestr.reconciling.nouns import NOUNS

_CHUNK = 2_000
_EVENTS = """
SELECT (about->>%(noun)s)::uuid AS row, action, data::text FROM audit_event
WHERE action = ANY(%(actions)s) AND about ? %(noun)s ORDER BY 1, id
"""


@dataclass(frozen=True, slots=True)
class Difference(Fault):
    """A row that is not what its events tell, in words, and exactly how it differs."""

    differs: Differs


def reconcile(nouns: Iterable[Noun] = NOUNS) -> Iterator[Difference | None]:
    """One answer for each row and each thing that events tell of: None where both agree, else what differs.

    Streamed and merged by id: memory does not grow with the log. Locks nothing. Outside a transaction it opens one
    of its own, which sees one moment throughout; inside, it sees what that transaction does.
    """
    with one_moment():
        for noun in nouns:
            yield from _compared(noun)


def _compared(noun: Noun) -> Iterator[Difference | None]:
    told, stored = _told(noun), iter(noun.stored())
    said, row = next(told, None), next(stored, None)
    while said is not None or row is not None:
        if row is None or (said is not None and said[0] < row[0]):
            assert said is not None
            yield None if said[1] is ABSENT else _gone(noun, said)
            said = next(told, None)
        elif said is None or row[0] < said[0]:
            yield _unsaid(noun, row)
            row = next(stored, None)
        else:
            yield _differing(noun, said, row)
            said, row = next(told, None), next(stored, None)


def _told(noun: Noun) -> Iterator[Row]:
    """What the events of each row make of it, in the order of ids."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(_EVENTS, {"noun": noun.name, "actions": list(noun.steps)})
        rows = iter(lambda: cursor.fetchmany(_CHUNK), [])
        events = (event for chunk in rows for event in chunk)
        for id, course in groupby(events, key=itemgetter(0)):
            told: Told = {}
            for _id, action, data in course:
                told = noun.after(told, action, json.loads(data))
            yield id, told


def _gone(noun: Noun, said: Row) -> Difference:
    pairs = {column: (_plain(value), None) for column, value in said[1].items()}
    message = _("Its events tell of it, and the row is gone.")
    return Difference(_place(noun, said[0]), message, Differs(noun.name, said[0], "gone", pairs))


def _unsaid(noun: Noun, row: Row) -> Difference | None:
    if noun.unsaid is None:
        pairs = {column: (None, _plain(value)) for column, value in row[1].items()}
        message = _("No event tells how this row came to be.")
        return Difference(_place(noun, row[0]), message, Differs(noun.name, row[0], "untold", pairs))
    return _differing(noun, (row[0], noun.unsaid), row)


def _differing(noun: Noun, said: Row, row: Row) -> Difference | None:
    pairs = {
        column: (_plain(value), _plain(row[1].get(column)))
        for column, value in said[1].items()
        if not _agree(value, row[1].get(column))
    }
    if not pairs:
        return None
    first = next(iter(pairs))
    message = _words(first, said[1][first], row[1])
    return Difference(_place(noun, row[0]), message, Differs(noun.name, row[0], "differs", pairs))


def _plain(value: Any) -> Any:
    """As it can be kept and compared again: of a choice of values, all of them in one order."""
    return sorted(value) if isinstance(value, set) else value


def _agree(told: Any, stored: Any) -> bool:
    return stored in told if isinstance(told, set) else told == stored


def _words(column: str, told: Any, row: Mapping[str, Any]) -> str:
    if isinstance(told, set):
        told = " / ".join(sorted(told))
    return _("Its events tell that %(column)s is %(told)s; the row says %(stored)s.") % {
        "column": column,
        "told": told,
        "stored": row.get(column),
    }


def _place(noun: Noun, id: UUID) -> str:
    return f"{noun.name} {id}"
