"""Asking for an exception: a named rule, exactly these items, until a moment, for a reason."""

from datetime import datetime, timedelta
from uuid import UUID

from audit.record import Actor
from orchestr.people.eligibility import deciders_on
from orchestr.people.notify import notify
from orchestr.policy import quorum
from orchestr.policy.exceptions import functions_for
from orchestr.policy.facts.proposal import DeciderFacts
from orchestr.policy.values import digest
from orchestr.proposals import hints
from orchestr.proposals.deciding.own_work import persons_of
from orchestr.proposals.deciding.refused import about_of
from orchestr.proposals.exceptions.course import note
from orchestr.proposals.exceptions.covered import item_hash
from orchestr.proposals.exceptions.models import PolicyException
from orchestr.proposals.locks import current, lock
from orchestr.proposals.models import Proposal, Version
from orchestr.proposals.states import BlockedReason, ProposalState
from orchestr.refusal import Kind, Refusal

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
    _refuse_unless_refused(proposal, about)
    version = current(proposal)
    items = _refused_items(proposal, version, rule)
    functions = _confirmed_by(rule, about)
    _refuse_unreasoned(reason, until, at, about)
    _refuse_unconfirmable(proposal, functions, person_id)
    _refuse_second(proposal, rule, about)
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
    note("exception.requested", row, proposal, by, at)
    _tell_confirmers(row, proposal, person_id, at)
    hints.changed(proposal)
    return row


def _refuse_unless_refused(proposal: Proposal, about: dict[str, str]) -> None:
    if (proposal.state, proposal.blocked_reason) != (ProposalState.BLOCKED, BlockedReason.POLICY):
        raise Refusal(
            Kind.CONFLICT,
            "not_refused",
            "Only what policy has refused can be excepted.",
            next="Look at the proposal: policy does not refuse it now.",
            about=about,
        )


def _confirmed_by(rule: str, about: dict[str, str]) -> tuple[str, ...]:
    """The functions that confirm an exception of this rule. Refuses a rule that is never excepted."""
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
    return functions


def _refuse_second(proposal: Proposal, rule: str, about: dict[str, str]) -> None:
    if PolicyException.objects.filter(proposal=proposal, rule=rule, state__in=("requested", "granted")).exists():
        raise Refusal(
            Kind.CONFLICT,
            "already_requested",
            "An exception of this rule is open for this proposal already.",
            next="Wait for what becomes of it.",
            about=about,
        )


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
