"""What people do to a rollout that holds: let the rest go out, put back what went out, or hold it longer."""

from datetime import datetime, timedelta

from django.db import connection

from audit.record import Actor
from orchestr.execution.notify import ROLLOUT_ASKS
from orchestr.execution.revert import may_revert
from orchestr.execution.rollout import settle
from orchestr.execution.rollout.hold import next_look
from orchestr.execution.rollout.models import Rollout, RolloutVoice
from orchestr.execution.rollout.states import ROLLOUT_CHART, RolloutState
from orchestr.people.eligibility import holds_on
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.people.paging.call import answer_about
from orchestr.proposals.deciding.quorum import Standing, missing, would_help
from orchestr.proposals.deciding.refused import refuse_stale, refuse_unless_decider
from orchestr.proposals.locks import lock
from orchestr.proposals.models import Proposal
from orchestr.proposals.settle import touch
from orchestr.refusal import Kind, Refusal, absent
from orchestr.workflows.rollout import Terms


def go_on_now(*, proposal_id: object, digest: str, by: Account, at: datetime) -> Rollout:
    """Say that the rest may go out now. Where the tier asks for two persons it goes once both have said so.

    Locks the proposal, the execution, the rollout. Refuses what is invisible (absent), who may not decide here or
    would decide on own work, another digest, a rollout that does not hold, a second voice of the same person, and one
    whose function does not help.
    """
    proposal, rollout = _open(proposal_id, digest, by, "go_on", decides=True)
    voices = standing(rollout)
    if any(each.person_id == by.person_id for each in voices):
        raise Refusal(
            Kind.CONFLICT, "already_decided", "You have said so already; one person counts once.",
            next="Leave the second voice to somebody else.", about=settle.about_of(proposal, rollout.execution_id),
        )  # fmt: skip
    lacking = missing(proposal, voices)
    if not lacking.met and not would_help(proposal, voices, person_id=by.person_id, functions=by.functions):
        raise Refusal(
            Kind.FORBIDDEN, "function_missing",
            f"This still needs {' and '.join(lacking.helps or proposal.functions)}; your account does not hold that.",
            next="Leave it to somebody who does.", params={"functions": list(proposal.functions)},
            about=settle.about_of(proposal, rollout.execution_id),
        )  # fmt: skip
    RolloutVoice.objects.create(
        rollout=rollout, person_id=by.person_id, account=by, at=at,
        functions=sorted(by.functions & {str(each) for each in Function}),
    )  # fmt: skip
    actor = _actor(by)
    about = settle.about_of(proposal, rollout.execution_id)
    settle.tell(
        "rollout.voiced", about, {"functions": sorted(by.functions)}, by=actor, at=at, segments=proposal.segment_ids
    )
    if missing(proposal, standing(rollout)).met:
        authority = {"kind": "person", "id": str(by.person_id)}
        settle.go_on(rollout, proposal, settled_by=authority, reason="person", by=actor, at=at)
    else:
        touch(proposal_id=proposal.pk)
    _answered(rollout, by, at)
    return rollout


def put_back_now(*, proposal_id: object, digest: str, why: str, by: Account, at: datetime) -> Rollout:
    """Put back what went out; the rest is never begun. One person with the right to revert is enough.

    Locks the proposal, the execution, the rollout. Refuses what is invisible (absent), who may not revert here, an
    empty reason, another digest, and a rollout that does not hold.
    """
    proposal, rollout = _open(proposal_id, digest, by, "put_back", decides=False)
    if not why.strip():
        raise Refusal(
            Kind.UNPROCESSABLE, "reason_missing", "Say why, so that others can follow.",
            next="Give a reason in a sentence.", about=settle.about_of(proposal, rollout.execution_id),
        )  # fmt: skip
    authority = {"kind": "person", "id": str(by.person_id)}
    settle.put_back(
        rollout, proposal, settled_by=authority, reason="person", why=why.strip()[:2_000], by=_actor(by), at=at
    )
    _answered(rollout, by, at)
    return rollout


def hold_longer(*, proposal_id: object, digest: str, by: Account, at: datetime) -> Rollout:
    """Look at the first share once more for as long as its terms say, from now on. Who may decide or put back may.

    Locks and refuses as `put_back_now`; what people have said so far of going on still counts.
    """
    proposal, rollout = _open(proposal_id, digest, by, "hold_longer", decides=None)
    terms = Terms.parse(rollout.terms)
    rollout.state = RolloutState.HOLDING
    rollout.reason = ""
    rollout.holds_until = at + timedelta(seconds=terms.hold_s)
    rollout.next_look_at = next_look(terms, until=rollout.holds_until, at=at)
    rollout.save(update_fields=["state", "reason", "holds_until", "next_look_at"])
    about = settle.about_of(proposal, rollout.execution_id)
    data = {"holds_until": rollout.holds_until}
    settle.tell("rollout.held_longer", about, data, by=_actor(by), at=at, segments=proposal.segment_ids)
    touch(proposal_id=proposal.pk)
    _answered(rollout, by, at)
    return rollout


def standing(rollout: Rollout) -> list[Standing]:
    """Who has said so far that it may go on, as voices of a quorum."""
    rows = rollout.voices.order_by("at", "id").values_list("id", "person_id", "account_id", "functions")
    return [Standing(id, person, account, frozenset(names)) for id, person, account, names in rows]


def _open(
    proposal_id: object, digest: str, by: Account, verb: str, *, decides: bool | None
) -> tuple[Proposal, Rollout]:
    """The proposal and its rollout, locked. `decides`: whether the right to decide is asked for, to revert, or either."""
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
    proposal = lock(proposal_id)  # type: ignore[arg-type]
    if by.person_id is None or not holds_on(by, "view_segment", proposal.segment_ids):
        raise absent("proposal")
    may_put_back = may_revert(proposal, by)
    if decides or (decides is None and not may_put_back):
        refuse_unless_decider(proposal, by)
    elif not may_put_back:
        raise Refusal(
            Kind.FORBIDDEN, "may_not_revert_here", "Putting back needs the right to revert on every segment this touches.",
            next="Ask somebody on call.", about={"proposal": str(proposal.pk)},
        )  # fmt: skip
    refuse_stale(proposal, digest)
    rollout = settle.locked(proposal)
    if rollout is None:
        raise Refusal(
            Kind.CONFLICT, "not_in_this_state", "No first share of this is held.",
            next="Reload it and look at what has happened since.", params={"verb": verb},
            about={"proposal": str(proposal.pk)},
        )  # fmt: skip
    ROLLOUT_CHART.require(verb, rollout.state, about=settle.about_of(proposal, rollout.execution_id))
    return proposal, rollout


def _answered(rollout: Rollout, by: Account, at: datetime) -> None:
    """Whoever says something of it is on it: nobody else is called."""
    answer_about(kind=ROLLOUT_ASKS, about={"execution": str(rollout.execution_id)}, by=_actor(by), at=at)


def _actor(by: Account) -> Actor:
    return Actor.person(account_id=by.pk, person_id=by.person_id)
