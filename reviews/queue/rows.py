"""A row of the queue, fully loaded: nothing is fetched while it is drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import FETCH_RAISE, Case, CharField, F, Value, When
from django.db.models.fields.json import KT
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestr.catalogue.models import Segment
from orchestr.people.models import Account
from orchestr.policy.findings import RANK, Finding
from orchestr.policy.values import Json
from orchestr.proposals.models import Decision, Proposal, Verdict, Version
from orchestr.proposals.states import ProposalState
from reviews.acts import Act, address, approving, blocking, claiming, decides, snoozing
from reviews.position import Position, Rights, positions_of
from reviews.words.findings import finding_message, names_for
from reviews.words.proposal import function_label, intent

MOST_CONFLICTS = 10
# `touches` holds whole resources as well as field addresses: what meets on an item counts.
_CONFLICTS = """
SELECT p.id, (SELECT count(*) FROM (
    SELECT FROM orchestr_proposal o
    WHERE o.state IN ('draft', 'approved') AND o.touches && p.touches AND o.id <> p.id
      AND o.segment_set_id = ANY(%(sets)s::uuid[])
    LIMIT %(most)s) AS other)
FROM orchestr_proposal p WHERE p.id = ANY(%(ids)s::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Settled:
    """How it ended elsewhere: `words` such as "approved by Mia"."""

    words: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """See the header of templates/reviews/queue.html."""

    id: UUID
    drill_id: UUID | None
    url: str
    row_url: str
    state: str
    tier: str
    digest: str
    functions: list[str]
    intent: str
    proposer: str
    proposer_kind: str
    segments: list[str]
    item_count: int
    why: str
    note: str
    largest_bp: int | None
    lowest_margin_bp: int | None
    revenue_per_hour: Json
    submitted_at: datetime
    evidence_until: datetime | None
    due_at: datetime | None
    conflicts: str
    seen_by: str
    claimed_by_me: bool
    settled: Settled | None
    selectable: bool
    approve: Act | None
    block: Act | None
    claim: Act | None
    snooze: Act | None


def load(ids: Sequence[UUID]) -> list[Proposal]:
    """These proposals, most urgent first, with everything a row shows of them."""
    rows = Proposal.objects.filter(id__in=list(ids)).select_related("segment_set", "agent", "person", "workflow")
    return list(rows.order_by("rank", "id").fetch_mode(FETCH_RAISE))


def rows_of(
    account: Account, proposals: Sequence[Proposal], *, rights: Rights, visible: Sequence[UUID], at: datetime
) -> dict[UUID, Row]:
    """The rows of these proposals, by id: a fixed number of queries, whatever their number.

    `visible` are the segment sets the account sees: conflicts outside them are not counted.
    """
    positions = positions_of(account, proposals, rights=rights, at=at)
    ids = [proposal.pk for proposal in proposals]
    titles = titles_of(ids)
    names = segment_names(proposals)
    whys = _whys(proposals, positions)
    conflicts = _conflicts(ids, visible)
    settled = _settled([proposal for proposal in proposals if proposal.state != ProposalState.DRAFT])
    return {
        proposal.pk: _row(
            account,
            proposal,
            positions[proposal.pk],
            title=titles.get(proposal.pk, ""),
            segments=[names[id] for id in proposal.segment_ids if id in names],
            why=whys.get(proposal.pk, ""),
            conflicts=conflicts.get(proposal.pk, 0),
            settled=settled.get(proposal.pk),
        )
        for proposal in proposals
    }


def titles_of(ids: Sequence[UUID]) -> dict[UUID, str]:
    """The title of each proposal's first item, from its current version."""
    versions = Version.objects.filter(proposal_id__in=ids, number=F("proposal__number"))
    return {
        id: title or key or ""
        for id, title, key in versions.values_list("proposal_id", KT("plan__0__title"), KT("plan__0__id"))
    }


def segment_names(proposals: Sequence[Proposal]) -> dict[UUID, str]:
    wanted = {id for proposal in proposals for id in proposal.segment_ids}
    return dict(Segment.objects.filter(id__in=wanted).order_by("key").values_list("id", "name"))


def proposer_of(proposal: Proposal) -> str:
    if proposal.agent is not None:
        return proposal.agent.name
    assert proposal.person is not None
    return proposal.person.name


def _row(
    account: Account,
    proposal: Proposal,
    position: Position,
    *,
    title: str,
    segments: list[str],
    why: str,
    conflicts: int,
    settled: Settled | None,
) -> Row:
    drawn = decides(account, position)
    may = position.my_turn
    return Row(
        id=proposal.pk,
        drill_id=proposal.drill_id,
        url=address("proposal", proposal.pk),
        row_url=address("row", proposal.pk),
        state=proposal.state,
        tier=proposal.tier,
        digest=proposal.digest,
        functions=[function_label(name) for name in proposal.functions],
        intent=intent(proposal, title),
        proposer=proposer_of(proposal),
        proposer_kind="agent" if proposal.agent_id else "person",
        segments=segments,
        item_count=proposal.item_count,
        why=why,
        note=_note(position, proposal),
        largest_bp=proposal.largest_bp,
        lowest_margin_bp=proposal.lowest_margin_bp if position.sees_cost else None,
        revenue_per_hour=proposal.revenue_per_hour,
        submitted_at=proposal.submitted_at,
        evidence_until=proposal.evidence_until,
        due_at=proposal.due_at,
        conflicts=_conflict_words(conflicts),
        seen_by=position.claim.person.name if position.claim and not position.claimed_by_me else "",
        claimed_by_me=position.claimed_by_me,
        settled=settled,
        selectable=may,
        approve=approving(proposal, position, _("Approve")) if drawn and may else None,
        block=blocking(proposal, position, _("Block")) if drawn else None,
        claim=claiming(proposal, position) if drawn else None,
        snooze=snoozing(proposal, position) if drawn else None,
    )


def _note(position: Position, proposal: Proposal) -> str:
    """What this person has to do with it already, or why their yes would be refused."""
    if proposal.state != ProposalState.DRAFT:
        return ""
    if position.mine is not None:
        if position.mine.verdict == "request_changes":
            return _("You asked for changes.")
        names = ", ".join(function_label(name) for name in position.lacking)
        if names:
            return _("You approved; %(functions)s is still open.") % {"functions": names}
        return _("You approved; a second person is still needed.")
    if position.approvals:
        return _("%(who)s has approved.") % {"who": ", ".join(each.person.name for each in position.approvals)}
    if proposal.turn == "proposer":
        return _("Changes were requested.")
    if position.own_work:
        return _("Your own work.")
    return position.refusal if position.may_decide else ""


def _conflict_words(count: int) -> str:
    if not count:
        return ""
    if count >= MOST_CONFLICTS:
        return _("%(n)d or more others on the same items") % {"n": MOST_CONFLICTS}
    return ngettext("%(n)d other on the same items", "%(n)d others on the same items", count) % {"n": count}


def _conflicts(ids: Sequence[UUID], visible: Sequence[UUID]) -> dict[UUID, int]:
    with connection.cursor() as cursor:
        cursor.execute(_CONFLICTS, {"ids": list(ids), "sets": list(visible), "most": MOST_CONFLICTS})
        return dict(cursor.fetchall())


def _whys(proposals: Sequence[Proposal], positions: Mapping[UUID, Position]) -> dict[UUID, str]:
    """Why each needs who it needs: the gravest finding of its last verdict, in a sentence."""
    rows = Verdict.objects.filter(version__proposal__in=[each.pk for each in proposals])
    rows = rows.filter(version__number=F("version__proposal__number")).order_by("version_id", "-at", "-id")
    found = rows.distinct("version_id").values_list("version__proposal_id", "findings")
    gravest = {id: finding for id, each in found if (finding := _gravest(each)) is not None}
    names = names_for(gravest.values())
    return {id: finding_message(finding, names, sees_cost=positions[id].sees_cost) for id, finding in gravest.items()}


def _gravest(findings: list[dict[str, Any]]) -> Finding | None:
    asking = [Finding.from_wire(each) for each in findings if each["effect"] != "info"]
    return max(asking, key=lambda each: (RANK[each.effect], each.weight), default=None)


_LAST_WORD = Case(
    When(verdict="approve", then=Value("approved")),
    When(verdict="block", then=Value("blocked")),
    default=Value(""),
    output_field=CharField(),
)


def _settled(proposals: Sequence[Proposal]) -> dict[UUID, Settled]:
    """Who decided and when, of what is no longer waiting."""
    if not proposals:
        return {}
    rows = Decision.objects.filter(proposal__in=[each.pk for each in proposals], taken_back_at=None, voided_at=None)
    last = {
        id: (word, name, at)
        for id, word, name, at in rows.annotate(word=_LAST_WORD)
        .order_by("at", "id")
        .values_list("proposal_id", "word", "person__name", "at")
        if word
    }
    return {each.pk: _ended(each, last.get(each.pk)) for each in proposals}


def _ended(proposal: Proposal, last: tuple[str, str, datetime] | None) -> Settled:
    if proposal.state == ProposalState.BLOCKED and proposal.blocked_reason != "reviewer":
        words = {
            "expired": _("expired"),
            "withdrawn": _("withdrawn by its proposer"),
            "superseded": _("replaced by a newer one"),
            "contained": _("cancelled by a containment"),
            "failed": _("approved, but nothing could be written"),
        }.get(proposal.blocked_reason, _("refused by policy"))
        return Settled(words, proposal.settled_at)
    if last is None:
        return Settled(_("let through by policy"), proposal.settled_at or proposal.ready_at)
    word, name, at = last
    if word == "approved":
        return Settled(_("approved by %(who)s") % {"who": name}, at)
    return Settled(_("blocked by %(who)s") % {"who": name}, at)
