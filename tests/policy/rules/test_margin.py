import pytest

from orchestr.policy.values import Money
from tests.policy.cases import codes, eur, facts, found, price


@pytest.mark.parametrize(("after", "effect"), [(5_599, "dual"), (5_600, None), (5_601, None)])
def test_the_floor_is_met_after_tax_to_the_cent(after, effect):
    # 40.00 cost, 19 % tax: 56.00 leaves exactly 15 % of 47.0588
    assert codes("margin", facts(price(after))) == ([("margin_floor", effect)] if effect else [])


@pytest.mark.parametrize(("after", "effect"), [(5_288, "refuse"), (5_289, "dual")])
def test_a_second_floor_refuses(after, effect):
    assert codes("margin", facts(price(after)), refuse_under_bp=1_000) == [("margin_floor", effect)]


def test_names_the_worst_margin_and_discloses_cost():
    (finding,) = found("margin", facts(price(5_500, index=0), price(5_000, index=1)))
    assert (finding.worst, finding.value, finding.threshold) == (1, 480, 1_500)
    assert finding.discloses == "cost"


def test_says_nothing_where_the_margin_is_unknown():
    unknown = (price(1, cost=None), price(1, index=1, tax_bp=None), price(1, index=2, cost=Money(1, "GBP")))
    assert found("margin", facts(*unknown)) == []


# A cost of 8,500 in 10,000 leaves 1,500 basis points; without tax a cent is one of them.
@pytest.mark.parametrize(
    ("cost", "effect"),
    [(8_499, None), (8_500, None), (8_501, "dual"), (8_999, "dual"), (9_000, "dual"), (9_001, "refuse")],
)
def test_both_floors_are_met_to_the_basis_point(cost, effect):
    item = price(10_000, before=9_000, tax_bp=0, cost=eur(cost, "excluded"))
    wanted = [("margin_floor", effect)] if effect else []
    assert codes("margin", facts(item), refuse_under_bp=1_000) == wanted


@pytest.mark.parametrize("refused", [None, 1_500])
def test_the_worst_of_each_floor_is_the_thinnest_and_names_its_functions(refused):
    about = facts(price(5_500), price(5_000, index=1), price(5_200, index=2))
    (finding,) = found("margin", about, refuse_under_bp=refused, functions=("legal",))
    assert (finding.worst, finding.value, finding.functions) == (1, 480, ("legal",))
