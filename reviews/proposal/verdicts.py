"""Why it needs who it needs, who has spoken, and who is still open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import permutations

from django.utils.translation import gettext as _

from orchestr.policy.findings import RANK, Finding
from orchestr.proposals.models import Decision, Proposal, Verdict
from reviews.position import Position
from reviews.words import VOIDED, finding_message, function_label, measure, reason_label


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingLine:
    """`value` and `threshold` as words, empty where there are none or they are not to be seen."""

    rule: str
    message: str
    value: str
    threshold: str
    effect: str


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


def findings_of(verdict: Verdict | None, *, sees_cost: bool) -> list[FindingLine]:
    """What each rule found, gravest first."""
    found = [Finding.from_wire(each) for each in (verdict.findings if verdict is not None else ())]
    found.sort(key=lambda each: (-RANK[each.effect], -each.weight, each.rule))
    return [_finding(each, hidden=each.discloses == "cost" and not sees_cost, sees_cost=sees_cost) for each in found]


def _finding(finding: Finding, *, hidden: bool, sees_cost: bool) -> FindingLine:
    return FindingLine(
        rule=finding.rule,
        message=finding_message(finding, sees_cost=sees_cost),
        value="" if hidden or finding.value is None else measure(finding.value, finding.unit),
        threshold="" if hidden or finding.threshold is None else measure(finding.threshold, finding.unit),
        effect="note" if finding.effect == "info" else finding.effect,
    )


def quorum_of(proposal: Proposal, position: Position) -> list[Place]:
    """One place for each person the tier needs, with who has filled it."""
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
    return places


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
