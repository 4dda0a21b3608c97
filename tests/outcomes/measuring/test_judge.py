"""What was measured beside what was said: plain words, and none of them for what chance may explain."""

from typing import Any

import pytest

from orchestr.outcomes.measuring.judge import judge, whole
from orchestr.outcomes.measuring.numbers import Moved, Numbers, Purse
from orchestr.outcomes.measuring.predicted import predictions_of
from tests.outcomes.measuring.given import prediction


def numbers(**fields: Any) -> Numbers:
    known: dict[str, Any] = {"things": 1, "told": True, "units": Moved(1_000, 1_200)}
    return Numbers(**known | fields)


def verdicts(said: dict[str, Any], found: Numbers, *, complete: bool = True) -> list[tuple[str, str]]:
    return [(line.verdict, line.reason) for line in judge(predictions_of([said]), found, complete=complete)]


@pytest.mark.parametrize(
    ("fields", "since", "verdict"),
    [
        ({}, 1_200, ("as_predicted", "")),
        ({}, 1_400, ("better", "")),
        ({}, 1_000, ("worse", "")),
        ({}, 1_060, ("too_little", "within_chance")),
        ({"high": None}, 9_000, ("as_predicted", "")),
        ({"low": None}, 1_050, ("as_predicted", "")),
        ({"low": None, "high": None}, 1_500, ("as_predicted", "")),
        ({"low": None, "high": None}, 700, ("worse", "")),
        ({"direction": "down"}, 800, ("as_predicted", "")),
        ({"direction": "down"}, 500, ("better", "")),
        ({"direction": "down"}, 1_200, ("worse", "")),
        ({"direction": "down", "low": -30, "high": -10}, 800, ("as_predicted", "")),
        ({"direction": "flat", "low": None, "high": None}, 1_020, ("as_predicted", "")),
        ({"direction": "flat", "low": None, "high": None}, 600, ("worse", "")),
        ({"direction": "flat", "low": None, "high": None}, 1_600, ("better", "")),
        ({"direction": "flat", "low": -5, "high": 5}, 1_040, ("as_predicted", "")),
        ({"unit": "bp", "low": 1_000, "high": 3_000}, 1_200, ("as_predicted", "")),
        ({"metric": "units", "unit": "units", "low": 1_500, "high": 1_600}, 1_000, ("worse", "")),
        ({"direction": "sideways"}, 1_200, ("too_little", "not_measurable")),
        ({"unit": "EUR"}, 1_200, ("too_little", "not_measurable")),
    ],
)
def test_pieces(fields: dict[str, Any], since: int, verdict: tuple[str, str]) -> None:
    assert verdicts(prediction(**fields), numbers(units=Moved(1_000, since))) == [verdict]


def test_how_far_it_stayed_behind_is_a_share_of_what_was_said() -> None:
    (line,) = judge(predictions_of([prediction(low=100, high=None)]), numbers(units=Moved(1_000, 1_000)), complete=True)
    assert (line.near, line.short_bp, line.change_bp) == (2_000, 5_000, 0)


@pytest.mark.parametrize(
    ("since", "verdict"), [(40, "as_predicted"), (90, "worse"), (5, "better")], ids=["said", "too much left", "less"]
)
def test_a_stock_is_counted_and_no_matter_of_chance(since: int, verdict: str) -> None:
    said = prediction(metric="stock", direction="down", unit="units", low=30, high=60)
    assert verdicts(said, numbers(told=False, stock=Moved(100, since))) == [(verdict, "")]


def test_a_few_costly_orders_more_or_less_are_chance_in_money_too() -> None:
    purse = Purse(currency="EUR", exponent=2, amount=Moved(100_000, 90_000), units=40)
    said = prediction(metric="net_revenue_7d", low=10)
    assert verdicts(said, numbers(units=Moved(40, 36), revenue=[purse])) == [("too_little", "within_chance")]


def test_money_is_compared_in_minor_units_of_its_own_currency() -> None:
    euros = Purse(currency="EUR", exponent=2, amount=Moved(0, 900_000), units=900)
    pounds = Purse(currency="GBP", exponent=2, amount=Moved(0, 1_000), units=900)
    said = prediction(metric="net_revenue", unit="EUR", low=500_000, high=950_000)
    assert verdicts(said, numbers(revenue=[euros, pounds])) == [("as_predicted", "")]


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ({"things": 0}, "nothing_sells"),
        ({"told": False}, "no_sales_told"),
        ({"uncosted": 1}, "cost_unknown"),
        ({}, "nothing_sold"),
    ],
)
def test_what_cannot_be_told_says_why(found: dict[str, Any], reason: str) -> None:
    assert verdicts(prediction(metric="margin_7d"), numbers(**found)) == [("too_little", reason)]


def test_nothing_is_concluded_from_half_of_the_sales() -> None:
    assert verdicts(prediction(), numbers(), complete=False) == [("too_little", "sales_missing")]


@pytest.mark.parametrize(
    ("found", "verdict"),
    [((1_400,), "better"), ((1_400, 1_000), "worse"), ((1_400, 1_060), "too_little"), ((1_400, 1_200), "better")],
)
def test_one_that_is_worse_makes_the_whole_worse(found: tuple[int, ...], verdict: str) -> None:
    lines = [
        line
        for each in found
        for line in judge(predictions_of([prediction()]), numbers(units=Moved(1_000, each)), complete=True)
    ]
    assert whole(lines)[0] == verdict


@pytest.mark.parametrize("raw", [None, "x", {}, {"horizon_hours": True}, {"horizon_hours": 0}, {"horizon_hours": 9e9}])
def test_what_cannot_be_read_is_no_prediction(raw: Any) -> None:
    assert predictions_of([raw]) == []


@pytest.mark.parametrize("low", [float("nan"), 1e300, True, "ten", None])
def test_a_bound_that_is_no_number_is_none(low: Any) -> None:
    assert predictions_of([prediction(low=low)])[0].low is None
