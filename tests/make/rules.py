"""Segments by rule, as two people have agreed on them."""

from datetime import datetime
from typing import Any

from django.db import transaction

from orchestr.catalogue.models import Segment, SegmentRule
from orchestr.catalogue.rules.conditions import Conditions
from orchestr.governance import control
from orchestr.governance.segment_rules import Rule, request_rule
from tests.make.basics import money, now
from tests.make.company import House

DEAR = {"field": "price", "channel": "web-de", "from": money(15_000)}


def rule(
    house: House,
    *conditions: dict[str, Any],
    key: str = "rule-dear",
    within: Segment | None = None,
    types: tuple[str, ...] = (),
    at: datetime | None = None,
) -> SegmentRule:
    """A rule that Ada asked for and Fay confirmed; without conditions: what costs 150.00 EUR or more on web-de."""
    wanted = Rule(
        key=key,
        name=key.removeprefix("rule-").capitalize(),
        within=(within or house.apparel).key,
        conditions=Conditions.parse({"types": list(types), "conditions": list(conditions) or [DEAR]}),
    )
    with transaction.atomic():
        change = request_rule(rule=wanted, reason="so agreed", by=house.people.ada, at=at or now())
        control.confirm(change_id=change.pk, digest=change.digest, by=house.people.fay, at=at or now())
    return SegmentRule.objects.select_related("segment").get(segment__key=key)
