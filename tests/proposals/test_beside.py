"""Of what several systems say of one thing, the one that is right about it is believed."""

import json
from typing import Any

from orchestr.catalogue.models import FieldOwner, FieldValue, System
from orchestr.connectors.base import Address
from orchestr.policy.values import Json
from orchestr.proposals.models import Verdict
from tests import make
from tests.proposals.propose import propose

LEEDS = Address(location="leeds")


def judged(house: make.House) -> dict[str, Any]:
    """What the verdict on a new price of the jacket looked at."""
    propose(house, house.change(after=19_000))
    facts = Verdict.objects.order_by("-at").first()
    assert facts is not None
    found: dict[str, Any] = json.loads(bytes(facts.facts))["items"][0]
    return found


def is_right(system: System, type: str, field: str, right: bool) -> None:
    FieldOwner.objects.update_or_create(
        system=system, type=type, field=field, defaults={"source_of_truth": right, "max_age_s": 900}
    )


def says(house: make.House, system: System, value: Json, address: Address = make.HAMBURG) -> None:
    FieldValue.objects.update_or_create(
        resource=house.jacket_stock,
        system=system,
        field="on_hand",
        address_key=address.key(),
        defaults={"value": value, "kind": "integer", "address": address.wire(), "observed_at": make.now()},
    )


def test_the_same_goods_that_two_systems_count_count_once(house: make.House) -> None:
    assert judged(house)["stock"] == 40


def test_the_one_that_is_right_is_believed_where_they_differ(house: make.House) -> None:
    says(house, house.shop, 55)
    says(house, house.erp, 30)
    is_right(house.shop, "stock", "on_hand", False)
    assert judged(house)["stock"] == 30


def test_a_place_of_which_only_the_wrong_one_speaks_does_not_count_beside_the_right_one(house: make.House) -> None:
    says(house, house.shop, 500, LEEDS)
    is_right(house.shop, "stock", "on_hand", False)
    assert judged(house)["stock"] == 40


def test_places_that_each_right_system_holds_add_up(house: make.House) -> None:
    is_right(house.shop, "stock", "on_hand", True)
    says(house, house.shop, 7, LEEDS)
    assert judged(house)["stock"] == 47


def test_where_nobody_is_right_what_is_said_counts_once_too(house: make.House) -> None:
    for system in (house.shop, house.erp):
        is_right(system, "stock", "on_hand", False)
    assert judged(house)["stock"] == 40


def test_a_cost_that_the_shop_merely_repeats_is_not_the_erps(house: make.House) -> None:
    make.value(house.jacket, house.shop, "cost", make.money(1, tax="excluded"), Address(currency="EUR"))
    is_right(house.shop, "variant", "cost", False)
    assert judged(house)["cost"]["amount"] == 8_000
