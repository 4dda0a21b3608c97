"""Builders: plain rows with sensible defaults, for every room's tests.

`house()` is a whole small company on two shelves (see `tests/packages/shelf.py`): the shop and the ERP hold in
this process what the catalogue rows say, so that live reads agree until a test edits a shelf.
"""

import hashlib
import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import shelf
from django.db import connection
from django.db.models import Model

from orchestr.agents.models import Agent, AgentToken, Scope, Tool
from orchestr.catalogue.models import (
    FieldOwner,
    FieldValue,
    Resource,
    Sales,
    Segment,
    Site,
    System,
    SystemResource,
    ValueHistory,
)
from orchestr.connectors import registry
from orchestr.connectors.base import FieldSnapshot, ResourceSnapshot, SystemConfig
from orchestr.people.models import Account, Person, Shift
from orchestr.policy.values import Address, digest
from orchestr.rulebook.models import PolicyVersion
from orchestr.runs.models import Event, Evidence, Run
from orchestr.workflows.models import Stage, Workflow, WorkflowVersion
from tests import people

money = shelf.money
DE = Address(channel="web-de", currency="EUR")
UK = Address(channel="web-uk", currency="GBP")
HAMBURG = Address(location="hamburg")
ENGLISH = Address(locale="en")


def now() -> datetime:
    return datetime.now(UTC)


# The catalogue.


def site(key: str = "web-de", *, currency: str = "EUR", country: str = "DE", **fields: Any) -> Site:
    values = {
        "name": key,
        "country": country,
        "currency": currency,
        "tax_bp": 1900 if country == "DE" else 2000,
        "zone": "Europe/Berlin" if country == "DE" else "Europe/London",
        "locales": ["de", "en"] if country == "DE" else ["en"],
        "workdays": [1, 2, 3, 4, 5],
    }
    return Site.objects.create(
        key=key, currency=currency, **{k: v for k, v in (values | fields).items() if k != "currency"}
    )


def system(key: str = "shop", *, kind: str = "shelf", role: str = "shop", **fields: Any) -> System:
    """A configured system; of kind `shelf` unless a URL to something real is given."""
    values = {"name": key, "url": "http://127.0.0.1:9", "settings": {"role": role} if kind == "shelf" else {}}
    return System.objects.create(key=key, kind=kind, **(values | fields))


def config(system: System) -> SystemConfig:
    return SystemConfig(key=system.key, kind=system.kind, url=system.url, settings=system.settings)


def owners(system: System) -> list[FieldOwner]:
    """The field owners that the system's own declaration asks for."""
    return FieldOwner.objects.bulk_create(
        FieldOwner(
            type=field.type,
            field=field.field,
            system=system,
            source_of_truth=field.source_of_truth,
            writable=field.writable,
            max_age_s=field.max_age_s,
        )
        for field in registry.declare(config(system)).fields
    )


def segment(key: str, parent: Segment | None = None) -> Segment:
    return Segment.objects.create(key=key, name=key.rsplit("/")[-1].capitalize(), parent=parent)


def resource(
    type: str = "variant",
    key: str = "JKT-1",
    *,
    segments: Iterable[Segment] = (),
    systems: Iterable[System] = (),
    at: datetime | None = None,
    **fields: Any,
) -> Resource:
    made = Resource.objects.create(type=type, key=key, **({"title": f"{type} {key}", "sku": key} | fields))
    made.segments.set(segments)
    for held_by in systems:
        SystemResource.objects.create(resource=made, system=held_by, ref=f"{type[0]}-{key}", seen_at=at or now())
    return made


def value(
    resource: Resource,
    system: System,
    field: str,
    value: Any,
    address: Address | None = None,
    *,
    at: datetime | None = None,
    on_shelf: bool = True,
) -> FieldValue:
    """What a system says of one field address; the system's shelf says the same unless told otherwise."""
    where = address or Address()
    kind = {dict: "money", int: "integer", str: "text"}[type(value)]
    if kind == "money" and "amount" not in value:
        kind = "object"
    observed = at or now()
    place: dict[str, Any] = {"resource": resource, "system": system, "field": field, "address": where.wire()}
    ValueHistory.objects.create(**place, address_key=where.key(), value=value, since=observed, cause="imported")
    if on_shelf and system.kind == "shelf":
        _shelve(resource, system, FieldSnapshot(field=field, value=value, kind=kind, address=where))  # type: ignore[arg-type]
    return FieldValue.objects.create(**place, address_key=where.key(), kind=kind, value=value, observed_at=observed)


def _shelve(resource: Resource, system: System, snapshot: FieldSnapshot) -> None:
    held = shelf.SHELVES[system.key].resources.get((resource.type, resource.key))
    fields = (*held.fields, snapshot) if held else (snapshot,)
    segments = held.segments if held else tuple(resource.segments.values_list("key", flat=True))
    shelf.put(
        system.key,
        ResourceSnapshot(
            type=resource.type,
            id=resource.key,
            ref=f"{resource.type[0]}-{resource.key}",
            title=resource.title,
            sku=resource.sku,
            segments=segments,
            fields=fields,
        ),
    )


def sales(resource: Resource, system: System, *, units: int = 14, channel: str = "web-de", net: int = 230_000) -> Sales:
    return Sales.objects.create(
        resource=resource,
        system=system,
        channel=channel,
        units_7d=units,
        net_revenue_7d=money(net, tax="excluded"),
        observed_at=now(),
    )


# Agents, tools, scopes, workflows.


def agent(key: str = "repricer", *, owner: Person | Account) -> Agent:
    return Agent.objects.create(key=key, name=key.capitalize(), owner=_person(owner), created_at=now())


def token(agent: Agent, *, expires_in: timedelta = timedelta(days=30)) -> str:
    """A live bearer token of the agent, as the agent would hold it."""
    secret = f"orc_{secrets.token_urlsafe(32)}"
    AgentToken.objects.create(
        agent=agent,
        prefix=secret[:12],
        sha256=hashlib.sha256(secret.encode()).hexdigest(),
        issued_by=agent.owner,
        issued_at=now(),
        expires_at=now() + expires_in,
    )
    return secret


def tools(system: System) -> list[Tool]:
    """The tools that the system's connector declares."""
    return Tool.objects.bulk_create(
        Tool(
            name=f"{system.key}.{tool.name}",
            system=system,
            action_class=tool.action_class,
            reversibility=tool.reversibility,
            guarantee=tool.guarantee,
            writes=[{"type": write.type, "field": write.field} for write in tool.writes],
            input_schema=dict(tool.input_schema),
            output_schema=dict(tool.output_schema),
        )
        for tool in registry.declare(config(system)).tools
    )


def scope(
    agent: Agent,
    tool: Tool,
    *,
    segments: Iterable[Segment],
    channels: Sequence[str] = ("web-de", "web-uk"),
    field_classes: Sequence[str] = (),
    **fields: Any,
) -> Scope:
    made = Scope.objects.create(
        agent=agent,
        tool=tool,
        channels=list(channels),
        field_classes=list(field_classes),
        granted_at=now(),
        **fields,
    )
    made.segments.set(segments)
    return made


BUDGETS = {"runs_per_day": 200, "changes_per_day": 2000, "steps": 100}


def workflow(
    agent: Agent,
    *,
    key: str = "clearance",
    segments: Iterable[Segment] = (),
    owner: Person | Account,
    escalation_owner: Person | Account | None = None,
    rollback_owner: Person | Account | None = None,
    channels: Sequence[str] = ("web-de", "web-uk"),
    **fields: Any,
) -> Workflow:
    """Supervised and enabled, with version 1 on record."""
    values = {
        "name": key.capitalize(),
        "goal": "Sell what does not move.",
        "stage": Stage.SUPERVISED,
        "budgets": BUDGETS,
    }
    made = Workflow.objects.create(
        key=key,
        agent=agent,
        owner=_person(owner),
        escalation_owner=_person(escalation_owner or owner),
        rollback_owner=_person(rollback_owner or owner),
        channels=list(channels),
        created_at=now(),
        **(values | fields),
    )
    made.segments.set(segments)
    definition = {"key": key, "agent": agent.key, "budgets": made.budgets}
    WorkflowVersion.objects.create(
        workflow=made,
        number=made.version,
        definition=definition,
        digest=digest(definition),
        saved_by=made.owner,
        saved_at=now(),
    )
    return made


def policy_version(
    *, author: Person | Account, approver: Person | Account, rules: dict[str, Any] | None = None
) -> PolicyVersion:
    """The published policy: the product's default unless other rules are given."""
    if rules is None:
        from orchestr.policy import default

        rules = default.default_rules()
    return PolicyVersion.objects.create(
        number=PolicyVersion.objects.count() + 1,
        state="published",
        rules=rules,
        digest=digest(rules),
        author=_person(author),
        approver=_person(approver),
        created_at=now(),
        effective_from=now(),
    )


def shift(person: Person | Account, *, starts_in: timedelta = timedelta(hours=-1), hours: int = 12) -> Shift:
    start = now() + starts_in
    return Shift.objects.create(person=_person(person), starts_at=start, ends_at=start + timedelta(hours=hours))


# Runs and evidence.


def event(key: str | None = None, *, source: str = "test", type: str = "schedule.due") -> Event:
    return Event.objects.create(
        source=source,
        external_id=key or secrets.token_hex(8),
        type=type,
        outcome="started",
        received_at=now(),
    )


def run(workflow: Workflow, **fields: Any) -> Run:
    """A running run of the workflow."""
    limits = {
        kind: {"limit": workflow.budgets[kind], "used": 0}
        for kind in ("steps", "tokens", "cost")
        if kind in workflow.budgets
    }
    values = {"state": "running", "created_at": now(), "started_at": now(), "budget": limits}
    return Run.objects.create(
        workflow=workflow,
        workflow_version=workflow.version,
        agent=workflow.agent,
        event=fields.pop("event", None) or event(),
        escalation_owner=workflow.escalation_owner,
        rollback_owner=workflow.rollback_owner,
        **(values | fields),
    )


def evidence(value: FieldValue, *, run: Run | None = None, person: Person | None = None, **fields: Any) -> Evidence:
    """Observed evidence of what the catalogue holds, good for an hour."""
    at = fields.pop("at", now())
    observed: dict[str, Any] = {
        "kind": "observed",
        "resource": value.resource,
        "system": value.system,
        "field": value.field,
        "address": value.address,
        "address_key": value.address_key,
        "source": value.system.key,
        "value": value.value,
        "sha256": digest(value.value),
        "observed_at": at,
        "expires_at": at + timedelta(hours=1),
        "recorded_at": at,
    }
    return Evidence.objects.create(run=run, person=person, **(observed | fields))


# The whole company.


@dataclass(frozen=True)
class House:
    """Sites web-de and web-uk; a shop and an ERP; apparel (jackets, base layers) and outdoor gear (tents)."""

    de: Site
    uk: Site
    shop: System
    erp: System
    apparel: Segment
    jackets: Segment
    base_layers: Segment
    outdoor: Segment
    tents: Segment
    jacket: Resource
    jacket_2: Resource
    base_layer: Resource
    tent: Resource
    jacket_stock: Resource
    jacket_product: Resource
    people: people.Cast
    agent: Agent
    token: str
    workflow: Workflow

    def price(self, resource: Resource, address: Address = DE) -> FieldValue:
        return FieldValue.objects.select_related("resource", "system").get(
            resource=resource, field="price", address_key=address.key()
        )

    def run(self, **fields: Any) -> Run:
        return run(self.workflow, **fields)

    def change(self, resource: Resource | None = None, *, after: int, address: Address = DE) -> dict[str, Any]:
        """A price change in wire shape, from what the catalogue holds to `after` minor units."""
        before = self.price(resource or self.jacket, address).value
        return {
            "type": "variant",
            "id": (resource or self.jacket).key,
            "field": "price",
            "address": address.wire(),
            "before": before,
            "after": before | {"amount": after},
        }


def house(*, policy: bool = True) -> House:
    """Everything a proposal needs: two systems, four variants with price 200.00 EUR and cost 80.00 EUR, one stock, one
    product, the cast, an agent of Ada's with scopes on both top segments, its workflow, the default policy."""
    shelf.clear()
    de, uk = site("web-de"), site("web-uk", currency="GBP", country="GB")
    shop, erp = system("shop"), system("erp", role="erp")
    owners(shop)
    owners(erp)
    apparel, outdoor = segment("apparel"), segment("outdoor-gear")
    jackets, base_layers = segment("apparel/jackets", apparel), segment("apparel/base-layers", apparel)
    tents = segment("outdoor-gear/tents", outdoor)
    cast = people.cast(apparel=apparel, outdoor=outdoor)
    variants = [
        variant(key, where, shop=shop, erp=erp)
        for key, where in (("JKT-1", jackets), ("JKT-2", jackets), ("BAS-1", base_layers), ("TNT-1", tents))
    ]
    stock = resource("stock", "JKT-1", segments=[jackets], systems=[shop, erp])
    value(stock, shop, "on_hand", 40, HAMBURG)
    value(stock, erp, "on_hand", 40, HAMBURG)
    product = resource("product", "jacket-one", segments=[jackets], systems=[shop], sku="", title="Jacket One")
    value(product, shop, "title", "Jacket One", ENGLISH)
    value(product, shop, "description", "Keeps the rain out.", ENGLISH)
    repricer = agent("repricer", owner=cast.ada)
    for held in (shop, erp):
        for tool in tools(held):
            scope(repricer, tool, segments=[apparel, outdoor])
    flow = workflow(
        repricer,
        segments=[apparel, outdoor],
        owner=cast.ada,
        escalation_owner=cast.omar,
        rollback_owner=cast.olga,
    )
    if policy:
        policy_version(author=cast.ada, approver=cast.fay)
    return House(
        de, uk, shop, erp, apparel, jackets, base_layers, outdoor, tents, *variants, stock, product,
        cast, repricer, token(repricer), flow,
    )  # fmt: skip


def variant(key: str, where: Segment, *, shop: System, erp: System, eur: int = 20_000, cost: int = 8_000) -> Resource:
    """A variant sold on both sites for `eur` cents (tax included; the same number in pence), at `cost` cents net."""
    made = resource("variant", key, segments=[where], systems=[shop, erp])
    value(made, shop, "price", money(eur), DE)
    value(made, shop, "price", money(eur, "GBP"), UK)
    value(made, shop, "tax_bp", 1900, Address(country="DE"))
    value(made, shop, "tax_bp", 2000, Address(country="GB"))
    value(made, erp, "cost", money(cost, tax="excluded"), Address(currency="EUR"))
    sales(made, shop)
    return made


def wait_until_blocked(*, count: int = 1, within_s: float = 10) -> None:
    """Wait until so many backends of this database wait for a lock: the second side of a race has arrived."""
    deadline = time.monotonic() + within_s
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0] >= count:
                return
        if time.monotonic() > deadline:
            raise AssertionError("Nobody came to wait for the lock: is it still taken?")
        time.sleep(0.01)


def _person(who: Person | Account | Model) -> Person:
    if isinstance(who, Account):
        assert who.person is not None
        return who.person
    assert isinstance(who, Person)
    return who


def value_of(change: dict[str, Any]) -> FieldValue:
    """What the catalogue holds at the field address of a change in wire shape."""
    return FieldValue.objects.select_related("resource", "system").get(
        resource__type=change["type"],
        resource__key=change["id"],
        field=change["field"],
        address_key=Address.parse(change["address"]).key(),
        system__key=change.get("system") or "shop",
    )


def plain_policy(house: House, *rules: str) -> PolicyVersion:
    """The next policy version in force: these rules alone, at their defaults."""
    PolicyVersion.objects.filter(state="published").update(state="retired")
    raw = {
        "functions": ["finance", "legal", "merchandising"],
        "rules": [{"rule": rule, "params": {}} for rule in rules],
    }
    return policy_version(author=house.people.ada, approver=house.people.fay, rules=raw)


def tighten_policy(house: House, rule: str, **params: Any) -> PolicyVersion:
    """The next policy version in force: the one before with these parameters of one rule."""
    standing = PolicyVersion.objects.get(state="published")
    rules = {
        "functions": standing.rules["functions"],
        "rules": [
            {"rule": row["rule"], "params": row["params"] | (params if row["rule"] == rule else {})}
            for row in standing.rules["rules"]
        ],
    }
    PolicyVersion.objects.filter(pk=standing.pk).update(state="retired")
    return policy_version(author=house.people.ada, approver=house.people.fay, rules=rules)


def second_finance(house: House) -> Account:
    """One more person of finance who may decide on apparel."""
    rights = {people.VIEW: [house.apparel], people.DECIDE: [house.apparel]}
    return people.account("finn", ["finance"], rights)
