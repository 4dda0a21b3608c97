"""Who has spoken, and who is still open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import permutations

from django.utils.translation import gettext as _

from orchestr.proposals.models import Decision, Proposal
from orchestr.proposals.states import ProposalState
from reviews.position import Position
from reviews.words.proposal import VOIDED, function_label, reason_label


@dataclass(frozen=True, slots=True)
class Place:
    """One person a tier needs; `by` is empty while it is open."""

    label: str
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLine:
    who: str
    verdict_words: str
    tone: str
    shape: str
    reason: str
    at: datetime
    void: str


def quorum_of(proposal: Proposal, position: Position) -> list[Place]:
    """One place for each person the tier needs, with who has filled it. What is blocked waits for nobody."""
    if proposal.tier == "none":
        return []
    functions = sorted(set(proposal.functions))
    needed = max(2 if proposal.tier == "dual" else 1, len(functions))
    holders = _holders(functions, position.approvals)
    rest = [each for each in position.approvals if each not in holders.values()]
    places = [_place(function_label(name), holders.get(name)) for name in functions]
    for number in range(needed - len(functions)):
        label = _("One person") if needed == 1 else _("A second person") if functions or number else _("One person")
        places.append(_place(label, rest[number] if number < len(rest) else None))
    return [place for place in places if place.by] if proposal.state == ProposalState.BLOCKED else places


def _holders(functions: Sequence[str], approvals: Sequence[Decision]) -> dict[str, Decision]:
    """The largest assignment of distinct persons to functions; three of each at most."""
    best: dict[str, Decision] = {}
    seats: list[Decision | None] = [*approvals, *([None] * len(functions))]
    for order in permutations(seats, len(functions)):
        fits = {name: who for name, who in zip(functions, order, strict=True) if who and name in who.functions}
        if len(fits) > len(best):
            best = fits
    return best


def _place(label: str, decision: Decision | None) -> Place:
    return Place(label, decision.person.name if decision else "", decision.at if decision else None)


def decisions_of(decisions: Sequence[Decision]) -> list[DecisionLine]:
    """Everything people said, newest first; they come with their persons and versions."""
    return [_decision(each) for each in sorted(decisions, key=lambda each: each.at, reverse=True)]


def _decision(row: Decision) -> DecisionLine:
    words, tone, shape = {
        "approve": (_("approved"), "approved", "done"),
        "block": (_("blocked"), "blocked", "blocked"),
        "request_changes": (_("asked for changes"), "waiting", "swap"),
    }[row.verdict]
    if row.taken_back_at is not None:
        void = _("Taken back.")
    elif row.voided_at is not None:
        void = str(VOIDED.get(row.void_reason) or _("Void."))
    else:
        void = ""
    said = [reason_label(row.reason_code) if row.reason_code else "", row.reason]
    return DecisionLine(
        who=row.person.name,
        verdict_words=_("%(what)s version %(n)d") % {"what": words, "n": row.version.number},
        tone="neutral" if void else tone,
        shape=shape,
        reason=" — ".join(part for part in said if part),
        at=row.at,
        void=void,
    )
