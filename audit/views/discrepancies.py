"""What two people have to account for, as it is shown: each with its first rows, and why it came to be once that is said."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from audit.models import RowChange
from audit.views.row_lines import Line, line_of
from orchestr.discrepancies.acknowledge import ACKNOWLEDGE
from orchestr.discrepancies.models import Acknowledgement, DifferingRow, Discrepancy
from orchestr.governance.models import ControlChange
from orchestr.pulse import last_beats
from orchestr.reconciling.differences import PULSE

MOST = 50
MOST_DONE = 30
ROWS = 8  # of each; the rest is counted
_CHANGES = """
SELECT wanted.n, change.id FROM ROWS FROM (
    unnest(%(n)s::int[]), unnest(%(txid)s::bigint[]), unnest(%(first)s::uuid[]), unnest(%(last)s::uuid[])
) AS wanted (n, txid, first, last)
CROSS JOIN LATERAL (
    SELECT id FROM audit_row_change WHERE id >= wanted.first AND id <= wanted.last AND txid = wanted.txid
    ORDER BY id LIMIT %(most)s
) AS change ORDER BY wanted.n, change.id
"""
_ROWS = """
SELECT differing.* FROM unnest(%s::uuid[]) AS wanted (discrepancy)
CROSS JOIN LATERAL (
    SELECT * FROM orchestr_differing_row WHERE discrepancy_id = wanted.discrepancy ORDER BY fingerprint LIMIT %s
) AS differing
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """A row that differs: for each column what its events tell and what it says."""

    row: str
    pairs: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One discrepancy as it is shown. `asked` is the waiting request, `done` the acknowledgement."""

    id: UUID
    kind: str
    title: str
    digest: str
    count: int
    found_at: datetime
    still: bool
    role: str = ""
    application: str = ""
    txid: int | None = None
    lines: list[Line] = field(default_factory=list)
    rows: list[Pair] = field(default_factory=list)
    asked: bool = False
    done: Acknowledgement | None = None

    @property
    def key(self) -> str:
        return str(self.id)

    @property
    def more(self) -> int:
        return self.count - len(self.lines) - len(self.rows)


def waiting() -> list[Found]:
    """The newest discrepancies that nobody has accounted for."""
    return _shown(Discrepancy.objects.filter(acknowledgement=None).order_by("-id")[:MOST])


def done() -> list[Found]:
    """The newest that two people have accounted for."""
    rows = Discrepancy.objects.filter(acknowledgement__isnull=False).order_by("-acknowledgement__id")
    return _shown(
        rows.select_related("acknowledgement__asked_by", "acknowledgement__confirmed_by", "acknowledgement__made_by")[
            :MOST_DONE
        ]
    )


def _shown(found: QuerySet[Discrepancy]) -> list[Found]:
    """Four statements, however many."""
    rows = list(found)
    looked = last_beats().get(PULSE)
    lines, differing = _lines(rows), _differing(rows)
    targets = [f"discrepancy:{row.pk}" for row in rows]
    asked = set(
        ControlChange.objects.filter(kind=ACKNOWLEDGE, state="requested", target__in=targets).values_list(
            "target", flat=True
        )
    )
    return [
        Found(
            id=row.pk,
            kind=row.kind,
            title=_title(row),
            digest=row.digest,
            count=row.count,
            found_at=row.found_at,
            still=row.kind == Discrepancy.Kind.CHANGES or looked is None or row.seen_at >= looked,
            role=row.said.get("role", ""),
            application=row.said.get("application", ""),
            txid=row.said.get("txid"),
            lines=lines[row.pk],
            rows=differing[row.pk],
            asked=f"discrepancy:{row.pk}" in asked,
            done=getattr(row, "acknowledgement", None) if "acknowledgement" in row._state.fields_cache else None,
        )
        for row in rows
    ]


def _title(row: Discrepancy) -> str:
    said: Mapping[str, Any] = row.said
    if row.kind == Discrepancy.Kind.CHANGES:
        return ", ".join(said["tables"])
    if said["how"] == "gone":
        return _("%(noun)s: its events tell of it, and the row is gone") % said
    if said["how"] == "untold":
        return _("%(noun)s: no event tells how the row came to be") % said
    return _("%(noun)s: %(columns)s") % {"noun": said["noun"], "columns": ", ".join(said["columns"])}


def _lines(rows: Sequence[Discrepancy]) -> Mapping[UUID, list[Line]]:
    found: dict[UUID, list[Line]] = defaultdict(list)
    asked = [row for row in rows if row.kind == Discrepancy.Kind.CHANGES]
    given: dict[str, Any] = {"n": list(range(len(asked))), "most": ROWS}
    given |= {name: [row.said[name] for row in asked] for name in ("txid", "first", "last")}
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, given)
        places = cursor.fetchall()
    changes = RowChange.objects.in_bulk([id for _n, id in places])
    for n, id in places:
        found[asked[n].pk].append(line_of(changes[id]))
    return found


def _differing(rows: Sequence[Discrepancy]) -> Mapping[UUID, list[Pair]]:
    found: dict[UUID, list[Pair]] = defaultdict(list)
    asked = [row.pk for row in rows if row.kind == Discrepancy.Kind.DIFFERENCE]
    for row in DifferingRow.objects.raw(_ROWS, [asked, ROWS]):
        pairs = [(column, _text(told), _text(stored)) for column, (told, stored) in sorted(row.pairs.items())]
        found[row.discrepancy_id].append(Pair(str(row.row), pairs))
    return found


def _text(value: object) -> str:
    if isinstance(value, list):
        return " / ".join(_text(each) for each in value) or "–"
    return "–" if value is None else str(value)[:200]
