"""Narrowing: a reviewer drops items or moves an amount towards its before-value, with a reason each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from orchestr.catalogue.plans import ProposedChange
from orchestr.policy.facts.proposal import Atomicity
from orchestr.policy.values import Address, Json, Money, ValueRefused
from orchestr.proposals.models import Version
from orchestr.proposals.submitting.content import Content
from orchestr.refusal import Kind, Refusal
from orchestr.workflows.rollout import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a reviewer does to one item: drop it, or put `after` in its place. The reason reaches the proposer."""

    reason: str
    drop: bool = False
    after: Json = None


def edited(version: Version, edits: Mapping[int, Edit]) -> tuple[Content, bool]:
    """The content with these edits, and whether every one of them narrows. Refuses what leaves nothing."""
    about = {"proposal": str(version.proposal_id)}
    if not edits or not set(edits) <= {change["index"] for change in version.plan}:
        raise _refused("no_such_item", "There is no such item in this version.", about)
    if not all(edit.reason.strip() for edit in edits.values()):
        raise _refused("reason_missing", "Each dropped or moved item needs a reason.", about)
    kept = [change for change in version.plan if not _drops(edits, change)]
    if not kept:
        raise _refused("nothing_left", "Dropping every item leaves nothing to decide: block it instead.", about)
    moved = [(change, edits[change["index"]].after) for change in kept if change["index"] in edits]
    changes = tuple(_change(number, change, edits) for number, change in enumerate(kept))
    return content_of(version, changes), all(towards_before(change, after) for change, after in moved)


def changes_of(version: Version) -> tuple[ProposedChange, ...]:
    """The changes of a version as they were proposed, each naming its system."""
    return tuple(_change(number, change, {}) for number, change in enumerate(version.plan))


def content_of(version: Version, changes: tuple[ProposedChange, ...]) -> Content:
    """The version's words and evidence around these changes."""
    return Content(
        summary=version.summary,
        rationale=version.rationale,
        confidence_bp=version.confidence_bp,
        atomicity=cast("Atomicity", version.atomicity),
        evidence=tuple(version.evidence.values_list("id", flat=True)),
        changes=changes,
        objectives=version.objectives,
        alternatives=version.alternatives,
        predictions=version.predictions,
        not_before=version.not_before,
        rollout=None if version.rollout is None else Terms.parse(version.rollout),
    )


def towards_before(change: Mapping[str, Json], after: Json) -> bool:
    """Whether `after` lies between the before-value and what was proposed."""
    try:
        was, proposed, now = (Money.parse(part) for part in (change["before"], change["after"], after))
    except ValueRefused:
        was, proposed, now = change["before"], change["after"], after
        if not all(type(part) is int for part in (was, proposed, now)):
            return False
        return bool(min(was, proposed) <= now <= max(was, proposed))
    if not (was.comparable(now) and proposed.comparable(now)):
        return False
    return min(was.amount, proposed.amount) <= now.amount <= max(was.amount, proposed.amount)


def _drops(edits: Mapping[int, Edit], change: Mapping[str, Json]) -> bool:
    edit = edits.get(change["index"])
    return edit is not None and edit.drop


def _change(number: int, change: Mapping[str, Json], edits: Mapping[int, Edit]) -> ProposedChange:
    edit = edits.get(change["index"])
    return ProposedChange(
        index=number,
        type=change["type"],
        key=change["id"],
        field=change["field"],
        address=Address.parse(change["address"]),
        before=change["before"],
        after=change["after"] if edit is None else edit.after,
        system=change["system"],
    )


def _refused(code: str, detail: str, about: dict[str, str]) -> Refusal:
    return Refusal(Kind.UNPROCESSABLE, code, detail, next="Change what you marked and try again.", about=about)
