"""What a rule holds is agreed on by two people, exactly as they looked at it."""

from typing import Any

import pytest
from django.db import transaction

from audit.models import AuditEvent
from orchestr.catalogue.models import Segment, SegmentRule
from orchestr.catalogue.rules.conditions import Conditions
from orchestr.connectors.base import SegmentSnapshot
from orchestr.governance import control
from orchestr.governance.grants import request_right
from orchestr.governance.models import ControlChange
from orchestr.governance.segment_rules import Rule, request_retirement, request_rule
from orchestr.people.models import Account
from orchestr.refusal import Refusal
from tests import make

FEW = {"field": "on_hand", "below": 50}


def rule(**fields: Any) -> Rule:
    given = {"key": "rule-few", "name": "Few", "within": "apparel"} | fields
    return Rule(**given, conditions=Conditions.parse({"conditions": [FEW]}))


def ask(house: make.House, wanted: Rule | None = None, by: Account | None = None) -> ControlChange:
    with transaction.atomic():
        return request_rule(rule=wanted or rule(), reason="so", by=by or house.people.ada, at=make.now())


def confirm(house: make.House, change: ControlChange, by: Account | None = None) -> None:
    with transaction.atomic():
        control.confirm(change_id=change.pk, digest=change.digest, by=by or house.people.fay, at=make.now())


def code(call: Any, *args: Any, **given: Any) -> str:
    with pytest.raises(Refusal) as caught:
        call(*args, **given)
    return caught.value.code


def test_nothing_is_held_before_a_second_person_says_yes(house: make.House) -> None:
    change = ask(house)
    assert not SegmentRule.objects.exists()
    assert code(confirm, house, change, by=house.people.ada) == "own_request"
    confirm(house, change)
    assert SegmentRule.objects.get().held.count() == 2
    actions = (
        AuditEvent.objects.filter(action__startswith="segment.rule").order_by("id").values_list("action", flat=True)
    )
    assert list(actions) == ["segment.rule_evaluated", "segment.rule_set"]


def test_only_an_admin_asks(house: make.House) -> None:
    assert code(ask, house, by=house.people.mia) == "function_missing"


def test_what_has_moved_since_is_not_put_in_force(house: make.House) -> None:
    confirm(house, ask(house))
    change = ask(house, Rule(key="rule-few", name="Other", within="apparel", conditions=rule().conditions))
    SegmentRule.objects.update(conditions={"types": [], "conditions": [{"field": "on_hand", "below": 7}]})
    assert code(confirm, house, change) == "rule_moved"
    assert Segment.objects.get(key="rule-few").name == "Few"


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"key": "few"}, "rule_key"),
        ({"key": "rule-with space"}, "rule_key"),
        ({"name": " "}, "rule_name"),
        ({"within": "no-such"}, "unknown_segment"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(house: make.House, fields: dict[str, str], wanted: str) -> None:
    assert code(ask, house, rule(**fields)) == wanted


def test_a_rule_draws_from_a_place_never_from_a_rule(house: make.House) -> None:
    confirm(house, ask(house))
    assert code(ask, house, rule(key="rule-of-rule", within="rule-few")) == "unknown_segment"


def test_the_key_of_a_segment_of_a_system_is_taken(house: make.House) -> None:
    make.segment("rule-shop")
    assert code(ask, house, rule(key="rule-shop")) == "rule_key_taken"


def test_asking_for_what_stands_is_refused(house: make.House) -> None:
    confirm(house, ask(house))
    assert code(ask, house) == "nothing_changes"


def test_a_retired_rule_holds_nothing_and_its_key_is_never_used_again(house: make.House) -> None:
    confirm(house, ask(house))
    with transaction.atomic():
        change = request_retirement(key="rule-few", reason="done", by=house.people.ada, at=make.now())
    assert SegmentRule.objects.get().held.count() == 2
    confirm(house, change)
    row = SegmentRule.objects.get()
    assert (row.held.count(), row.retired_at is not None) == (0, True)
    assert code(ask, house) == "rule_key_taken"


def test_no_right_of_a_person_is_given_on_a_rule(house: make.House) -> None:
    confirm(house, ask(house))
    given = {"account_id": house.people.mia.pk, "right": "view_segment", "segment": "rule-few", "reason": "so"}
    with transaction.atomic():
        assert code(request_right, **given, by=house.people.ada, at=make.now()) == "not_found"


def test_a_system_puts_nothing_into_a_rule(house: make.House) -> None:
    from orchestr.catalogue.pages import _segments

    confirm(house, ask(house))
    assert _segments([SegmentSnapshot(key="rule-few", name="Theirs")], [], make.now()) == {}
    assert Segment.objects.get(key="rule-few").name == "Few"
