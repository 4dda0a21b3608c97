import pytest

from tests.policy.cases import codes, copy, facts, found


@pytest.mark.parametrize(
    ("stage", "attended"), [("shadow", True), ("canary", True), ("supervised", True), ("trusted", False), (None, False)]
)
def test_nothing_goes_out_unattended_below_trusted(stage, attended):
    assert codes("stage", facts(copy("x"), stage=stage)) == ([("stage_supervised", "single")] if attended else [])


def test_who_looks_is_the_policys():
    (finding,) = found("stage", facts(copy("x"), stage="canary"), functions=("legal",))
    assert finding.functions == ("legal",)
