import pytest

from tests.policy.cases import codes, copy, facts, found


def over(count: int, atomicity: str = "all_or_compensate"):
    return facts(*(copy("x", index=n, system=f"system-{n}") for n in range(count)), atomicity=atomicity)


@pytest.mark.parametrize(("count", "effect"), [(1, None), (2, None), (3, "dual")])
def test_more_systems_than_that_need_two(count, effect):
    assert codes("systems_touched", over(count)) == ([("many_systems", effect)] if effect else [])


def test_items_that_stand_alone_may_lie_anywhere():
    assert found("systems_touched", over(9, "per_item")) == []


def test_says_how_many_there_are():
    (finding,) = found("systems_touched", over(5), dual_over_systems=4, functions=("legal",))
    assert (finding.value, finding.threshold, finding.functions) == (5, 4, ("legal",))
