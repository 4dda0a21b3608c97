import pytest

from tests.policy.cases import codes, copy, facts, found
from tests.policy.surroundings import around, other


@pytest.mark.parametrize(
    ("parts", "conflicts"),
    [
        ({}, True),
        ({"agent": ""}, True),
        ({"agent": "repricer"}, True),
        ({"open": False}, False),
        ({"addresses": ()}, False),
        ({"superseded": True}, False),
    ],
)
def test_another_open_proposal_of_the_same_value_is_a_conflict(parts, conflicts):
    about = around(copy("x"), others=(other(**parts),))
    assert codes("open_conflict", about) == ([("open_conflict", "single")] if conflicts else [])


def test_names_the_other_proposals():
    about = around(copy("x"), copy("y", index=1), others=(other(), other(proposal="p-1", addresses=(0, 1))))
    (finding,) = found("open_conflict", about, open_effect="dual", functions=("legal",))
    assert finding.params == {"proposals": ["p-1", "p-2"], "count": 2}
    assert (finding.items, finding.effect, finding.functions) == ((0, 1), "dual", ("legal",))


def test_a_scheduled_change_is_a_conflict_too():
    about = around(copy("x"), scheduled=(0,))
    assert codes("open_conflict", about) == [("scheduled_conflict", "single")]
    assert codes("open_conflict", about, scheduled_effect="refuse") == [("scheduled_conflict", "refuse")]
    (finding,) = found("open_conflict", about, functions=("legal",))
    assert finding.functions == ("legal",)


def test_many_others_are_counted_and_twenty_named():
    about = around(copy("x"), others=tuple(other(proposal=f"p-{n:02d}") for n in range(25)))
    (finding,) = found("open_conflict", about)
    assert finding.params == {"proposals": [f"p-{n:02d}" for n in range(20)], "count": 25}


def test_without_others_or_anything_scheduled_there_is_no_conflict():
    assert found("open_conflict", facts(copy("x"))) == []
    assert found("open_conflict", around(copy("x"))) == []


def test_only_items_that_there_are_conflict():
    """Facts may speak of more: where one asks what follows without some items, theirs are left in place."""
    about = around(copy("x"), others=(other(addresses=(0, 1)),), scheduled=(0, 2))
    assert {finding.items for finding in found("open_conflict", about)} == {(0,)}
    assert found("open_conflict", around(copy("x"), others=(other(addresses=(1,)),), scheduled=(2,))) == []
