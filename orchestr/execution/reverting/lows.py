"""What a bad price leaves behind: the lowest of the last 30 days, against which a reduction may be announced.

Directive 98/6/EC, article 6a, counts every price that was asked, however short it stood: putting it back takes
nothing of it away before 30 days have passed.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestr.execution.reverting.lines import RevertLine, RevertPlan
from orchestr.policy.facts.price_history import PRIOR, Step, lowest
from orchestr.policy.values import Address, Json
from orchestr.proposals.facts.price_rows import told

type _Series = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Low:
    """`low` stays the lowest of 30 days until `until`; without what is put back it would be `without`."""

    low: Json
    without: Json
    until: datetime


def lows_of(plan: RevertPlan) -> Mapping[int, Low]:
    """For each price of the plan that ours undercut: what its 30-day low becomes (one statement)."""
    lines = [line for line in plan.lines if undercut(line)]
    if not lines:
        return {}
    begins = plan.read_at - timedelta(seconds=PRIOR)
    rows = told(
        names={(line.type, line.key) for line in lines},
        fields={line.field for line in lines},
        goods=(),
        promotions=False,
        since=begins,
    )
    series: dict[_Series, list[Step]] = defaultdict(list)
    for row in rows:
        amount = row.value["amount"] if isinstance(row.value, dict) and "amount" in row.value else None
        series[row.type, row.key, row.system, row.field, row.address_key].append(Step(row.since, amount))
    found = {line.index: _low(line, series[_name(line)], begins, plan.read_at) for line in lines}
    return {index: low for index, low in found.items() if low is not None}


def _low(line: RevertLine, steps: list[Step], begins: datetime, at: datetime) -> Low | None:
    assert line.written_at is not None
    now, since, written = int(at.timestamp()), int(begins.timestamp()), int(line.written_at.timestamp())
    low, without = lowest(steps, since, now + 1), lowest(steps, since, written)
    if low is None or (without is not None and without <= low):
        return None
    without = without if without is not None else _amount(line.restores_to)
    money: dict[str, Any] = dict(line.restores_to)
    until = datetime.fromtimestamp(now + PRIOR, UTC)
    return Low({**money, "amount": low}, {**money, "amount": without}, until)


def undercut(line: RevertLine) -> bool:
    """Whether ours asked less than what was found."""
    if line.kind != "money" or "price" not in line.field or line.written_at is None:
        return False
    ours, found = _amount(line.ours), _amount(line.restores_to)
    return ours is not None and found is not None and ours < found


def _amount(value: Json) -> int | None:
    return value.get("amount") if isinstance(value, dict) else None


def _name(line: RevertLine) -> _Series:
    return line.type, line.key, line.system, line.field, Address.parse(line.address).key()
