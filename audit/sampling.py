"""A random sample of published proposals that an outsider can draw again.

The population are the `proposal.published` events among the first `size` entries of the sealed log, in a period, that
the person who draws may see. Each has a rank: SHA-256 of `seed:root:number`, all as text, with the root of the log at
that size in hexadecimal. The 25 smallest ranks are the sample. Whoever has the numbers (a bundle of the population
holds them) and the checkpoint draws the same; because the root is in the rank, nobody who could still add to the log
knows beforehand what a seed will draw.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from audit.actors import Actor
from audit.canonical import instant
from audit.models import AuditCheckpoint, AuditEvent
from audit.record import record
from audit.selection import Selection, Sight

MOST = 25
SAMPLED = "proposal.published"
_DRAWN = """
WITH population AS MATERIALIZED (
    SELECT leaf.number FROM ({events}) AS event
    CROSS JOIN LATERAL (SELECT number FROM audit_leaf WHERE event_id = event.id OFFSET 0) AS leaf
    WHERE leaf.number < %s
)
SELECT number, count(*) OVER () FROM population
ORDER BY sha256(convert_to(%s::text || ':' || %s::text || ':' || number, 'UTF8')), number LIMIT %s
"""
_EVENTS = """
SELECT leaf.number, leaf.event_id FROM unnest(%s::bigint[]) WITH ORDINALITY AS wanted (number, place)
CROSS JOIN LATERAL (SELECT number, event_id FROM audit_leaf WHERE number = wanted.number OFFSET 0) AS leaf
ORDER BY wanted.place
"""


class NothingToDraw(Exception):
    """There is no checkpoint to draw from; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """`numbers` of the log in the order of their ranks, out of `population` proposals published in the period."""

    seed: str
    size: int
    root: str
    population: int
    numbers: Sequence[int]
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def of(cls, event: AuditEvent) -> Self:
        """As `sample.drawn` tells it."""
        data: dict[str, Any] = event.data
        names = ("seed", "size", "root", "population", "numbers")
        times = {name: datetime.fromisoformat(data[name]) for name in ("since", "until") if data.get(name)}
        return cls(**{name: data[name] for name in names}, **times)  # type: ignore[arg-type]

    def selection(self) -> Selection:
        """What a bundle of the population asks for."""
        return Selection(action=SAMPLED, since=self.since, until=self.until)


def new_seed() -> str:
    return secrets.token_hex(8)


def draw(*, seed: str, since: datetime | None, until: datetime | None, sight: Sight | None) -> Drawn:
    """Draw from the log as it is sealed now. Reads only; raises NothingToDraw before the first checkpoint."""
    newest = AuditCheckpoint.objects.order_by("-id").first()
    if newest is None:
        raise NothingToDraw(_("Nothing is sealed yet: a sample can be drawn once the sealer has run."))
    root = bytes(newest.root).hex()
    asked = Selection(action=SAMPLED, since=since, until=until)
    inner, params = asked.events(sight).values("id").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_DRAWN.format(events=inner), [*params, newest.size, seed, root, MOST])
        rows = cursor.fetchall()
    return Drawn(
        seed=seed,
        size=newest.size,
        root=root,
        population=rows[0][1] if rows else 0,
        numbers=[number for number, _count in rows],
        since=since,
        until=until,
    )


def record_drawn(drawn: Drawn, *, actor: Actor, at: datetime) -> UUID:
    """Record what was drawn, so that nobody draws until they like the sample without its being seen."""
    data = {
        "seed": drawn.seed,
        "size": drawn.size,
        "root": drawn.root,
        "population": drawn.population,
        "numbers": list(drawn.numbers),
        "since": instant(drawn.since) if drawn.since else None,
        "until": instant(drawn.until) if drawn.until else None,
    }
    given = {name: part for name, part in data.items() if part is not None}
    return record(action="sample.drawn", actor=actor, at=at, about={}, data=given)


def events_of(drawn: Drawn, sight: Sight | None) -> list[tuple[int, AuditEvent]]:
    """The drawn events that may be seen, each with its number, in the order drawn. Two statements."""
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, [list(drawn.numbers)])
        places = cursor.fetchall()
    events = Selection().events(sight).filter(id__in=[id for _number, id in places]).in_bulk()
    return [(number, events[id]) for number, id in places if id in events]
