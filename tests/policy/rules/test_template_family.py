import pytest

from orchestr.policy.budgets.standing import Taken
from tests.policy.cases import codes, copy, facts, found
from tests.policy.surroundings import around, standing


@pytest.mark.parametrize(
    ("there", "effect"),
    [
        (23, None),
        (24, None),
        (25, "single"),
        (198, "single"),
        (199, "single"),
        (200, "dual"),
        (998, "dual"),
        (999, "dual"),
        (1_000, "refuse"),
    ],
)
def test_items_of_one_template_add_up(there, effect):
    taken = standing("family", pending=Taken(there // 2, 0, 0), live_24h=Taken(there - there // 2, 0, 0))
    about = around(copy("x"), family="winter", standing=(taken,))
    assert codes("template_family", about) == ([("template_family", effect)] if effect else [])


def test_a_proposal_that_names_none_is_left_alone():
    assert found("template_family", around(copy("x")), single_over_items=0) == []
    assert found("template_family", facts(copy("x")), single_over_items=0) == []


def test_another_family_is_another_count():
    taken = standing("family", pending=Taken(500, 0, 0), key="summer")
    assert found("template_family", around(copy("x"), family="winter", standing=(taken,))) == []


def test_without_a_refusing_limit_it_stays_with_two():
    taken = standing("family", pending=Taken(5_000, 0, 0))
    about = around(copy("x"), family="winter", standing=(taken,))
    assert codes("template_family", about, refuse_over_items=None) == [("template_family", "dual")]


@pytest.mark.parametrize(("there", "functions"), [(25, ()), (200, ("legal",)), (1_000, ("legal",))])
def test_one_person_may_be_anybody_and_two_are_named(there, functions):
    about = around(
        copy("x"), copy("y", index=3), family="winter", standing=(standing("family", pending=Taken(there, 0, 0)),)
    )
    (finding,) = found("template_family", about, functions=("legal",))
    assert (finding.functions, finding.items, finding.params) == (functions, (0, 3), {"family": "winter"})
