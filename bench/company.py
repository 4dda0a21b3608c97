"""A company large enough to be measured: many variants in a hundred segments, eight agents, two deciders."""

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group, Permission
from django.db import connection

from bench.shop import PRICE
from orchestr.agents.models import Agent, AgentToken, Scope, Tool
from orchestr.catalogue.models import FieldOwner, Segment, Site, System
from orchestr.connectors import registry
from orchestr.connectors.base import SystemConfig
from orchestr.people.models import Account, Person, SegmentAccountGrant
from orchestr.policy.default import default_rules
from orchestr.policy.values import Address, digest
from orchestr.rulebook.models import PolicyVersion
from orchestr.runs.models import Event, Run
from orchestr.workflows.models import Stage, Workflow, WorkflowVersion

VARIANTS = 60_000
SEGMENTS = 100
ADDRESS = Address(channel="web-de", currency="EUR")
UNBOUNDED = 10**9

# Set-based: rows in one statement each, as a shop of this size would have been read over weeks.
_VARIANTS = """
INSERT INTO orchestr_resource (type, key, sku, title, image, gone_at)
SELECT 'variant', 'V-' || n, 'V-' || n, 'Variant ' || n, '', NULL FROM generate_series(0, %(count)s - 1) AS n
"""
_SEGMENTED = """
INSERT INTO orchestr_resource_segment (resource_id, segment_id)
SELECT r.id, (%(leaves)s::uuid[])[1 + substr(r.key, 3)::int %% %(segments)s] FROM orchestr_resource r
"""
_HELD = """
INSERT INTO orchestr_system_resource (resource_id, system_id, ref, seen_at)
SELECT r.id, s, r.key, %(at)s FROM orchestr_resource r, unnest(%(systems)s::uuid[]) AS s
"""
_VALUES = """
INSERT INTO orchestr_field_value (resource_id, system_id, field, address, address_key, kind, value, token, observed_at)
SELECT r.id, %(system)s, %(field)s, %(address)s::jsonb, %(key)s, 'money', %(value)s::jsonb, '1', %(at)s
FROM orchestr_resource r
"""
_SALES = """
INSERT INTO orchestr_sales (resource_id, system_id, channel, units_7d, net_revenue_7d, observed_at)
SELECT r.id, %(system)s, 'web-de', 7, %(revenue)s::jsonb, %(at)s FROM orchestr_resource r
"""
_EVIDENCE = """
INSERT INTO orchestr_evidence (kind, run_id, resource_id, system_id, field, address, address_key, source, value, sha256,
                               observed_at, expires_at, recorded_at)
SELECT 'observed', (%(runs)s::uuid[])[1 + substr(r.key, 3)::int %% %(clients)s], r.id, %(system)s, 'price',
       %(address)s::jsonb, %(key)s, 'demo-shop', %(value)s::jsonb, %(sha256)s, %(at)s, %(until)s, %(at)s
FROM orchestr_resource r
RETURNING (SELECT key FROM orchestr_resource o WHERE o.id = resource_id), id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One agent in its run: `number` n proposes on every variant whose number is n modulo the count of clients."""

    number: int
    token: str
    run_id: UUID
    agent: Agent


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    clients: list[Client]
    merchandiser: Account
    narrow: Account
    leaves: list[UUID]
    evidence: dict[str, UUID]

    def keys(self, client: Client) -> Iterator[str]:
        """The variants of this client, each once; a segment after another."""
        return (f"V-{n}" for n in range(client.number, VARIANTS, len(self.clients)))

    def change(self, key: str) -> dict[str, Any]:
        """A price five per cent down: tier single under the default policy."""
        after = PRICE | {"amount": PRICE["amount"] * 95 // 100}  # type: ignore[operator]
        return {
            "type": "variant",
            "id": key,
            "field": "price",
            "address": ADDRESS.wire(),
            "before": PRICE,
            "after": after,
        }

    def body(self, keys: list[str]) -> dict[str, Any]:
        return {
            "summary": "Sell what has stood for weeks.",
            "rationale": "Seven units in seven days, and stock for a year.",
            "confidence": 0.9,
            "atomicity": "per_item",
            "evidence": [str(self.evidence[key]) for key in keys],
            "changes": [self.change(key) for key in keys],
        }


def found(*, clients: int, shop_url: str) -> Company:
    """Everything a submission is judged with."""
    at = datetime.now(UTC)
    Site.objects.create(
        key="web-de", name="Germany", country="DE", currency="EUR", tax_bp=1900, zone="Europe/Berlin",
        locales=["de"], workdays=[1, 2, 3, 4, 5, 6, 7], opens_at="00:00", closes_at="23:59",
    )  # fmt: skip
    shop = System.objects.create(key="demo-shop", kind="demo_shop", name="Shop", url=shop_url)
    erp = System.objects.create(key="demo-erp", kind="demo_erp", name="ERP", url="http://127.0.0.1:9")
    _owned(shop, erp)
    top = Segment.objects.create(key="all", name="All")
    leaves = Segment.objects.bulk_create(
        Segment(key=f"all/s-{n}", name=f"Segment {n}", parent=top) for n in range(SEGMENTS)
    )
    merchandiser, narrow, owner = _people(top, leaves[0], at)
    _policy(owner, merchandiser.person, at)
    made = [_client(number, owner, top, shop, at) for number in range(clients)]
    with connection.cursor() as cursor:
        evidence = _fill(cursor, shop, erp, [leaf.pk for leaf in leaves], made, at)
        cursor.execute("ANALYZE")
    return Company(
        clients=made, merchandiser=merchandiser, narrow=narrow, leaves=[leaf.pk for leaf in leaves], evidence=evidence
    )


def agent_of(company: Company, segment: Segment) -> Client:
    """One more agent in a run, with every tool of the shop in this segment alone."""
    owner, shop = company.clients[0].agent.owner, System.objects.get(key="demo-shop")
    return _client(1_000 + Agent.objects.count(), owner, segment, shop, datetime.now(UTC))


def _fill(
    cursor: Any, shop: System, erp: System, leaves: list[UUID], clients: list[Client], at: datetime
) -> dict[str, UUID]:
    import json

    cursor.execute(_VARIANTS, {"count": VARIANTS})
    cursor.execute(_SEGMENTED, {"leaves": leaves, "segments": SEGMENTS})
    cursor.execute(_HELD, {"systems": [shop.pk, erp.pk], "at": at})
    cost = {"amount": 8_000, "currency": "EUR", "exponent": 2, "tax": "excluded"}
    for system, field, address, value in (
        (shop, "price", ADDRESS, PRICE),
        (erp, "cost", Address(currency="EUR"), cost),
    ):
        given = {"system": system.pk, "field": field, "address": json.dumps(address.wire()), "key": address.key()}
        cursor.execute(_VALUES, given | {"value": json.dumps(value), "at": at})
    revenue = {"amount": 117_600, "currency": "EUR", "exponent": 2, "tax": "excluded"}
    cursor.execute(_SALES, {"system": shop.pk, "revenue": json.dumps(revenue), "at": at})
    cursor.execute(
        _EVIDENCE,
        {
            "runs": [client.run_id for client in clients],
            "clients": len(clients),
            "system": shop.pk,
            "address": json.dumps(ADDRESS.wire()),
            "key": ADDRESS.key(),
            "value": json.dumps(PRICE),
            "sha256": digest(PRICE),
            "at": at,
            "until": at + timedelta(hours=1),
        },
    )
    return dict(cursor.fetchall())


def _owned(*systems: System) -> None:
    for system in systems:
        declared = registry.declare(SystemConfig(key=system.key, kind=system.kind, url=system.url, settings={}))
        FieldOwner.objects.bulk_create(
            FieldOwner(
                type=field.type, field=field.field, system=system, source_of_truth=field.source_of_truth,
                writable=field.writable, max_age_s=field.max_age_s or 3600,
            )
            for field in declared.fields
        )  # fmt: skip
        Tool.objects.bulk_create(
            Tool(
                name=f"{system.key}.{tool.name}", system=system, action_class=tool.action_class,
                reversibility=tool.reversibility, guarantee=tool.guarantee,
                writes=[{"type": write.type, "field": write.field} for write in tool.writes],
            )
            for tool in declared.tools
        )  # fmt: skip


def _people(top: Segment, leaf: Segment, at: datetime) -> tuple[Account, Account, Person]:
    """A merchandiser of everything, one of a hundredth, and the agents' owner; finance and legal could decide too."""
    owner = Person.objects.create(name="Owner", created_at=at)
    merchandiser = _account("merchandiser", "merchandising", top, at)
    _account("finance", "finance", top, at)
    _account("legal", "legal", top, at)
    return merchandiser, _account("narrow", "merchandising", leaf, at), owner


def _account(name: str, function: str, segment: Segment, at: datetime) -> Account:
    person = Person.objects.create(name=name, created_at=at)
    account = Account.objects.create(username=name, person=person, password="!")
    account.groups.add(Group.objects.get_or_create(name=function)[0])
    for right in ("view_segment", "decide_segment", "cost_segment"):
        permission = Permission.objects.get(codename=right, content_type__app_label="orchestr")
        SegmentAccountGrant.objects.create(user=account, permission=permission, content_object=segment)
    return account


def _policy(author: Person, approver: Person, at: datetime) -> None:
    """The default policy, with a blast radius and budgets that let as much wait as a bench submits.

    Every rule is still asked: only what follows from how much a bench does in a minute is left to one person.
    """
    rules = default_rules()
    for row in rules["rules"]:
        if row["rule"] == "blast_radius":
            row["params"] |= dict.fromkeys(("single_over_items", "dual_over_items", "refuse_over_items"), UNBOUNDED)
        elif row["rule"].startswith("budget_"):
            row["params"]["over_effect"] = "info"
    PolicyVersion.objects.create(
        number=1, state="published", rules=rules, digest=digest(rules), author=author, approver=approver,
        created_at=at, effective_from=at,
    )  # fmt: skip


def _client(number: int, owner: Person, top: Segment, shop: System, at: datetime) -> Client:
    agent = Agent.objects.create(key=f"agent-{number}", name=f"Agent {number}", owner=owner, created_at=at)
    token = f"orc_{secrets.token_urlsafe(32)}"
    AgentToken.objects.create(
        agent=agent, prefix=token[:8], sha256=hashlib.sha256(token.encode()).hexdigest(), issued_by=owner,
        issued_at=at, expires_at=at + timedelta(days=1), last_used_at=at,
    )  # fmt: skip
    for tool in Tool.objects.filter(system=shop):
        scope = Scope.objects.create(agent=agent, tool=tool, channels=["web-de"], granted_at=at)
        scope.segments.set([top])
    workflow = Workflow.objects.create(
        key=f"clearance-{number}", name="Clearance", agent=agent, owner=owner, escalation_owner=owner,
        rollback_owner=owner, goal="Sell what does not move.", stage=Stage.SUPERVISED, channels=["web-de"],
        budgets={"runs_per_day": 1_000, "changes_per_day": UNBOUNDED, "steps": 1_000}, created_at=at,
    )  # fmt: skip
    workflow.segments.set([top])
    definition = {"key": workflow.key}
    WorkflowVersion.objects.create(
        workflow=workflow, number=1, definition=definition, digest=digest(definition), saved_by=owner, saved_at=at
    )
    event = Event.objects.create(source="bench", external_id=str(number), type="due", outcome="started", received_at=at)
    run = Run.objects.create(
        workflow=workflow, workflow_version=1, agent=agent, event=event, state="running", created_at=at,
        started_at=at, escalation_owner=owner, rollback_owner=owner, budget={"steps": {"limit": 1_000, "used": 0}},
    )  # fmt: skip
    return Client(number=number, token=token, run_id=run.pk, agent=agent)
