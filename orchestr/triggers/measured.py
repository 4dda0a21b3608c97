"""Triggers on measurements: what a published change did becomes an event, once, as a child of the run that proposed it.

A workflow may answer what it did itself; that it does not do so for ever is held by the depth of its chain of runs.
"""

from collections.abc import Iterator
from datetime import datetime

from audit.record import Actor
from orchestr.catalogue.tree import tree, with_descendants
from orchestr.outcomes.measuring.models import Measurement
from orchestr.outcomes.measuring.numbers import LEAST_UNITS, Numbers
from orchestr.outcomes.measuring.shown import Shown, shown
from orchestr.policy.values import Json
from orchestr.runs.events import SourceEvent
from orchestr.triggers.crossing import crossed
from orchestr.triggers.definition import Watch
from orchestr.triggers.dispatch import dispatch
from orchestr.triggers.matching import MOST_TARGETS, source_of
from orchestr.triggers.models import Trigger
from orchestr.triggers.reading import first_id, horizon, keep

ACTOR = Actor.worker("measuring")
PAGE = 50


def look_at_measurements(row: Trigger, watch: Watch, at: datetime) -> bool:
    """One page of what was measured since the last look, an event for each that is watched for; whether there is more.

    The caller holds the trigger's row. Locks what `dispatch` locks.
    """
    until = horizon()
    since = row.cursor or first_id(row.looked_at or row.created_at)
    rows = Measurement.objects.filter(pk__gt=since, pk__lt=first_id(until)).order_by("pk")
    page = list(rows.select_related("proposal", "proposal__segment_set", "version")[:PAGE])
    here = _segments(watch)
    for each in page:
        seen = shown(each, sees_cost=False)  # an event is read by whoever reads events
        found = _found(watch, seen)
        if found is not None and (here is None or here & _places(each)):
            _send(row, watch, seen, found, at)
    keep(row, page[-1].pk if len(page) == PAGE else first_id(until), at)
    return len(page) == PAGE


def _places(row: Measurement) -> set[object]:
    """Where it lies, and the rules that held any of it when it was proposed."""
    ids = tree().ids
    ruled = {key for change in row.version.plan for key in change.get("rules", ())}
    return {*row.proposal.segment_ids, *(ids[key] for key in ruled if key in ids)}


def _segments(watch: Watch) -> frozenset[object] | None:
    if not watch.segments:
        return None
    ids = tree().ids
    return frozenset(with_descendants(ids[key] for key in watch.segments if key in ids))


def _found(watch: Watch, seen: Shown) -> tuple[int, int] | None:
    """What was to be expected and what was found, where that is what the trigger watches for."""
    if seen.verdict == "reverted" or seen.row.missing:
        return None
    return next((pair for pair in _pairs(watch.field, seen) if crossed(watch, *pair)), None)


def _pairs(field: str, seen: Shown) -> Iterator[tuple[int, int]]:
    """Of too few pieces nothing is told: an event about chance would start a run about nothing."""
    numbers = seen.numbers
    match field:
        case "measured.shortfall":
            for line in seen.lines:
                if line.verdict == "worse" and line.short_bp is not None:
                    yield 0, line.short_bp
        case "measured.units" if _enough(numbers):
            yield numbers.expected(numbers.units), numbers.units.since
        case "measured.net_revenue" if _enough(numbers):
            for purse in numbers.revenue:
                yield numbers.expected(purse.amount), purse.amount.since
        case "measured.stock" if numbers.stock is not None:
            yield numbers.stock.before, numbers.stock.since


def _enough(numbers: Numbers) -> bool:
    return max(numbers.expected(numbers.units), numbers.units.since) >= LEAST_UNITS


def _send(row: Trigger, watch: Watch, seen: Shown, found: tuple[int, int], at: datetime) -> None:
    measured, (expected, came) = seen.row, found
    things = dict.fromkeys((str(each["type"]), str(each["id"])) for each in measured.version.plan)
    items: list[Json] = [{"type": type, "id": id} for type, id in list(things)[:MOST_TARGETS]]
    data: dict[str, Json] = {
        "field": watch.field,
        "way": watch.way,
        "proposal": str(measured.proposal_id),
        "measurement": str(measured.pk),
        "horizon_hours": measured.horizon_h,
        "verdict": seen.verdict,
        "expected": expected,
        "found": came,
        "items": items,
        "count": len(things),
    }
    event = SourceEvent(
        id=str(measured.pk),
        type="measurement.taken",
        source=source_of(row.key),
        data=data,
        parent_id=measured.proposal.run_id,
    )
    dispatch(event=event, by=ACTOR, at=at)
