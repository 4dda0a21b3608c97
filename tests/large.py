"""A change set as large as one may be: many variants, their evidence and one proposal on all of them.

Rows are made by the thousand; the proposal itself goes through the operation, as any other does.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import shelf
from django.db import transaction

from orchestr.catalogue.models import FieldValue, Resource, Sales, SystemResource, ValueHistory
from orchestr.catalogue.plans import ProposedChange
from orchestr.connectors.base import FieldSnapshot, ResourceSnapshot
from orchestr.policy.values import Address, digest
from orchestr.proposals.models import Proposal
from orchestr.proposals.submitting.content import Content
from orchestr.proposals.submitting.submit import submit
from orchestr.runs.models import Evidence
from orchestr.workflows.models import Workflow
from tests import make
from tests.proposals.propose import agent_of

PRICE = 20_000


def roomy_policy(house: make.House) -> None:
    """The policy in force, with a blast radius and budgets that let a large set be decided by two persons."""
    make.tighten_policy(house, "blast_radius", single_over_items=20, dual_over_items=200, refuse_over_items=20_000)
    make.tighten_policy(house, "budget_agent", items_day=1_000_000)
    make.tighten_policy(house, "budget_segment", items_day=1_000_000)


def variants(house: make.House, count: int, *, start: int = 0) -> list[Resource]:
    """So many variants `LOT-00000`… from `start` on, sold at 200.00 EUR, spread over the segments of apparel."""
    at = make.now()
    places = [house.jackets, house.base_layers, house.apparel]
    rows = Resource.objects.bulk_create(
        Resource(type="variant", key=f"LOT-{n:05}", sku=f"LOT-{n:05}", title=f"Lot {n:05}")
        for n in range(start, start + count)
    )
    through = Resource.segments.through
    through.objects.bulk_create(
        through(resource_id=row.pk, segment_id=places[n % len(places)].pk) for n, row in enumerate(rows)
    )
    SystemResource.objects.bulk_create(
        SystemResource(resource=row, system=system, ref=f"v-{row.key}", seen_at=at)
        for row in rows
        for system in (house.shop, house.erp)
    )
    price, cost = shelf.money(PRICE), shelf.money(8_000, tax="excluded")
    for system, field, address, value in (
        (house.shop, "price", make.DE, price),
        (house.erp, "cost", Address(currency="EUR"), cost),
    ):
        place = {"system": system, "field": field, "address": address.wire(), "address_key": address.key()}
        ValueHistory.objects.bulk_create(
            ValueHistory(resource=row, value=value, since=at - timedelta(days=60), cause="imported", **place)
            for row in rows
        )
        FieldValue.objects.bulk_create(
            FieldValue(resource=row, kind="money", value=value, observed_at=at, **place) for row in rows
        )
        snapshot = FieldSnapshot(field=field, value=value, kind="money", address=address)
        for row in rows:
            shelf.SHELVES[system.key].resources["variant", row.key] = ResourceSnapshot(
                type="variant", id=row.key, ref=f"v-{row.key}", title=row.title, sku=row.sku, fields=(snapshot,)
            )
    Sales.objects.bulk_create(
        Sales(
            resource=row, system=house.shop, channel="web-de", units_7d=7,
            net_revenue_7d=shelf.money(117_600, tax="excluded"), observed_at=at,
        )
        for row in rows
    )  # fmt: skip
    return rows


def after_of(n: int) -> int:
    """What the n-th costs afterwards: from one to nine per cent less, every hundredth thirteen."""
    return PRICE * (87 if n % 100 == 99 else 99 - n % 9) // 100


def changes(rows: Sequence[Resource]) -> list[dict[str, Any]]:
    price = shelf.money(PRICE)
    return [
        {
            "type": "variant", "id": row.key, "field": "price", "address": make.DE.wire(),
            "before": price, "after": price | {"amount": after_of(n)},
        }
        for n, row in enumerate(rows)
    ]  # fmt: skip


def large(house: make.House, count: int, *, start: int = 0, **fields: Any) -> Proposal:
    """A proposal on so many prices, with evidence of each, as the house's agent submits it."""
    roomy_policy(house)
    Workflow.objects.filter(pk=house.workflow.pk).update(budgets=make.BUDGETS | {"changes_per_day": 1_000_000})
    house.workflow.refresh_from_db()
    rows = variants(house, count, start=start)
    proposer = agent_of(house)
    at = make.now()
    price = shelf.money(PRICE)
    evidence = Evidence.objects.bulk_create(
        Evidence(
            kind="observed", run=proposer.run, resource=row, system=house.shop, field="price", address=make.DE.wire(),
            address_key=make.DE.key(), source="shop", value=price, sha256=digest(price), observed_at=at,
            expires_at=at + timedelta(hours=1), recorded_at=at,
        )
        for row in rows
    )  # fmt: skip
    values: dict[str, Any] = {
        "summary": "Sell the slow ones.",
        "rationale": "They have stood for weeks.",
        "confidence_bp": 9_000,
        "atomicity": "per_item",
    }
    content = Content(
        evidence=tuple(row.pk for row in evidence),
        changes=tuple(ProposedChange.parse(n, each) for n, each in enumerate(changes(rows))),
        **(values | fields),
    )
    with transaction.atomic():
        return submit(proposer=proposer, content=content, at=make.now())
