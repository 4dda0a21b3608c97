"""Change sets as they may come, wild ones included."""

from dataclasses import fields, replace

from hypothesis import strategies as st

from orchestr.policy.facts.proposal import DeciderFacts, ExposureFacts, Facts, FreezeFacts, ItemFacts
from orchestr.policy.parameters import DECIDING_FUNCTIONS, default_of, specs
from orchestr.policy.rules import RULES
from orchestr.policy.values import Money
from tests.policy.by_type import MONEY, optional_parts
from tests.policy.cases import AT, OBSERVED, copy, definition, eur, facts, layout, price, promotion, stock

EVIDENCE_IDS = st.sampled_from([("e1",), ("old",), ("claimed",), (), ("e1", "old")])
COMMON = {
    "segments": st.sampled_from([("apparel",), ("gear",), ("apparel", "gear"), ()]),
    "reversibility": st.sampled_from(["restore", "compensate", "delete_created", "irreversible"]),
    "guarantee": st.sampled_from(["native_cas", "read_compare", "none"]),
    "evidence": EVIDENCE_IDS,
    "system": st.sampled_from(["demo-shop", "demo-erp", "mirror"]),
}


def prices():
    return st.builds(
        price,
        st.one_of(st.none(), MONEY),
        before=st.one_of(st.none(), MONEY),
        cost=st.one_of(st.none(), st.integers(0, 20_000).map(lambda amount: eur(amount, "excluded"))),
        tax_bp=st.sampled_from([None, 0, 1_900]),
        minimum_price=st.one_of(st.none(), MONEY),
        day_start=st.one_of(st.none(), MONEY),
        net_revenue_7d=st.one_of(st.none(), st.integers(0, 900_000).map(lambda amount: eur(amount, "excluded"))),
        stock=st.sampled_from([None, 0, 40, 4_000]),
        **COMMON,
    )


def stocks():
    return st.builds(
        stock,
        st.one_of(st.none(), st.integers(-5, 2_000)),
        before=st.one_of(st.none(), st.integers(0, 2_000)),
        location=st.sampled_from(["hamburg", "elsewhere"]),
        allowed_locations=st.sampled_from([None, ("hamburg",)]),
        unit_price=st.sampled_from([None, eur(1_000), eur(1_000), Money(700, "GBP")]),
        units_7d=st.sampled_from([None, 0, 7, 700]),
        stock=st.sampled_from([None, 40, 4_000]),
        **COMMON,
    )


def copies():
    texts = ["A jacket.", "Guaranteed dry.", "Heals, 9 €", "", "x\u202ey", "guаranteed", "Eco and in stock"]
    return st.builds(
        copy, st.one_of(st.none(), st.sampled_from(texts)), field_class=st.sampled_from(["copy", "unknown"]), **COMMON
    )


def promotions():
    after = st.one_of(
        st.none(),
        st.builds(definition, st.integers(0, 9_000), coupon=st.sampled_from(["", "TRAIL0"]), campaign=st.just("gear")),
        st.sampled_from([{}, definition(ends_at=None), definition(ends_at="2026-09-01T00:00:00Z"), 3]),
    )
    return st.builds(promotion, after, before=st.sampled_from([None, definition()]), **COMMON)


def messages():
    """A message to customers has no case of its own: it is a text's neighbour of another class."""
    definitions = st.fixed_dictionaries(
        {},
        optional={
            "audience": st.sampled_from([0, 10, 100_000, 10_000_000, "all"]),
            "frequency_7d": st.integers(0, 9),
            "consent": st.sampled_from([True, False, "yes"]),
            "discount_bp": st.integers(0, 9_000),
            "promotion": st.sampled_from(["TRAIL0", "gear", ""]),
        },
    )
    return st.builds(
        copy, st.one_of(st.none(), st.just(3), definitions), type=st.just("message"), field=st.just("definition"),
        kind=st.just("object"), field_class=st.just("message"), before=st.none(), **COMMON,
    )  # fmt: skip


def storefronts():
    shelves = st.lists(st.sampled_from([f"p-{n}" for n in range(12)]), max_size=12)
    texts = st.sampled_from([None, 3, {}, {"hero": "x" * 90}, {"products": "p-1"}])
    after = st.one_of(texts, st.fixed_dictionaries({"products": shelves}))
    return st.builds(layout, after, field=st.sampled_from(["order", "layout"]), before=after, **COMMON)


# Facts of an item and of a proposal that no case sets: whatever their types allow, mostly absent.
ITEM_CASES = frozenset(part.name for part in fields(ItemFacts)) - {"prices", "lineage"}
CASES = frozenset({"owner", "workflow", "stage", "confidence_bp", "atomicity"}) | {
    "evidence",
    "freezes",
    "deciders",
    "exposure",
}


def beside(cls, known):
    parts = optional_parts(cls, known)
    if not parts:
        return st.just({})
    return st.one_of(st.just({}), st.fixed_dictionaries({}, optional=parts), st.fixed_dictionaries(parts))


ITEMS = st.lists(
    st.builds(
        lambda item, more: replace(item, **more),
        st.one_of(prices(), stocks(), copies(), promotions(), storefronts(), messages()),
        beside(ItemFacts, ITEM_CASES),
    ),
    min_size=1,
    max_size=6,
).map(lambda items: tuple(replace(item, index=index, id=f"thing-{index}") for index, item in enumerate(items)))
EXPOSURE = st.lists(
    st.builds(
        ExposureFacts,
        segment=st.sampled_from(["apparel", "gear"]),
        channel=st.just("web-de"),
        pending=st.integers(0, 1_200),
        live_24h=st.integers(0, 1_200),
    ),
    max_size=2,
    unique_by=lambda one: one.segment,
).map(tuple)
DECIDERS = st.one_of(
    st.none(),
    st.lists(
        st.builds(
            DeciderFacts,
            functions=st.sampled_from([(), ("finance",), ("merchandising",), ("finance", "legal"), ("legal",)]),
            persons=st.integers(0, 3),
        ),
        max_size=4,
    ).map(tuple),
)
FREEZES = st.sampled_from([(), (FreezeFacts(kind="all"),), (FreezeFacts(kind="agent", key="repricer", items=(0,)),)])
EVIDENCE = (
    OBSERVED,
    replace(OBSERVED, id="old", observed_at=AT - 50_000, expires_at=AT + 50_000),
    replace(OBSERVED, id="claimed", kind="claimed"),
)


def all_facts(deciders=DECIDERS):
    return st.builds(
        lambda items, beside, **more: facts(*items, evidence=EVIDENCE, **more, **beside),
        ITEMS,
        beside(Facts, CASES),
        confidence_bp=st.one_of(st.none(), st.integers(0, 10_000)),
        proposer_kind=st.sampled_from(["agent", "person"]),
        atomicity=st.sampled_from(["per_item", "all_or_compensate"]),
        stage=st.sampled_from([None, "canary", "supervised", "trusted"]),
        exposure=EXPOSURE,
        deciders=deciders,
        freezes=FREEZES,
    )


def values_for(spec):
    """Any value that a parameter of this sort may take."""
    match spec.kind:
        case "number":
            numbers = st.one_of(
                *(st.integers(spec.minimum, min(spec.maximum, spec.minimum + reach)) for reach in (20_000, 40 * 86_400))
            )
            return st.one_of(st.none(), numbers) if spec.optional else numbers
        case "effect":
            return st.sampled_from(["info", "single", "dual", "refuse"])
        case "functions":
            return st.lists(st.sampled_from(DECIDING_FUNCTIONS), unique=True).map(tuple)
        case "moneys":
            amounts = st.integers(0, 3_000_000)
            eur, gbp = amounts.map(lambda one: Money(one, "EUR")), amounts.map(lambda one: Money(one, "GBP"))
            return st.one_of(st.just(()), st.tuples(eur), st.tuples(eur, gbp))
    return st.lists(st.sampled_from(pool(spec)), unique=True).map(tuple)


ENTRIES = {
    "windows": ["*", "2026-10-01T00:00:00Z/2026-10-15T00:00:00Z", "2026-01-01T00:00:00Z/2026-02-01T00:00:00Z"],
    "words": ["guarantee*", "jacket", "€"],
    "locations": ["hamburg", "elsewhere"],
    "segments": ["apparel", "gear"],
    "sources": ["demo-shop", "elsewhere"],
    "bands": ["EUR/2:500-12000", "EUR/2:9000-20000", "GBP/2:0-5000"],
    "endings": ["99", "EUR:00", "5"],
    "limits": ["web-de:description:3", "*:description:12"],
    "pairs": ["margin:up/stock:down", "margin:up/units:up", "stock:down/units:up"],
    "ranks": ["margin:up>stock:down", "stock:down>margin:up", "units:up>margin:up"],
    "characters": ["web-de:j", "*:U+0041-U+005A"],
}


def pool(spec):
    """Entries that this list may hold: those above for its unit, and every default of a list of the same unit."""
    said = [*ENTRIES.get(spec.unit, ()), *DEFAULTS.get(spec.unit, ())[:6]]
    return [entry for entry in dict.fromkeys(said) if spec.valid is None or spec.valid(entry)]


DEFAULTS: dict[str, list[str]] = {}
for rule in RULES.values():
    for name, spec in specs(rule.params).items():
        if spec.kind == "texts":
            DEFAULTS.setdefault(spec.unit, []).extend(default_of(rule.params, name))


def tightest(rule):
    """The rule as strict as its parameters go."""
    return rule.params(**{name: _tightest(spec) for name, spec in specs(rule.params).items()})


def _tightest(spec):
    match spec.kind:
        case "number":
            return spec.minimum if spec.tighter == "lower" else min(spec.maximum, 2**31)
        case "effect":
            return "refuse"
        case "functions":
            return DECIDING_FUNCTIONS
        case "moneys":
            return ()
    return tuple(pool(spec)) if spec.tighter == "more" else ()


RULE = st.sampled_from(sorted(RULES))
