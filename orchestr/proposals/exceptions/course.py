"""Exceptions once they were asked for: confirmed by two, counted, turned down, ending by themselves."""

from datetime import datetime
from uuid import UUID

from audit.record import Actor, record, text_digest
from orchestr.people.models import Account
from orchestr.policy import quorum
from orchestr.proposals import hints
from orchestr.proposals.deciding.refused import about_of, refuse_unless_decider
from orchestr.proposals.exceptions.models import ExceptionConfirmation, PolicyException
from orchestr.proposals.exceptions.reopen import reopen
from orchestr.proposals.locks import in_transaction, lock
from orchestr.proposals.models import Proposal, fresh_salt
from orchestr.refusal import Kind, Refusal, absent


def confirm_exception(*, exception_id: UUID, digest: str, by: Account, at: datetime) -> PolicyException:
    """One person's yes. With the second the exception counts, and the proposal is judged again and opened.

    Locks the proposal, then the exception. Refuses who may not decide on every segment, own work, the person who
    asked, who holds none of the functions still missing, another digest, and what is not waiting any more.
    """
    row, proposal = _lock(exception_id)
    refuse_unless_decider(proposal, by)
    about = about_of(proposal) | {"exception": str(row.pk)}
    _still_waiting(row, at, about)
    _refuse_own_or_other(row, digest, by, about)
    said = _refuse_unhelpful(row, by, about)
    ExceptionConfirmation.objects.create(
        exception=row, person_id=by.person_id, account=by, functions=sorted(by.functions), at=at
    )
    actor = Actor.person(account_id=by.pk, person_id=by.person_id)
    note("exception.confirmed", row, proposal, actor, at)
    if quorum.missing(tier="dual", functions=row.functions, approvals=said).met:
        _settle(row, PolicyException.State.GRANTED, at)
        note("exception.granted", row, proposal, actor, at)
        reopen(proposal, by=actor, at=at)
    hints.changed(proposal)
    return row


def reject_exception(*, exception_id: UUID, by: Account, at: datetime) -> PolicyException:
    """Turn it down: whoever could confirm it, or the person who asked (that is taking it back)."""
    row, proposal = _lock(exception_id)
    if row.requested_by_id != by.person_id:
        refuse_unless_decider(proposal, by)
    about = about_of(proposal) | {"exception": str(row.pk)}
    _still_waiting(row, at, about)
    if row.requested_by_id != by.person_id and not by.functions & set(row.functions):
        raise Refusal(
            Kind.FORBIDDEN,
            "function_missing",
            "Your account could not confirm this, so it cannot turn it down.",
            next="Leave it to somebody who holds the function.",
            params={"functions": row.functions},
            about=about,
        )
    _settle(row, PolicyException.State.REJECTED, at)
    note("exception.rejected", row, proposal, Actor.person(account_id=by.pk, person_id=by.person_id), at)
    hints.changed(proposal)
    return row


def end_exception(*, exception_id: UUID, by: Actor, at: datetime) -> bool:
    """Its time is over. Returns whether it counted until now: the proposal is to be judged again."""
    row, proposal = _lock(exception_id)
    if row.until > at or row.state not in (PolicyException.State.REQUESTED, PolicyException.State.GRANTED):
        return False
    counted = row.state == PolicyException.State.GRANTED
    _settle(row, PolicyException.State.ENDED, at)
    note("exception.ended", row, proposal, by, at)
    hints.changed(proposal)
    return counted


def _lock(exception_id: UUID) -> tuple[PolicyException, Proposal]:
    in_transaction()
    known = PolicyException.objects.filter(pk=exception_id).values_list("proposal_id", flat=True).first()
    if known is None:
        raise absent("exception")
    proposal = lock(known)
    return PolicyException.objects.select_for_update().get(pk=exception_id), proposal


def _refuse_own_or_other(row: PolicyException, digest: str, by: Account, about: dict[str, str]) -> None:
    if row.requested_by_id == by.person_id:
        raise Refusal(
            Kind.FORBIDDEN,
            "own_request",
            "The person who asked for an exception cannot confirm it, by whichever account.",
            next="Leave it to two others.",
            about=about,
        )
    if digest != row.digest:
        raise Refusal(
            Kind.CONFLICT, "stale_digest", "You were looking at another exception.", next="Reload.", about=about
        )


def _refuse_unhelpful(row: PolicyException, by: Account, about: dict[str, str]) -> list[quorum.Approval]:
    """Everything said with this yes added to it. Refuses a yes that would fill no place."""
    said = [
        quorum.Approval(person=str(person), functions=frozenset(names))
        for person, names in row.confirmations.order_by("at").values_list("person_id", "functions")
    ]
    mine = quorum.Approval(person=str(by.person_id), functions=frozenset(by.functions))
    if not quorum.would_help(tier="dual", functions=row.functions, approvals=said, one_more=mine):
        raise Refusal(
            Kind.FORBIDDEN,
            "function_missing",
            f"This is confirmed by two persons: {' and '.join(row.functions)}. Yours would add nothing.",
            next="Leave it to somebody who holds what is missing.",
            params={"functions": row.functions},
            about=about,
        )
    return [*said, mine]


def _still_waiting(row: PolicyException, at: datetime, about: dict[str, str]) -> None:
    if row.state != PolicyException.State.REQUESTED or row.until <= at:
        raise Refusal(
            Kind.CONFLICT,
            "not_in_this_state",
            "This exception does not wait any more.",
            next="Reload to see what became of it.",
            params={"state": row.state},
            about=about,
        )


def _settle(row: PolicyException, state: PolicyException.State, at: datetime) -> None:
    row.state = state
    row.settled_at = at
    row.save(update_fields=["state", "settled_at"])


def note(action: str, row: PolicyException, proposal: Proposal, by: Actor, at: datetime) -> None:
    """Record what became of an exception; of its reason the log holds a salted digest alone."""
    text = {"text_digest": text_digest(row.reason, fresh_salt())} if action == "exception.requested" else {}
    record(
        action=action,
        actor=by,
        at=at,
        about=about_of(proposal) | {"exception": str(row.pk)},
        data={"code": row.rule, "digest": row.digest, "functions": row.functions, "until": row.until,
              "count": len(row.items), **text},
        segments=proposal.segment_ids,
    )  # fmt: skip
