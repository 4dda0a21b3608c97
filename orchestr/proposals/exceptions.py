"""Exceptions: asked for by the proposer or a person, confirmed by two, counted, ending by themselves."""

from datetime import datetime, timedelta
from uuid import UUID

from audit.record import Actor, record, text_digest
from orchestr.people.eligibility import deciders_on
from orchestr.people.models import Account
from orchestr.people.notify import notify
from orchestr.policy import quorum
from orchestr.policy.exceptions import functions_for
from orchestr.policy.facts import DeciderFacts
from orchestr.policy.values import digest
from orchestr.proposals import hints
from orchestr.proposals.excepted import item_hash
from orchestr.proposals.exception_models import ExceptionConfirmation, PolicyException
from orchestr.proposals.locks import current, in_transaction, lock
from orchestr.proposals.models import Proposal, Version, fresh_salt
from orchestr.proposals.own_work import persons_of
from orchestr.proposals.refused import about_of, refuse_unless_decider
from orchestr.proposals.reopen import reopen
from orchestr.proposals.states import BlockedReason, ProposalState
from orchestr.refusal import Kind, Refusal, absent

LONGEST = timedelta(days=30)


def request_exception(
    *, proposal_id: UUID, rule: str, reason: str, until: datetime, by: Actor, person_id: UUID | None, at: datetime
) -> PolicyException:
    """Ask that a rule refuse exactly these items no longer, until a moment. Locks the proposal.

    The caller has made sure that `by` may: the proposer, or a person who sees every segment touched. Refuses what
    is not blocked by policy, a rule that refuses nothing of it or declares `never`, a time that is over or further
    than LONGEST, an empty reason, a second open exception of the rule, and what nobody could confirm.
    """
    proposal = lock(proposal_id)
    about = about_of(proposal)
    if (proposal.state, proposal.blocked_reason) != (ProposalState.BLOCKED, BlockedReason.POLICY):
        raise Refusal(
            Kind.CONFLICT,
            "not_refused",
            "Only what policy has refused can be excepted.",
            next="Look at the proposal: policy does not refuse it now.",
            about=about,
        )
    version = current(proposal)
    items = _refused_items(proposal, version, rule)
    functions = functions_for(rule)
    if not functions:
        raise Refusal(
            Kind.CONFLICT,
            "never_excepted",
            f"The rule {rule} is never excepted.",
            next="Propose something that it does not refuse.",
            params={"rule": rule},
            about=about,
        )
    _refuse_unreasoned(reason, until, at, about)
    _refuse_unconfirmable(proposal, functions, person_id)
    if PolicyException.objects.filter(proposal=proposal, rule=rule, state__in=("requested", "granted")).exists():
        raise Refusal(
            Kind.CONFLICT,
            "already_requested",
            "An exception of this rule is open for this proposal already.",
            next="Wait for what becomes of it.",
            about=about,
        )
    row = PolicyException.objects.create(
        proposal=proposal,
        rule=rule,
        items=items,
        functions=list(functions),
        until=until,
        reason=reason.strip(),
        digest=digest({"proposal": str(proposal.pk), "version": version.digest, "rule": rule, "items": items,
                       "functions": list(functions), "until": until.isoformat(), "reason": reason.strip()}),
        requested_by_id=person_id,
        requested_at=at,
    )  # fmt: skip
    _record("exception.requested", row, proposal, by, at)
    _tell_confirmers(row, proposal, person_id, at)
    hints.changed(proposal)
    return row


def confirm_exception(*, exception_id: UUID, digest: str, by: Account, at: datetime) -> PolicyException:
    """One person's yes. With the second the exception counts, and the proposal is judged again and opened.

    Locks the proposal, then the exception. Refuses who may not decide on every segment, own work, the person who
    asked, who holds none of the functions still missing, another digest, and what is not waiting any more.
    """
    row, proposal = _lock(exception_id)
    refuse_unless_decider(proposal, by)
    about = about_of(proposal) | {"exception": str(row.pk)}
    _still_waiting(row, at, about)
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
    ExceptionConfirmation.objects.create(
        exception=row, person_id=by.person_id, account=by, functions=sorted(by.functions), at=at
    )
    actor = Actor.person(account_id=by.pk, person_id=by.person_id)
    _record("exception.confirmed", row, proposal, actor, at)
    if quorum.missing(tier="dual", functions=row.functions, approvals=[*said, mine]).met:
        _settle(row, PolicyException.State.GRANTED, at)
        _record("exception.granted", row, proposal, actor, at)
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
    _record("exception.rejected", row, proposal, Actor.person(account_id=by.pk, person_id=by.person_id), at)
    hints.changed(proposal)
    return row


def end_exception(*, exception_id: UUID, by: Actor, at: datetime) -> bool:
    """Its time is over. Returns whether it counted until now: the proposal is to be judged again."""
    row, proposal = _lock(exception_id)
    if row.until > at or row.state not in (PolicyException.State.REQUESTED, PolicyException.State.GRANTED):
        return False
    counted = row.state == PolicyException.State.GRANTED
    _settle(row, PolicyException.State.ENDED, at)
    _record("exception.ended", row, proposal, by, at)
    hints.changed(proposal)
    return counted


def _lock(exception_id: UUID) -> tuple[PolicyException, Proposal]:
    in_transaction()
    known = PolicyException.objects.filter(pk=exception_id).values_list("proposal_id", flat=True).first()
    if known is None:
        raise absent("exception")
    proposal = lock(known)
    return PolicyException.objects.select_for_update().get(pk=exception_id), proposal


def _refused_items(proposal: Proposal, version: Version, rule: str) -> list[str]:
    last = version.verdicts.order_by("-at", "-id").first()
    refusing = [each for each in (last.findings if last else ()) if (each["rule"], each["effect"]) == (rule, "refuse")]
    if not refusing:
        raise Refusal(
            Kind.UNPROCESSABLE,
            "nothing_to_except",
            "No rule of this name refuses anything of this proposal.",
            next="Name a rule that stands among its findings with the effect refuse.",
            params={"rule": rule if rule.isidentifier() and len(rule) <= 60 else ""},
            about=about_of(proposal),
        )
    whole = any(not each["items"] for each in refusing)
    indexes = {index for each in refusing for index in each["items"]}
    return sorted({item_hash(change) for change in version.plan if whole or change["index"] in indexes})


def _refuse_unreasoned(reason: str, until: datetime, at: datetime, about: dict[str, str]) -> None:
    if not reason.strip():
        raise Refusal(
            Kind.UNPROCESSABLE,
            "reason_missing",
            "An exception needs a reason that two persons can judge.",
            next="Say why in a sentence.",
            about=about,
        )
    if until.tzinfo is None or not at < until <= at + LONGEST:
        raise Refusal(
            Kind.UNPROCESSABLE,
            "until_out_of_bounds",
            f"An exception ends within {LONGEST.days} days, at a time with its zone.",
            next="Name a time that is still to come.",
            about=about,
        )


def _refuse_unconfirmable(proposal: Proposal, functions: tuple[str, ...], person_id: UUID | None) -> None:
    able = deciders_on(proposal.segment_ids, without=persons_of(proposal) | ({person_id} if person_id else set()))
    deciders = [DeciderFacts(functions=tuple(sorted(each.functions)), persons=1) for each in able]
    if not quorum.can_be_met(tier="dual", functions=functions, deciders=deciders):
        raise Refusal(
            Kind.CONFLICT,
            "nobody_can_confirm",
            f"No two persons could confirm this ({', '.join(functions)}).",
            next="Ask an admin who holds these functions here.",
            params={"functions": list(functions)},
            about=about_of(proposal),
        )


def _tell_confirmers(row: PolicyException, proposal: Proposal, person_id: UUID | None, at: datetime) -> None:
    for each in deciders_on(proposal.segment_ids, without=persons_of(proposal) | ({person_id} if person_id else set())):
        if each.functions & set(row.functions):
            notify(
                person_id=each.person_id,
                kind="exception.requested",
                about={"proposal": str(proposal.pk)},
                urgent=False,
                dedupe_key=f"exception:{row.pk}",
                at=at,
            )


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


def _record(action: str, row: PolicyException, proposal: Proposal, by: Actor, at: datetime) -> None:
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
