import pytest

from orchestr.policy.values import Money
from tests.policy.cases import codes, eur, facts, found, price


@pytest.mark.parametrize(("after", "refused"), [(4_759, True), (4_760, False), (4_761, False)])
def test_cost_is_met_after_tax_to_the_cent(after, refused):
    assert codes("cost", facts(price(after))) == ([("below_cost", "refuse")] if refused else [])


@pytest.mark.parametrize(("after", "refused"), [(3_999, True), (4_000, False), (4_001, False)])
def test_a_price_without_tax_is_compared_as_it_is(after, refused):
    item = price(eur(after, "excluded"), before=eur(10_000, "excluded"), tax_bp=None)
    assert codes("cost", facts(item)) == ([("below_cost", "refuse")] if refused else [])


def test_says_that_the_value_would_disclose_the_cost():
    (finding,) = found("cost", facts(price(2_380)))
    assert (finding.value, finding.threshold, finding.discloses) == (-10_000, 0, "cost")


@pytest.mark.parametrize("unknown", [{"cost": None}, {"tax_bp": None}, {"cost": Money(4_000, "GBP")}])
def test_an_unknown_margin_goes_to_finance(unknown):
    (finding,) = found("cost", facts(price(9_500, **unknown)))
    assert (finding.code, finding.effect, finding.functions) == ("cost_unknown", "single", ("finance",))


def test_leaves_prices_that_are_refused_as_money_to_that_rule():
    assert found("cost", facts(price(0), price(None, index=1), price("x", index=2))) == []


def test_a_price_without_tax_bears_none_to_the_basis_point():
    item = price(eur(4_000_000, "excluded"), before=eur(5_000_000, "excluded"), cost=eur(4_000_000, "excluded"))
    assert found("cost", facts(item)) == []


def test_the_lowest_price_there_is_may_be_below_cost():
    assert codes("cost", facts(price(1))) == [("below_cost", "refuse")]


def test_the_worst_is_the_one_furthest_below_and_an_exception_has_its_functions():
    (finding,) = found("cost", facts(price(4_700), price(2_380, index=1), price(4_000, index=2)), functions=("legal",))
    assert (finding.worst, finding.value, finding.functions) == (1, -10_000, ("legal",))
