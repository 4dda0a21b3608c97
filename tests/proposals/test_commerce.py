"""What stands beside a promotion, a message or a claim is found in the catalogue and in open proposals, in one query."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orchestr.catalogue.models import Resource
from orchestr.policy.facts.commerce import CommerceFacts
from orchestr.policy.values import Address
from orchestr.proposals.facts import commerce
from orchestr.proposals.facts.brought import Brought
from orchestr.proposals.models import Proposal
from tests import make
from tests.catalogue.test_creations import creation
from tests.proposals.propose import propose

DE = Address(channel="web-de")
UK = Address(channel="web-uk")


def soon(days: int) -> str:
    return (make.now() + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def definition(*, percent: int = 1_500, skus: tuple[str, ...] = ("JKT-1",), **more: Any) -> dict[str, Any]:
    base = {"title": "X", "percent_bp": percent, "skus": list(skus), "starts_at": soon(-2), "ends_at": soon(5)}
    return base | more


def known(
    house: make.House, key: str, value: dict[str, Any], *, enabled: int = 1, address: Address = DE, at: str = "shop"
) -> Resource:
    system = {"shop": house.shop, "erp": house.erp}[at]
    row = Resource.objects.filter(type="promotion", key=key).first() or make.resource(
        "promotion", key, sku="", segments=[house.jackets], systems=[system]
    )
    make.value(row, system, "definition", value, address, on_shelf=False)
    make.value(row, system, "enabled", enabled, address, on_shelf=False)
    return row


def planned(after: Any, *, key: str = "SPRING", before: Any = None, index: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "index": index,
        "system": "shop",
        "type": "promotion",
        "id": key,
        "field": "definition",
        "address": DE.wire(),
        "kind": "object",
        "before": before,
        "after": after,
        "segments": ["apparel/jackets"],
        "sku": "",
    } | more


def load(*plan: dict[str, Any], at: datetime | None = None, **more: Any) -> CommerceFacts | None:
    asked: dict[str, Any] = {
        "plan": plan,
        "evidence": (),
        "workflow": "clearance",
        "person": None,
        "proposal_id": None,
        "sites": {},
    }
    return commerce.load(commerce.Asked(**(asked | more)), at=at or make.now())


def standing(*plan: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    found = load(*plan, **more)
    assert found is not None
    return sorted((row.key, row.status) for row in found.promotions)


def test_other_plans_ask_nothing(house: make.House) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert load({**planned(None), "type": "variant", "field": "price", "kind": "money"}) is None
    assert len(asked) == 0


def test_a_thousand_promotions_ask_as_much_as_one(house: make.House) -> None:
    known(house, "SUMMER", definition())
    plan = [planned(definition(skus=(f"S-{n}", "JKT-1")), key=f"P-{n}", index=n) for n in range(1_000)]
    with CaptureQueriesContext(connection) as asked:
        found = load(*plan)
    assert found is not None
    assert [row.key for row in found.promotions] == ["SUMMER"]
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("value", "enabled", "found"),
    [
        (definition(), 1, [("SUMMER", "live")]),
        (definition(starts_at=soon(1)), 1, [("SUMMER", "scheduled")]),
        (definition(), 0, []),
        (definition(ends_at=soon(-1)), 1, []),
        (definition(ends_at=soon(-30)), 1, []),
        (definition(skus=("TNT-1",)), 1, []),
        (definition(skus=()), 1, [("SUMMER", "live")]),
    ],
)
def test_what_runs_on_the_same_goods_is_found(
    house: make.House, value: dict[str, Any], enabled: int, found: list[tuple[str, str]]
) -> None:
    known(house, "SUMMER", value, enabled=enabled)
    assert standing(planned(definition())) == found


def test_a_promotion_that_is_gone_is_not_found(house: make.House) -> None:
    row = known(house, "SUMMER", definition())
    Resource.objects.filter(pk=row.pk).update(gone_at=make.now())
    assert standing(planned(definition())) == []


def test_the_same_coupon_is_found_on_other_goods_and_in_another_system(house: make.House) -> None:
    known(house, "SUMMER", definition(skus=("TNT-1",), coupon="Save10"), at="erp")
    found = load(planned(definition(coupon=" sAVE10 ")))
    assert found is not None
    (row,) = found.promotions
    assert (row.key, row.system, row.channel, row.coupon, row.discount_bp) == (
        "SUMMER",
        "erp",
        "web-de",
        "save10",
        1_500,
    )


def test_what_this_very_plan_made_is_not_another(house: make.House) -> None:
    known(house, "SPRING", definition())
    assert standing(planned(definition())) == []
    assert standing(planned(definition(), before=definition())) == [("SPRING", "live")]


def test_an_open_proposal_for_the_same_coupon_waits(house: make.House) -> None:
    waits = propose(house, creation(code="OTHER", skus=["TNT-1"]), evidence=False)
    assert waits.state == "draft"
    assert standing(planned(definition(), key="other"), workflow="another") == [("OTHER", "waiting")]
    assert standing(planned(definition(), key="other"), proposal_id=waits.pk) == []


def test_an_open_proposal_on_the_same_goods_waits(house: make.House) -> None:
    propose(house, creation(code="OTHER", skus=["JKT-1"]), evidence=False)
    assert standing(planned(definition())) == [("OTHER", "waiting")]
    assert standing(planned(definition(skus=("TNT-1",)))) == []


def test_what_the_same_workflow_asked_for_before_is_superseded(house: make.House) -> None:
    first = propose(house, creation(code="OTHER", skus=["JKT-1"]), evidence=False)
    second = propose(house, creation(code="OTHER", skus=["JKT-1"]), evidence=False)
    first.refresh_from_db()
    assert (first.state, first.blocked_reason) == ("blocked", "superseded")
    assert second.state == "draft"


def test_another_person_cannot_launch_what_waits(house: make.House) -> None:
    propose(house, creation(code="OTHER", skus=["JKT-1"]), evidence=False)
    second = propose(house, creation(code="OTHER", skus=["JKT-1"]), by=house.people.ada, evidence=False)
    assert (second.state, second.blocked_reason) == ("blocked", "policy")
    verdict = second.versions.get().verdicts.get()
    assert ("promotion_duplicate", "duplicate_waiting") in {(one["rule"], one["code"]) for one in verdict.findings}
    assert Proposal.objects.filter(state="draft").count() == 1


def test_a_coupon_that_is_live_is_not_launched_again(house: make.House) -> None:
    known(house, "SUMMER", definition(skus=("TNT-1",), coupon="SPRING"))
    refused = propose(house, creation(), evidence=False)
    assert (refused.state, refused.blocked_reason) == ("blocked", "policy")


def test_revenue_is_that_of_the_goods_on_the_channel(house: make.House) -> None:
    # The house sells the jacket for 2,300.00 EUR a week on web-de.
    found = load(planned(definition()), planned(definition(), key="UK", index=1, address=UK.wire()))
    assert found is not None
    assert [(row.index, row.net_revenue_7d.amount) for row in found.revenue if row.index == 0] == [(0, 230_000)]
    wide = load(planned(definition(skus=())))
    assert wide is not None
    assert sum(row.net_revenue_7d.amount for row in wide.revenue) >= 230_000


def message(after: Any, **more: Any) -> dict[str, Any]:
    return planned(after, key="NEWS", type="message", field="message", **more)


def test_the_time_of_the_receivers_is_worked_out_in_their_zone(house: make.House) -> None:
    at = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    found = load(message({"send_at": "2026-07-01T20:30:00Z", "zone": "Europe/Berlin"}), at=at)
    assert found is not None
    assert [(one.index, one.minute) for one in found.sending] == [(0, 22 * 60 + 30)]
    late = load(message({"send_at": "2026-06-01T20:30:00Z", "zone": "Europe/London"}), at=at)
    assert late is not None
    assert [one.minute for one in late.sending] == [13 * 60]
    nowhere = load(message({"send_at": "2026-07-01T20:30:00Z", "zone": "Nowhere/../etc"}), at=at)
    assert nowhere is not None
    assert nowhere.sending == ()


def test_a_promised_promotion_is_looked_for_by_its_name(house: make.House) -> None:
    known(house, "SUMMER", definition())
    assert standing(message({"promotion": "summer", "discount_bp": 1_000})) == [("SUMMER", "live")]
    assert standing(message({"promotion": "winter", "discount_bp": 1_000})) == []


def claimed(**more: Any) -> Brought:
    base: dict[str, Any] = {
        "id": make.now(),
        "kind": "claimed",
        "source": "lab",
        "sha256": "0" * 64,
        "observed_at": make.now(),
        "expires_at": make.now(),
        "type": None,
        "key": None,
        "field": "",
        "address_key": "{}",
    }
    return Brought(**(base | more))


def test_evidence_that_names_a_claim_is_handed_on(house: make.House) -> None:
    found = load(evidence=(claimed(claim="guaranteed dry"), claimed()))
    assert found is not None
    assert [one.text for one in found.claims] == ["guaranteed dry"]
