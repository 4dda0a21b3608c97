import pytest

from tests.policy.cases import codes, facts, price


@pytest.mark.parametrize("stage", ["shadow", "canary", "supervised"])
def test_nothing_goes_out_unattended_below_trusted(stage: str):
    assert codes("stage", facts(price(9_500), stage=stage)) == [("stage_supervised", "single")]


@pytest.mark.parametrize("stage", ["trusted", None])
def test_trusted_workflows_and_people_are_judged_by_the_other_rules_alone(stage: str | None):
    assert codes("stage", facts(price(9_500), stage=stage)) == []
