import pytest

from tests.policy.cases import AT, codes, copy, found
from tests.policy.surroundings import around, other

MINUTE = 60


def changed(ago=5 * MINUTE, **more):
    return around(copy("x"), others=(other(**{"open": False, "at": AT - ago, **more}),))


@pytest.mark.parametrize(("ago", "cools"), [(15 * MINUTE - 1, True), (15 * MINUTE, False), (15 * MINUTE + 1, False)])
def test_what_another_agent_has_changed_cools_down_for_a_while(ago, cools):
    assert codes("cool_down", changed(ago)) == ([("cooling_down", "refuse")] if cools else [])


def test_the_refusal_names_the_time_it_ends_and_by_whom():
    (finding,) = found("cool_down", changed(5 * MINUTE))
    assert finding.params == {"agent": "discounter", "proposal": "p-2", "until": AT + 10 * MINUTE}
    assert finding.value == "2026-09-21 14:23:20 UTC"


@pytest.mark.parametrize(("minutes", "cools"), [(4, False), (5, False), (6, True), (7, True), (8, True)])
def test_for_how_long_is_the_policys(minutes, cools):
    assert bool(found("cool_down", changed(5 * MINUTE), minutes=minutes)) is cools


@pytest.mark.parametrize(("minutes", "cools"), [(0, False), (4, False), (5, False), (6, True), (7, True), (8, True)])
def test_its_own_change_cools_down_only_where_the_policy_says_so(minutes, cools):
    assert bool(found("cool_down", changed(5 * MINUTE, agent="repricer"), own_minutes=minutes)) is cools


def test_people_may_change_it_at_once_and_what_they_changed_does_not_cool():
    assert found("cool_down", changed(agent="")) == []
    about = around(copy("x"), of={"proposer_kind": "person"}, others=(other(open=False, at=AT - MINUTE),))
    assert found("cool_down", about) == []


def test_another_value_of_the_same_thing_does_not_cool_and_what_is_open_has_not_changed_it():
    assert found("cool_down", changed(addresses=())) == []
    assert found("cool_down", changed(open=True)) == []


def test_the_last_change_counts():
    others = tuple(other(open=False, at=AT - ago, proposal=f"p-{ago}") for ago in (600, 60, 300))
    (finding,) = found("cool_down", around(copy("x"), others=others))
    assert finding.params["proposal"] == "p-60"


def test_effect_and_functions_are_the_policys():
    (finding,) = found("cool_down", changed(), effect="single", functions=("legal",))
    assert (finding.effect, finding.functions) == ("single", ("legal",))


def test_no_minutes_are_none_even_within_the_second_of_the_change():
    just_now = changed(ago=-1, agent="repricer")  # the moment of a change is told by the second, rounded up
    assert found("cool_down", just_now) == []
    assert found("cool_down", changed(ago=-1), minutes=0) == []
