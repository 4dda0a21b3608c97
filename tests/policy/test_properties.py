"""What holds for any facts and any policy."""

import random
from collections import Counter
from dataclasses import fields, replace

from hypothesis import Phase, assume, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from orchestr.policy.compare import is_stricter
from orchestr.policy.default import default_policy
from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts.proposal import Facts
from orchestr.policy.findings import TIER_RANK, Verdict
from orchestr.policy.parameters import compare, specs
from orchestr.policy.rule import Case
from orchestr.policy.rules import RULES
from orchestr.policy.ruleset import Setting, parse_policy
from orchestr.policy.values import Address, Money, canonical
from tests.policy.cases import eur, facts, price
from tests.policy.strategies import ITEMS, RULE, all_facts, pool, tightest, values_for

POLICY = default_policy()


def loosened(now: Verdict, than: Verdict) -> bool:
    """Whether `now` lets through more easily. Behind a refusal, who would confirm an exception matters less."""
    if now.refused or than.refused:
        return than.refused and not now.refused
    return TIER_RANK[now.tier] < TIER_RANK[than.tier] or not set(than.functions) <= set(now.functions)


@settings(max_examples=300, deadline=None)
@given(all_facts(), ITEMS)
def test_adding_a_change_never_lowers_the_tier(about, more):
    start = len(about.items)
    added = tuple(replace(item, index=start + n, id=f"more-{n}") for n, item in enumerate(more))
    before, after = evaluate(about, POLICY), evaluate(replace(about, items=about.items + added), POLICY)
    assert not loosened(after, before)
    assert after.risk >= before.risk or "nobody_can_decide" in before.codes


@settings(max_examples=300, deadline=None)
@given(all_facts(), st.randoms(use_true_random=False))
def test_the_order_of_rules_and_changes_does_not_matter(about, chance: random.Random):
    items, rules = list(about.items), list(POLICY.settings)
    chance.shuffle(items)
    chance.shuffle(rules)
    turned = evaluate(replace(about, items=tuple(items)), replace_settings(tuple(rules)))
    assert canonical(turned.to_wire()) == canonical(evaluate(about, POLICY).to_wire())


@settings(max_examples=800, deadline=None)
@given(all_facts(), RULE, st.data())
def test_tightening_a_parameter_never_loosens(about, name, data):
    rule = RULES[name]
    parameter = data.draw(st.sampled_from([part.name for part in fields(rule.params)]))
    spec = specs(rule.params)[parameter]
    old, new = data.draw(values_for(spec)), data.draw(values_for(spec))
    assume(compare(spec, old, new) in ("tighter", "same"))
    loose = evaluate(about, changed(name, **{parameter: old}))
    tight = evaluate(about, changed(name, **{parameter: new}))
    assert not loosened(tight, loose), (loose, tight)
    assert not is_stricter(loose, tight) or tight.refused


@settings(max_examples=300, deadline=None)
@given(all_facts())
def test_stored_facts_give_the_same_verdict_byte_for_byte(about):
    stored = about.canonical()
    replayed = Facts.from_wire(about.to_wire())
    assert replayed.canonical() == stored
    assert canonical(evaluate(replayed, POLICY).to_wire()) == canonical(evaluate(about, POLICY).to_wire())


@settings(max_examples=300, deadline=None)
@given(all_facts())
def test_a_verdict_reads_back_and_adds_up(about):
    verdict = evaluate(about, POLICY)
    assert Verdict.from_wire(verdict.to_wire()) == verdict
    assert "rule_error" not in verdict.codes
    assert verdict.risk == min(100, sum(finding.weight for finding in verdict.findings))
    assert verdict.refused == any(finding.effect == "refuse" for finding in verdict.findings)


@settings(max_examples=200, deadline=None)
@given(all_facts(), RULE)
def test_a_rule_that_fails_never_loosens(about, name):
    def judge(case, params):
        raise LookupError

    broken = replace(RULES[name], judge=judge)
    rules = tuple(Setting(rule=broken, params=one.params) if one.rule.name == name else one for one in POLICY.settings)
    before, after = evaluate(about, POLICY), evaluate(about, replace_settings(rules))
    assert after.refused or after.tier == "dual"
    assert before.refused or not loosened(after, before)


def test_every_list_of_every_rule_has_entries_to_try():
    for name, rule in RULES.items():
        for parameter, spec in specs(rule.params).items():
            if spec.kind == "texts":
                assert len(pool(spec)) >= 2, f"say in ENTRIES what {name}.{parameter} may hold"


def test_every_rule_finds_something_in_what_is_tried():
    """Else the properties would hold of it for want of a case."""
    silent = dict(RULES)

    def all_spoke(about):
        case = Case(about)
        for name, rule in list(silent.items()):
            if any(list(rule.judge(case, params)) for params in (rule.params(), tightest(rule))):
                del silent[name]
        return not silent

    generate = settings(max_examples=5_000, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    try:
        find(all_facts(), all_spoke, settings=generate)
    except NoSuchExample:
        assert not sorted(silent), "no example made these rules find anything"


CURRENCY_PAIRS = st.sampled_from([("EUR", 2), ("EUR", 3), ("GBP", 2), ("JPY", 0), ("KWD", 3)])


@settings(max_examples=300, deadline=None)
@given(CURRENCY_PAIRS, CURRENCY_PAIRS, st.integers(1, 30_000), st.sampled_from(["included", "excluded"]))
def test_currency_exponent_and_tax_never_mix(before, after, amount, tax):
    """A price in anything but what stood there is refused, whatever the amounts; nothing is subtracted across."""
    old, new = Money(10_000, *before), Money(amount, *after, tax)
    item = price(new, before=old, currency=before[0], exponent=before[1], address=Address(), cost=None)
    verdict = evaluate(facts(item), POLICY)
    if old.comparable(new):
        assert "money_mismatch" not in verdict.codes
        return
    assert verdict.refused
    assert "money_mismatch" in verdict.codes
    assert not {"price_change", "below_cost", "margin_floor", "value_at_stake"} & verdict.codes


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30_000), CURRENCY_PAIRS), min_size=2, max_size=5))
def test_stakes_of_several_currencies_are_never_added(moves):
    items = tuple(
        price(
            Money(10_000 + move, *unit),
            before=Money(10_000, *unit),
            index=index,
            currency=unit[0],
            exponent=unit[1],
            address=Address(),
            stock=1_000,
        )
        for index, (move, unit) in enumerate(moves)
    )
    sums = Counter()
    for move, unit in moves:
        sums[unit] += move * 1_000
    found = {
        (finding.value.currency, finding.value.exponent): finding.value.amount
        for finding in RULES["value_at_stake"].judge(Case(facts(*items)), RULES["value_at_stake"].params(dual_over=()))
        if isinstance(finding.value, Money)
    }
    assert found == {unit: amount for unit, amount in sums.items() if amount}


@settings(max_examples=150, deadline=None)
@given(all_facts())
def test_the_same_inputs_give_the_same_verdict_byte_for_byte(about):
    first = canonical(evaluate(about, POLICY).to_wire())
    assert canonical(evaluate(about, default_policy()).to_wire()) == first
    assert canonical(evaluate(about, parse_policy(POLICY.wire(), number=POLICY.number)).to_wire()) == first


def test_forty_steps_of_two_per_cent_meet_people_and_then_a_stop():
    tiers, amount = [], 10_000
    for step in range(40):
        after = amount * 98 // 100
        item = price(after, before=amount, day_start=eur(10_000) if step else None, cost=eur(1, "excluded"))
        verdict = evaluate(facts(item), POLICY)
        tiers.append("refused" if verdict.refused else verdict.tier)
        amount = after
    assert tiers[:5] == ["single"] * 5
    assert set(tiers[5:34]) == {"dual"}
    assert set(tiers[34:]) == {"refused"}


def replace_settings(rules):
    return replace(POLICY, settings=rules)


def changed(name, **params):
    return replace_settings(
        tuple(
            Setting(rule=one.rule, params=replace(one.params, **params)) if one.rule.name == name else one
            for one in POLICY.settings
        )
    )
