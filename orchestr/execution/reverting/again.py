"""A revert of a revert: what was put back is proposed once more, and judged and decided like any proposal."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from orchestr.catalogue.kinds import same
from orchestr.catalogue.live import read_now
from orchestr.catalogue.plans import MOST_CHANGES, ProposedChange
from orchestr.catalogue.view import Reader
from orchestr.execution.models import ExecutionItem
from orchestr.execution.reverting.found import PUT_BACK
from orchestr.execution.reverting.plan import wanted_of
from orchestr.people.eligibility import holds_on, segments_with
from orchestr.people.models import Account
from orchestr.policy.values import Address
from orchestr.proposals.models import Proposal
from orchestr.proposals.submitting.content import Content, PersonProposer
from orchestr.proposals.submitting.submit import submit
from orchestr.refusal import Kind, Refusal, absent
from orchestr.runs.evidence import Bringer, record_observed
from orchestr.runs.reads import MOST_FIELDS, Place, Read, read_for_evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What would be proposed: from what is there now to what we had made it, with the reads that say so."""

    proposal_id: UUID
    changes: tuple[ProposedChange, ...]
    reads: tuple[Read, ...]


def read_again(*, proposal_id: UUID, account: Account) -> Again:
    """Read what was put back of a proposal, and make of it what would be proposed.

    Calls the systems: never inside a transaction. A proposal the account may not see is absent. Refuses where
    nothing of it was put back, or all of it is in place again (`nothing_to_propose`), and a system that does not
    answer (`system_unavailable`).
    """
    proposal = Proposal.objects.select_related("segment_set").filter(pk=proposal_id).first()
    if proposal is None or not holds_on(account, "view_segment", proposal.segment_ids):
        raise absent("proposal")
    items = _put_back(proposal_id)
    readings = read_now([wanted_of(item) for item in items])
    if any(reading.failure for reading in readings):
        raise Refusal(
            Kind.UNAVAILABLE,
            "system_unavailable",
            "A system does not answer, so nobody knows from what to propose.",
            next="Try again once it does.",
            about={"proposal": str(proposal_id)},
        )
    changes = tuple(
        ProposedChange(
            index=index,
            type=item.resource.type,
            key=item.resource.key,
            field=item.field,
            address=Address.parse(item.address),
            before=reading.value,
            after=item.after,
            system=item.system.key,
        )
        for index, (item, reading) in enumerate(
            pair
            for pair in zip(items, readings, strict=True)
            if not same(pair[0].kind, pair[1].value, pair[0].after)  # type: ignore[arg-type]
        )
    )
    if not 0 < len(changes) <= MOST_CHANGES:
        raise Refusal(
            Kind.CONFLICT,
            "nothing_to_propose" if not changes else "too_many_changes",
            "Nothing of this proposal is put back that could be proposed again."
            if not changes
            else f"One proposal holds at most {MOST_CHANGES:,} changes.",
            next="Look at what stands there now." if not changes else "Propose it again in parts.",
            about={"proposal": str(proposal_id)},
        )
    return Again(proposal_id=proposal_id, changes=changes, reads=_reads(changes, account))


def propose_again(*, again: Again, by: Account, why: str, at: datetime) -> Proposal:
    """Submit it as a proposal of this person, with fresh evidence of every value. Refuses what `submit` refuses, and
    a missing reason. What comes of it is policy's and other people's: whoever asks cannot decide on it."""
    if not why.strip():
        raise Refusal(
            Kind.UNPROCESSABLE,
            "reason_missing",
            "Whoever decides wants to know why it should come back.",
            next="Say why in a sentence.",
            about={"proposal": str(again.proposal_id)},
        )
    with transaction.atomic():
        evidence = [
            row for read in again.reads for row in record_observed(bringer=Bringer.person(by), read=read, at=at)
        ]
        content = Content(
            summary="What was put back is proposed again.",
            rationale=why.strip(),
            confidence_bp=None,
            atomicity="per_item",
            evidence=tuple(row.pk for row in evidence),
            changes=again.changes,
            objectives={"again": str(again.proposal_id)},
        )
        return submit(proposer=PersonProposer(by), content=content, at=at)


def _put_back(proposal_id: UUID) -> list[ExecutionItem]:
    """The items of ours that were put back, by index."""
    rows = ExecutionItem.objects.filter(
        execution__proposal_id=proposal_id, execution__kind="apply", undone_by__state__in=PUT_BACK
    )
    return list(rows.select_related("system", "resource", "execution").order_by("index").distinct())


def _reads(changes: tuple[ProposedChange, ...], account: Account) -> tuple[Read, ...]:
    """Fresh evidence of what is there; what is to be made new has nothing to read yet."""
    reader = Reader(segments_with(account, "view_segment"))
    places = list(
        dict.fromkeys(
            Place(type=each.type, key=each.key, field=each.field, address=each.address)
            for each in changes
            if each.before is not None
        )
    )
    return tuple(
        read_for_evidence(reader=reader, places=places[start : start + MOST_FIELDS])
        for start in range(0, len(places), MOST_FIELDS)
    )
