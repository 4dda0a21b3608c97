"""Writing down what a look has found, once each: as one discrepancy a transaction, and one for rows that differ alike."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection

from audit.models import RowChange
from audit.record import Actor, Entry, record_many
from orchestr.discrepancies.models import DifferingRow, Discrepancy
from orchestr.policy.values import Json, digest

FINDER = Actor.worker("reconcile")
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Differs:
    """A row that is not what its events tell: `pairs` has for each column what they tell and what it says."""

    noun: str
    row: UUID
    how: str  # differs, gone or untold
    pairs: Mapping[str, tuple[Json, Json]]

    @property
    def fingerprint(self) -> str:
        told = {column: list(pair) for column, pair in self.pairs.items()}
        return digest({"noun": self.noun, "row": str(self.row), "how": self.how, "pairs": told})


@dataclass(slots=True)
class _Transaction:
    """What one transaction did without an event, as it is gathered."""

    first: RowChange
    at: datetime
    last: UUID = UUID(int=0)
    count: int = 0
    tables: set[str] = field(default_factory=set)

    def said(self) -> dict[str, Json]:
        return {
            "txid": self.first.txid,
            "first": str(self.first.pk),
            "last": str(self.last),
            "tables": sorted(self.tables),
            "role": self.first.role,
            "application": self.first.application,
        }


def digest_of_changes(*, txid: int, first: UUID, last: UUID, count: int) -> str:
    """Names exactly these row changes of one transaction."""
    return digest({"txid": txid, "first": str(first), "last": str(last), "count": count})


def digest_of_rows(fingerprints: Collection[str]) -> str:
    """Names exactly these rows as they differ."""
    return digest(sorted(fingerprints))


def find_changes(found: Sequence[UUID], *, at: datetime) -> list[Discrepancy]:
    """Write down row changes without an event, by transaction; those not known before. Each leaves one event.

    The caller gives all that one look has found of a transaction. Looks come one after another (advisory lock).
    """
    if not found:
        return []
    _line_up()
    rows = []
    for each in _transactions(sorted(found)):
        named = digest_of_changes(txid=each.first.txid, first=each.first.pk, last=each.last, count=each.count)
        rows.append(_row(Discrepancy.Kind.CHANGES, named, each.count, each.said(), at))
    return _kept(rows, at)


def find_differences(found: Sequence[Differs], *, at: datetime) -> list[Discrepancy]:
    """Write down the rows that a look at everything found to differ; those not known before, grouped by how.

    Each new discrepancy leaves one event; of those known before is noted that they are still there.
    """
    if not found:
        return []
    _line_up()
    by_print = {each.fingerprint: each for each in found}
    known = _known(list(by_print))
    Discrepancy.objects.filter(pk__in=set(known.values())).update(seen_at=at)
    groups: dict[tuple[str, str, tuple[str, ...]], list[str]] = defaultdict(list)
    for mark, each in by_print.items():
        if mark not in known:
            groups[each.noun, each.how, tuple(sorted(each.pairs))].append(mark)
    rows, marks = [], {}
    for (noun, how, columns), group in groups.items():
        row = _row(
            Discrepancy.Kind.DIFFERENCE, digest_of_rows(group), len(group),
            {"noun": noun, "how": how, "columns": list(columns)}, at,
        )  # fmt: skip
        rows.append(row)
        marks[row.digest] = group
    fresh = _kept(rows, at)
    DifferingRow.objects.bulk_create(
        [
            DifferingRow(
                fingerprint=mark,
                discrepancy=row,
                row=by_print[mark].row,
                pairs={column: list(pair) for column, pair in by_print[mark].pairs.items()},
            )
            for row in fresh
            for mark in marks[row.digest]
        ],
        batch_size=_CHUNK,
    )
    return fresh


def _transactions(found: Sequence[UUID]) -> list[_Transaction]:
    """These changes by transaction. The same number long after is another's: they begin anew where a log was restored."""
    longest, made = timedelta(seconds=settings.TRANSACTION_S), []
    latest: dict[int, _Transaction] = {}
    for start in range(0, len(found), _CHUNK):
        changes = RowChange.objects.filter(pk__in=found[start : start + _CHUNK]).order_by("id")
        for change in changes.defer("changes"):
            one = latest.get(change.txid)
            if one is None or change.at - one.at > longest:
                one = latest[change.txid] = _Transaction(change, at=change.at)
                made.append(one)
            one.last, one.at, one.count = change.pk, change.at, one.count + 1
            one.tables.add(change.table)
    return made


def _row(kind: Discrepancy.Kind, named: str, count: int, said: Mapping[str, Json], at: datetime) -> Discrepancy:
    return Discrepancy(kind=kind, digest=named, count=count, said=dict(said), found_at=at, seen_at=at)


def _kept(rows: Sequence[Discrepancy], at: datetime) -> list[Discrepancy]:
    wanted = [row.digest for row in rows]
    known = set(Discrepancy.objects.filter(digest__in=wanted).values_list("digest", flat=True))
    Discrepancy.objects.filter(digest__in=known).update(seen_at=at)
    fresh = Discrepancy.objects.bulk_create([row for row in rows if row.digest not in known], batch_size=_CHUNK)
    record_many(
        [
            Entry(
                action="discrepancy.found",
                actor=FINDER,
                at=at,
                about={"discrepancy": str(row.pk)},
                data={"kind": str(row.kind), "digest": row.digest, "rows": row.count},
                segments=[],
            )
            for row in fresh
        ]
    )
    return fresh


def _known(marks: Sequence[str]) -> dict[str, UUID]:
    known: dict[str, UUID] = {}
    for start in range(0, len(marks), _CHUNK):
        asked = DifferingRow.objects.filter(pk__in=marks[start : start + _CHUNK])
        known |= dict(asked.values_list("pk", "discrepancy_id"))
    return known


def _line_up() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('orchestr.discrepancies'))")
