"""What a run is about: the last of the events that are one with the one that started it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count

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
    """The cause of one run (one query, or two more where its window is not there: never was, or is another run's now)."""
    rows = Window.objects.filter(run=run).select_related("trigger", "last_event").order_by("-opened_at", "-id")
    window = rows.first()
    if window is None or window.last_event is None:
        return _from_events(run)
    return Cause(
        event=window.last_event,
        trigger=window.trigger.key,
        collapsed=window.count - 1,
        left_out=tuple((str(target), str(reason)) for target, reason in window.left_out),
    )


def collapsed(run_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """How many events beside the first each of these runs stands for; a run without any is missing (two queries)."""
    windows = dict(Window.objects.filter(run__in=list(run_ids)).values_list("run_id", "count"))
    rest = Event.objects.filter(run__in=[id for id in run_ids if id not in windows])
    counts = windows | dict(rest.values_list("run_id").annotate(Count("id")).order_by())
    return {run_id: count - 1 for run_id, count in counts.items() if run_id is not None and count > 1}


def _from_events(run: Run) -> Cause:
    """A window serves one run after the other: of those before, the events themselves say what they were about."""
    rows = Event.objects.filter(run=run)
    last, count = rows.order_by("received_at", "id").last(), rows.count()
    if last is None:
        return Cause(event=run.event)
    told: Mapping[str, Any] = next((each for each in run.event.told if each.get("run") == str(run.pk)), {})
    return Cause(
        event=last,
        trigger=told.get("trigger"),
        collapsed=count - 1,
        left_out=tuple((str(target), str(reason)) for target, reason in told.get("left_out", ())),
    )
