import pytest

from orchestr.policy.standing import Taken, TotalFacts
from tests.policy.cases import codes, copy, eur, found, price
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
