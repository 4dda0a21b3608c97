"""From a sheet to policy and into the queue: the same operations as for agents, with a person as proposer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from django.db import transaction

from orchestr.people.eligibility import holds_on
from orchestr.people.models import Account
from orchestr.policy.facts.proposal import Atomicity
from orchestr.policy.findings import Verdict as PolicyVerdict
from orchestr.policy.values import Json
from orchestr.proposals.judge import verdict_row
from orchestr.proposals.models import Proposal, Version
from orchestr.proposals.submitting.content import Content, PersonProposer
from orchestr.proposals.submitting.draft import rehearse
from orchestr.proposals.submitting.submit import submit
from orchestr.proposals.submitting.touches import addresses, ids_open_on
from orchestr.refusal import Kind, Refusal
from orchestr.runs.evidence import Bringer, record_observed
from orchestr.runs.models import Evidence
from orchestr.runs.reads import Read, read_for_evidence
from reviews.models import Unsent
from reviews.proposal.why import Why, why_of
from reviews.proposing.sheet import Sheet, reader_of
from reviews.proposing.unsent import locked

MOST_OTHERS = 50  # that are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What policy would say now. `others` are open proposals on the same field addresses, `writes` the single writes."""

    verdict: PolicyVerdict
    why: Why | None
    others: int
    writes: int


def ready(unsent: Unsent, sheet: Sheet) -> None:
    """Refuses a sheet with something unreadable, with nothing changed, or without a reason."""
    if sheet.errors:
        raise Refusal(
            Kind.UNPROCESSABLE,
            "form_unreadable",
            "Some of what you typed cannot be sent as it stands.",
            next="Look at the values marked below.",
            params={"count": len(sheet.errors)},
        )
    if not sheet.changed:
        raise Refusal(
            Kind.UNPROCESSABLE,
            "no_changes",
            "Nothing on this sheet would change.",
            next="Type a new value beside one of those that stand there.",
        )
    if not unsent.rationale.strip():
        raise Refusal(
            Kind.UNPROCESSABLE,
            "reason_missing",
            "Those who decide need a reason.",
            next="Say why in a sentence or two.",
        )


def observed(sheet: Sheet, by: Account) -> Read:
    """The live values of what would change, read now. In no transaction; refuses where a system does not answer."""
    return read_for_evidence(reader=reader_of(by), places=sheet.places())


def check(*, unsent: Unsent, sheet: Sheet, read: Read, by: Account, at: datetime) -> Answer:
    """Ask policy, with the evidence that would be brought. Leaves nothing behind: no evidence, no event, no lock."""
    with transaction.atomic(durable=True):
        evidence = record_observed(bringer=Bringer.person(by), read=read, at=at)
        drafted = rehearse(proposer=PersonProposer(by), content=_content(unsent, sheet, evidence), at=at)
        row = verdict_row(Version(), drafted.judgement, occasion="check", at=at)
        sees_cost = holds_on(by, "cost_segment", list(drafted.segment_ids.values()))
        answer = Answer(
            verdict=drafted.judgement.verdict,
            why=why_of(row, sees_cost=sees_cost, plan=drafted.plan),
            others=len(ids_open_on(addresses(drafted.plan), most=MOST_OTHERS)),
            writes=len(drafted.plan),
        )
        transaction.set_rollback(True)
    return answer


def send(*, unsent_id: UUID, sheet: Sheet, read: Read, by: Account, at: datetime) -> Proposal:
    """Submit the sheet as a proposal of this person. Locks the sheet; one that was sent gives what it was sent as."""
    unsent = locked(unsent_id, by)
    if unsent.proposal_id is not None:
        return Proposal.objects.get(pk=unsent.proposal_id)
    evidence = record_observed(bringer=Bringer.person(by), read=read, at=at)
    proposal = submit(proposer=PersonProposer(by), content=_content(unsent, sheet, evidence), at=at)
    unsent.proposal = proposal
    unsent.save(update_fields=["proposal"])
    return proposal


def _content(unsent: Unsent, sheet: Sheet, evidence: Sequence[Evidence]) -> Content:
    return Content(
        summary=unsent.summary or unsent.rationale.strip().splitlines()[0][:200],
        rationale=unsent.rationale,
        confidence_bp=None,
        atomicity=cast("Atomicity", unsent.atomicity),
        evidence=tuple(row.pk for row in evidence),
        changes=sheet.changes(),
        predictions=_predictions(unsent.prediction),
    )


def _predictions(texts: dict[str, str]) -> list[Json]:
    """The one that a sheet has room for. Refuses one that is half filled in or cannot be read."""
    if not texts.get("metric"):
        return []
    try:
        low, high = (int(texts[name]) if texts.get(name) else None for name in ("low", "high"))
        hours = int(texts.get("hours", ""))
    except ValueError:
        raise _unread() from None
    if not 1 <= hours <= 24 * 366 or texts.get("direction") not in ("up", "down", "flat"):
        raise _unread()
    return [
        {
            "metric": texts["metric"],
            "direction": texts["direction"],
            "low": low,
            "high": high,
            "unit": "%",
            "horizon_hours": hours,
        }
    ]


def _unread() -> Refusal:
    return Refusal(
        Kind.UNPROCESSABLE,
        "prediction_unreadable",
        "What you expect cannot be read.",
        next="Choose which way it goes, say within how many hours, and use whole numbers; or leave all of it out.",
    )
