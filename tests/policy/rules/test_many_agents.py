import pytest

from tests.policy.cases import AT, codes, copy, found
from tests.policy.surroundings import around, other

HOUR = 3600


@pytest.mark.parametrize(("ago", "counts"), [(24 * HOUR - 1, True), (24 * HOUR, True), (24 * HOUR + 1, False)])
def test_what_another_agent_changed_counts_for_a_while(ago, counts):
    about = around(copy("x"), others=(other(open=False, at=AT - ago),))
    assert codes("many_agents", about) == ([("many_agents", "single")] if counts else [])


@pytest.mark.parametrize(("hours", "counts"), [(0, False), (1, False), (2, True), (3, True)])
def test_for_how_long_is_the_policys(hours, counts):
    about = around(copy("x"), others=(other(open=False, at=AT - 2 * HOUR),))
    assert bool(found("many_agents", about, within_hours=hours)) is counts


def test_what_is_open_counts_however_old():
    (finding,) = found("many_agents", around(copy("x"), others=(other(at=AT - 10**6, addresses=()),)))
    assert (finding.value, finding.params, finding.items) == ("discounter", {"proposal": "p-2"}, (0,))


def test_neither_itself_nor_a_person_is_another_agent():
    assert found("many_agents", around(copy("x"), others=(other(agent="repricer"), other(agent="")))) == []


def test_a_person_who_proposes_is_no_agent():
    assert found("many_agents", around(copy("x"), of={"proposer_kind": "person"}, others=(other(),))) == []


def test_the_effect_is_the_policys():
    about = around(copy("x"), others=(other(),))
    assert codes("many_agents", about, effect="dual", functions=("legal",)) == [("many_agents", "dual")]


def test_only_items_that_there_are_meet_another_agent():
    (finding,) = found("many_agents", around(copy("x"), others=(other(items=(0, 1)),)))
    assert finding.items == (0,)
    assert found("many_agents", around(copy("x"), others=(other(items=(1,)),))) == []


def test_who_decides_is_the_policys():
    (finding,) = found("many_agents", around(copy("x"), others=(other(),)), functions=("legal",))
    assert finding.functions == ("legal",)
