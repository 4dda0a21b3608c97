"""How far a workflow's stage, and a fallback of its run, let a proposal of its agent go: at submit and at execution alike.

In shadow nothing goes on; in the canary the things of its share do; a fallback makes it one of the two, or asks for
more people. What stays back is judged out, kept on the version, and never planned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from orchestr.catalogue.models import System
from orchestr.policy.facts.bound import BoundFacts
from orchestr.policy.values import Json
from orchestr.proposals.models import Proposal, Version
from orchestr.proposals.submitting import sandboxed
from orchestr.proposals.submitting.content import AgentProposer, Proposer
from orchestr.refusal import Kind, Refusal
from orchestr.workflows.models import Stage, Workflow
from orchestr.workflows.share import thing_of, within

type Plan = list[dict[str, Json]]
_SHOWN = ("change", "system", "type", "id", "sku", "title", "field", "address", "kind", "before", "after")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """`plan` is what may go on, or all of it where nothing may (`nothing_goes`): then it is judged for the record."""

    plan: Plan
    withheld: Plan
    nothing_goes: bool
    stage: str
    share_bp: int
    fallback: str
    cause: str

    def wire(self) -> dict[str, Json] | None:
        """What the version keeps; None where nothing was kept back and no fallback holds."""
        if not self.withheld and not self.fallback:
            return None
        return {
            "stage": self.stage,
            "share_bp": self.share_bp,
            "withheld": [{name: change[name] for name in _SHOWN} for change in self.withheld],
            "fallback": self.fallback,
            "cause": self.cause,
        }


def bounds_of(proposer: Proposer, plan: Plan, *, atomicity: str) -> Bounds | None:
    """What of this plan may go on now; None for a person's, and for a stage that keeps nothing back.

    A set that has to stay whole goes on when every thing of it lies in the share, else not at all. One query where
    the workflow says what follows when a feed fails.
    """
    if not isinstance(proposer, AgentProposer):
        return None
    workflow = proposer.workflow
    fallback, cause = _fallback(proposer, plan)
    stage = _stage_under(_stage_in(workflow, drill=proposer.in_drill), fallback)
    kept, withheld = (plan, []) if stage != Stage.CANARY else _split(workflow, plan, atomicity)
    nothing_goes = stage == Stage.SHADOW or not kept
    if not withheld and not fallback and not nothing_goes:
        return None
    return Bounds(
        plan=_numbered(kept) if kept else plan,
        withheld=withheld if kept else plan if stage == Stage.CANARY else [],
        nothing_goes=nothing_goes,
        stage=stage,
        share_bp=workflow.canary_bp if stage == Stage.CANARY else 0,
        fallback=fallback,
        cause=cause,
    )


def facts_of(workflow: Workflow | None, bounds: dict[str, Any] | None) -> BoundFacts | None:
    """The same as facts, from what a version keeps; None where a workflow says nothing of its own."""
    reviewers = () if workflow is None else tuple(workflow.reviewers)
    if not reviewers and bounds is None:
        return None
    kept = bounds or {}
    return BoundFacts(
        reviewers=reviewers,
        withheld=len(kept.get("withheld", ())),
        share_bp=kept.get("share_bp", 0),
        fallback=kept.get("fallback", ""),
        cause=kept.get("cause", ""),
    )


def stage_of(workflow: Workflow, bounds: dict[str, Any] | None, *, drill: bool = False) -> str:
    """The stage that a proposal of this workflow is judged in: `narrow` makes it the canary, as far as it was above."""
    fallback, stage = (bounds or {}).get("fallback", ""), _stage_in(workflow, drill=drill)
    return _stage_under(stage, fallback) if fallback == "narrow" else stage


def kept_back(proposal: Proposal, version: Version) -> str:
    """Why this version may not go on in the stage its workflow is in now, or leaves the sandbox it is kept to, as a
    code; "" where it may go on."""
    if proposal.sandbox_only and sandboxed.leaves_the_sandbox(version.plan):
        return sandboxed.CODE
    workflow = proposal.workflow
    if workflow is None or proposal.agent_id is None:
        return ""
    stage = _stage_in(workflow, drill=proposal.drill_id is not None)
    stage = _stage_under(stage, (version.bounds or {}).get("fallback", ""))
    if stage == Stage.SHADOW:
        return "workflow_in_shadow"
    if stage == Stage.CANARY and _split(workflow, version.plan, version.atomicity)[1]:
        return "outside_canary"
    return ""


def refuse_kept_back(proposal: Proposal, version: Version) -> None:
    """Raise Refusal (409) where nobody's yes could let it go on."""
    code = kept_back(proposal, version)
    if code == sandboxed.CODE:
        raise Refusal(
            Kind.CONFLICT,
            code,
            "It was proposed for sandboxes alone, and a system that it writes to is no sandbox any more.",
            next="Block it, or mark the system as a sandbox again.",
            about={"proposal": str(proposal.pk)},
        )
    if code == "workflow_in_shadow":
        raise Refusal(
            Kind.CONFLICT,
            code,
            "The workflow is in shadow now: what it proposes is judged and never published.",
            next="Leave it, block it, or have the workflow's stage raised first.",
            about={"proposal": str(proposal.pk), "workflow": str(proposal.workflow_id)},
        )
    if code:
        raise Refusal(
            Kind.CONFLICT,
            code,
            "The workflow is in its canary now, and some of these things lie outside its share.",
            next="Drop the items outside the share, or have the workflow's stage raised first.",
            about={"proposal": str(proposal.pk), "workflow": str(proposal.workflow_id)},
        )


def outside(proposal: Proposal, version: Version) -> list[int]:
    """The indexes of the items that lie outside the share, while the workflow is in its canary."""
    if kept_back(proposal, version) != "outside_canary" or proposal.workflow is None:
        return []
    return [change["index"] for change in version.plan if not _in_share(proposal.workflow, change)]


def _fallback(proposer: AgentProposer, plan: Plan) -> tuple[str, str]:
    run, workflow = proposer.run, proposer.workflow
    if run is not None and run.fallback:
        return run.fallback, run.fallback_cause
    if not workflow.feed_fallback:
        return "", ""
    systems = {change["system"] for change in plan}
    failing = System.objects.filter(key__in=systems, degraded_since__isnull=False).order_by("key")
    first = failing.values_list("key", flat=True).first()
    return (workflow.feed_fallback, f"feed:{first}") if first is not None else ("", "")


def _stage_in(workflow: Workflow, *, drill: bool) -> str:
    """A rehearsal reaches sandboxes alone, so that it goes through people even where real work stays in shadow."""
    below = drill and workflow.stage in (Stage.SHADOW, Stage.CANARY)
    return Stage.SUPERVISED if below else workflow.stage


def _stage_under(stage: str, fallback: str) -> str:
    if fallback == "hold":
        return Stage.SHADOW
    if fallback == "narrow" and stage != Stage.SHADOW:
        return Stage.CANARY
    return stage


def _split(workflow: Workflow, plan: Sequence[dict[str, Json]], atomicity: str) -> tuple[Plan, Plan]:
    kept = [change for change in plan if _in_share(workflow, change)]
    if atomicity == "all_or_compensate" and len(kept) < len(plan):
        kept = []
    whole = {change["index"] for change in kept}
    return kept, [change for change in plan if change["index"] not in whole]


def _in_share(workflow: Workflow, change: dict[str, Json]) -> bool:
    return within(workflow.canary_seed, thing_of(change), workflow.canary_bp)


def _numbered(plan: Plan) -> Plan:
    return [{**change, "index": index} for index, change in enumerate(plan)]
