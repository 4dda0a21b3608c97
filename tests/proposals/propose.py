"""Submitting through the operations, for the tests of this room and of those above."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from orchestr.agents.models import AgentToken
from orchestr.catalogue.models import FieldValue
from orchestr.catalogue.plans import ProposedChange
from orchestr.people.models import Account
from orchestr.proposals.models import Proposal
from orchestr.proposals.submitting.content import AgentProposer, Content, PersonProposer, Proposer
from orchestr.proposals.submitting.submit import submit
from orchestr.runs.models import Run
from tests import make


def agent_of(house: make.House, *, run: Run | None = None) -> AgentProposer:
    """The agent of the run, else the house's agent in a run of its workflow."""
    run = run or house.run()
    token = AgentToken.objects.select_related("agent", "agent__owner").get(agent=run.agent_id)
    return AgentProposer(token=token, run=run)


def content(
    house: make.House,
    changes: Iterable[dict[str, Any]],
    proposer: Proposer,
    *,
    evidence: bool = True,
    also: Iterable[FieldValue] = (),
    **fields: Any,
) -> Content:
    """A body with fresh observed evidence of every price it touches and of `also`, confidence 0.9."""
    raw = list(changes)
    rows = []
    if evidence:
        for value in (*map(make.value_of, raw), *also):
            if isinstance(proposer, AgentProposer):
                rows.append(make.evidence(value, run=proposer.run))
            else:
                rows.append(make.evidence(value, person=proposer.account.person))
    values: dict[str, Any] = {
        "summary": "Sell the slow ones.",
        "rationale": "They have stood for weeks.",
        "confidence_bp": 9_000,
        "atomicity": "per_item",
    }
    return Content(
        evidence=tuple(row.pk for row in rows),
        changes=tuple(ProposedChange.parse(index, change) for index, change in enumerate(raw)),
        **(values | fields),
    )


def propose(
    house: make.House,
    *changes: dict[str, Any],
    at: datetime | None = None,
    by: Account | None = None,
    run: Run | None = None,
    **fields: Any,
) -> Proposal:
    """Submit these changes as the house's agent (or as a person), in a transaction of its own."""
    proposer: Proposer = PersonProposer(by) if by is not None else agent_of(house, run=run)
    with transaction.atomic():
        return submit(proposer=proposer, content=content(house, changes, proposer, **fields), at=at or make.now())


def single(house: make.House, **fields: Any) -> Proposal:
    """A proposal at tier single: the jacket's price 5 % down."""
    return propose(house, house.change(after=19_000), **fields)


def dual(house: make.House, **fields: Any) -> Proposal:
    """A proposal at tier dual (merchandising and finance): the jacket's price 20 % down."""
    return propose(house, house.change(after=16_000), **fields)
