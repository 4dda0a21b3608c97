import pytest

from orchestr.policy.facts.around import CoverFacts
from tests.policy.cases import codes, copy, facts, found
from tests.policy.surroundings import COVERED, around


@pytest.mark.parametrize(
    ("cover", "code"),
    [
        (COVERED, None),
        (CoverFacts(named=True, active=True, covers=False), "revert_right_missing"),
        (CoverFacts(named=True, active=False, covers=False), "revert_owner_gone"),
        (CoverFacts(named=False, active=False, covers=False), "revert_owner_gone"),
    ],
)
def test_somebody_must_be_able_to_put_it_back(cover, code):
    assert codes("revert_cover", around(copy("x"), cover=cover)) == ([(code, "single")] if code else [])


def test_a_person_has_no_rollback_owner_to_ask_for():
    assert found("revert_cover", facts(copy("x"))) == []
    assert found("revert_cover", around(copy("x"))) == []


def test_the_effect_is_the_policys():
    cover = CoverFacts(named=True, active=True, covers=False)
    (finding,) = found("revert_cover", around(copy("x"), cover=cover), uncovered_effect="dual", functions=("legal",))
    assert (finding.effect, finding.functions) == ("dual", ("legal",))
