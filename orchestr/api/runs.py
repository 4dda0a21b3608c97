"""Runs: start, report, finish; and evidence, which the server reads itself."""

from datetime import UTC, datetime
from uuid import UUID

from django.utils import timezone
from ninja import Router

from audit.record import Actor
from orchestr.agents.models import AgentToken
from orchestr.agents.scopes import reach_of, readable
from orchestr.agents.uses import note
from orchestr.api import answers
from orchestr.api.door import Knock, write
from orchestr.api.events import source_reserved
from orchestr.api.shapes import EvidenceIn, FinishIn, RunIn, StepIn, Text
from orchestr.catalogue.view import Reader
from orchestr.policy.values import Address, Json, ValueRefused
from orchestr.refusal import Kind, Refusal, absent
from orchestr.runs.events import RESERVED, SourceEvent
from orchestr.runs.evidence import Bringer, in_wire, record_claimed, record_observed
from orchestr.runs.finish import finish
from orchestr.runs.locks import of_this_agent
from orchestr.runs.models import Event, Run
from orchestr.runs.reads import Place, Read, read_for_evidence
from orchestr.runs.start import start_run
from orchestr.runs.steps import Report, record_step
from orchestr.workflows.models import Workflow

router = Router(tags=["Runs"])


def reader_of(token: AgentToken, *, at: datetime) -> Reader:
    """What the agent's scopes let it read."""
    reach = reach_of(token.agent, at=at)
    note([each.scope_id for each in reach if each.action_class == "read"], at=at)
    return Reader(*readable(reach))


@router.post("/runs", summary="Start a run", response={201: dict})
@write(201)
def start(request: Knock, body: RunIn) -> dict[str, Json]:
    agent = request.auth.agent
    _refuse_reserved(body)
    run = start_run(
        agent=agent,
        workflow=_workflow(body.workflow, agent.pk),
        source_event=SourceEvent(**body.source_event.model_dump()),
        parent_id=body.parent,
        sandbox_only=request.auth.sandbox_only,
        by=Actor.agent(agent.pk),
        at=timezone.now(),
    )
    return answers.run(run)


def _refuse_reserved(body: RunIn) -> None:
    """An event that Orchestr tells itself is named once it is there: named before, its own would come as a repeat."""
    told = body.source_event
    there = Event.objects.filter(source=told.source, external_id=told.id)
    if told.source.startswith(RESERVED) and not there.exists():
        raise source_reserved()


@router.get("/runs", summary="My runs of an event")
def of_event(request: Knock, source: Text, event: Text) -> dict[str, Json]:
    """What was started for it and proposed then: an agent whose process is gone finds its work again.

    An event starts each workflow once, so there are as many as the agent has workflows at most.
    """
    names = [event, Event.own_name(request.auth.agent_id, event)]
    mine = Run.objects.filter(agent_id=request.auth.agent_id, event__source=source, event__external_id__in=names)
    runs = mine.select_related("workflow", "escalation_owner", "rollback_owner").prefetch_related("proposals")
    return {"items": [answers.run(run) | {"proposals": answers.proposed(run)} for run in runs.order_by("id")]}


@router.get("/runs/{run_id}", summary="One of my runs")
def show(request: Knock, run_id: UUID) -> dict[str, Json]:
    """With what it is about: the last of the events that are this run, and how many they are."""
    run = of_this_agent(run_id, agent_id=request.auth.agent_id)
    return answers.run(run) | answers.cause(run)


@router.post("/runs/{run_id}/steps", summary="Report a step", response={201: dict})
@write(201)
def step(request: Knock, run_id: UUID, body: StepIn) -> dict[str, Json]:
    made, run = record_step(
        run_id=run_id, agent_id=request.auth.agent_id, step=Report(**body.model_dump()), at=timezone.now()
    )
    return {"number": made.number, "run": answers.run(run)}


@router.post("/runs/{run_id}/finish", summary="Finish a run")
@write(200)
def end(request: Knock, run_id: UUID, body: FinishIn) -> dict[str, Json]:
    run = finish(
        run_id=run_id,
        agent_id=request.auth.agent_id,
        outcome=body.outcome,
        summary=body.summary,
        at=timezone.now(),
    )
    return answers.run(run)


@router.post("/runs/{run_id}/evidence", summary="Gather evidence", response={201: dict})
def gather(request: Knock, run_id: UUID, body: EvidenceIn) -> object:
    """Observed: the server reads the systems now, before any transaction opens. Claimed: what you say you saw."""
    run = of_this_agent(run_id, agent_id=request.auth.agent_id)
    if body.kind == "claimed":
        return _claimed(request, Bringer.run(run), body)
    read = read_for_evidence(reader=reader_of(request.auth, at=timezone.now()), places=_places(body))
    return _observed(request, Bringer.run(run), read)


@write(201)
def _observed(request: Knock, bringer: Bringer, read: Read) -> dict[str, Json]:
    return {"evidence": in_wire(record_observed(bringer=bringer, read=read, at=timezone.now()))}


@write(201)
def _claimed(request: Knock, bringer: Bringer, body: EvidenceIn) -> dict[str, Json]:
    at = timezone.now()
    seen = body.observed_at or at
    row = record_claimed(
        bringer=bringer,
        source=body.source,
        observed_at=seen if seen.tzinfo else seen.replace(tzinfo=UTC),
        value=body.value if body.file is None else {"value": body.value, "file": body.file},
        at=at,
    )
    return {"evidence": in_wire([row])}


def _places(body: EvidenceIn) -> list[Place]:
    try:
        return [
            Place(type=body.type, key=body.id, field=each.field, address=Address.parse(each.address))
            for each in body.fields
        ]
    except ValueRefused as wrong:
        raise Refusal(
            Kind.UNPROCESSABLE, wrong.code, str(wrong), next="Name the address as GET /catalogue/resources shows it."
        ) from None


def _workflow(name: str, agent_id: UUID) -> Workflow:
    rows = Workflow.objects.select_related("agent").filter(agent_id=agent_id)
    try:
        found = rows.filter(pk=UUID(name)).first()
    except ValueError:
        found = rows.filter(key=name).first()
    if found is None:
        raise absent("workflow")
    return found
