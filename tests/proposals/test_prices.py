"""What the history of values says of prices, as facts of a proposal."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orchestr.catalogue.models import FieldValue, Resource, System, ValueHistory
from orchestr.catalogue.plans import ProposedChange, expand
from orchestr.policy.facts.proposal import Facts, ItemFacts
from orchestr.policy.values import Address, Money
from orchestr.proposals.facts.load import Judged, load
from orchestr.proposals.facts.prices import Prices
from orchestr.proposals.facts.reductions import MOST_GOODS
from orchestr.proposals.models import Verdict
from orchestr.proposals.submitting.touches import spot_of
from tests import make
from tests.proposals.propose import propose

CHANNEL = Address(channel="web-de")


def past(resource: Resource, system: System, *steps: tuple[float, int], at: datetime, **fields: Any) -> None:
    """Its price history, days ago and minor units; what the builder wrote stands as of today."""
    address = fields.pop("address", make.DE)
    currency = fields.pop("currency", "EUR")
    for days, amount in steps:
        ValueHistory.objects.create(
            resource=resource,
            system=system,
            field="price",
            address=address.wire(),
            address_key=address.key(),
            value=make.money(amount, currency),
            since=at - timedelta(days=days),
            cause=fields.get("cause", "observed"),
        )


def sale(percent_bp: int, *skus: str, code: str = "SALE", at: datetime, days: float = 0, **more: Any) -> dict[str, Any]:
    definition = {
        "title": "Sale",
        "percent_bp": percent_bp,
        "skus": list(skus),
        "starts_at": _utc(at + timedelta(days=days)),
        "ends_at": _utc(at + timedelta(days=days + 7)),
    }
    return {
        "type": "promotion",
        "id": code,
        "field": "definition",
        "address": CHANNEL.wire(),
        "before": None,
        "after": definition | more,
    }


def ran(
    house: make.House, percent_bp: int, *skus: str, code: str, at: datetime, since: float, until: float
) -> Resource:
    """A promotion of the past that the shop still names, days ago."""
    promotion = make.resource("promotion", code, segments=[house.jackets], systems=[house.shop])
    definition = sale(percent_bp, *skus, at=at, days=-since)["after"] | {"ends_at": _utc(at - timedelta(days=until))}
    make.value(promotion, house.shop, "definition", definition, CHANNEL)
    return promotion


def _utc(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def facts(raw: Iterable[dict[str, Any]], *, at: datetime) -> Facts:
    plan = expand([ProposedChange.parse(index, change) for index, change in enumerate(raw)], at=at)
    judged = Judged(
        plan=[change.to_wire() for change in plan],
        evidence=(),
        proposer_kind="agent",
        proposer="repricer",
        owner=None,
        workflow=None,
        stage=None,
        confidence_bp=9_000,
        atomicity="per_item",
        own_work_of=(),
    )
    found = load(judged, at=at)
    assert Facts.from_wire(found.to_wire()).canonical() == found.canonical()
    return found


def item(raw: dict[str, Any], *, at: datetime) -> ItemFacts:
    (found,) = facts([raw], at=at).items
    return found


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


def findings(proposal: Any) -> list[str]:
    return [finding["code"] for finding in Verdict.objects.get(version__proposal=proposal).findings]


class TestWhereAPriceStood:
    def test_a_week_and_a_month_ago_the_anchor_and_the_lowest(self, house: make.House) -> None:
        at = make.now()
        past(house.jacket, house.shop, (40, 26_000), (20, 24_000), (10, 22_000), (3, 18_000), at=at)
        prices = item(house.change(after=19_000), at=at).prices
        assert prices is not None
        assert (prices.week, prices.month, prices.anchor) == (eur(22_000), eur(26_000), eur(24_000))
        assert (prices.low, prices.high) == (eur(18_000), eur(26_000))
        assert prices.known_since == int((at - timedelta(days=40)).timestamp())

    def test_what_equals_the_price_before_is_left_out(self, house: make.House) -> None:
        at = make.now()
        past(house.jacket, house.shop, (40, 20_000), (20, 25_000), (19, 20_000), at=at)
        prices = item(house.change(after=19_000), at=at).prices
        assert prices is not None
        assert (prices.week, prices.month, prices.anchor, prices.low) == (None, None, None, None)

    def test_where_history_begins_later_the_first_known_stands_in(self, house: make.House) -> None:
        at = make.now()
        past(house.jacket, house.shop, (2, 30_000), at=at)
        prices = item(house.change(after=19_000), at=at).prices
        assert prices is not None
        assert (prices.week, prices.month) == (eur(30_000), eur(30_000))
        assert prices.known_since == int((at - timedelta(days=2)).timestamp())

    def test_a_price_that_was_put_back_stays_the_lowest(self, house: make.House) -> None:
        at = make.now()
        past(house.jacket, house.shop, (40, 20_000), at=at)
        past(house.jacket, house.shop, (5, 12_900), at=at, cause="applied")
        past(house.jacket, house.shop, (4.9, 20_000), at=at, cause="reverted")
        prices = item(house.change(after=19_000), at=at).prices
        assert prices is not None
        assert prices.low == eur(12_900)

    def test_other_addresses_and_other_systems_are_other_histories(self, house: make.House) -> None:
        at = make.now()
        past(house.jacket, house.shop, (20, 5_000), at=at, address=make.UK, currency="GBP")
        past(house.jacket, house.erp, (20, 5_000), at=at)
        prices = item(house.change(after=19_000), at=at).prices
        assert prices is not None
        assert (prices.low, prices.month) == (None, None)

    def test_a_history_in_another_currency_is_said_to_be_mixed(self, house: make.House) -> None:
        at = make.now()
        past(house.jacket, house.shop, (20, 5_000), at=at, currency="GBP")
        prices = item(house.change(after=19_000), at=at).prices
        assert prices is not None
        assert prices.mixed
        assert "no_window_baseline" in findings(propose(house, house.change(after=19_000), at=at))

    def test_the_same_sku_on_other_channels_of_its_currency(self, house: make.House) -> None:
        at = make.now()
        market = Address(channel="marketplace", currency="EUR")
        make.value(house.jacket, house.shop, "price", make.money(23_000), market)
        make.value(
            house.jacket, house.shop, "price", make.money(1), Address(channel="b2b", currency="EUR", min_quantity=9)
        )
        prices = item(house.change(after=19_000), at=at).prices
        assert prices is not None
        assert prices.elsewhere == (("marketplace", eur(23_000)),)
        proposal = propose(house, house.change(after=19_000), at=at)
        assert (proposal.tier, "price_parity" in findings(proposal)) == ("single", True)

    def test_many_small_steps_in_a_month_meet_two_persons(self, house: make.House) -> None:
        at = make.now()
        past(house.jacket, house.shop, (40, 24_000), at=at)
        proposal = propose(house, house.change(after=19_100), at=at)
        assert (proposal.tier, "price_month" in findings(proposal)) == ("dual", True)


class TestAnnouncedReductions:
    def test_was_169_low_129_sold_at_129_announced_as_23_per_cent_is_blocked(self, house: make.House) -> None:
        at = make.now()
        FieldValue.objects.filter(pk=house.price(house.jacket).pk).update(value=make.money(169))
        past(house.jacket, house.shop, (60, 169), (20, 129), (13, 169), (0, 169), at=at)
        raw = sale(2_367, "JKT-1", at=at, announced={"reference": make.money(169), "percent_bp": 2_300})
        proposal = propose(house, raw, at=at, evidence=False)
        assert (proposal.state, proposal.blocked_reason) == ("blocked", "policy")
        assert {"reduction_overstated", "reference_above_low"} <= set(findings(proposal))

    def test_from_the_lowest_price_of_a_full_history_it_needs_one_person_and_no_lawyer(self, house: make.House) -> None:
        at = make.now()
        past(house.jacket, house.shop, (60, 20_000), at=at)
        raw = sale(1_000, "JKT-1", at=at)
        (good,) = _goods(raw, at)
        assert (good.price, good.low, good.country) == (eur(20_000), eur(20_000), "")
        proposal = propose(house, raw, at=at, evidence=False)
        assert "legal" not in proposal.functions
        assert not {"prior_price_short", "reduction_overstated"} & set(findings(proposal))

    def test_a_short_history_needs_legal_and_says_until_when(self, house: make.House) -> None:
        at = make.now()
        proposal = propose(house, sale(1_000, "JKT-1", at=at), at=at, evidence=False)
        verdict = Verdict.objects.get(version__proposal=proposal)
        (short,) = [finding for finding in verdict.findings if finding["code"] == "prior_price_short"]
        known = ValueHistory.objects.get(resource=house.jacket, address_key=make.DE.key()).since
        assert short["params"]["suffices_from"] == _utc(known + timedelta(days=30))
        assert "legal" in proposal.functions

    def test_a_reduction_that_starts_when_history_suffices_needs_no_lawyer(self, house: make.House) -> None:
        at = make.now()
        proposal = propose(house, sale(1_000, "JKT-1", at=at, days=31), at=at, evidence=False)
        assert "prior_price_short" not in findings(proposal)

    def test_a_promotion_that_ran_is_part_of_what_the_price_was(self, house: make.House) -> None:
        at = make.now()
        past(house.jacket, house.shop, (60, 20_000), at=at)
        past(house.jacket_2, house.shop, (60, 20_000), at=at)
        ran(house, 2_000, "JKT-1", code="LAST", at=at, since=20, until=12)
        first, second = _goods(sale(1_000, "JKT-1", "JKT-2", at=at), at)
        assert (first.low, second.low) == (eur(16_000), eur(20_000))
        assert "reduction_overstated" in findings(propose(house, sale(1_000, "JKT-1", at=at), at=at, evidence=False))

    def test_a_promotion_over_before_the_thirty_days_is_not(self, house: make.House) -> None:
        at = make.now()
        past(house.jacket, house.shop, (90, 20_000), at=at)
        ran(house, 2_000, "JKT-1", code="LAST", at=at, since=45, until=31)
        assert _goods(sale(1_000, "JKT-1", at=at), at)[0].low == eur(20_000)

    def test_a_promotion_that_was_switched_off_took_nothing_off(self, house: make.House) -> None:
        at = make.now()
        past(house.jacket, house.shop, (60, 20_000), at=at)
        promotion = ran(house, 2_000, "JKT-1", code="LAST", at=at, since=20, until=12)
        make.value(promotion, house.shop, "enabled", 0, CHANNEL)
        assert _goods(sale(1_000, "JKT-1", at=at), at)[0].low == eur(20_000)

    def test_a_promotion_with_a_minimum_order_lowers_no_price(self, house: make.House) -> None:
        at = make.now()
        past(house.jacket, house.shop, (60, 20_000), at=at)
        promotion = ran(house, 2_000, "JKT-1", code="LAST", at=at, since=20, until=12)
        row = ValueHistory.objects.get(resource=promotion)
        ValueHistory.objects.create(
            resource=promotion, system=house.shop, field="definition", address=CHANNEL.wire(), address_key=CHANNEL.key(),
            value=row.value | {"min_order": make.money(1)}, since=at - timedelta(days=25),
        )  # fmt: skip
        assert _goods(sale(1_000, "JKT-1", at=at), at)[0].low == eur(20_000)

    def test_prices_of_a_group_or_a_quantity_are_not_those_of_all(self, house: make.House) -> None:
        at = make.now()
        past(house.jacket, house.shop, (60, 20_000), at=at)
        for address in (replaced(customer_group="staff"), replaced(min_quantity=10)):
            past(house.jacket, house.shop, (20, 1_000), at=at, address=address)
        (good,) = _goods(sale(1_000, "JKT-1", at=at), at)
        assert good.low == eur(20_000)

    def test_each_country_of_a_channel_is_computed_for_itself(self, house: make.House) -> None:
        at = make.now()
        past(house.jacket, house.shop, (60, 20_000), at=at)
        past(house.jacket, house.shop, (60, 30_000), (20, 9_000), (10, 30_000), at=at, address=replaced(country="AT"))
        goods = {good.country: good.low for good in _goods(sale(1_000, "JKT-1", at=at), at)}
        assert goods == {"": eur(20_000), "AT": eur(9_000)}

    def test_reductions_that_go_further_rest_on_the_price_before_the_first(self, house: make.House) -> None:
        at = make.now()
        past(house.jacket, house.shop, (60, 20_000), at=at)
        ran(house, 1_000, "JKT-1", code="STEP-1", at=at, since=10, until=0)
        told = {"percent_bp": 2_000, "progressive_since": _utc(at - timedelta(days=10))}
        raw = sale(2_000, "JKT-1", at=at, announced=told)
        (good,) = _goods(raw, at)
        assert (good.low, good.first_low) == (eur(18_000), eur(20_000))
        assert "prior_price_exempt" in findings(propose(house, raw, at=at, evidence=False))

    def test_a_row_of_reductions_that_was_broken_off_is_none(self, house: make.House) -> None:
        at = make.now()
        past(house.jacket, house.shop, (60, 20_000), at=at)
        ran(house, 1_000, "JKT-1", code="STEP-1", at=at, since=10, until=5)
        told = {"percent_bp": 2_000, "progressive_since": _utc(at - timedelta(days=10))}
        assert _goods(sale(2_000, "JKT-1", at=at, announced=told), at)[0].first_low is None

    def test_a_reduction_backdated_starts_now(self, house: make.House) -> None:
        at = make.now()
        past(house.jacket, house.shop, (90, 20_000), (20, 10_000), (10, 20_000), at=at)
        prices = item(sale(1_000, "JKT-1", at=at, days=-25, ends_at="2099-01-01T00:00:00Z"), at=at).prices
        assert prices is not None
        assert prices.starts_at == int(at.timestamp())
        assert prices.goods[0].low == eur(10_000)

    def test_prolonging_what_runs_keeps_its_start_and_deepening_it_does_not(self, house: make.House) -> None:
        at = make.now()
        past(house.jacket, house.shop, (90, 20_000), at=at)
        promotion = ran(house, 1_000, "JKT-1", code="SALE", at=at, since=10, until=-5)
        before = FieldValue.objects.get(resource=promotion).value
        longer = sale(1_000, at=at) | {"before": before, "after": before | {"ends_at": "2099-01-01T00:00:00Z"}}
        deeper = sale(1_000, at=at) | {"before": before, "after": before | {"percent_bp": 3_000}}
        started = int((at - timedelta(days=10)).timestamp())
        assert [item(raw, at=at).prices.starts_at for raw in (longer, deeper)] == [started, int(at.timestamp())]  # type: ignore[union-attr]
        assert [_goods(raw, at)[0].low for raw in (longer, deeper)] == [eur(20_000), eur(18_000)]

    def test_off_everything_is_looked_at_by_people(self, house: make.House) -> None:
        at = make.now()
        prices = item(sale(1_000, at=at), at=at).prices
        assert prices is not None
        assert (prices.unchecked, prices.goods) == (True, ())

    def test_the_segments_of_goods_are_named_with_all_above_them(self, house: make.House) -> None:
        (good,) = _goods(sale(1_000, "JKT-1", at=make.now()), make.now())
        assert good.segments == ("apparel", "apparel/jackets")

    def test_more_goods_than_one_proposal_carries_are_looked_at_by_people(
        self, house: make.House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert MOST_GOODS == 2_000
        monkeypatch.setattr("orchestr.proposals.facts.prices.MOST_GOODS", 1)
        prices = item(sale(1_000, "JKT-1", "JKT-2", at=make.now()), at=make.now()).prices
        assert prices is not None
        assert (prices.unchecked, [good.sku for good in prices.goods]) == (True, ["JKT-1"])


class TestWhatElseAnnounces:
    def test_an_earlier_price_struck_through_is_held_to_the_lowest(self, house: make.House) -> None:
        at = make.now()
        past(house.jacket, house.shop, (60, 24_000), (20, 18_000), (10, 24_000), at=at)
        change = planned(house.change(after=19_000), at) | {"field": "was_price", "after": make.money(24_000)}
        prices = Prices.load([change], {}, at).of(change)
        assert prices is not None
        assert (prices.starts_at, [good.low for good in prices.goods]) == (int(at.timestamp()), [eur(18_000)])
        taken_away = change | {"after": None}
        assert Prices.load([taken_away], {}, at).asked == {}

    def test_switching_a_promotion_on_starts_its_reduction_now(self, house: make.House) -> None:
        at = make.now()
        past(house.jacket, house.shop, (90, 20_000), (5, 15_000), (4, 20_000), at=at)
        definition = planned(sale(1_000, "JKT-1", at=at, days=-10, ends_at="2099-01-01T00:00:00Z"), at)
        switch = definition | {"field": "enabled", "kind": "integer", "before": 0, "after": 1}
        live = {spot_of(definition): definition["after"]}
        prices = Prices.load([switch], live, at).of(switch)
        assert prices is not None
        assert (prices.starts_at, prices.goods[0].low) == (int(at.timestamp()), eur(15_000))
        assert Prices.load([switch | {"after": 0}], live, at).asked == {}
        assert Prices.load([switch], {}, at).asked == {}


def planned(raw: dict[str, Any], at: datetime) -> dict[str, Any]:
    (change,) = expand([ProposedChange.parse(0, raw)], at=at)
    return change.to_wire()


def test_any_number_of_changes_costs_one_statement(house: make.House) -> None:
    at = make.now()
    one = [house.change(after=19_000)]
    many = [house.change(each, after=19_000) for each in (house.jacket, house.jacket_2, house.base_layer, house.tent)]
    many.append(sale(1_000, "JKT-1", "TNT-1", at=at))
    assert [_statements(raw, at) for raw in (one, many)] == [1, 1]
    copy = {
        "type": "product", "id": "jacket-one", "field": "title", "address": make.ENGLISH.wire(),
        "before": "Jacket One", "after": "Jacket",
    }  # fmt: skip
    assert _statements([copy], at) == 0


def _statements(raw: list[dict[str, Any]], at: datetime) -> int:
    with CaptureQueriesContext(connection) as caught:
        facts(raw, at=at)
    return sum("WITH steps AS" in query["sql"] for query in caught.captured_queries)


def _goods(raw: dict[str, Any], at: datetime) -> Any:
    prices = item(raw, at=at).prices
    assert prices is not None
    return prices.goods


def replaced(**parts: Any) -> Address:
    return Address(channel="web-de", currency="EUR", **parts)
