"""What the verdicts of thirty days say of the rules."""

from datetime import timedelta

from orchestr.proposals.hygiene import Figures, Hygiene, hygiene_of
from orchestr.proposals.models import Verdict
from orchestr.rulebook.in_force import in_force
from tests import make
from tests.proposals.propose import propose, single
from tests.proposals.test_exceptions import granted, refused


def look(**more: int) -> Hygiene:
    return hygiene_of(in_force(at=make.now()), at=make.now(), **more)


def figures(found: Hygiene, rule: str) -> Figures:
    (one,) = [each for each in found.rules if each.rule == rule]
    return one


def test_a_rule_that_fired_is_counted_and_one_that_did_not_is_named(house: make.House) -> None:
    single(house)
    found = look()
    assert (found.verdicts, found.cut) == (1, False)
    assert figures(found, "price_change").fired == 1
    never = {each.rule for each in found.never}
    assert "promotion_window" in never
    assert "price_change" not in never


def test_what_only_informs_has_not_fired(house: make.House) -> None:
    single(house)
    (verdict,) = Verdict.objects.all()
    assert any(each["rule"] == "native_compare" and each["effect"] == "info" for each in verdict.findings)
    assert figures(look(), "native_compare").fired == 0


def test_a_rule_is_shadowed_where_another_says_as_much_of_the_same_every_time(house: make.House) -> None:
    make.plain_policy(house, "price_change", "stage")
    for resource in (house.jacket, house.jacket_2, house.tent):
        propose(house, house.change(resource, after=16_000))
    found = look()
    assert figures(found, "price_change").shadowed_by == ()
    (verdict, *_) = Verdict.objects.all()
    verdict.findings = [
        finding if finding["rule"] != "stage" else finding | {"items": [0]} for finding in verdict.findings
    ]
    for each in Verdict.objects.all():
        each.findings = verdict.findings
        each.save()
    assert figures(look(), "stage").shadowed_by == ("price_change",)


def test_twice_is_no_ground_to_call_a_rule_shadowed(house: make.House) -> None:
    make.plain_policy(house, "price_change", "price_day")
    for resource in (house.jacket, house.tent):
        propose(house, house.change(resource, after=16_000))
    assert look().shadowed == []


def test_a_rule_whose_every_refusal_was_excepted_is_always_overridden(house: make.House) -> None:
    proposal = refused(house)
    assert look().overridden == []
    granted(house, proposal)
    found = look()
    assert [(each.rule, each.refused, each.excepted) for each in found.overridden] == [("cost", 1, 1)]
    assert figures(found, "cost").fired == 2


def test_older_verdicts_and_those_beyond_the_most_are_left_out(house: make.House) -> None:
    for resource in (house.jacket, house.tent):
        propose(house, house.change(resource, after=19_000))
    assert (look(most=1).verdicts, look(most=1).cut) == (1, True)
    Verdict.objects.update(at=make.now() - timedelta(days=31))
    assert look().verdicts == 0
