"""The examples that the default policy ships with: what it promises to the outside."""

from typing import Any

from orchestr.policy.examples import Example, Expected
from orchestr.policy.facts.proposal import DeciderFacts, EvidenceFacts, Facts, ItemFacts
from orchestr.policy.findings import Tier
from orchestr.policy.values import Address, Json, Money

AT = 1_790_000_000
_SEEN = EvidenceFacts(
    id="e1", kind="observed", observed_at=AT - 60, expires_at=AT + 540, sha256="0" * 64, source="shop"
)
_TEAM = tuple(DeciderFacts(functions=(name,), persons=1) for name in ("finance", "legal", "merchandising"))


def default_examples() -> list[Json]:
    """What the first rulebook row holds beside its rules; `parse_examples` reads it."""
    return [
        _row("Copy without claims needs nobody", _copy("Cut for long days on the hill."), "none"),
        _row("A price 5 % down needs one person", _price(9_500), "single"),
        _row("A price 5 % up needs one person", _price(10_500), "single"),
        _row("A price 20 % down needs merchandising and finance", _price(8_000), "dual", "finance", "merchandising"),
        _row("A price below cost is refused", _price(4_000), None),
        _row("A collection in another order needs one merchandiser", _order("b", "a"), "single", "merchandising"),
        _row("Copy that guarantees something needs legal", _copy("Guaranteed dry."), "single", "legal"),
    ]


def _row(name: str, item: ItemFacts, tier: Tier | None, *functions: str) -> Json:
    facts = Facts(
        at=AT,
        proposer_kind="agent",
        proposer="example",
        workflow="example",
        stage="trusted",
        confidence_bp=9_000,
        items=(item,),
        evidence=(_SEEN,),
        deciders=_TEAM,
    )
    expect = Expected(refused=tier is None, tier=tier or "dual", functions=tuple(sorted(functions)))
    return Example(name=name, facts=facts, expect=expect).to_wire()


def _price(after: int) -> ItemFacts:
    """From 100.00 EUR with 19 % tax, costing 40.00 without, 40 in stock."""
    before = Money(10_000, "EUR")
    return _item(
        type="variant",
        id="JACKET-M",
        field="price",
        kind="money",
        field_class="price",
        address=Address(channel="web-de", currency="EUR"),
        before=before,
        after=Money(after, "EUR"),
        live=before,
        currency="EUR",
        exponent=2,
        tax_bp=1900,
        cost=Money(4_000, "EUR", 2, "excluded"),
        stock=40,
        units_7d=10,
    )


def _copy(after: str) -> ItemFacts:
    return _item(
        type="product",
        id="jacket",
        field="description",
        kind="text",
        field_class="copy",
        address=Address(channel="web-de", locale="en"),
        before="A jacket.",
        after=after,
        live="A jacket.",
    )


def _order(*products: str) -> ItemFacts:
    before = {"products": sorted(products)}
    return _item(
        type="collection",
        id="jackets",
        field="order",
        kind="object",
        field_class="storefront",
        address=Address(channel="web-de"),
        before=before,
        after={"products": list(products)},
        live=before,
    )


def _item(**parts: Any) -> ItemFacts:
    return ItemFacts(
        index=0,
        system="shop",
        segments=("apparel",),
        channel="web-de",
        live_known=True,
        guarantee="native_cas",
        evidence=("e1",),
        **parts,
    )
