"""Wrong prices: a tenth of the price is refused, and the drill says by which rule and after how long."""

import pytest

from audit.models import AuditEvent
from orchestr.proposals.models import Proposal
from tests import make
from tests.drills.sandbox import answers, played, sandbox, start

pytestmark = pytest.mark.django_db


def test_policy_refuses_it_and_the_drill_has_passed(house: make.House) -> None:
    sandbox(house)
    drill = played(start(house, "wrong_prices"))
    proposal = Proposal.objects.get(drill=drill)
    assert (proposal.state, proposal.blocked_reason) == ("blocked", "policy")
    assert answers(drill) == {
        "detected": ("met", "refused_by_policy"),
        "contained": ("met", "blocked"),
        "put_back": ("met", "nothing_written"),
    }
    assert (drill.state, drill.ended_reason) == ("passed", "answered")


def test_each_answer_names_the_event_that_proves_it(house: make.House) -> None:
    sandbox(house)
    drill = played(start(house, "wrong_prices"))
    named = [each["event"] for each in drill.score]
    assert AuditEvent.objects.filter(pk__in=named).count() == len(set(named)) > 0
    ended = AuditEvent.objects.get(action="drill.ended")
    assert (ended.about["drill"], ended.data["outcome"], ended.data["met"]) == (str(drill.pk), "passed", 3)
