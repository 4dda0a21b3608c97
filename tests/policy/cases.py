"""Facts for the tests of policy: an apparel shop where all is well unless a test says otherwise."""

from dataclasses import replace
from typing import Any

from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts.proposal import DeciderFacts, EvidenceFacts, Facts, ItemFacts
from orchestr.policy.findings import Finding, Verdict
from orchestr.policy.parameters import DECIDING_FUNCTIONS
from orchestr.policy.rule import Case
from orchestr.policy.rules import RULES
from orchestr.policy.ruleset import Policy, Setting
from orchestr.policy.values import Address, Money

AT = 1_790_000_000
OBSERVED = EvidenceFacts(
    id="e1", kind="observed", observed_at=AT - 60, expires_at=AT + 540, sha256="0" * 64, source="demo-shop"
)
TEAM = (
    DeciderFacts(functions=("merchandising",), persons=2),
    DeciderFacts(functions=("finance",), persons=1),
    DeciderFacts(functions=("legal",), persons=1),
)
COMMON: dict[str, Any] = {
    "segments": ("apparel/jackets",),
    "live_known": True,
    "guarantee": "native_cas",
    "evidence": ("e1",),
}


def eur(amount: int, tax: Any = "included") -> Money:
    return Money(amount, "EUR", 2, tax)


def price(after: Any, *, before: Any = 10_000, index: int = 0, **more: Any) -> ItemFacts:
    """100.00 EUR with 19 % tax, costing 40.00 without, 40 in stock."""
    base: dict[str, Any] = {
        **COMMON,
        "index": index,
        "type": "variant",
        "id": f"SKU-{index}",
        "field": "price",
        "kind": "money",
        "field_class": "price",
        "system": "demo-shop",
        "address": Address(channel="web-de", currency="EUR"),
        "channel": "web-de",
        "before": eur(before) if isinstance(before, int) else before,
        "after": eur(after) if isinstance(after, int) else after,
        "currency": "EUR",
        "exponent": 2,
        "tax_bp": 1900,
        "cost": eur(4_000, "excluded"),
        "stock": 40,
        "units_7d": 10,
    }
    base["live"] = base["before"]
    return ItemFacts(**{**base, **more})


def stock(after: Any, *, before: Any = 100, index: int = 0, location: str = "hamburg", **more: Any) -> ItemFacts:
    base: dict[str, Any] = {
        **COMMON,
        "index": index,
        "type": "stock",
        "id": f"SKU-{index}",
        "field": "on_hand",
        "kind": "integer",
        "field_class": "stock",
        "system": "demo-erp",
        "address": Address(location=location),
        "before": before,
        "after": after,
        "live": before,
        "unit_price": eur(1_000),
        "allowed_locations": ("hamburg", "leeds", "oslo"),
    }
    return ItemFacts(**{**base, **more})


def copy(after: Any, *, before: Any = "A jacket.", index: int = 0, **more: Any) -> ItemFacts:
    base: dict[str, Any] = {
        **COMMON,
        "index": index,
        "type": "product",
        "id": f"jacket-{index}",
        "field": "description",
        "kind": "text",
        "field_class": "copy",
        "system": "demo-shop",
        "address": Address(channel="web-de", locale="en"),
        "channel": "web-de",
        "before": before,
        "after": after,
        "live": before,
    }
    return ItemFacts(**{**base, **more})


def definition(discount_bp: int = 1_500, **more: Any) -> dict[str, Any]:
    return {
        "title": "Trail weeks",
        "discount_bp": discount_bp,
        "segments": ["outdoor-gear/backpacks"],
        "starts_at": "2026-10-01T00:00:00Z",
        "ends_at": "2026-10-15T00:00:00Z",
        **more,
    }


def promotion(after: Any, *, before: Any = None, index: int = 0, field: str = "definition", **more: Any) -> ItemFacts:
    base: dict[str, Any] = {
        **COMMON,
        "index": index,
        "type": "promotion",
        "id": f"TRAIL{index}",
        "field": field,
        "kind": "object" if field == "definition" else "integer",
        "field_class": "promotion",
        "system": "demo-shop",
        "address": Address(channel="web-de"),
        "channel": "web-de",
        "before": before,
        "after": after,
        "live": before,
        "reversibility": "delete_created",
    }
    return ItemFacts(**{**base, **more})


def order(
    after: Any, *, before: Any = ("a", "b"), index: int = 0, raw: Any = "", raw_before: Any = "", **more: Any
) -> ItemFacts:
    """The products of a collection in their order; `raw` and `raw_before` stand for the whole value."""
    was = raw_before if raw_before != "" else None if before is None else {"products": list(before)}
    return layout(
        raw if raw != "" else {"products": after}, index=index, **{"field": "order", "before": was, "live": was, **more}
    )


def layout(after: Any, *, index: int = 0, **more: Any) -> ItemFacts:
    before = {"hero": None, "columns": 3}
    base: dict[str, Any] = {
        **COMMON,
        "index": index,
        "type": "collection",
        "id": f"jackets-{index}",
        "field": "layout",
        "kind": "object",
        "field_class": "storefront",
        "system": "demo-shop",
        "address": Address(channel="web-de"),
        "channel": "web-de",
        "before": before,
        "after": after,
        "live": before,
    }
    return ItemFacts(**{**base, **more})


def message(after: Any = "", *, before: Any = None, index: int = 0, **more: Any) -> ItemFacts:
    """To a thousand who agreed, the first this week, promising nothing."""
    whole = {
        "audience": 1_000,
        "frequency_7d": 1,
        "consent": True,
        "send_at": "2026-09-21T12:00:00Z",
        "zone": "Europe/Berlin",
        "discount_bp": None,
        "promotion": None,
    }
    base: dict[str, Any] = {
        **COMMON,
        "index": index,
        "type": "message",
        "id": f"NEWS-{index}",
        "field": "message",
        "kind": "object",
        "field_class": "message",
        "system": "demo-mail",
        "address": Address(channel="web-de"),
        "channel": "web-de",
        "before": before,
        "after": whole | after if isinstance(after, dict) else whole if after == "" else after,
        "live": before,
    }
    return ItemFacts(**{**base, **more})


def facts(*items: ItemFacts, **more: Any) -> Facts:
    base: dict[str, Any] = {
        "at": AT,
        "proposer_kind": "agent",
        "proposer": "repricer",
        "owner": "ada",
        "workflow": "clearance",
        "stage": "trusted",
        "confidence_bp": 9_000,
        "items": items,
        "evidence": (OBSERVED,),
        "deciders": TEAM,
    }
    return Facts(**{**base, **more})


def found(rule: str, about: Facts, **params: Any) -> list[Finding]:
    """What one rule alone finds, at its defaults but for `params`. Each finding is looked at: see `check_form`."""
    chosen = RULES[rule]
    findings = list(chosen.judge(Case(about), replace(chosen.params(), **params)))
    for finding in findings:
        check_form(finding, rule, about)
    return findings


def check_form(finding: Finding, rule: str, about: Facts) -> None:
    """What every finding keeps to: its own name, the points of its effect, items that there are, one kind of money."""
    assert finding.rule == rule
    assert finding.weight == points(finding), finding
    assert set(finding.items) <= {item.index for item in about.items}, finding
    assert list(finding.items) == sorted(set(finding.items)), finding
    assert finding.worst is None or finding.worst in finding.items, finding
    if isinstance(finding.value, Money) and finding.threshold is not None:
        assert isinstance(finding.threshold, Money), finding
        assert finding.value.comparable(finding.threshold), finding


def points(finding: Finding) -> int:
    """As docs/policy.md has it: those of the effect, more for a price far beyond its limit; two ask without any."""
    if finding.rule == "class_ceiling" or finding.code == "track_too_new":
        return 0
    beyond = min(20, abs(finding.value) // 100) if finding.code == "price_change" else 0
    return {"info": 1, "single": 10, "dual": 30, "refuse": 70}[finding.effect] + beyond


def codes(rule: str, about: Facts, **params: Any) -> list[tuple[str, str]]:
    return sorted((finding.code, finding.effect) for finding in found(rule, about, **params))


def policy(**rules: dict[str, Any]) -> Policy:
    """These rules alone, by name, with these parameters."""
    settings = tuple(
        Setting(rule=RULES[name], params=replace(RULES[name].params(), **params)) for name, params in rules.items()
    )
    return Policy(number=7, settings=settings, functions=DECIDING_FUNCTIONS)


def judged(about: Facts, **rules: dict[str, Any]) -> Verdict:
    return evaluate(about, policy(**rules))
