import pytest

from tests.policy.cases import codes, definition, facts, found, promotion


@pytest.mark.parametrize(
    ("reach", "everything"),
    [({"segments": []}, True), ({"segments": [], "skus": ["A"]}, False), ({"segments": ["tents"]}, False)],
)
def test_a_promotion_without_a_reach_is_on_everything(reach, everything):
    wanted = [("promotion_on_everything", "dual")] if everything else []
    assert codes("promotion_reach", facts(promotion(definition(**reach)))) == wanted


def test_switching_everything_off_is_no_reach():
    assert found("promotion_reach", facts(promotion(None), promotion("junk", index=1))) == []


def test_who_must_be_among_the_two_is_the_policys():
    about = facts(promotion(definition(segments=[])))
    (finding,) = found("promotion_reach", about, functions=("legal",), everything_effect="single")
    assert (finding.effect, finding.functions) == ("single", ("legal",))
