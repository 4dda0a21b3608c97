"""How far an execution is: how many items ended how, how fast they do, and how long the rest will take."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestr.execution.models import Execution, ExecutionItem
from orchestr.execution.states import ExecutionState, ItemState
from reviews.templatetags.show import span

RECENTLY = timedelta(seconds=30)
NOT_CERTAIN = (ItemState.UNKNOWN, ItemState.APPLIED_NOT_EFFECTIVE)  # an outcome that is not the end of it
FAILED = (ItemState.NOT_APPLIED, ItemState.CONFLICT, ItemState.UNKNOWN)
# What needs somebody comes first, what went well last.
ORDER = (
    ItemState.UNKNOWN,
    ItemState.CONFLICT,
    ItemState.NOT_APPLIED,
    ItemState.APPLIED_NOT_EFFECTIVE,
    ItemState.IRREVERSIBLE,
    ItemState.INTENDED,
    ItemState.KEPT,
    ItemState.APPLIED,
    ItemState.RESTORED,
    ItemState.COMPENSATED,
    ItemState.PENDING,
)


@dataclass(slots=True)
class Progress:
    """`counts` by state; `settled` are those that have ended, `recent` those of the last RECENTLY."""

    counts: dict[str, int] = field(default_factory=dict)
    settled: int = 0
    recent: int = 0

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def failed(self) -> int:
        return sum(self.counts.get(state, 0) for state in FAILED)

    @property
    def share(self) -> int:
        """Settled of all, in whole hundredths."""
        return self.settled * 100 // self.total if self.total else 0

    @property
    def by_state(self) -> list[tuple[str, int]]:
        return [(str(state), self.counts[state]) for state in ORDER if self.counts.get(state)]


def progress_of(execution_ids: Iterable[UUID], *, at: datetime) -> Mapping[UUID, Progress]:
    """One query, whatever the number of executions and items."""
    ids = list(execution_ids)
    found = {id: Progress() for id in ids}
    rows = ExecutionItem.objects.filter(execution__in=ids).values_list("execution_id", "state")
    settled = Count("id", filter=Q(settled_at__isnull=False) & ~Q(state__in=NOT_CERTAIN))
    recent = Count("id", filter=Q(settled_at__gt=at - RECENTLY))
    for execution_id, state, n, ended, lately in rows.annotate(n=Count("id"), ended=settled, lately=recent):
        here = found[execution_id]
        here.counts[state] = n
        here.settled += ended
        here.recent += lately
    return found


def said(progress: Progress) -> str:
    """How far it is, in a sentence or two."""
    numbers = {"settled": _number(progress.settled), "all": _number(progress.total)}
    words = _("%(settled)s of %(all)s items are settled.") % numbers
    if progress.failed:
        failed = ngettext("%(n)s of them did not go well.", "%(n)s of them did not go well.", progress.failed)
        words = f"{words} {failed % {'n': _number(progress.failed)}}"
    return words


def pace(execution: Execution, progress: Progress, *, at: datetime) -> str:
    """How fast it goes and how long the rest takes at that pace; "" where it does not go on by itself."""
    if execution.state != ExecutionState.RUNNING or execution.started_at is None or not progress.recent:
        return ""
    over = min(RECENTLY, max(at - execution.started_at, timedelta(seconds=1))).total_seconds()
    a_second = progress.recent / over
    rest = progress.total - progress.settled
    rate = _("%(n)s a second") % {"n": number_format(a_second, decimal_pos=0 if a_second >= 10 else 1)}
    if not rest:
        return rate
    return _("%(rate)s; at that pace the other %(n)s take %(time)s.") % {
        "rate": rate,
        "n": _number(rest),
        "time": span(int(rest / a_second) + 1),
    }


def _number(n: int) -> str:
    return str(number_format(n, use_l10n=True, force_grouping=True))
