"""Asking for the revert of one proposal, as containment and its page do."""

from collections.abc import Mapping
from datetime import datetime

from orchestr.execution.backward import AuthorityKind
from orchestr.execution.models import Execution
from orchestr.execution.reverting.found import OPEN
from orchestr.execution.reverting.lines import Choice, RevertPlan
from orchestr.execution.reverting.request import may_revert, put_back
from orchestr.people.models import Account

__all__ = ["OPEN", "may_revert", "request_revert"]


def request_revert(
    *,
    plan: RevertPlan,
    choices: Mapping[int, Choice],
    digest: str,
    by: Account,
    why: str,
    at: datetime,
    authority: AuthorityKind = "person",
) -> Execution:
    """`put_back` for a plan over one proposal. Gives the execution that puts it back; where the proposal is still
    being written, the one that is cut short first."""
    revert = put_back(plan=plan, choices=choices, digest=digest, by=by, why=why, at=at, authority=authority)
    found = revert.executions.first()
    if found is None:
        found = Execution.objects.get(proposal_id=plan.proposal_id, kind="apply", state__in=OPEN)
    return found
