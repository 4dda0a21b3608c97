"""The rolling budgets of an agent, a segment and a SKU, each parameter at n − 1, n and n + 1."""

from dataclasses import replace

import pytest

from orchestr.policy.budgets.rolling import items_of_a_day
from orchestr.policy.budgets.standing import Taken
from orchestr.policy.rule import Case
from orchestr.policy.values import Address, Money
from tests.policy.cases import codes, copy, eur, found, price
from tests.policy.surroundings import around, standing

SCOPES = ["agent", "segment", "sku"]


def limit(amount: int) -> tuple[Money, ...]:
    return (Money(amount, "EUR", 2, "excluded"),)


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize(("there", "over"), [(8, False), (9, False), (10, True)])
@pytest.mark.parametrize("state", ["pending", "live_24h"])
def test_items_of_a_day_count_what_waits_and_what_is_live(scope, there, over, state):
    about = around(copy("x", id="SKU-0"), standing=(standing(scope, **{state: Taken(there, 0, 0)}),))
    expected = [(f"{scope}_items", "dual")] if over else []
    assert codes(f"budget_{scope}", about, items_day=10, items_week=1_000) == expected


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize(("there", "over"), [(8, False), (9, False), (10, True)])
def test_items_of_a_week_count_what_went_live_days_ago(scope, there, over):
    about = around(copy("x", id="SKU-0"), standing=(standing(scope, live_7d=Taken(there, 0, 0)),))
    assert codes(f"budget_{scope}", about, items_day=1, items_week=10) == ([(f"{scope}_items", "dual")] if over else [])


@pytest.mark.parametrize("scope", ["agent", "segment"])
@pytest.mark.parametrize(("there", "over"), [(899, False), (900, False), (901, True)])
@pytest.mark.parametrize("window", ["day", "week"])
def test_revenue_counts_what_the_items_sell_in_a_week(scope, there, over, window):
    taken = {"live_24h": Taken(1, there, 0)} if window == "day" else {"live_7d": Taken(1, there, 0)}
    item = price(10_001, net_revenue_7d=eur(100, "excluded"), units_7d=0)
    about = around(item, standing=(standing(scope, **taken),))
    params = {"revenue_day": limit(10**9), "revenue_week": limit(10**9), f"revenue_{window}": limit(1_000)}
    assert codes(f"budget_{scope}", about, **params) == ([(f"{scope}_revenue", "dual")] if over else [])


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize(("there", "over"), [(899, False), (900, False), (901, True)])
@pytest.mark.parametrize("window", ["day", "week"])
def test_margin_counts_what_a_cut_gives_up(scope, there, over, window):
    taken = {"pending": Taken(1, 0, there)} if window == "day" else {"live_7d": Taken(1, 0, there)}
    item = price(9_990, units_7d=10, tax_bp=0)  # 10 cents on ten pieces
    about = around(item, standing=(standing(scope, **taken),))
    params = {"margin_day": limit(10**9), "margin_week": limit(10**9), f"margin_{window}": limit(1_000)}
    assert codes(f"budget_{scope}", about, **params) == ([(f"{scope}_margin", "dual")] if over else [])


def test_a_rise_gives_up_no_margin():
    assert found("budget_agent", around(price(20_000)), margin_day=limit(0), margin_week=limit(0)) == []


def test_margin_is_net_of_tax_and_rounded_up():
    (finding,) = found("budget_sku", around(price(9_999, units_7d=1)), margin_day=limit(0), margin_week=limit(0))
    assert finding.value == Money(1, "EUR", 2, "excluded")


def test_a_currency_without_a_limit_has_a_budget_of_nothing():
    item = price(10_000, net_revenue_7d=Money(1, "SEK", 2, "excluded"))
    (finding,) = found("budget_agent", around(item))
    assert (finding.code, finding.threshold) == ("agent_revenue", Money(0, "SEK", 2, "excluded"))


def test_currencies_are_never_added_up():
    taken = standing("agent", pending=Taken(1, 10**9, 10**9), currency="GBP")
    item = price(9_990, net_revenue_7d=eur(100, "excluded"), tax_bp=0)
    assert found("budget_agent", around(item, standing=(taken,)), revenue_day=limit(100), margin_day=limit(100)) == []


def test_items_are_counted_over_all_currencies_and_channels():
    taken = (
        standing("segment", pending=Taken(5, 0, 0), channel="web-uk", currency="GBP"),
        standing("segment", pending=Taken(5, 0, 0)),
    )
    (finding,) = found("budget_segment", around(copy("x"), standing=taken), items_day=10)
    assert (finding.value, finding.threshold) == (11, 10)
    assert finding.params == {"key": "apparel/jackets", "hours": 24, "keys": 1}


def test_another_agents_use_is_no_use_of_this_one():
    taken = standing("agent", pending=Taken(5_000, 0, 0), key="copywriter")
    assert found("budget_agent", around(copy("x"), standing=(taken,))) == []


def test_a_person_takes_of_no_agents_budget():
    about = around(copy("x"), of={"proposer_kind": "person"}, standing=(standing("agent", pending=Taken(5_000, 0, 0)),))
    assert found("budget_agent", about) == []


def test_the_effect_and_the_functions_are_the_policys():
    about = around(copy("x"), standing=(standing("agent", pending=Taken(5_000, 0, 0)),))
    (finding,) = found("budget_agent", about, over_effect="refuse", functions=("legal",))
    assert (finding.effect, finding.functions, finding.items) == ("refuse", ("legal",), (0,))


def test_a_value_written_to_two_systems_is_one_item_and_one_margin():
    cut = {"tax_bp": 0, "units_7d": 10, "id": "SKU-0"}
    items = (price(9_990, **cut), price(9_990, index=1, system="erp", **cut))
    (finding,) = found("budget_sku", around(*items), items_day=1, margin_day=limit(99), margin_week=limit(10**9))
    assert (finding.code, finding.value) == ("sku_margin", Money(100, "EUR", 2, "excluded"))


def test_what_this_proposal_does_not_move_it_does_not_put_over():
    there = (standing("agent", pending=Taken(1, 0, 10**12)), standing("segment", pending=Taken(50, 0, 0), key="b"))
    rise = price(20_000, id="SKU-0", segments=("a",))
    assert found("budget_agent", around(rise, standing=there)) == []
    again = replace(rise, index=1, system="erp", segments=("b",))  # the same value in another system
    assert found("budget_segment", around(rise, again, standing=there), items_day=10, items_week=10) == []


@pytest.mark.parametrize(
    ("of_week", "hours", "value"), [(89, 24, 30), (98, 24, 30), (108, 24, 30), (109, 168, 110), (110, 168, 111)]
)
def test_of_a_day_and_a_week_the_one_further_beyond_is_told_and_of_two_alike_the_longer(of_week, hours, value):
    about = around(copy("x", id="SKU-0"), standing=(standing("sku", live_24h=Taken(29), live_7d=Taken(of_week)),))
    (finding,) = found("budget_sku", about, items_day=10, items_week=90)
    assert (finding.value, finding.threshold, finding.params["hours"]) == (value, 10 if hours == 24 else 90, hours)


@pytest.mark.parametrize(("of_week", "hours"), [(1_050, 24), (1_110, 168)])
def test_of_money_too_the_one_further_beyond_is_told(of_week, hours):
    there = standing("sku", live_24h=Taken(0, 0, 200), live_7d=Taken(0, 0, of_week))
    about = around(price(9_990, units_7d=10, tax_bp=0), standing=(there,))
    (finding,) = found("budget_sku", about, margin_day=limit(100), margin_week=limit(1_000))
    assert (finding.params["hours"], finding.value.amount) == (hours, 300 if hours == 24 else of_week + 100)


def test_of_several_keys_the_one_furthest_beyond_is_told_and_all_their_items():
    there = (standing("sku", pending=Taken(20)), standing("sku", key="SKU-1", pending=Taken(40)))
    (finding,) = found("budget_sku", around(copy("x", id="SKU-0"), copy("x", id="SKU-1", index=1), standing=there))
    assert (finding.params, finding.value, finding.items) == ({"key": "SKU-1", "hours": 24, "keys": 2}, 41, (0, 1))


def test_items_of_one_sku_count_in_whichever_currency():
    pound = price(
        Money(9_000, "GBP"),
        before=Money(10_000, "GBP"),
        index=1,
        id="SKU-0",
        channel="web-uk",
        address=Address(channel="web-uk"),
    )
    (finding,) = found("budget_sku", around(price(9_999), pound), items_day=1, items_week=9)
    assert (finding.code, finding.value, finding.items) == ("sku_items", 2, (0, 1))


def test_one_segment_on_two_channels_has_one_budget_of_a_currency():
    two = [
        price(10_001, index=n, id=f"SKU-{n}", channel=c, net_revenue_7d=eur(60, "excluded"))
        for n, c in enumerate(("a", "b"))
    ]
    (finding,) = found("budget_segment", around(*two), revenue_day=limit(100), revenue_week=limit(1_000))
    assert (finding.code, finding.value) == ("segment_revenue", Money(120, "EUR", 2, "excluded"))


def test_the_items_of_a_day_are_those_of_one_key_with_what_waits_and_what_is_live():
    there = (
        standing("family", pending=Taken(5), live_24h=Taken(3)),
        standing("family", key="spring", pending=Taken(90)),
    )
    case = Case(around(copy("x"), copy("y", index=1), family="winter", standing=there))
    assert items_of_a_day(case, "family", "winter") == 10
    assert items_of_a_day(case, "family", "spring") == 90


@pytest.mark.parametrize("scope", SCOPES)
def test_without_the_ledger_nothing_is_said(scope):
    from tests.policy.cases import facts

    assert found(f"budget_{scope}", facts(price(1)), items_day=0, items_week=0) == []
