"""Asking for a revert: a backward execution with its own plan, on a person's authority."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from audit.record import Actor
from orchestr.execution import backward
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.execution.queue import Line, insert_items
from orchestr.execution.revert_plan import Choice, RevertLine, RevertPlan, written_items
from orchestr.people.eligibility import holds_on
from orchestr.people.models import Account
from orchestr.proposals import settle as proposals
from orchestr.proposals.locks import lock
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import ProposalState
from orchestr.refusal import Kind, Refusal, absent

OPEN = ("queued", "running", "held", "needs_person")


def request_revert(
    *,
    plan: RevertPlan,
    choices: Mapping[int, Choice],
    digest: str,
    by: Account,
    why: str,
    at: datetime,
    authority: backward.AuthorityKind = "person",
) -> Execution:
    """Queue the backward execution that does what was chosen; items not named keep their default.

    `plan` is what `plan_revert` reads just before, outside the transaction; `digest` is the one the
    person saw. Locks the proposal. Refuses who lacks the right to revert on every segment touched, a
    plan that has moved (409 `plan_moved`), an open execution (409 `executing`), a proposal that is not
    published, a choice that cannot be done, nothing to put back, and on a person's own authority an item
    that would break a floor (`breaks_floor`): a containment may, and is reviewed.
    """
    proposal = lock(plan.proposal_id)
    _entitled(proposal, by)
    _expect(proposal, plan, digest, why)
    chosen = {line.index: _choice(line, choices) for line in plan.lines}
    restored = [line for line in plan.lines if chosen[line.index] == "restore"]
    if not restored:
        raise _refusal(
            proposal,
            Kind.UNPROCESSABLE,
            "nothing_to_restore",
            "Every item was kept.",
            "Choose at least one to restore.",
        )
    if authority == "person":
        _refuse_broken_floors(proposal, restored)
    items = {item.pk: item for item in written_items(plan.proposal_id)}
    if any(line.item_id not in items for line in plan.lines):
        raise _moved(proposal)
    assert by.person_id is not None
    execution_id = _insert(proposal, plan, items, chosen, by, why.strip(), at, authority)
    proposals.touch(proposal_id=proposal.pk)
    return Execution.objects.get(pk=execution_id)


def _insert(
    proposal: Proposal,
    plan: RevertPlan,
    items: Mapping[UUID, ExecutionItem],
    chosen: Mapping[int, Choice],
    by: Account,
    why: str,
    at: datetime,
    authority: backward.AuthorityKind,
) -> UUID:
    assert by.person_id is not None
    version_id = items[plan.lines[0].item_id].execution.version_id
    try:
        with transaction.atomic():
            execution_id = backward.insert(
                proposal_id=proposal.pk,
                version_id=version_id,
                authority={"kind": authority, "id": str(by.person_id)},
                why=why,
                requested_by=by.person_id,
                count=len(plan.lines),
                segments=proposal.segment_ids,
                by=Actor.person(account_id=by.pk, person_id=by.person_id),
                at=at,
            )
    except IntegrityError:
        raise _executing(proposal) from None
    insert_items(_item(execution_id, line, items[line.item_id], chosen[line.index]) for line in plan.lines)
    return execution_id


def _item(execution_id: UUID, line: RevertLine, item: ExecutionItem, choice: Choice) -> Line:
    """`before` is what the person saw live, so that whatever is there now is only overwritten knowingly."""
    return Line(
        execution=execution_id,
        index=line.index,
        undoes=item.pk,
        choice=choice,
        system=item.system_id,
        resource=item.resource_id,
        ref=item.ref,
        field=item.field,
        address=item.address,
        address_key=item.address_key,
        kind=item.kind,
        before=line.live,
        after=item.before,
    )


def may_revert(proposal: Proposal, account: Account) -> bool:
    """Whether the account holds the right to revert on every segment the proposal touches."""
    return holds_on(account, "revert_segment", proposal.segment_ids)


def _entitled(proposal: Proposal, by: Account) -> None:
    if by.person_id is None or not holds_on(by, "view_segment", proposal.segment_ids):
        raise absent("proposal")
    if not may_revert(proposal, by):
        raise _refusal(
            proposal,
            Kind.FORBIDDEN,
            "may_not_revert_here",
            "Putting back needs the right to revert on every segment this touches.",
            "Ask somebody on call.",
        )


def _expect(proposal: Proposal, plan: RevertPlan, digest: str, why: str) -> None:
    if Execution.objects.filter(proposal=proposal, state__in=OPEN).exists():
        raise _executing(proposal)
    if proposal.state != ProposalState.PUBLISHED:
        raise _refusal(
            proposal,
            Kind.CONFLICT,
            "not_in_this_state",
            f"This proposal is {proposal.state}; only what is published can be put back.",
            "Reload it and look at what has happened since.",
        )
    if plan.digest != digest:
        raise _moved(proposal)
    if not why.strip():
        raise _refusal(
            proposal,
            Kind.UNPROCESSABLE,
            "reason_missing",
            "A revert needs a reason that others can read.",
            "Say why in a sentence.",
        )


def _refuse_broken_floors(proposal: Proposal, restored: Sequence[RevertLine]) -> None:
    broken = [line for line in restored if line.breaks]
    if broken:
        raise Refusal(
            Kind.CONFLICT,
            "breaks_floor",
            "Putting this back would break a floor that holds now.",
            next="Keep those items, or let somebody on call contain it; a second person reviews that.",
            params={
                "items": [line.index for line in broken],
                "codes": sorted({c for line in broken for c in line.breaks}),
            },
            about={"proposal": str(proposal.pk)},
        )


def _choice(line: RevertLine, choices: Mapping[int, Choice]) -> Choice:
    choice = choices.get(line.index, line.default)
    if choice not in line.choices:
        raise Refusal(
            Kind.UNPROCESSABLE,
            "choice_impossible",
            f"Item {line.index} cannot be put back.",
            next="Keep it, or change it by a new proposal.",
            params={"item": line.index, "verdict": line.verdict},
        )
    return choice


def _executing(proposal: Proposal) -> Refusal:
    return _refusal(
        proposal,
        Kind.CONFLICT,
        "executing",
        "Another execution of this proposal is under way.",
        "Wait until it has settled, then look at the plan again.",
    )


def _moved(proposal: Proposal) -> Refusal:
    return _refusal(
        proposal,
        Kind.CONFLICT,
        "plan_moved",
        "A value has changed since this plan was read.",
        "Look at the plan as it is now, then choose again.",
    )


def _refusal(proposal: Proposal, kind: Kind, code: str, detail: str, next: str) -> Refusal:
    return Refusal(kind, code, detail, next=next, about={"proposal": str(proposal.pk)})
