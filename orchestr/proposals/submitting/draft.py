"""The common road of every new version: scope, plan, evidence, reservation, verdict. Nothing is written.

`draft` and `redraft` hold what the version takes of until the transaction ends; `rehearse` holds nothing.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from orchestr.agents import scopes, uses
from orchestr.catalogue.plans import expand
from orchestr.catalogue.tree import covers, tree
from orchestr.generation import pinned
from orchestr.people.eligibility import segments_with
from orchestr.policy.values import Json
from orchestr.proposals.deciding.refused import refuse_shares_of_a_whole
from orchestr.proposals.exposure import ledger
from orchestr.proposals.exposure.ledger import Place
from orchestr.proposals.exposure.uses import family_of
from orchestr.proposals.facts import load as facts
from orchestr.proposals.facts.brought import Brought, brought, brought_in
from orchestr.proposals.judge import Judgement, judge, judged_of
from orchestr.proposals.models import Proposal, Version
from orchestr.proposals.submitting import launches
from orchestr.proposals.submitting.autonomy import bounds_of, facts_of, stage_of
from orchestr.proposals.submitting.briefed import refuse_beyond_brief
from orchestr.proposals.submitting.content import AgentProposer, Content, Proposer
from orchestr.proposals.submitting.lineage import lineage_of
from orchestr.proposals.submitting.sandboxed import refuse_real_systems
from orchestr.refusal import Kind, Refusal
from orchestr.runs.models import Evidence
from orchestr.workflows.extent import reached_by
from orchestr.workflows.models import Workflow

FURTHEST_AHEAD = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A judged version that has no rows yet.

    `field_classes` are those that an agent who proposes it may read. `bounds` say what its workflow's stage or a
    fallback has kept back; with `nothing_goes` it is judged for the record alone. `lineage`: what made it; {} of people.
    """

    plan: list[dict[str, Json]]
    evidence: list[Brought]
    places: Counter[Place]
    segment_ids: Mapping[str, UUID]
    judgement: Judgement
    own_work_of: list[UUID]
    field_classes: frozenset[str]
    lineage: dict[str, Json]
    bounds: dict[str, Json] | None = None
    nothing_goes: bool = False


def draft(
    *, proposer: Proposer, content: Content, at: datetime, proposal_id: UUID | None = None, sandbox_only: bool = False
) -> Drafted:
    """Expand, check the proposer's right, lock the ledger's places, load the facts and judge.

    Refuses (Refusal) what the catalogue cannot plan, what lies outside scope, workflow or rights, evidence that is
    not the proposer's, and what leaves the sandbox where the proposer or the proposal (`sandbox_only`) is kept to it.
    """
    return _draft(proposer, content, proposal_id, at, hold=True, sandbox_only=sandbox_only)


def rehearse(*, proposer: Proposer, content: Content, at: datetime) -> Drafted:
    """What `draft` would answer and refuse now. Locks nothing: no submission waits for who only asks."""
    with pinned():
        return _draft(proposer, content, None, at, hold=False)


def _draft(
    proposer: Proposer,
    content: Content,
    proposal_id: UUID | None,
    at: datetime,
    *,
    hold: bool,
    sandbox_only: bool = False,
) -> Drafted:
    refuse_far_away(content, at=at)
    if content.rollout is not None:
        refuse_shares_of_a_whole(content)
    plan = planned(content, at=at)
    segment_ids = _segment_ids(plan)
    field_classes, lineage = _entitled(proposer, plan, segment_ids, at)
    sandbox_only = sandbox_only or proposer.sandbox_only
    if sandbox_only:
        refuse_real_systems(plan)
    bounds = bounds_of(proposer, plan, atomicity=content.atomicity)
    wire = None if bounds is None else bounds.wire()
    plan = plan if bounds is None else bounds.plan
    segment_ids = segment_ids if bounds is None else _segment_ids(plan)
    evidence = _evidence(proposer, content)
    judged = replace(_judged(proposer, content, plan, evidence, proposal_id, wire), sandbox_only=sandbox_only)
    places = hold_all(plan, judged) if hold else ledger.places_of(plan)
    judgement = judge(judged, at=at)
    if isinstance(proposer, AgentProposer):
        refuse_beyond_brief(
            proposer.run,
            plan,
            segment_ids,
            judgement.facts,
            not_before=content.not_before,
            proposal_id=proposal_id,
            hold=hold,
            at=at,
        )
    return Drafted(
        bounds=wire,
        nothing_goes=bounds is not None and bounds.nothing_goes,
        plan=plan,
        evidence=evidence,
        places=places,
        segment_ids=segment_ids,
        judgement=judgement,
        own_work_of=sorted(judged.own_work_of),
        field_classes=field_classes,
        lineage=lineage,
    )


def redraft(
    *, proposal: Proposal, version: Version, content: Content, without: Collection[UUID] = (), at: datetime
) -> Drafted:
    """The same for a reviewer's edit of a version: the proposer's evidence and scope stand.

    `without` are persons who may not decide on the result beside those who may not already.
    """
    before = judged_of(proposal, version)
    plan = planned(content, at=at)
    places = hold_all(plan, before)
    own_work_of = frozenset(before.own_work_of) | frozenset(without)
    return Drafted(
        plan=plan,
        evidence=list(before.evidence),
        places=places,
        segment_ids=_segment_ids(plan),
        judgement=judge(replace(before, plan=plan, own_work_of=own_work_of), at=at),
        own_work_of=list(proposal.own_work_of),
        field_classes=frozenset(),
        bounds=version.bounds,
        lineage=version.lineage,
    )


def refuse_far_away(content: Content, *, at: datetime) -> None:
    """Refuse a time to go out that lies further ahead than anybody can judge today."""
    if content.not_before is not None and content.not_before > at + FURTHEST_AHEAD:
        raise Refusal(
            Kind.UNPROCESSABLE,
            "not_before_far_away",
            f"A proposal may wait for its time for at most {FURTHEST_AHEAD.days} days.",
            next="Propose it again nearer to that time.",
        )


def hold_all(plan: list[dict[str, Json]], judged: facts.Judged) -> Counter[Place]:
    """Lock the places, budgets and launches that this plan takes of, and count its items on each place."""
    places = ledger.places_of(plan)
    agent = judged.proposer if judged.proposer_kind == "agent" else ""
    ledger.hold(places, ledger.Budgets.of(plan, agent=agent, family=judged.family))
    launches.hold(plan)
    return places


def planned(content: Content, *, at: datetime) -> list[dict[str, Json]]:
    """The plan as rows hold it. Raises what `expand` refuses."""
    return [change.to_wire() for change in expand(content.changes, at=at)]


def _judged(
    proposer: Proposer,
    content: Content,
    plan: list[dict[str, Json]],
    evidence: list[Brought],
    proposal_id: UUID | None,
    bounds: dict[str, Json] | None,
) -> facts.Judged:
    common: dict[str, Any] = {
        "plan": plan,
        "evidence": evidence,
        "confidence_bp": content.confidence_bp,
        "atomicity": content.atomicity,
        "proposal_id": proposal_id,
        "excepted": proposal_id is not None,
        "family": family_of(content.objectives),
        "objectives": content.objectives,
    }
    if isinstance(proposer, AgentProposer):
        agent, workflow = proposer.token.agent, proposer.workflow
        return facts.Judged(
            proposer_kind="agent",
            proposer=agent.key,
            owner=agent.owner_id,
            workflow=workflow.key,
            stage=stage_of(workflow, bounds, drill=proposer.in_drill),
            bounds=facts_of(workflow, bounds),
            rollback_owner=workflow.rollback_owner_id,
            own_work_of={agent.owner_id, proposer.token.issued_by_id},
            **common,
        )
    person_id = proposer.account.person_id
    return facts.Judged(
        proposer_kind="person",
        proposer=str(person_id),
        owner=person_id,
        workflow=None,
        stage=None,
        own_work_of={person_id},
        **common,
    )


def _segment_ids(plan: list[dict[str, Json]]) -> dict[str, UUID]:
    known = tree().ids
    return {key: known[key] for change in plan for key in change["segments"]}


def _entitled(
    proposer: Proposer, plan: list[dict[str, Json]], segment_ids: Mapping[str, UUID], at: datetime
) -> tuple[frozenset[str], dict[str, Json]]:
    """The field classes an agent may read, and its lineage, once it is certain that it may propose this."""
    if isinstance(proposer, AgentProposer):
        _within_workflow(proposer.workflow, plan, segment_ids, at)
        reach = scopes.reach_of(proposer.token.agent, at=at)
        used = scopes.require(reach, plan, segment_ids, agent=proposer.token.agent)
        uses.note(used, at=at)
        return scopes.readable(reach)[1], lineage_of(proposer, reach, used)
    account = proposer.account
    if not set(segment_ids.values()) <= segments_with(account, "view_segment"):
        raise Refusal(
            Kind.FORBIDDEN,
            "out_of_scope",
            "You can propose only where you can see.",
            next="Leave out the items of other segments.",
        )
    return frozenset(), {}


def _within_workflow(
    workflow: Workflow, plan: list[dict[str, Json]], segment_ids: Mapping[str, UUID], at: datetime
) -> None:
    covered, known = reached_by(workflow.pk, at=at), tree().ids
    channels = set(workflow.channels)
    for change in plan:
        channel = change["address"].get("channel")
        held = [known[key] for key in change.get("rules", ()) if key in known]
        inside = covers(covered, [segment_ids[key] for key in change["segments"]], held)
        if not inside or (channel is not None and channel not in channels):
            raise Refusal(
                Kind.FORBIDDEN,
                "outside_workflow",
                f"Change {change['index']} lies outside the segments and channels of the workflow {workflow.key}.",
                next="Leave it out, or start a run of a workflow that covers it.",
                params={"index": change["index"]},
                about={"workflow": str(workflow.pk)},
            )


def _evidence(proposer: Proposer, content: Content) -> list[Brought]:
    wanted = set(content.evidence)
    if isinstance(proposer, AgentProposer) and proposer.run is not None:
        found = brought_in(proposer.run.pk, wanted)
    elif isinstance(proposer, AgentProposer):
        found = brought(Evidence.objects.filter(id__in=wanted, run__agent=proposer.token.agent))
    else:
        found = brought(Evidence.objects.filter(id__in=wanted, person_id=proposer.account.person_id))
    if len(found) < len(wanted):
        raise Refusal(
            Kind.UNPROCESSABLE,
            "unknown_evidence",
            "Some of the evidence named is not this proposer's, or does not exist.",
            next="Record the evidence in this run first, then name the ids it answered.",
        )
    return found
