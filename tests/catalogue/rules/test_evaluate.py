"""What a rule holds: what is known to fit, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.catalogue.models import FieldValue
from orchestr.catalogue.rules.evaluate import Found, evaluate
from orchestr.catalogue.rules.models import RuleMember, SegmentRule
from orchestr.governance.segment_rules import make_rule, retire_rule
from orchestr.people.models import Account
from orchestr.refusal import Refusal
from tests import make

LOW: Any = {"type": "variant", "stock": {"at_most": 50}}
PRICED: Any = {"type": "variant", "price": {"channel": "web-de", "currency": "EUR", "from": 20_000, "to": 20_001}}


def by(account: Account) -> Actor:
    assert account.person_id
    return Actor.person(account_id=account.pk, person_id=account.person_id)


def rule(house: make.House, conditions: Any = LOW, *, within: str = "apparel", key: str = "rule:low") -> SegmentRule:
    return make_rule(key=key, name="Low", within=within, conditions=conditions, by=by(house.people.ada), at=make.now())


def held(rule: SegmentRule) -> list[str]:
    return sorted(RuleMember.objects.filter(rule=rule).values_list("resource__key", flat=True))


def again(rule: SegmentRule, *, later: int = 0) -> Found:
    found = evaluate(rule.pk, at=make.now() + timedelta(seconds=later))
    assert found is not None
    return found


def test_it_holds_what_fits_below_its_segment(house: make.House) -> None:
    low = rule(house)
    assert held(low) == ["JKT-1"]
    assert (low.held, low.not_known) == (1, 2)
    assert held(rule(house, key="rule:tents", within="outdoor-gear")) == []


def test_a_price_is_from_a_bound_up_to_below_another(house: make.House) -> None:
    assert held(rule(house, PRICED)) == ["BAS-1", "JKT-1", "JKT-2"]
    below = {"type": "variant", "price": {**PRICED["price"], "from": 0, "to": 20_000}}
    none = rule(house, below, key="rule:cheap")
    assert (none.held, none.not_known) == (0, 0)


def test_a_text_is_exactly_one_of_those_named(house: make.House) -> None:
    asked = {"type": "product", "texts": [{"field": "title", "locale": "en", "one_of": ["Jacket One"]}]}
    assert held(rule(house, asked)) == ["jacket-one"]


def test_all_conditions_hold_and_one_that_is_false_settles_it(house: make.House) -> None:
    assert held(rule(house, LOW | PRICED)) == ["JKT-1"]
    dear = {"type": "variant", "price": {**PRICED["price"], "from": 30_000, "to": None}} | {"stock": LOW["stock"]}
    none = rule(house, dear, key="rule:dear")
    assert (none.held, none.not_known) == (0, 0)


def test_what_is_older_than_its_age_is_not_held(house: make.House) -> None:
    low = rule(house)
    assert again(low, later=800).held == 1
    found = again(low, later=31 * 86_400)
    assert (found.held, found.left, found.not_known) == (0, 1, 3)


def test_what_the_systems_disagree_about_is_not_held(house: make.House) -> None:
    low = rule(house)
    FieldValue.objects.filter(resource=house.jacket_stock, system=house.shop).update(value=39)
    found = again(low)
    assert (found.held, found.left, found.not_known) == (0, 1, 3)


def test_what_also_lies_outside_its_segment_is_not_held(house: make.House) -> None:
    low = rule(house)
    house.jacket.segments.add(house.tents)
    assert again(low).left == 1


def test_what_has_vanished_is_not_held(house: make.House) -> None:
    low = rule(house)
    house.jacket.gone_at = make.now()
    house.jacket.save()
    assert again(low).left == 1


def test_only_a_change_is_told_and_without_a_row_for_each(house: make.House) -> None:
    low = rule(house)
    again(low)
    (event,) = AuditEvent.objects.filter(action="segment_rule.evaluated")
    assert (event.data["joined"], event.data["left"]) == (1, 0)


def test_it_is_one_statement_whatever_it_holds(house: make.House) -> None:
    low = rule(house)
    with CaptureQueriesContext(connection) as asked:
        again(low)
    assert sum("WITH judged" in each["sql"] for each in asked.captured_queries) == 1


def test_a_retired_rule_holds_nothing(house: make.House) -> None:
    low = retire_rule(rule_id=rule(house).pk, by=by(house.people.ada), at=make.now())
    assert held(low) == []
    assert low.held == 0
    assert again(low).held == 0


def test_only_an_admin_makes_or_retires_one(house: make.House) -> None:
    low = rule(house)
    for refused in (
        lambda: retire_rule(rule_id=low.pk, by=by(house.people.mia), at=make.now()),
        lambda: make_rule(
            key="rule:x", name="", within="apparel", conditions=LOW, by=by(house.people.mia), at=make.now()
        ),
    ):
        with pytest.raises(Refusal) as raised:
            refused()
        assert raised.value.code == "function_missing"
    assert SegmentRule.objects.filter(retired_at=None).count() == 1


@pytest.mark.parametrize(
    ("key", "code"), [("low", "rule_key"), ("rule:", "rule_key"), ("rule:a b", "rule_key"), ("rule:low", "rule_exists")]
)
def test_a_key_that_is_taken_or_odd_is_refused(house: make.House, key: str, code: str) -> None:
    rule(house)
    with pytest.raises(Refusal) as refused:
        rule(house, key=key)
    assert refused.value.code == code
    assert SegmentRule.objects.count() == 1
