"""What a rule holds: what meets it, never what is not known to."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from orchestr.catalogue.models import FieldOwner, FieldValue, Resource, SegmentRule
from orchestr.catalogue.rules import members
from orchestr.catalogue.rules.conditions import Conditions
from tests import make

CHEAP = {"field": "price", "channel": "web-de", "below": make.money(15_000)}


def held(rule: SegmentRule) -> set[str]:
    return {f"{type} {key}" for type, key in rule.held.values_list("type", "key")}


def price(house: make.House, key: str, amount: int) -> None:
    row = FieldValue.objects.get(resource__key=key, field="price", address_key=make.DE.key())
    row.value = row.value | {"amount": amount}
    row.save()


def test_a_rule_holds_what_meets_it_within_its_segment_and_below(house: make.House) -> None:
    price(house, "JKT-2", 14_999)
    assert held(make.rule(house, within=house.apparel)) == {"variant JKT-1", "stock JKT-1", "variant BAS-1"}


def test_what_also_lies_elsewhere_is_not_held(house: make.House) -> None:
    house.jacket_2.segments.add(house.tents)
    assert "variant JKT-2" not in held(make.rule(house, within=house.apparel))


def test_bounds_are_with_the_first_and_without_the_last(house: make.House) -> None:
    between = {"field": "price", "channel": "web-de", "from": make.money(20_000), "below": make.money(20_001)}
    assert "variant JKT-1" in held(make.rule(house, between))
    under = {"field": "price", "channel": "web-de", "below": make.money(20_000)}
    assert held(make.rule(house, under, key="rule-under")) == set()


def test_a_sku_is_one_thing_whatever_of_it_is_asked_about(house: make.House) -> None:
    few = {"field": "on_hand", "below": 41}
    assert held(make.rule(house, few, types=("variant",))) == {"variant JKT-1"}


def test_a_count_is_added_up_over_its_places(house: make.House) -> None:
    for system in (house.shop, house.erp):
        make.value(house.jacket_stock, system, "on_hand", 60, make.Address(location="berlin"))
    assert held(make.rule(house, {"field": "on_hand", "below": 41})) == set()
    assert held(make.rule(house, {"field": "on_hand", "from": 100}, key="rule-many")) == {
        "variant JKT-1",
        "stock JKT-1",
    }


def test_of_a_text_one_address_is_enough(house: make.House) -> None:
    make.value(house.jacket_product, house.shop, "title", "Jacke Eins", make.Address(locale="de"))
    assert held(make.rule(house, {"field": "title", "one_of": ["Jacke Eins"]})) == {"product jacket-one"}


def test_all_conditions_have_to_be_met(house: make.House) -> None:
    assert held(make.rule(house, make.DEAR, {"field": "on_hand", "below": 41})) == {"variant JKT-1", "stock JKT-1"}
    assert held(make.rule(house, CHEAP, {"field": "on_hand", "below": 41}, key="rule-none")) == set()


def test_what_is_not_known_is_not_held_and_counted(house: make.House) -> None:
    rule = make.rule(house, types=("variant", "product"))
    assert rule.unknown == 1  # the product has no price
    assert "product jacket-one" not in held(rule)


def test_a_value_older_than_it_may_be_is_not_known(house: make.House) -> None:
    rule = make.rule(house)
    age = FieldOwner.objects.get(type="variant", field="price", system=house.shop).max_age_s
    later = make.now() + timedelta(seconds=age + 60)
    FieldValue.objects.filter(resource__key="JKT-1", field="price").update(observed_at=later)
    members.evaluate(rule.pk, at=later)
    assert held(rule) == {"variant JKT-1", "stock JKT-1"}


def test_another_currency_is_not_known_to_meet_it(house: make.House) -> None:
    rule = make.rule(house, {"field": "price", "channel": "web-uk", "from": make.money(1)})
    assert (held(rule), rule.unknown) == (set(), Resource.objects.filter(segments__key__startswith="apparel").count())


def test_the_system_that_is_right_is_believed(house: make.House) -> None:
    FieldValue.objects.filter(system=house.shop, field="on_hand").update(value=7)
    assert held(make.rule(house, {"field": "on_hand", "from": 40})) == {"variant JKT-1", "stock JKT-1"}


def test_what_equals_differ_about_is_not_known(house: make.House) -> None:
    FieldOwner.objects.filter(field="on_hand").update(source_of_truth=False)
    FieldValue.objects.filter(system=house.shop, field="on_hand").update(value=7)
    assert held(make.rule(house, {"field": "on_hand", "from": 40})) == set()
    assert held(make.rule(house, {"field": "on_hand", "from": 5}, key="rule-both")) == {"variant JKT-1", "stock JKT-1"}


def test_what_is_gone_is_let_go(house: make.House) -> None:
    rule = make.rule(house)
    Resource.objects.filter(key="JKT-1").update(gone_at=make.now())
    members.evaluate(rule.pk, at=make.now())
    assert held(rule) == {"variant JKT-2", "variant BAS-1"}


def test_each_change_of_what_it_holds_has_one_event_and_none_means_none(house: make.House) -> None:
    rule = make.rule(house)
    events = AuditEvent.objects.filter(action="segment.rule_evaluated")
    assert [each.data["joined"] for each in events] == [4]
    members.evaluate(rule.pk, at=make.now())
    assert events.count() == 1
    price(house, "JKT-2", 100)
    members.evaluate(rule.pk, at=make.now())
    last = events.order_by("-id")[0]
    assert {name: last.data[name] for name in ("joined", "left", "members")} == {"joined": 0, "left": 1, "members": 3}


def test_looking_beforehand_writes_nothing(house: make.House) -> None:
    before = AuditEvent.objects.count()
    seen = members.preview(Conditions.parse({"conditions": [make.DEAR]}), house.apparel.pk, at=make.now())
    assert (seen.members, len(seen.some), AuditEvent.objects.count()) == (4, 4, before)


def test_the_longest_waiting_is_due_first_and_what_was_just_done_is_not(house: make.House) -> None:
    first, second = make.rule(house, key="rule-a"), make.rule(house, key="rule-b")
    at = make.now()
    assert members.due(at=at) == []
    SegmentRule.objects.filter(pk=first.pk).update(evaluated_at=at - timedelta(minutes=1))
    SegmentRule.objects.filter(pk=second.pk).update(evaluated_at=at - timedelta(minutes=2))
    assert members.due(at=at) == [second.pk, first.pk]
    SegmentRule.objects.filter(pk=second.pk).update(retired_at=at)
    assert members.due(at=at) == [first.pk]


@pytest.mark.parametrize("more", [0, 30])
def test_a_rule_takes_the_same_number_of_statements_whatever_it_holds(house: make.House, more: int) -> None:
    rule = make.rule(house)
    for n in range(more):
        make.variant(f"JKT-9{n:02}", house.jackets, shop=house.shop, erp=house.erp)
    with CaptureQueriesContext(connection) as seen:
        members.evaluate(rule.pk, at=make.now())
    kept = [each for each in seen.captured_queries if "orchestr_rule_member" in each["sql"]]
    assert len(kept) == 1
    assert rule.held.count() == 4 + more
