import pytest

from tests.policy.cases import AT, codes, copy, found
from tests.policy.surroundings import around, other

HOUR = 3600
PRICE, STOCK, PROMO = ({"agent": name, "proposal": f"p-{name}"} for name in ("pricer", "stocker", "promoter"))


def crowd(*others, **more):
    return around(copy("x"), others=tuple(other(**{**PRICE, **each}) for each in others), **more)


def test_three_agents_on_one_thing_are_held_together():
    (finding,) = found("contested", crowd(STOCK, PROMO))
    assert (finding.code, finding.effect, finding.items) == ("contested_many", "single", (0,))
    assert finding.params == {"count": 3, "proposals": ["p-promoter", "p-stocker"]}


@pytest.mark.parametrize(("agents", "held"), [(2, True), (3, True), (4, False), (5, False)])
def test_from_how_many_is_the_policys(agents, held):
    assert bool(found("contested", crowd(STOCK, PROMO), agents=agents)) is held


def test_the_same_agent_twice_is_one():
    assert found("contested", crowd(STOCK, {**STOCK, "proposal": "p-3"})) == []
    assert found("contested", crowd({**STOCK, "agent": "repricer"}, {**PROMO, "agent": ""})) == []


@pytest.mark.parametrize(("hours", "held"), [(0, False), (1, False), (2, True), (3, True), (4, True)])
def test_what_was_changed_lately_counts_for_so_long(hours, held):
    lately = {**PROMO, "open": False, "at": AT - 2 * HOUR}
    assert bool(found("contested", crowd(STOCK, lately), within_hours=hours)) is held


def test_where_nothing_else_is_open_there_is_nothing_to_choose():
    assert found("contested", crowd({**STOCK, "open": False}, {**PROMO, "open": False})) == []


def test_a_person_who_proposes_is_no_third_agent():
    assert found("contested", crowd(STOCK, PROMO, of={"proposer_kind": "person", "proposer": "p"})) == []
    assert len(found("contested", crowd(STOCK, PROMO, {}, of={"proposer_kind": "person", "proposer": "p"}))) == 1


def test_what_this_one_supersedes_does_not_count():
    assert found("contested", crowd(STOCK, {**PROMO, "superseded": True})) == []


def test_only_what_meets_on_one_thing_counts():
    about = around(copy("x"), copy("y", index=1), others=(other(**STOCK, items=(0,)), other(**PROMO, items=(1,))))
    assert found("contested", about) == []


def wants(mine, theirs, **more):
    return crowd({**STOCK, "objectives": theirs, **more}, objectives=mine)


@pytest.mark.parametrize(
    ("mine", "theirs", "fights"),
    [
        (("margin:up",), ("stock:down",), True),
        (("stock:down",), ("margin:up",), True),
        (("price:up",), ("price:down",), True),
        (("margin:up",), ("margin:up",), False),
        (("completeness:up",), ("stock:down",), False),
        ((), ("stock:down",), False),
    ],
)
def test_two_whose_objectives_fight_are_held_together(mine, theirs, fights):
    assert codes("contested", wants(mine, theirs)) == ([("contested_objectives", "single")] if fights else [])


def test_which_objectives_fight_is_the_policys():
    about = wants(("margin:up",), ("stock:down",))
    assert found("contested", about, fights=()) == []
    (finding,) = found("contested", about)
    assert finding.params == {"mine": "margin:up", "theirs": "stock:down", "count": 1, "proposals": ["p-stocker"]}


def test_what_was_published_has_won_already():
    assert found("contested", wants(("margin:up",), ("stock:down",), open=False)) == []


@pytest.mark.parametrize(
    ("ranking", "expected"),
    [
        ((), ("contested_objectives", "single")),
        (("margin:up>stock:down",), ("outranks", "single")),
        (("stock:down>margin:up",), ("outranked", "refuse")),
        (("stock:down>margin:up", "margin:up>stock:down"), ("outranked", "refuse")),
    ],
)
def test_a_ranking_chooses_and_one_that_contradicts_itself_lets_neither_by(ranking, expected):
    assert codes("contested", wants(("margin:up",), ("stock:down",)), ranking=ranking) == [expected]


def test_the_effect_and_the_functions_are_the_policys():
    (finding,) = found("contested", crowd(STOCK, PROMO), effect="dual", functions=("legal",))
    assert (finding.effect, finding.functions) == ("dual", ("legal",))


def test_facts_that_say_anything_else_fight_nothing():
    assert found("contested", wants(("thing",), ("other:way", ":", "up"))) == []


def test_all_that_meet_anywhere_in_the_set_are_named():
    others = tuple(
        other(agent=agent, proposal=f"{agent}-{index}", items=(index,)) for agent in ("a", "b") for index in (0, 1)
    )
    (finding,) = found("contested", around(copy("x"), copy("y", index=1), others=others))
    assert (finding.items, finding.params["proposals"]) == ((0, 1), ["a-0", "a-1", "b-0", "b-1"])


def test_of_several_pairs_the_strictest_counts():
    about = wants(("margin:up", "price:up"), ("stock:down", "price:down"))
    assert codes("contested", about, ranking=("margin:up>stock:down",)) == [("contested_objectives", "single")]
    assert codes("contested", about, ranking=("stock:down>margin:up",)) == [("outranked", "refuse")]
