"""Proposals: check, submit, revise, withdraw, and wait for what people say."""

from datetime import UTC, datetime
from uuid import UUID

from django.utils import timezone
from ninja import Router

from audit.record import Actor
from orchestr.agents.models import AgentToken
from orchestr.api import answers, polls
from orchestr.api.door import Knock, write
from orchestr.api.parts import named, refuse_too_many, used
from orchestr.api.problems import answering
from orchestr.api.runs import reader_of
from orchestr.api.shapes import ExceptionIn, ProposalIn, Text, WithdrawIn
from orchestr.catalogue.classes import COST
from orchestr.catalogue.plans import ProposedChange
from orchestr.execution.drift.told import told_of_proposal
from orchestr.generation import pinned
from orchestr.outcomes.measuring.shown import measurements_of, wire
from orchestr.policy.values import Json
from orchestr.prepared import prepared
from orchestr.proposals.close import close
from orchestr.proposals.exceptions.request import request_exception
from orchestr.proposals.locks import current
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import BlockedReason
from orchestr.proposals.submitting.content import AgentProposer, Content
from orchestr.proposals.submitting.draft import rehearse
from orchestr.proposals.submitting.revise import revise
from orchestr.proposals.submitting.submit import submit_in_run
from orchestr.proposals.submitting.touches import addresses, ids_open_on
from orchestr.refusal import Kind, Refusal, absent
from orchestr.runs import budgets
from orchestr.runs.locks import of_this_agent
from orchestr.workflows.models import Workflow
from orchestr.workflows.rollout import Terms

router = Router(tags=["Proposals"])
MOST_CONFLICTS = 50  # that a check names


@router.post("/check", summary="What would policy say?")
@write(200)
def check(request: Knock, body: ProposalIn, run: UUID | None = None, workflow: Text = "") -> dict[str, Json]:
    """Judge a proposal body without submitting it, for a run or for a workflow.

    With neither it is judged for the agent's own workflow, where it has just one. `lower` says for each finding
    that carries the tier which value would be one effect less, and whether that alone would lower the tier.
    """
    at = timezone.now()
    if run is not None:
        proposer = AgentProposer(request.auth, of_this_agent(run, agent_id=request.auth.agent_id))
    else:
        proposer = AgentProposer(request.auth, None, _workflow_for_check(request, workflow))
    drafted = rehearse(proposer=proposer, content=content_of(body, request.auth, at), at=at)
    judged = drafted.judgement
    verdict = judged.verdict
    classes = drafted.field_classes
    return {
        "refused": verdict.refused,
        "tier": verdict.tier,
        "functions": list(verdict.functions),
        "risk": verdict.risk,
        "findings": answers.findings([each.to_wire() for each in verdict.findings], classes),
        "lower": answers.lowering(judged.facts, judged.policy, verdict, classes),
        "budgets": [each.wire() for each in budgets.standing(proposer.workflow, at=at)],
        "conflicts": [str(id) for id in ids_open_on(addresses(drafted.plan), most=MOST_CONFLICTS)],
    }


@router.post("/runs/{run_id}/proposals", summary="Submit a proposal", response={201: dict})
@write(201)
def propose(request: Knock, run_id: UUID, body: ProposalIn) -> dict[str, Json]:
    """Of more than 1,000 changes, the others come before it: see `parts`. A set holds 10,000 at most."""
    at = timezone.now()
    made = submit_in_run(token=request.auth, run_id=run_id, content=content_of(body, request.auth, at), at=at)
    used(body.parts, token=request.auth)
    return answers.submitted(made.proposal, made.version, made.field_classes, verdict=made.verdict)


@router.put("/proposals/{proposal_id}", summary="Submit a new version")
@write(200)
def put(request: Knock, proposal_id: UUID, body: ProposalIn) -> dict[str, Json]:
    """`If-Match: "<digest>"` names the version you read; another one now is 412."""
    at = timezone.now()
    digest = request.headers.get("If-Match", "").strip().strip('"')
    if not digest:
        raise Refusal(
            Kind.INVALID,
            "if_match_missing",
            "A revision says which version it replaces.",
            next='Send `If-Match: "<digest>"` with the digest you read.',
        )
    mine = _mine(request, proposal_id)
    assert mine.run is not None
    proposal = revise(
        proposal_id=proposal_id,
        digest=digest,
        proposer=AgentProposer(request.auth, mine.run),
        content=content_of(body, request.auth, at),
        at=at,
    )
    used(body.parts, token=request.auth)
    return answers.submitted(proposal, current(proposal), reader_of(request.auth, at=at).field_classes)


@router.post("/proposals/{proposal_id}/withdraw", summary="Withdraw a proposal")
@write(200)
def withdraw(request: Knock, proposal_id: UUID, body: WithdrawIn) -> dict[str, Json]:
    at = timezone.now()
    _mine(request, proposal_id)
    close(
        proposal_id=proposal_id,
        reason=BlockedReason.WITHDRAWN,
        by=Actor.agent(request.auth.agent_id),
        at=at,
    )
    return _whole(request, proposal_id, at)


@router.post(
    "/proposals/{proposal_id}/request-exception", summary="Ask that a rule make an exception", response={201: dict}
)
@write(201)
def ask_exception(request: Knock, proposal_id: UUID, body: ExceptionIn) -> dict[str, Json]:
    """For what policy has refused: two persons of the functions that the rule names confirm it, or nobody does.

    Until they have, the proposal stays blocked; then it waits for people like any other, until the exception ends.
    """
    at = timezone.now()
    _mine(request, proposal_id)
    row = request_exception(
        proposal_id=proposal_id,
        rule=body.rule,
        reason=body.reason,
        until=body.until.astimezone(UTC),
        by=Actor.agent(request.auth.agent_id),
        person_id=None,
        at=at,
    )
    return answers.exception(row)


@router.get("/proposals/{proposal_id}", summary="One of my proposals; waits for news if asked")
@answering
async def show(request: Knock, proposal_id: UUID, wait: int = 0, after: int = 0) -> dict[str, Json]:
    """With `wait` (up to 30 s) and `after` (the revision you know) it answers as soon as there is a later one."""

    def look() -> dict[str, Json] | None:
        return _whole(request, proposal_id, timezone.now()) if _revision(request, proposal_id) > after else None

    found = await polls.until(look, about=proposal_id, wait=min(wait, polls.LONGEST_S), token=request.auth)
    return found if found is not None else await polls.read(lambda: _whole(request, proposal_id, timezone.now()))


def content_of(body: ProposalIn, token: AgentToken, at: datetime) -> Content:
    """The body as operations take it, behind the parts it names; confidence in basis points.

    Raises Refusal (413) over the changes of one body, and for a part that is not the agent's (absent).
    """
    refuse_too_many(body.changes)
    changes, evidence = named(body.parts, token=token, at=at)
    changes += [vars(each) for each in body.changes]
    return Content(
        summary=body.summary,
        rationale=body.rationale,
        confidence_bp=None if body.confidence is None else round(body.confidence * 10_000),
        atomicity=body.atomicity,
        evidence=tuple(dict.fromkeys([*evidence, *body.evidence])),
        changes=tuple(ProposedChange.parse(index, each) for index, each in enumerate(changes)),
        objectives=body.objectives,
        alternatives=body.alternatives,
        predictions=[each.model_dump() for each in body.predictions],
        not_before=body.not_before,
        rollout=None if body.rollout is None else Terms(**body.rollout.model_dump()),
    )


def _whole(request: Knock, proposal_id: UUID, at: datetime) -> dict[str, Json]:
    proposal = Proposal.objects.filter(pk=proposal_id, agent_id=request.auth.agent_id).first()
    if proposal is None:
        raise absent("proposal")
    with pinned():  # of five hundred who wait for an answer each would ask for its scopes and for the segments
        reader = reader_of(request.auth, at=at)
    answer = answers.whole(proposal, current(proposal), reader.field_classes)
    measured = measurements_of([proposal.pk], sees_cost=COST in reader.field_classes).get(proposal.pk, [])
    return {
        **answer,
        "drifts": told_of_proposal(reader, proposal.pk),
        "measured": [wire(each) for each in measured] or None,
    }


def _revision(request: Knock, proposal_id: UUID) -> int:
    """Of all who wait each looks at it whenever something happens: nothing else is read for that. Raises Refusal
    (absent)."""
    with prepared() as cursor:
        cursor.execute(
            "SELECT revision FROM orchestr_proposal WHERE id = %s::uuid AND agent_id = %s::uuid",
            [proposal_id, request.auth.agent_id],
        )
        row = cursor.fetchone()
    if row is None:
        raise absent("proposal")
    return int(row[0])


def _mine(request: Knock, proposal_id: UUID) -> Proposal:
    rows = Proposal.objects.select_related("run", "run__workflow", "agent", "workflow", "segment_set")
    proposal = rows.filter(pk=proposal_id, agent_id=request.auth.agent_id).first()
    if proposal is None:
        raise absent("proposal")
    return proposal


def _workflow_for_check(request: Knock, key: str) -> Workflow:
    rows = list(request.auth.agent.workflows.filter(enabled=True).order_by("key"))
    found = [row for row in rows if key in (row.key, str(row.pk))] if key else rows
    if len(found) == 1:
        return found[0]
    raise Refusal(
        Kind.UNPROCESSABLE,
        "which_workflow",
        "A check is judged for one workflow of the agent.",
        next="Name it with ?workflow=<key>, or name a run with ?run=<id>.",
        params={"count": len(found)},
    )
