"""Measurements as a reader may see them: what rests on cost is left out for whoever may not read it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from orchestr.outcomes.measuring.judge import Line, whole
from orchestr.outcomes.measuring.models import Measurement, MeasurementDue
from orchestr.outcomes.measuring.numbers import Moved, Numbers, Purse
from orchestr.policy.values import Json

WITHHELD = "withheld"  # everything that was judged rests on cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One measurement. `numbers.margins` and lines about a margin are there only for readers of cost; `withheld` are
    the places of the predictions that are left out."""

    row: Measurement
    numbers: Numbers
    lines: Sequence[Line]
    verdict: str
    reason: str
    withheld: Sequence[int] = ()


def shown(row: Measurement, *, sees_cost: bool) -> Shown:
    """Of what is left out the verdict says nothing either."""
    lines = [Line(**raw) for raw in row.lines]
    open_lines = [line for line in lines if sees_cost or line.metric != "margin"]
    verdict, reason = row.verdict, row.reason
    if len(open_lines) < len(lines):
        verdict, reason = whole(open_lines) if open_lines else (WITHHELD, "")
    numbers = Numbers.parse(row.numbers, row.margins if sees_cost else ())
    withheld = sorted({line.index for line in lines} - {line.index for line in open_lines})
    return Shown(row=row, numbers=numbers, lines=open_lines, verdict=verdict, reason=reason, withheld=withheld)


def measurements_of(proposal_ids: Collection[UUID], *, sees_cost: bool) -> Mapping[UUID, list[Shown]]:
    """By proposal, the shortest span first (one query)."""
    found: dict[UUID, list[Shown]] = {}
    rows = Measurement.objects.filter(proposal__in=list(proposal_ids)).order_by("proposal", "horizon_h")
    for row in rows:
        found.setdefault(row.proposal_id, []).append(shown(row, sees_cost=sees_cost))
    return found


def coming(proposal_id: UUID) -> list[MeasurementDue]:
    """The looks that are still to come, the next one first (one query)."""
    return list(MeasurementDue.objects.filter(proposal=proposal_id).order_by("horizon_h"))


def wire(seen: Shown) -> dict[str, Json]:
    """As the API tells it: `orchestr/api/document/measured.py` says what each part is."""
    row, numbers = seen.row, seen.numbers
    return {
        "id": str(row.pk),
        "horizon_hours": row.horizon_h,
        "verdict": seen.verdict,
        "reason": seen.reason or None,
        "before": {"since": _moment(row.before_since), "until": _moment(row.before_until)},
        "after": {"since": _moment(row.since), "until": _moment(row.until)},
        "known_until": None if row.known_until is None else _moment(row.known_until),
        "missing": row.missing,
        "items": numbers.things,
        "put_back": numbers.put_back,
        "also_changed": numbers.also_changed,
        "units": _moved(numbers.units) if numbers.told else None,
        "revenue": [_purse(each) for each in numbers.revenue],
        "margin": [_purse(each) for each in numbers.margins],
        "stock": None if numbers.stock is None else _moved(numbers.stock),
        "predictions": [_line(each) for each in seen.lines],
        "at": _moment(row.taken_at),
    }


def _moved(moved: Moved) -> dict[str, Json]:
    return {
        "before": moved.before,
        "after": moved.since,
        "rest_before": moved.rest_before,
        "rest_after": moved.rest_since,
    }


def _purse(purse: Purse) -> dict[str, Json]:
    return {"currency": purse.currency, "exponent": purse.exponent} | _moved(purse.amount)


def _line(line: Line) -> dict[str, Json]:
    return {
        "prediction": line.index,
        "metric": line.metric,
        "verdict": line.verdict,
        "reason": line.reason or None,
        "currency": line.currency or None,
        "before": line.before,
        "after": line.since,
        "expected": line.expected,
        "change_bp": line.change_bp,
        "short_bp": line.short_bp,
    }


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
