"""What holds for promotions, stock, copy and messages with anything that may stand beside them."""

import random
from dataclasses import fields, replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts.commerce import CommerceFacts, NamedClaim, SendTime, StandingPromotion, TouchedRevenue
from orchestr.policy.facts.proposal import Facts
from orchestr.policy.parameters import compare, specs
from orchestr.policy.rules import RULES
from orchestr.policy.values import Money, canonical
from tests.policy.cases import AT, OBSERVED, copy, definition, facts, message, promotion, stock
from tests.policy.strategies import values_for
from tests.policy.test_properties import POLICY, changed, loosened, replace_settings

MINE = sorted(name for name in RULES if name.startswith(("promotion_", "stock_", "copy_", "message_")))
NAMES = st.sampled_from(["TRAIL0", "TRAIL1", "trail1 ", "OTHER"])
SKUS = st.lists(st.sampled_from(["A", "B"]), unique=True)
SEGMENTS = st.sampled_from([("gear",), ("gear", "tents"), ("tents",), ()])
TIMES = st.sampled_from([None, AT - 90, AT + 90, AT + 10**6, AT + 3 * 10**6])
STANDING = st.builds(
    StandingPromotion,
    key=NAMES,
    status=st.sampled_from(["live", "scheduled", "waiting"]),
    system=st.sampled_from(["demo-shop", "other"]),
    channel=st.sampled_from(["web-de", "web-uk", ""]),
    discount_bp=st.one_of(st.none(), st.integers(0, 6_000)),
    starts_at=TIMES,
    ends_at=TIMES,
    skus=SKUS.map(tuple),
    segments=SEGMENTS,
    coupon=st.sampled_from(["", "save", "trail0"]),
    campaign=st.sampled_from(["", "autumn"]),
)
COMMERCE = st.builds(
    CommerceFacts,
    promotions=st.lists(STANDING, max_size=4).map(tuple),
    revenue=st.lists(
        st.builds(
            TouchedRevenue,
            index=st.integers(0, 7),
            net_revenue_7d=st.builds(Money, st.integers(0, 3_000_000), st.sampled_from(["EUR", "SEK"])),
        ),
        max_size=4,
    ).map(tuple),
    sending=st.lists(
        st.builds(SendTime, index=st.integers(0, 7), send_at=st.just(AT), minute=st.integers(0, 1_439)),
        max_size=3,
        unique_by=lambda one: one.index,
    ).map(tuple),
    claims=st.lists(
        st.builds(NamedClaim, evidence=st.just("e1"), text=st.sampled_from(["health", "guaranteed dry", "9 €"])),
        max_size=2,
    ).map(tuple),
)
DEFINITIONS = st.builds(
    lambda discount, skus, more: definition(discount, skus=skus, **more),
    st.integers(0, 8_000),
    SKUS,
    st.fixed_dictionaries(
        {},
        optional={
            "coupon": st.sampled_from(["SAVE", "TRAIL1", ""]),
            "campaign": st.sampled_from(["Autumn", ""]),
            "ends_at": st.sampled_from([None, "2026-10-02T00:00:00Z"]),
            "budget": st.integers(0, 900_000).map(lambda amount: Money(amount, "EUR").wire()),
        },
    ),
)
PROMOTIONS = st.builds(
    promotion, st.one_of(st.none(), DEFINITIONS), before=st.one_of(st.none(), DEFINITIONS), id=NAMES, segments=SEGMENTS
)
STOCKS = st.builds(
    stock,
    st.integers(-2, 900),
    before=st.one_of(st.none(), st.integers(0, 900)),
    id=st.sampled_from(["S", "T"]),
    location=st.sampled_from(["hamburg", "leeds"]),
    units_7d=st.sampled_from([None, 0, 3, 200]),
    stock=st.sampled_from([None, 40, 900]),
)
COPIES = st.builds(
    copy,
    st.sampled_from(["Plain.", "Heals.", "Guaranteed dry, heals", "Nur 9 €", "есо", "x" * 200, "™", "in\u202est"]),
    field=st.sampled_from(["title", "description"]),
    channel=st.sampled_from(["", "web-de", "marketplace"]),
)
MESSAGES = st.builds(
    message,
    st.one_of(
        st.none(),
        st.fixed_dictionaries(
            {},
            optional={
                "audience": st.sampled_from([0, 9_000, 600_000, None]),
                "frequency_7d": st.integers(0, 6),
                "consent": st.booleans(),
                "discount_bp": st.integers(0, 6_000),
                "promotion": NAMES,
            },
        ),
    ),
)
ITEMS = st.lists(st.one_of(PROMOTIONS, STOCKS, COPIES, MESSAGES), min_size=1, max_size=4)


def numbered(items, start=0):
    return tuple(replace(item, index=start + n) for n, item in enumerate(items))


ALL = st.builds(
    lambda items, commerce: facts(*numbered(items), commerce=commerce, evidence=(OBSERVED,), deciders=None),
    ITEMS,
    st.one_of(st.none(), COMMERCE),
)


@settings(max_examples=150, deadline=None)
@given(ALL, ITEMS)
def test_adding_a_change_never_lowers_the_tier(about, more):
    added = replace(about, items=about.items + numbered(more, len(about.items)))
    before, after = evaluate(about, POLICY), evaluate(added, POLICY)
    assert not loosened(after, before)
    assert "rule_error" not in after.codes


@settings(max_examples=150, deadline=None)
@given(ALL, st.randoms(use_true_random=False))
def test_the_order_of_rules_changes_and_neighbours_does_not_matter(about, chance: random.Random):
    items, rules = list(about.items), list(POLICY.settings)
    chance.shuffle(items)
    chance.shuffle(rules)
    beside = about.commerce
    if beside is not None:
        parts = {part.name: list(getattr(beside, part.name)) for part in fields(beside)}
        for rows in parts.values():
            chance.shuffle(rows)
        beside = CommerceFacts(**{name: tuple(rows) for name, rows in parts.items()})
    turned = evaluate(replace(about, items=tuple(items), commerce=beside), replace_settings(tuple(rules)))
    assert canonical(turned.to_wire()) == canonical(evaluate(about, POLICY).to_wire())


@settings(max_examples=400, deadline=None)
@given(ALL, st.sampled_from(MINE), st.data())
def test_tightening_a_parameter_never_loosens(about, name, data):
    rule = RULES[name]
    parameter = data.draw(st.sampled_from([part.name for part in fields(rule.params)]))
    spec = specs(rule.params)[parameter]
    old, new = data.draw(values_for(spec)), data.draw(values_for(spec))
    assume(compare(spec, old, new) in ("tighter", "same"))
    loose = evaluate(about, changed(name, **{parameter: old}))
    tight = evaluate(about, changed(name, **{parameter: new}))
    assert not loosened(tight, loose), (loose, tight)


@settings(max_examples=150, deadline=None)
@given(ALL)
def test_stored_facts_give_the_same_verdict_byte_for_byte(about):
    replayed = Facts.from_wire(about.to_wire())
    assert replayed.canonical() == about.canonical()
    assert canonical(evaluate(replayed, POLICY).to_wire()) == canonical(evaluate(about, POLICY).to_wire())
