"""In the agent's place: a run, evidence and a proposal through the operations that agents use.

A drill holds no token: it stands in for the agent inside the process, and every event of it names the worker `drills`.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.record import Actor
from orchestr.agents.models import AgentToken
from orchestr.agents.scopes import reach_of, readable
from orchestr.catalogue.plans import ProposedChange
from orchestr.catalogue.view import Reader
from orchestr.drills.models import Drill
from orchestr.policy.values import Address, Json
from orchestr.proposals.models import Proposal
from orchestr.proposals.submitting.content import Content
from orchestr.proposals.submitting.submit import DRILLS, submit_in_drill
from orchestr.runs.events import SourceEvent
from orchestr.runs.evidence import Bringer, record_observed
from orchestr.runs.models import Run
from orchestr.runs.reads import Place, Read, read_for_evidence
from orchestr.runs.start import start_run

BY: Actor = DRILLS
MARK = "[Drill]"  # what people and other systems read of it begins with this


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a drill proposes on its target: the texts in the agent's words, and the value after."""

    summary: str
    rationale: str
    after: Json


def source_of(drill: Drill) -> str:
    """Where its events come from."""
    return f"drill:{drill.pk}"


def begin_run(drill: Drill, *, name: str, at: datetime) -> Run:
    """A run of the workflow, in the drill. In the caller's transaction."""
    event = SourceEvent(
        id=f"{drill.pk}-{name}", type=f"orchestr.drill.{drill.scenario}", source=source_of(drill), drill_id=drill.pk
    )
    workflow = drill.workflow
    return start_run(agent=workflow.agent, workflow=workflow, source_event=event, drill_id=drill.pk, by=BY, at=at)


def read_target(drill: Drill, *, at: datetime) -> Read:
    """What the sandbox holds now, read as the agent would. Outside any transaction. Raises Refusal like it."""
    reader = Reader(*readable(reach_of(drill.workflow.agent, at=at)))
    target = drill.target
    place = Place(
        type=target["type"], key=target["key"], field=target["field"], address=Address.parse(target["address"])
    )
    return read_for_evidence(reader=reader, places=[place])


def value_in(drill: Drill, read: Read) -> Json:
    """Of what was read, the sandbox's own value."""
    return next(each.value for each in read.readings if each.wanted.system_id == drill.system_id)


def observe(run: Run, read: Read, *, at: datetime) -> tuple[UUID, ...]:
    """Put what was read on record as the run's evidence."""
    rows = record_observed(bringer=Bringer(BY, run_id=run.pk), read=read, at=at)
    return tuple(row.pk for row in rows)


def propose(
    drill: Drill, run: Run, wanted: Wanted, *, before: Json, evidence: tuple[UUID, ...], at: datetime
) -> Proposal:
    """Submit the change of the target in the sandbox alone. Refuses what any submission refuses."""
    target = drill.target
    change = ProposedChange(
        index=0,
        type=target["type"],
        key=target["key"],
        field=target["field"],
        address=Address.parse(target["address"]),
        before=before,
        after=wanted.after,
        system=drill.system.key,
    )
    content = Content(
        summary=f"{MARK} {wanted.summary}",
        rationale=f"{MARK} {wanted.rationale}",
        confidence_bp=9_000,
        atomicity="per_item",
        evidence=evidence,
        changes=(change,),
    )
    token = AgentToken(agent=drill.workflow.agent, issued_by_id=drill.started_by_id)
    return submit_in_drill(token=token, run_id=run.pk, content=content, at=at)
