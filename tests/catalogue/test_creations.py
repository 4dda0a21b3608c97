"""A promotion that does not exist yet is planned where its channel is sold, and lies where its goods lie."""

from typing import Any

import pytest

from orchestr.catalogue.creations import make_room
from orchestr.catalogue.models import FieldOwner, Resource, System
from orchestr.catalogue.plans import PlannedChange, ProposedChange, expand
from orchestr.policy.values import Address
from orchestr.refusal import Refusal
from tests import make
from tests.proposals.propose import propose

CHANNEL = Address(channel="web-de")


def creation(*, code: str = "SPRING", skus: list[str] | None = None, **fields: Any) -> dict[str, Any]:
    definition = {
        "title": "Spring",
        "percent_bp": 500,
        "skus": ["JKT-1", "TNT-1"] if skus is None else skus,
        "starts_at": "2099-01-01T00:00:00Z",
        "ends_at": "2099-02-01T00:00:00Z",
    }
    return {
        "type": "promotion",
        "id": code,
        "field": "definition",
        "address": CHANNEL.wire(),
        "before": None,
        "after": definition,
    } | fields


def plan(*raw: dict[str, Any], **more: Any) -> tuple[PlannedChange, ...]:
    return expand([ProposedChange.parse(index, each) for index, each in enumerate(raw)], at=make.now(), **more)


def refusal(*raw: dict[str, Any], **more: Any) -> str:
    with pytest.raises(Refusal) as caught:
        plan(*raw, **more)
    return caught.value.code


def test_it_touches_the_segments_of_the_goods_it_names(house: make.House) -> None:
    (item,) = plan(creation())
    assert (item.system, item.before, item.reversibility, item.title) == ("shop", None, "delete_created", "Spring")
    assert item.segments == ("apparel/jackets", "outdoor-gear/tents")


def test_without_skus_it_touches_everything_the_shop_sells(house: make.House) -> None:
    (item,) = plan(creation(skus=[]))
    assert item.segments == ("apparel/base-layers", "apparel/jackets", "outdoor-gear/tents")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"skus": ["NO-SUCH"]}, "unknown_sku"),
        ({"skus": ["NUL\0"], "system": "nowhere"}, "unknown_resource"),
        ({"address": {"channel": "web-fr"}}, "unknown_resource"),
        ({"system": "erp"}, "unknown_resource"),
        ({"before": {"title": "Spring"}}, "unknown_resource"),
        ({"after": {"title": "x", "percent_bp": 1.5}}, "not_exact"),
        ({"after": {"title": "x\u202e"}}, "hidden_character"),
    ],
)
def test_what_could_not_be_made_is_refused(house: make.House, fields: dict[str, Any], code: str) -> None:
    assert refusal(creation(**fields)) == code


def test_goods_outside_what_the_proposer_sees_are_unknown(house: make.House) -> None:
    assert refusal(creation(), within={house.jackets.pk}) == "unknown_sku"


def test_the_same_promotion_twice_is_refused(house: make.House) -> None:
    assert refusal(creation(), creation()) == "address_twice"


def test_a_shop_that_may_not_be_written_makes_nothing(house: make.House) -> None:
    FieldOwner.objects.filter(type="promotion").update(writable=False)
    assert refusal(creation()) == "unknown_resource"
    FieldOwner.objects.filter(type="promotion").update(writable=True)
    System.objects.filter(pk=house.shop.pk).update(enabled=False)
    assert refusal(creation()) == "unknown_resource"


def test_room_is_made_once_and_nobody_sees_it_yet(house: make.House) -> None:
    wire = [item.to_wire() for item in plan(creation())]
    make_room(wire, at=make.now())
    make_room(wire, at=make.now())
    row = Resource.objects.get(type="promotion", key="SPRING")
    assert row.gone_at is not None
    assert set(row.segments.values_list("key", flat=True)) == {"apparel/jackets", "outdoor-gear/tents"}
    assert plan(creation())[0].segments == ("apparel/jackets", "outdoor-gear/tents")


def test_a_proposal_to_make_one_waits_for_the_people_of_its_goods(house: make.House) -> None:
    proposal = propose(house, creation(skus=["JKT-1"]), evidence=False)
    assert (proposal.state, proposal.segment_ids) == ("draft", [house.jackets.pk])
    assert Resource.objects.filter(type="promotion", key="SPRING").exists()


def test_one_that_spans_two_merchandisers_can_be_decided_by_nobody_and_says_so(house: make.House) -> None:
    proposal = propose(house, creation(), evidence=False)
    assert (proposal.state, proposal.blocked_reason) == ("blocked", "policy")
