"""Rules from a terminal."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.catalogue.rules.models import SegmentRule
from orchestr.catalogue.tasks import evaluate_rules
from orchestr.freezes.freeze import freeze
from orchestr.freezes.models import Freeze
from orchestr.freezes.targets import Target
from orchestr.refusal import Refusal
from tests import make

LOW = json.dumps({"type": "variant", "stock": {"at_most": 50}})


def run(*words: str) -> str:
    out = StringIO()
    call_command("segment_rule", *words, stdout=out)
    return out.getvalue()


def test_a_rule_is_made_listed_and_retired(house: make.House) -> None:
    made = run("make", "rule:low", "--within", "apparel", "--conditions", LOW)
    assert made == "rule:low within apparel: holds 1, not known 2\n"
    evaluate_rules()
    assert run("list") == made
    assert run("retire", "rule:low") == "rule:low within apparel: retired\n"


def test_a_refusal_is_one_event_and_nothing_else(house: make.House) -> None:
    with pytest.raises(CommandError, match=r"docs/segments\.md"):
        run("make", "rule:low", "--within", "apparel", "--conditions", "{}")
    assert [event.action for event in AuditEvent.objects.all()] == ["refused"]
    assert not SegmentRule.objects.exists()


def test_a_freeze_of_a_rule_is_refused_rather_than_stopping_nothing(house: make.House) -> None:
    run("make", "rule:low", "--within", "apparel", "--conditions", LOW)
    with pytest.raises(Refusal) as refused:
        freeze(target=Target("segment", "rule:low"), why="Wrong.", by=Actor.worker("command"), at=make.now())
    assert refused.value.code == "freeze_of_rule"
    assert not Freeze.objects.exists()
