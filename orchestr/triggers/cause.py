"""What a run is about: the last of the events that are one with the one that started it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from orchestr.runs.models import Event, Run
from orchestr.triggers.models import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """`collapsed` is how many events beside the first became part of the run; `left_out` things that were held back."""

    event: Event
    trigger: str | None = None
    collapsed: int = 0
    left_out: tuple[tuple[str, str], ...] = ()


def cause_of(run: Run) -> Cause:
    """The cause of one run (one query, or two where no trigger with a window stands behind it)."""
    rows = Window.objects.filter(run=run).select_related("trigger", "last_event").order_by("-opened_at", "-id")
    window = rows.first()
    if window is None or window.last_event is None:
        return Cause(event=run.event)
    return Cause(
        event=window.last_event,
        trigger=window.trigger.key,
        collapsed=window.count - 1,
        left_out=tuple((str(target), str(reason)) for target, reason in window.left_out),
    )


def collapsed(run_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """How many events beside the first each of these runs stands for; a run without any is missing (one query)."""
    rows = Window.objects.filter(run__in=list(run_ids), count__gt=1).values_list("run_id", "count")
    return {run_id: count - 1 for run_id, count in rows if run_id is not None}
