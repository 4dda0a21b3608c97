import pytest

from orchestr.policy.evaluate import evaluate
from orchestr.policy.findings import Finding
from orchestr.policy.lower import Demand, Lowering, demand_of, lower
from orchestr.policy.words import lower as lower_words
from orchestr.policy.words.lower import say_lower
from tests.policy.cases import copy, eur, facts, policy, price

NAMES = "price_change price_day money cost margin minimum_price value_at_stake copy_given confidence"
POLICY = policy(**{name: {} for name in NAMES.split()})


def said(about, *, sees_cost=True, **how):
    verdict = evaluate(about, POLICY)
    now = demand_of(verdict)
    return [
        sentence
        for one in lower(about, POLICY, verdict)
        for sentence in say_lower(one, now=now, sees_cost=sees_cost, **how)
    ]


def test_a_large_cut_says_where_one_person_would_be_enough():
    assert said(facts(price(8_000))) == [
        "Within −10 % this would need one person.",
        "That alone would be enough for the whole proposal to need one person.",
    ]


def test_what_would_not_be_enough_says_so():
    assert said(facts(price(8_000, day_start=eur(15_000)))) == [
        "Within −10 % this would need one person.",
        "By itself it changes nothing: something else would still ask for two persons.",
        "Within −10 % this would need nobody.",
        "By itself it changes nothing: something else would still ask for two persons.",
    ]


def test_items_that_could_be_dropped_are_told():
    assert said(facts(price(8_000), price(9_500, index=1)))[2:] == [
        "Without these items the proposal would need one person."
    ]


def test_functions_are_named_in_the_readers_words():
    about = facts(price(8_000, stock=40_000))
    assert said(about, label=str.upper)[1] == (
        "That alone would be enough for the whole proposal to need two persons, among them: FINANCE."
    )


def test_sentences_are_translated_before_they_are_filled():
    german = {lower_words.AT_BOUND["at_most.single"]: "Bis {bound} genügte eine Person."}
    about = facts(price(8_000))
    assert said(about, translate=lambda text: german.get(text, text))[0] == "Bis −10 % genügte eine Person."
    assert said(about, show=lambda measure, unit: f"<{measure} {unit}>")[0].startswith("Within <-1000 bp>")


def test_a_floor_is_told_from_its_value_on():
    assert said(facts(copy("A warm jacket."), confidence_bp=6_000)) == [
        "From 80 % on this would need nobody.",
        "That alone would be enough for the whole proposal: nobody would be asked.",
    ]


@pytest.mark.parametrize("about", [facts(price(4_000)), facts(price(9_500, cost=eur(7_500, "excluded")))])
def test_what_tells_the_cost_is_not_said_to_who_may_not_see_it(about):
    assert said(about)
    assert said(about, sees_cost=False) == []


def test_nor_is_it_told_by_what_would_still_be_asked():
    """A cut of 40 % with hardly a margin: within 10 % the margin alone would still ask for two."""
    about = facts(price(8_000, cost=eur(6_700, "excluded")))
    assert "By itself it changes nothing: something else would still ask for two persons." in said(about)
    assert said(about, sees_cost=False) == ["Within −10 % this would need one person."]


def test_what_refuses_beside_it_is_told():
    about = facts(price(4_500, minimum_price=eur(9_600), day_start=eur(10_100)))
    assert "By itself it changes nothing: something else would still refuse the proposal." in said(about)


def test_where_another_asks_for_one_person_too_it_changes_nothing_by_itself():
    sentence = "By itself it changes nothing: something else would still ask for one person."
    assert said(facts(price(9_500), confidence_bp=6_000)).count(sentence) == 1


NOW = Demand(refused=False, tier="dual", functions=())
FOUND = Finding(rule="stock_change", code="stock_change", effect="dual", value=5, threshold=3, unit="units", items=(0,))


def test_a_finding_without_a_limit_says_nothing_of_one():
    assert say_lower(Lowering(finding=FOUND, parameters=()), now=NOW, sees_cost=True) == []


@pytest.mark.parametrize(
    ("side", "bound", "sentences"),
    [("at_most", 0, 0), ("at_most", 1, 1), ("at_least", 0, 1)],
)
def test_to_change_nothing_at_all_is_no_advice(side, bound, sentences):
    lowering = Lowering(finding=FOUND, parameters=(), side=side, bound=bound)
    assert len(say_lower(lowering, now=NOW, sees_cost=True)) == sentences


@pytest.mark.parametrize(
    ("discloses", "sees_cost", "sentences"),
    [("", False, 1), ("", True, 1), ("cost", True, 1), ("cost", False, 0)],
)
def test_what_dropping_items_leaves_is_said_unless_it_tells_the_cost(discloses, sees_cost, sentences):
    rest = Demand(refused=False, tier="single", functions=(), discloses=discloses)
    lowering = Lowering(finding=FOUND, parameters=(), without=rest)
    assert len(say_lower(lowering, now=NOW, sees_cost=sees_cost)) == sentences
