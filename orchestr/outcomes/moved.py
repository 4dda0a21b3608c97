"""What prices were: within the last day, and a week and a month ago, for the worst unattended day."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from django.db import connection

from orchestr.policy.facts.price import PriceFacts
from orchestr.policy.facts.price_history import PRIOR, Step
from orchestr.policy.facts.proposal import Value, read_value
from orchestr.policy.fieldclass import PRICE_FIELDS
from orchestr.policy.unattended.ladder import Starts
from orchestr.policy.unattended.windows import agreed, of_the_day
from orchestr.policy.values import Json, Money

DAY = timedelta(hours=24)
# Of each price in each system what it was since then, and what it was just before.
_STEPS = """
SELECT h.resource_id, y.key, h.field, h.address_key, h.value::text, h.since, h.until
FROM unnest(%(resources)s::uuid[]) AS n (id)
JOIN LATERAL (
    SELECT resource_id, system_id, field, address_key, value, since,
        lead(since) OVER (PARTITION BY system_id, field, address_key ORDER BY since, id) AS until
    FROM orchestr_value_history WHERE resource_id = n.id AND field = ANY(%(fields)s::text[]) OFFSET 0
) h ON h.until IS NULL OR h.until > %(since)s::timestamptz
JOIN orchestr_system y ON y.id = h.system_id
ORDER BY h.since
"""

Spot = tuple[UUID, str, str]  # resource, field, address


@dataclass(frozen=True, slots=True)
class _Was:
    """One value of one system, until it was replaced (None: it stands)."""

    value: Json
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Moved:
    """By spot and system what was there, in the order in which it came to be."""

    at: datetime
    steps: Mapping[Spot, Mapping[str, list[_Was]]]

    @classmethod
    def load(cls, resources: Collection[UUID], *, at: datetime) -> Self:
        """One statement, whatever the number of prices. Reads 30 days back."""
        found: dict[Spot, dict[str, list[_Was]]] = defaultdict(lambda: defaultdict(list))
        given: dict[str, Any] = {
            "resources": sorted(resources),
            "fields": sorted(PRICE_FIELDS),
            "since": at - timedelta(seconds=PRIOR),
        }
        with connection.cursor() as cursor:
            cursor.execute(_STEPS, given)
            for id, system, field, address_key, text, since, until in cursor.fetchall():
                was = _Was(None if text is None else json.loads(text), since, until)
                found[id, field, address_key][system].append(was)
        return cls(at, found)

    def starts(self, spot: Spot) -> Starts:
        """What the last 24 hours will have begun with as the day goes on: a value is it until a day after it was
        replaced. Nothing where it has not moved."""
        moves = [
            (was.until, was.value)
            for steps in self.steps.get(spot, {}).values()
            for was in steps
            if was.until is not None and was.until > self.at - DAY
        ]
        found: list[tuple[Value, int]] = []
        begins = 0
        for until, value in sorted(moves, key=lambda move: move[0]):
            found.append((read_value("money", value), begins))
            begins = int((until + DAY - self.at).total_seconds())
        return (*found, (None, begins)) if found else ()

    def windows(self, spot: Spot, now: Value, systems: Collection[str]) -> PriceFacts | None:
        """Where the price stood, as far as it is the same in each of these systems and stays so for a day."""
        if not isinstance(now, Money):
            return None
        at = int(self.at.timestamp())
        told = self.steps.get(spot, {})
        return agreed(
            of_the_day(steps, at=at, now=now) for steps in (_steps(told.get(key, ()), now) for key in systems)
        )


def _steps(rows: Collection[_Was], unit: Money) -> list[Step]:
    """None of them where an amount may not be compared: what the rules say of that is not for the bound to guess."""
    found = []
    for row in rows:
        value = read_value("money", row.value)
        if value is not None and not (isinstance(value, Money) and value.comparable(unit)):
            return []
        found.append(Step(int(row.since.timestamp()), value.amount if isinstance(value, Money) else None))
    return found
