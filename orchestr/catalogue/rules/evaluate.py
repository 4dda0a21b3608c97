"""Working out what each rule holds: on a beat, one statement and at most one audit event a rule."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from audit.record import Actor, record
from orchestr.catalogue.rules.conditions import Conditions
from orchestr.catalogue.rules.models import SegmentRule
from orchestr.catalogue.rules.statement import statement_of
from orchestr.catalogue.tree import with_descendants


@dataclass(frozen=True, slots=True)
class Found:
    """How many joined and left, how many are held now, how many nobody knows; `digest` is of the ids held, in order."""

    joined: int
    left: int
    held: int
    not_known: int
    digest: str


def evaluate_all(*, at: datetime) -> None:
    """Evaluate every live rule, each in a transaction of its own."""
    for rule_id in SegmentRule.objects.filter(retired_at=None).order_by("pk").values_list("pk", flat=True):
        with transaction.atomic(durable=True):
            evaluate(rule_id, at=at)


def evaluate(rule_id: UUID, *, at: datetime) -> Found | None:
    """Bring the members in step with what systems say at `at`. Locks the rule. None: there is no such rule.

    A retired rule holds nothing. A thing of which a condition is not known is not held.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
    rule = SegmentRule.objects.select_for_update(of=("self",)).select_related("within").filter(pk=rule_id).first()
    if rule is None:
        return None
    statement, given = statement_of(Conditions.parse(rule.conditions))
    within = list(with_descendants([rule.within_id]))
    given |= {"rule": rule.pk, "within": within, "retired": rule.retired_at is not None, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        found = Found(*cursor.fetchone())
    rule.evaluated_at, rule.held, rule.not_known = at, found.held, found.not_known
    rule.save(update_fields=["evaluated_at", "held", "not_known"])
    if found.joined or found.left:
        record(
            action="segment_rule.evaluated",
            actor=Actor.worker("catalogue"),
            at=at,
            about={"segment": rule.pk},
            data={"key": rule.key, "joined": found.joined, "left": found.left, "digest": found.digest},
            segments=[rule.within.key],
        )
    return found
