"""What rows are, beside what their events tell: operations agree, and a change around them is named."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from orchestr.agents.grants import Extent, grant_at_setup, revoke_scope, set_scope
from orchestr.agents.models import AgentToken, Scope, Tool
from orchestr.agents.tokens import issue_token
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.people.models import Notice
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.deciding.take_back import take_back
from orchestr.proposals.models import Decision, Proposal
from orchestr.reconciling import nouns
from orchestr.reconciling.compare import reconcile
from orchestr.reconciling.noun import Noun
from orchestr.reconciling.tasks import reconcile_daily
from orchestr.runs.models import Run
from tests import make
from tests.conftest import Committed
from tests.execution.approved import approved, clock_after_window, work_until_settled
from tests.proposals.propose import propose

SPINE = (nouns.PROPOSAL, nouns.DECISION, nouns.EXECUTION, nouns.ITEM)


def faults(*about: Noun) -> list[str]:
    return [f"{fault.place}: {fault.message}" for fault in reconcile(about) if fault is not None]


@pytest.fixture
def published(house: make.House) -> Proposal:
    proposal = approved(house)
    work_until_settled(proposal, clock_after_window())
    assert proposal.state == "published"
    return proposal


def test_what_operations_leave_is_what_their_events_tell(house: make.House, published: Proposal) -> None:
    assert published.state == "published"
    waiting = propose(house, house.change(house.jacket_2, after=19_000))
    with transaction.atomic():
        approve(proposal_id=waiting.pk, digest=waiting.digest, by=house.people.mia, at=make.now())
    with transaction.atomic():
        take_back(proposal_id=waiting.pk, by=house.people.mia, at=make.now() + timedelta(seconds=1))
    propose(house, house.change(house.tent, after=5_000))  # below cost: refused, on record
    assert {row.state for row in Proposal.objects.all()} == {"published", "draft", "blocked"}
    assert faults(*SPINE) == []


def test_a_scope_is_what_its_events_tell_through_all_that_becomes_of_it(house: make.House) -> None:
    Scope.objects.all().delete()
    tool = Tool.objects.get(name="shop.set_price")
    wide = Extent(
        segments=frozenset({"apparel", "outdoor-gear"}),
        channels=frozenset({"web-de"}),
        field_classes=frozenset({"cost"}),
        limits={"items": 9},
    )
    narrow = replace(wide, segments=frozenset({"apparel"}), limits={"items": 3}, expires_at=make.now())
    with transaction.atomic():
        scope = grant_at_setup(agent=house.agent, tool=tool, extent=wide, by=house.people.ada, at=make.now())
    assert faults(nouns.SCOPE) == []
    asked: dict[str, Any] = {"agent_id": house.agent.pk, "tool_id": tool.pk, "reason": "", "by": house.people.ada}
    with transaction.atomic():
        set_scope(**asked, extent=narrow, at=make.now())
    assert faults(nouns.SCOPE) == []
    scope.segments.add(house.outdoor)
    assert "['apparel', 'outdoor-gear']" in faults(nouns.SCOPE)[0]
    scope.segments.remove(house.outdoor)
    with transaction.atomic():
        revoke_scope(scope_id=scope.pk, by=house.people.ada, at=make.now())
    assert faults(nouns.SCOPE) == []
    Scope.objects.update(revoked_at=None)
    assert "revoked_at is True" in faults(nouns.SCOPE)[0]


CHANGES: list[tuple[str, Callable[[Proposal], Any], Noun, str]] = [
    (
        "update",
        lambda row: Proposal.objects.filter(pk=row.pk).update(state="reverted"),
        nouns.PROPOSAL,
        "Its events tell that state is published; the row says reverted.",
    ),
    (
        "another digest",
        lambda row: Proposal.objects.filter(pk=row.pk).update(digest="0" * 64),
        nouns.PROPOSAL,
        "the row says 0000",
    ),
    (
        "a decision taken back",
        lambda row: Decision.objects.filter(proposal=row).update(taken_back_at=make.now()),
        nouns.DECISION,
        "Its events tell that taken_back_at is False; the row says True.",
    ),
    (
        "an outcome",
        lambda row: ExecutionItem.objects.filter(execution__proposal=row).update(state="conflict"),
        nouns.ITEM,
        "Its events tell that state is applied; the row says conflict.",
    ),
    (
        "an execution",
        lambda row: Execution.objects.filter(proposal=row).update(state="stopped"),
        nouns.EXECUTION,
        "Its events tell that state is done; the row says stopped.",
    ),
]


@pytest.mark.parametrize(("change", "noun", "says"), [case[1:] for case in CHANGES], ids=[case[0] for case in CHANGES])
def test_a_change_around_the_operations_is_named(
    published: Proposal, change: Callable[[Proposal], Any], noun: Noun, says: str
) -> None:
    assert faults(noun) == []
    change(published)
    assert len(found := faults(noun)) >= 1
    assert says in found[0]
    assert found[0].startswith(noun.name)


def test_a_row_made_in_bulk_has_no_event_and_is_named(house: make.House, published: Proposal) -> None:
    (decision,) = Decision.objects.filter(proposal=published)[:1]
    forged = Decision.objects.get(pk=decision.pk)
    forged.pk = None
    forged.person = house.people.omar.person
    Decision.objects.bulk_create([forged])
    assert [each.split(": ")[1] for each in faults(nouns.DECISION)] == ["No event tells how this row came to be."]


def test_a_row_that_is_gone_is_named(house: make.House) -> None:
    with transaction.atomic():
        token, _text = issue_token(agent_id=house.agent.pk, by=house.people.ada, at=make.now())
    AgentToken.objects.all().delete()
    assert faults(nouns.TOKEN) == [f"token {token.pk}: Its events tell of it, and the row is gone."]


def test_admins_and_auditors_are_told_once_a_day(committed: Committed, shelves: None) -> None:
    house = make.house()
    Run.objects.all().delete()
    house.run()  # made by a builder: no event tells of it
    reconcile_daily()
    reconcile_daily()
    told = Notice.objects.filter(kind="audit.rows_differ")
    assert {notice.person.name for notice in told} == {"Ada", "Aud"}
    assert all(notice.urgent for notice in told)
