"""Asking for a revert: one plan, pressed, becomes a backward execution for each proposal it touches."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from audit.record import Actor, record
from orchestr.execution.backward import AuthorityKind
from orchestr.execution.models import Execution
from orchestr.execution.reverting import refusals
from orchestr.execution.reverting.found import OPEN
from orchestr.execution.reverting.lines import Choice, RevertLine, RevertPlan
from orchestr.execution.reverting.models import AwaitedRevert, Revert
from orchestr.execution.reverting.queue import queue_backward, standing
from orchestr.execution.reverting.stop import stop_for
from orchestr.people.eligibility import holds_on, segments_with
from orchestr.people.models import Account
from orchestr.proposals import settle as proposals
from orchestr.proposals.locks import lock_all
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import ProposalState
from orchestr.refusal import absent


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a plan comes to with the choices made: which line does what, and which proposals are written back."""

    plan: RevertPlan
    chosen: Mapping[int, Choice]

    @property
    def moved(self) -> list[RevertLine]:
        """The lines that change something, or take note that nothing is left to change."""
        return [line for line in self.plan.lines if self.chosen[line.index] != "keep"]

    @property
    def proposal_ids(self) -> set[UUID]:
        return {part.proposal_id for line in self.moved for part in line.parts}

    def kept_of(self, proposal_id: UUID) -> list[int]:
        """The items of this proposal that stay."""
        return sorted(
            part.index
            for line in self.plan.lines
            for part in line.parts
            if part.proposal_id == proposal_id and self.chosen[line.index] == "keep"
        )


def put_back(
    *,
    plan: RevertPlan,
    choices: Mapping[int, Choice],
    digest: str,
    by: Account,
    why: str,
    at: datetime,
    authority: AuthorityKind = "person",
) -> Revert:
    """Queue the backward executions that do what was chosen; lines not named keep their default.

    `plan` is read just before, outside the transaction; `digest` is the one the person saw. Proposals that are
    still being written are stopped, and what is written of them by then goes back at their end (the items of that
    proposal which the plan does not name stay). Locks the proposals by primary key, then their executions.

    Refuses who lacks the right to revert on every segment touched, a plan that has moved (409 `plan_moved`), a
    proposal that is being put back already (409 `executing`), one that is neither published nor being written, a
    choice that cannot be done, nothing to put back, and on a person's own authority a value that would break a
    floor (`breaks_floor`): a containment may, and is reviewed.
    """
    locked = {proposal.pk: proposal for proposal in lock_all(plan.proposal_ids)}
    about = {"proposal": str(plan.proposal_ids[0])} if len(plan.proposal_ids) == 1 else {}
    _entitled(plan, locked, by, about)
    asked = Asked(plan=plan, chosen={line.index: _choice(line, choices, about) for line in plan.lines})
    awaited = _expect(asked, locked, digest, why, about)
    if authority == "person":
        _refuse_broken_floors(asked, about)
    assert by.person_id is not None
    actor = Actor.person(account_id=by.pk, person_id=by.person_id)
    revert = Revert.objects.create(
        selection=plan.selection.wire(), digest=plan.digest, authority=authority, why=why.strip(),
        requested_by_id=by.person_id, requested_at=at, count=len(asked.moved),
        kept=len(plan.lines) - len(asked.moved),
    )  # fmt: skip
    _record(revert, asked, locked, actor, at)
    settled = [locked[id] for id in sorted(asked.proposal_ids - awaited, key=str)]
    _queue(revert, asked, settled, actor, at, about)
    for id in sorted(awaited, key=str):
        _await(revert, asked, locked[id], actor, at, about)
    proposals.touch_all(list(locked.values()))
    return revert


def may_revert(proposal: Proposal, account: Account) -> bool:
    """Whether the account holds the right to revert on every segment the proposal touches."""
    return holds_on(account, "revert_segment", proposal.segment_ids)


def _entitled(plan: RevertPlan, locked: Mapping[UUID, Proposal], by: Account, about: dict[str, str]) -> None:
    """Absent where the account does not see all of it, refused where it may not put all of it back."""
    touched = {id for proposal in locked.values() for id in proposal.segment_ids}
    seen = by.person_id is not None and touched <= segments_with(by, "view_segment")
    if not seen or set(plan.proposal_ids) - locked.keys():
        raise absent("proposal")
    if not touched <= segments_with(by, "revert_segment"):
        raise refusals.may_not_revert(about)


def _expect(
    asked: Asked, locked: Mapping[UUID, Proposal], digest: str, why: str, about: dict[str, str]
) -> frozenset[UUID]:
    """The proposals that have to be stopped first. Refuses a plan that is no longer what it was."""
    concerned = asked.proposal_ids or set(asked.plan.proposal_ids)
    open_now = dict(Execution.objects.filter(proposal__in=concerned, state__in=OPEN).values_list("proposal_id", "kind"))
    if "revert" in open_now.values() or AwaitedRevert.objects.filter(proposal__in=concerned).exists():
        raise refusals.executing(about)
    awaited = asked.plan.executing & open_now.keys()
    if set(open_now) - awaited:
        raise refusals.executing(about)
    waiting = [locked[id] for id in concerned - awaited if locked[id].state != ProposalState.PUBLISHED]
    if waiting:
        raise refusals.not_published(waiting[0], about)
    if asked.plan.digest != digest or (asked.plan.executing & concerned) - awaited:
        raise refusals.plan_moved(about)
    if not why.strip():
        raise refusals.reason_missing(about)
    if not asked.moved:
        raise refusals.nothing_to_restore(about)
    parts = {part.item_id for line in asked.plan.lines for part in line.parts if not part.begun}
    if parts - standing(parts):
        raise refusals.plan_moved(about)
    return frozenset(awaited)


def _refuse_broken_floors(asked: Asked, about: dict[str, str]) -> None:
    broken = {line.index: line.breaks_by(asked.chosen[line.index]) for line in asked.moved}
    broken = {n: codes for n, codes in broken.items() if codes}
    if broken:
        raise refusals.breaks_floor(broken, about)


def _choice(line: RevertLine, choices: Mapping[int, Choice], about: dict[str, str]) -> Choice:
    choice = choices.get(line.index, line.default)
    if choice not in line.choices:
        raise refusals.choice_impossible(line, choice, about)
    return choice


def _queue(
    revert: Revert, asked: Asked, settled: Sequence[Proposal], by: Actor, at: datetime, about: dict[str, str]
) -> None:
    """One execution for each proposal that is written back, in three statements; the newest writes first."""
    if not settled:
        return
    try:
        with transaction.atomic():
            queue_backward(revert, _lines(asked, settled), asked.chosen, settled, by=by, at=at)
    except IntegrityError:
        raise refusals.executing(about) from None


def _lines(asked: Asked, settled: Collection[Proposal]) -> dict[UUID, list[RevertLine]]:
    ids = {proposal.pk for proposal in settled}
    found: dict[UUID, list[RevertLine]] = defaultdict(list)
    for line in asked.plan.lines:
        for part in line.parts:
            if part.proposal_id in ids:
                found[part.proposal_id].append(line)
    return found


def _await(revert: Revert, asked: Asked, proposal: Proposal, by: Actor, at: datetime, about: dict[str, str]) -> None:
    named = {part.index for line in asked.plan.lines for part in line.parts if part.proposal_id == proposal.pk}
    others = proposal.executions.filter(kind="apply", state__in=OPEN).values_list("items__index", flat=True)
    keep = sorted({*asked.kept_of(proposal.pk), *({index for index in others if index is not None} - named)})
    try:
        with transaction.atomic():
            AwaitedRevert.objects.create(revert=revert, proposal=proposal, keep=keep)
    except IntegrityError:
        raise refusals.executing(about) from None
    stop_for(proposal, by=by, at=at)


def _record(revert: Revert, asked: Asked, locked: Mapping[UUID, Proposal], by: Actor, at: datetime) -> None:
    chosen = [asked.chosen[line.index] for line in asked.plan.lines]
    record(
        action="revert.requested",
        actor=by,
        at=at,
        about={"revert": revert.pk},
        data={
            "digest": revert.digest,
            "authority": revert.authority,
            "proposals": len(asked.proposal_ids),
            "restored": chosen.count("restore"),
            "rebased": chosen.count("rebase"),
            "kept": chosen.count("keep"),
            "conflicts": asked.plan.conflicts,
            "broken_floors": sum(bool(line.breaks_by(asked.chosen[line.index])) for line in asked.moved),
        },
        segments={id for proposal in locked.values() for id in proposal.segment_ids},
    )
