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
