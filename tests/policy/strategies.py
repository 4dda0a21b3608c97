"""Change sets as they may come, wild ones included."""

from dataclasses import replace

from hypothesis import strategies as st

from orchestr.policy.facts import DeciderFacts, ExposureFacts, FreezeFacts
from orchestr.policy.parameters import DECIDING_FUNCTIONS
from orchestr.policy.rules import RULES
from orchestr.policy.values import Money
from tests.policy.cases import AT, OBSERVED, copy, definition, eur, facts, price, promotion, stock

CURRENCIES = st.sampled_from(["EUR", "EUR", "EUR", "GBP", "SEK"])
MONEY = st.builds(Money, st.integers(-10, 30_000), CURRENCIES, st.sampled_from([2, 2, 2, 3]))
EVIDENCE_IDS = st.sampled_from([("e1",), ("old",), ("claimed",), (), ("e1", "old")])
COMMON = {
    "segments": st.sampled_from([("apparel",), ("gear",), ("apparel", "gear"), ()]),
    "reversibility": st.sampled_from(["restore", "compensate", "delete_created", "irreversible"]),
    "guarantee": st.sampled_from(["native_cas", "read_compare", "none"]),
    "evidence": EVIDENCE_IDS,
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
        st.integers(0, 9_000).map(definition),
        st.sampled_from([{}, definition(ends_at=None), definition(ends_at="2026-09-01T00:00:00Z"), 3]),
    )
    return st.builds(promotion, after, before=st.sampled_from([None, definition()]), **COMMON)


ITEMS = st.lists(st.one_of(prices(), stocks(), copies(), promotions()), min_size=1, max_size=6).map(
    lambda items: tuple(replace(item, index=index, id=f"thing-{index}") for index, item in enumerate(items))
)
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
        lambda items, **more: facts(*items, evidence=EVIDENCE, **more),
        ITEMS,
        confidence_bp=st.one_of(st.none(), st.integers(0, 10_000)),
        proposer_kind=st.sampled_from(["agent", "person"]),
        stage=st.sampled_from([None, "canary", "supervised", "trusted"]),
        exposure=EXPOSURE,
        deciders=deciders,
        freezes=FREEZES,
    )


def values_for(spec):
    """Any value that a parameter of this sort may take."""
    match spec.kind:
        case "number":
            numbers = st.integers(spec.minimum, min(spec.maximum, 20_000))
            return st.one_of(st.none(), numbers) if spec.optional else numbers
        case "effect":
            return st.sampled_from(["info", "single", "dual", "refuse"])
        case "functions":
            return st.lists(st.sampled_from(DECIDING_FUNCTIONS), unique=True).map(tuple)
        case "moneys":
            amounts = st.integers(0, 3_000_000)
            eur, gbp = amounts.map(lambda one: Money(one, "EUR")), amounts.map(lambda one: Money(one, "GBP"))
            return st.one_of(st.just(()), st.tuples(eur), st.tuples(eur, gbp))
    windows = ["*", "2026-10-01T00:00:00Z/2026-10-15T00:00:00Z", "2026-01-01T00:00:00Z/2026-02-01T00:00:00Z"]
    pool = windows if spec.unit == "windows" else ["hamburg", "elsewhere", "guarantee*", "jacket", "€"]
    return st.lists(st.sampled_from(pool), unique=True).map(tuple)


RULE = st.sampled_from(sorted(RULES))
