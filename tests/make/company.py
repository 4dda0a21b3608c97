"""A whole small company on two shelves (see `tests/packages/shelf.py`), with its policy and its people on call.

The shop and the ERP hold in this process what the catalogue rows say, so that live reads agree until a test edits a
shelf.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import shelf

from orchestr.agents.models import Agent
from orchestr.catalogue.models import FieldValue, Resource, Segment, Site, System
from orchestr.people.models import Account, Person, Shift
from orchestr.policy.values import Address, digest
from orchestr.rulebook.models import PolicyVersion
from orchestr.runs.models import Run
from orchestr.workflows.models import Workflow
from tests import people
from tests.make.basics import money, now, person_of
from tests.make.catalogue import DE, ENGLISH, HAMBURG, UK, owners, resource, sales, segment, site, system, value
from tests.make.work import agent, run, scope, token, tools, workflow


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
            resource=resource, system=self.shop, field="price", address_key=address.key()
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
        author=person_of(author),
        approver=person_of(approver),
        created_at=now(),
        effective_from=now(),
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


def shift(person: Person | Account, *, starts_in: timedelta = timedelta(hours=-1), hours: int = 12) -> Shift:
    start = now() + starts_in
    return Shift.objects.create(person=person_of(person), starts_at=start, ends_at=start + timedelta(hours=hours))


def second_finance(house: House) -> Account:
    """One more person of finance who may decide on apparel."""
    rights = {people.VIEW: [house.apparel], people.DECIDE: [house.apparel]}
    return people.account("finn", ["finance"], rights)
