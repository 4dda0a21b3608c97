import pytest

from orchestr.policy.budgets.standing import Taken, TotalFacts
from orchestr.policy.values import Money
from tests.policy.cases import codes, copy, eur, facts, found, price
from tests.policy.surroundings import around, standing

TOTAL = TotalFacts(segment="apparel/jackets", channel="web-de", currency="EUR", exponent=2, revenue=10_000)
ONE = {"from_items": 1, "refuse_over_bp": 9_000}


def moving(amount: int, *, total: TotalFacts = TOTAL, **parts):
    item = price(9_500, net_revenue_7d=eur(amount, "excluded"))
    return around(item, totals=(total,), **parts)


@pytest.mark.parametrize(
    ("amount", "effect"),
    [
        (2_499, None),
        (2_500, None),
        (2_501, "single"),
        (4_999, "single"),
        (5_000, "single"),
        (5_001, "dual"),
        (8_999, "dual"),
        (9_000, "dual"),
        (9_001, "refuse"),
    ],
)
def test_the_share_that_moves_decides(amount, effect):
    assert codes("revenue_share", moving(amount), **ONE) == ([("revenue_share", effect)] if effect else [])


@pytest.mark.parametrize(("there", "counts"), [(47, False), (48, False), (49, True), (50, True)])
def test_a_few_items_are_judged_one_by_one(there, counts):
    standing_there = standing("segment", pending=Taken(there, 0, 0))
    assert bool(found("revenue_share", moving(9_000, standing=(standing_there,)))) is counts


def test_what_waits_and_what_went_live_count():
    there = standing("segment", pending=Taken(1, 2_000, 0), live_24h=Taken(1, 1_000, 0), live_7d=Taken(9, 9_000, 0))
    (finding,) = found("revenue_share", moving(2_001, standing=(there,)), **ONE)
    assert (finding.value, finding.threshold, finding.effect) == (5_001, 5_000, "dual")
    assert finding.params == {"segment": "apparel/jackets", "channel": "web-de", "currency": "EUR"}


def test_where_nothing_is_known_to_sell_there_is_no_share():
    nothing = TotalFacts(segment="apparel/jackets", channel="web-de", currency="EUR", exponent=2, revenue=0)
    assert found("revenue_share", moving(9_000, total=nothing), **ONE) == []
    elsewhere = TotalFacts(segment="apparel/jackets", channel="web-uk", currency="EUR", exponent=2, revenue=1)
    assert found("revenue_share", moving(9_000, total=elsewhere), **ONE) == []


def test_what_names_no_channel_is_measured_against_all_of_them():
    more = TotalFacts(segment="apparel/jackets", channel="web-at", currency="EUR", exponent=2, revenue=10_000)
    item = copy("x", channel="", net_revenue_7d=eur(6_000, "excluded"))
    (finding,) = found("revenue_share", around(item, totals=(TOTAL, more)), **ONE)
    assert finding.value == 3_000


def test_a_refusing_limit_is_a_matter_of_choice():
    assert codes("revenue_share", moving(10_000), from_items=1) == [("revenue_share", "dual")]


@pytest.mark.parametrize(("amount", "functions"), [(2_501, ()), (5_001, ("legal",)), (9_001, ("legal",))])
def test_one_person_may_be_anybody_and_two_are_named(amount, functions):
    (finding,) = found("revenue_share", moving(amount), functions=("legal",), **ONE)
    assert (finding.functions, finding.items) == (functions, (0,))


def test_without_surroundings_there_is_no_share():
    assert found("revenue_share", facts(price(1, net_revenue_7d=eur(10**6, "excluded"))), **ONE) == []
    assert found("revenue_share", around(price(1, net_revenue_7d=eur(10**6, "excluded"))), **ONE) == []


def test_what_sells_nothing_moves_no_share_whatever_waits():
    there = standing("segment", pending=Taken(1, 9_000, 0))
    assert found("revenue_share", moving(0, standing=(there,)), **ONE) == []


def test_a_segment_that_sells_a_cent_has_a_share():
    total = TotalFacts(segment="apparel/jackets", channel="web-de", currency="EUR", exponent=2, revenue=1)
    assert codes("revenue_share", moving(1, total=total), **ONE) == [("revenue_share", "refuse")]


@pytest.mark.parametrize(
    ("row", "counts"),
    [
        (standing("segment", pending=Taken(5, 0, 0), live_24h=Taken(4, 0, 0)), True),
        (standing("segment", pending=Taken(4, 0, 0), live_24h=Taken(4, 0, 0)), False),
        (standing("segment", pending=Taken(9, 0, 0), currency="GBP"), True),
        (standing("segment", pending=Taken(9, 0, 0), key="gear"), False),
        (standing("family", pending=Taken(9, 0, 0), key="apparel/jackets", channel="web-de"), False),
    ],
)
def test_only_what_stands_in_the_segment_on_the_channel_makes_it_many(row, counts):
    assert bool(found("revenue_share", moving(9_000, standing=(row,)), from_items=10)) is counts


def test_items_of_several_currencies_are_counted_together():
    other = price(
        Money(9_500, "GBP"), before=Money(10_000, "GBP"), index=1, net_revenue_7d=Money(5, "GBP", 2, "excluded")
    )
    about = around(price(9_500, net_revenue_7d=eur(9_000, "excluded")), other, totals=(TOTAL,))
    assert bool(found("revenue_share", about, from_items=2))
    assert found("revenue_share", about, from_items=3) == []
