"""The examples that the default policy ships with: each says what it shows, and what is judged is just that."""

import pytest

from orchestr.policy.default import default_policy
from orchestr.policy.default_examples import default_examples
from orchestr.policy.evaluate import evaluate
from orchestr.policy.examples import Example, parse_examples
from orchestr.policy.facts.proposal import DeciderFacts
from orchestr.policy.values import Money
from tests.policy.cases import eur

SHOWN = {
    "Copy without claims needs nobody": (False, "none", ()),
    "A price 5 % down needs one person": (False, "single", ()),
    "A price 5 % up needs one person": (False, "single", ()),
    "A price 20 % down needs merchandising and finance": (False, "dual", ("finance", "merchandising")),
    "A price below cost is refused": (True, "dual", ()),
    "A collection in another order needs one merchandiser": (False, "single", ("merchandising",)),
    "Copy that guarantees something needs legal": (False, "single", ("legal",)),
}


def shipped() -> tuple[Example, ...]:
    return tuple(parse_examples(default_examples()))


def test_each_expects_what_its_name_says() -> None:
    told = {each.name: (each.expect.refused, each.expect.tier, each.expect.functions) for each in shipped()}
    assert told == SHOWN


@pytest.mark.parametrize("name", SHOWN)
def test_the_default_policy_judges_it_so_with_nothing_left_unknown(name: str) -> None:
    (example,) = (each for each in shipped() if each.name == name)
    verdict = evaluate(example.facts, default_policy())
    assert verdict.refused is example.expect.refused
    if not verdict.refused:
        assert (verdict.tier, verdict.functions) == (example.expect.tier, example.expect.functions)
    unsure = {"drift", "stake_unknown", "cost_unknown", "no_native_compare", "low_confidence", "evidence_stale"}
    assert not verdict.codes & unsure


def test_the_prices_are_as_far_from_a_hundred_euros_as_the_names_say() -> None:
    items = [each.facts.items[0] for each in shipped() if each.facts.items[0].field_class == "price"]
    assert [item.after for item in items] == [eur(9_500), eur(10_500), eur(8_000), eur(4_000)]
    for item in items:
        assert item.before == item.live == eur(10_000)
        assert (item.currency, item.exponent, item.tax_bp) == ("EUR", 2, 1_900)
        assert (item.cost, item.stock, item.units_7d) == (Money(4_000, "EUR", 2, "excluded"), 40, 10)


def test_all_stand_on_one_observation_a_sure_agent_and_one_person_of_each_function() -> None:
    for example in shipped():
        facts = example.facts
        assert facts.deciders == tuple(
            DeciderFacts(functions=(name,), persons=1) for name in ("finance", "legal", "merchandising")
        )
        assert (facts.stage, facts.confidence_bp, len(facts.evidence)) == ("trusted", 9_000, 1)
        assert len(facts.evidence[0].sha256) == 64
        assert facts.at - facts.evidence[0].observed_at == 60
        assert facts.evidence[0].expires_at - facts.at == 540
        assert [(item.index, item.live_known, item.evidence) for item in facts.items] == [(0, True, ("e1",))]
