"""What holds for any facts and any policy."""

import random
from dataclasses import fields, replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from orchestr.policy.compare import is_stricter
from orchestr.policy.default import default_policy
from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts import Facts
from orchestr.policy.findings import TIER_RANK, Verdict
from orchestr.policy.parameters import compare, specs
from orchestr.policy.rules import RULES
from orchestr.policy.ruleset import Setting
from orchestr.policy.values import canonical
from tests.policy.cases import eur, facts, price
from tests.policy.strategies import ITEMS, RULE, all_facts, values_for

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
