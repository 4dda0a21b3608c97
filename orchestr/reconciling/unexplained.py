"""Row changes without an event of the same transaction: what was changed around the operations.

A row change is seen when its transaction has committed, and then so are the events of that transaction: what has none
now will never have one. Asked in stretches, since numbers of transactions begin anew where a database was restored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from audit.canonical import instant
from audit.models import RowChange, Unexplained
from audit.moment import take_time
from audit.seal import first_id
from audit.walls import Fault
from orchestr import pulse
from orchestr.discrepancies.covered import acknowledged_changes
from orchestr.discrepancies.find import find_changes

STRETCH = timedelta(days=1)
PULSE = "row-history"

_UNEXPLAINED = """
SELECT changed.id FROM audit_row_change AS changed
WHERE changed.id >= %(since)s AND changed.id < %(until)s AND NOT EXISTS (
    SELECT FROM audit_event AS told
    WHERE told.txid = changed.txid AND told.id >= %(before)s AND told.id < %(after)s
)
ORDER BY changed.id
"""


@dataclass(frozen=True, slots=True)
class Looked:
    """How many row changes were looked at, and which of them no event explains; of these, which are acknowledged."""

    changes: int
    unexplained: list[UUID]
    acknowledged: frozenset[UUID] = frozenset()

    @property
    def open(self) -> list[UUID]:
        """What nobody has accounted for yet."""
        return [id for id in self.unexplained if id not in self.acknowledged]


def look(*, since: datetime, until: datetime) -> Looked:
    """Every row change of this time, and those without an event of their transaction. Locks nothing."""
    total, found = 0, []
    for begin, end in _stretches(since, until):
        span = {"since": first_id(begin), "until": first_id(end)}
        total += RowChange.objects.filter(id__gte=span["since"], id__lt=span["until"]).count()
        # The events of one transaction lie at most as far from its row changes as a transaction may last.
        near = {"before": first_id(begin - _longest()), "after": first_id(end + _longest())}
        with connection.cursor() as cursor:
            cursor.execute(_UNEXPLAINED, span | near)
            found += [id for (id,) in cursor.fetchall()]
    return Looked(total, found)


def keep(found: list[UUID], *, at: datetime) -> list[UUID]:
    """Write down what was found, and what has to be accounted for; those that were not known before."""
    known = set(Unexplained.objects.filter(pk__in=found).values_list("pk", flat=True))
    fresh = [id for id in found if id not in known]
    Unexplained.objects.bulk_create([Unexplained(change_id=id, found_at=at) for id in fresh], ignore_conflicts=True)
    find_changes(fresh, at=at)
    return fresh


def look_again(*, at: datetime) -> list[UUID]:
    """Look at what has come since the last time, and as far back as somebody slow may have begun; what is new.

    The first time it looks at all there is.
    """
    last = pulse.last_beats().get(PULSE)
    since = first_change(at=at) if last is None else last - 2 * _longest()
    with transaction.atomic():
        fresh = keep(look(since=since, until=at + timedelta(minutes=1)).unexplained, at=at)
        pulse.beat(name=PULSE, at=at)
    return fresh


def look_at_all(*, at: datetime) -> Looked:
    """Every row change there is; what was found is written down."""
    take_time()
    looked = look(since=first_change(at=at), until=at + timedelta(minutes=1))
    keep(looked.unexplained, at=at)
    find_changes(looked.unexplained, at=at)
    return replace(looked, acknowledged=frozenset(acknowledged_changes(looked.unexplained)))


def changed_without_event(found: Sequence[UUID]) -> list[Fault]:
    """These row changes in words: which row, which columns, by which role and program, when."""
    return [
        Fault(
            described(change),
            _("Changed without an event, at %(at)s by the role %(role)s in %(application)s.")
            % {"at": instant(change.at), "role": change.role, "application": change.application or "?"},
        )
        for change in RowChange.objects.filter(pk__in=found).order_by("id")
    ]


def first_change(*, at: datetime) -> datetime:
    """The time of the oldest row change, UTC; `at` where there is none."""
    first = RowChange.objects.order_by("id").values_list("at", flat=True).first()
    return at if first is None else first - timedelta(seconds=1)


def described(change: RowChange) -> str:
    """A row change in one line, without values."""
    columns = ", ".join(sorted(change.changes)) if change.operation == RowChange.Operation.UPDATE else ""
    what = f"{change.operation} {change.table} {change.row}"
    return f"{what} ({columns})" if columns else what


def _stretches(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    begin = since.astimezone(UTC)
    while begin < until:
        end = min(begin + STRETCH, until)
        yield begin, end
        begin = end


def _longest() -> timedelta:
    return timedelta(seconds=settings.TRANSACTION_S)
