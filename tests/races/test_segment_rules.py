"""An evaluation beside a retiring, and beside another: nothing is held by what is gone, and nothing is told twice."""

from collections.abc import Callable

import pytest
from django.db import transaction

from audit.models import AuditEvent
from orchestr.catalogue.models import FieldValue, SegmentRule
from orchestr.catalogue.rules.members import evaluate
from orchestr.governance import control
from orchestr.governance.segment_rules import request_retirement
from tests import make
from tests.races.duel import duel


@pytest.mark.parametrize("retired_first", [True, False])
def test_a_rule_retired_beside_its_evaluation_holds_nothing(
    committed: object, shelves: None, retired_first: bool
) -> None:
    house = make.house()
    rule = make.rule(house)
    with transaction.atomic():
        change = request_retirement(key="rule-dear", reason="over", by=house.people.ada, at=make.now())

    def retire() -> None:
        with transaction.atomic():
            control.confirm(change_id=change.pk, digest=change.digest, by=house.people.fay, at=make.now())

    sides: list[Callable[[], object]] = [retire, lambda: evaluate(rule.pk, at=make.now(), wait=True)]
    duel(*(sides if retired_first else reversed(sides)))
    assert SegmentRule.objects.get().held.count() == 0


def test_two_evaluations_at_once_tell_one_change_once(committed: object, shelves: None) -> None:
    house = make.house()
    rule = make.rule(house)
    FieldValue.objects.filter(resource__key="JKT-2", field="price").update(value=make.money(100))
    events = AuditEvent.objects.filter(action="segment.rule_evaluated")
    before = events.count()
    duel(*[lambda: evaluate(rule.pk, at=make.now(), wait=True)] * 2)
    assert events.count() == before + 1
    assert SegmentRule.objects.get().held.count() == 3
