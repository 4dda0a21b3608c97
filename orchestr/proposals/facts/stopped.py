"""The standing freezes that touch what is to be judged."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from orchestr.catalogue.tree import tree
from orchestr.freezes.targets import Target
from orchestr.policy.facts.proposal import FreezeFacts
from orchestr.policy.values import Json

if TYPE_CHECKING:
    from orchestr.proposals.facts.load import Judged


def stopped(judged: "Judged", rows: Sequence[Target]) -> tuple[FreezeFacts, ...]:
    """Which of these standing freezes touch this plan, with the items each stops."""
    found: list[FreezeFacts] = []
    above = _ancestors({key for change in judged.plan for key in change["segments"]}) if rows else {}
    for row in rows:
        items = tuple(change["index"] for change in judged.plan if _stops(row, change, judged, above))
        if items:
            everything = len(items) == len(judged.plan)
            found.append(FreezeFacts(kind=row.kind, key=row.key, items=() if everything else items))
    return tuple(found)


def _stops(freeze: Target, change: Mapping[str, Json], judged: "Judged", above: Mapping[str, Collection[str]]) -> bool:
    match freeze.kind:
        case "all":
            return True
        case "connector":
            return bool(change["system"] == freeze.key)
        case "segment":
            return freeze.key in change.get("rules", ()) or any(freeze.key in above[key] for key in change["segments"])
        case "workflow":
            return judged.workflow == freeze.key
        case _:
            return judged.proposer_kind == "agent" and judged.proposer == freeze.key


def _ancestors(keys: Collection[str]) -> dict[str, set[str]]:
    """Each segment's own key and those of all above it."""
    known = tree()
    return {
        key: {known.keys[id] for id in known.lineage(known.ids[key])} if key in known.ids else set() for key in keys
    }
