"""An evaluation beside a retiring: nothing is held by a rule that is gone."""

import pytest
from django.db import transaction

from audit.record import Actor
from orchestr.catalogue.rules.evaluate import evaluate
from orchestr.catalogue.rules.models import RuleMember
from orchestr.governance.segment_rules import make_rule, retire_rule
from tests import make
from tests.races.duel import duel

WORKER = Actor.worker("command")


@pytest.mark.parametrize("retired_first", [True, False])
def test_a_rule_retired_beside_its_evaluation_holds_nothing(
    committed: object, shelves: None, retired_first: bool
) -> None:
    make.house()
    low = {"type": "variant", "stock": {"at_most": 50}}
    with transaction.atomic():
        rule = make_rule(key="rule:low", name="", within="apparel", conditions=low, by=WORKER, at=make.now())
    sides = [
        lambda: retire_rule(rule_id=rule.pk, by=WORKER, at=make.now()),
        lambda: evaluate(rule.pk, at=make.now()),
    ]
    duel(*(sides if retired_first else reversed(sides)))
    assert not RuleMember.objects.exists()
