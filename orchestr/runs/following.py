"""Following a workflow's steps: in their order, as often as each may be tried, and what holds when one fails.

An agent says how a step went in one word: `failed` (or `failed_permanent`), `failed_transient` and
`failed_ambiguous` are failures of their class, every other word means that it is done. What takes longer than its
timeout since the checkpoint before it has failed for a transient reason, whatever the agent says of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from audit.record import Actor, record
from orchestr.refusal import Kind, Refusal
from orchestr.runs.locks import about
from orchestr.runs.models import Run
from orchestr.runs.models import Step as Checkpoint
from orchestr.workflows.models import WorkflowVersion
from orchestr.workflows.steps import PROPOSE, FailureClass, Step, parse_steps

FAILURES: Mapping[str, FailureClass] = {
    "failed": "permanent",
    "failed_permanent": "permanent",
    "failed_transient": "transient",
    "failed_ambiguous": "ambiguous",
    "timed_out": "transient",
}
type Standing = Literal["due", "waiting", "done", "failed", "needless"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One step of the workflow in this run: how it stands, and its failures so far by class."""

    step: Step
    standing: Standing
    failures: Mapping[FailureClass, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The workflow's steps as this run has gone through them; `last` is when its last checkpoint was."""

    places: tuple[Place, ...]
    last: datetime

    def of(self, kind: str) -> Place | None:
        return next((place for place in self.places if place.step.kind == kind), None)

    @property
    def due(self) -> Place | None:
        """The first step that is still to be done."""
        return next((place for place in self.places if place.standing == "due"), None)


def course_of(run: Run) -> Course:
    """Where the run is in the steps of the version it runs under; no query where that is the current one without any."""
    steps = _steps_of(run)
    begun = run.started_at or run.created_at
    return placed(steps, list(run.steps.order_by("number")) if steps else [], begun=begun)


def _steps_of(run: Run) -> tuple[Step, ...]:
    if run.workflow_version == run.workflow.version:
        return parse_steps(run.workflow.steps)
    version = WorkflowVersion.objects.filter(workflow_id=run.workflow_id, number=run.workflow_version)
    definition = version.values_list("definition", flat=True).first() or {}
    return parse_steps(definition.get("steps", ()))


def placed(steps: Sequence[Step], checkpoints: Sequence[Checkpoint], *, begun: datetime) -> Course:
    """What these checkpoints come to."""
    ends: dict[str, str] = {}
    failures: dict[str, dict[FailureClass, int]] = {step.kind: {} for step in steps}
    known = {step.kind: step for step in steps}
    last = begun
    for checkpoint in checkpoints:
        step = known.get(checkpoint.kind)
        if step is not None:
            failure = failure_of(step, checkpoint.status, checkpoint.at - last)
            if failure is None:
                ends[step.kind] = "done"
            else:
                count = failures[step.kind]
                count[failure] = count.get(failure, 0) + 1
                if count[failure] > step.tries(failure):
                    ends[step.kind] = "failed"
        last = checkpoint.at
    places = tuple(
        Place(step=step, standing=_standing(step, ends, known), failures=failures[step.kind]) for step in steps
    )
    return Course(places=places, last=last)


def failure_of(step: Step, status: str, took: timedelta) -> FailureClass | None:
    """Of which class a checkpoint's failure is; None where the step is done."""
    if status in FAILURES:
        return FAILURES[status]
    late = step.timeout_s is not None and took.total_seconds() > step.timeout_s
    return "transient" if late else None


def refuse_out_of_order(course: Course, kind: str, run: Run) -> None:
    """Refuse a step of the workflow while one before it is still to be done. Other words are the agent's own."""
    place = course.of(kind)
    due = course.due
    if place is None or due is None:
        return
    order = [each.step.kind for each in course.places]
    if order.index(due.step.kind) >= order.index(kind):
        return
    raise _out_of_turn(due, f"The step {due.step.kind} comes before {kind}.", run)


def refuse_unfinished(course: Course, run: Run) -> None:
    """Refuse a proposal before the steps that come ahead of proposing have been gone through."""
    for place in course.places:
        if place.step.kind == PROPOSE:
            return
        if place.standing == "due":
            raise _out_of_turn(place, f"The step {place.step.kind} comes before a proposal.", run)


def settle(course: Course, run: Run, made: Checkpoint, *, at: datetime) -> None:
    """Put the fallback in force if this checkpoint was one failure more than its step may have. The caller has locked
    the run. The first that holds stays, but for a stricter one."""
    place = course.of(made.kind)
    if place is None:
        return
    failure = failure_of(place.step, made.status, made.at - course.last)
    if failure is None:
        return
    attempts = place.failures.get(failure, 0) + 1
    if attempts <= place.step.tries(failure) or not _stricter(place.step.fallback, run.fallback):
        return
    run.fallback, run.fallback_cause = place.step.fallback, f"step:{place.step.kind}"
    run.save(update_fields=["fallback", "fallback_cause"])
    record(
        action="run.fell_back",
        actor=Actor.system(),
        at=at,
        about=about(run),
        data={"fallback": run.fallback, "cause": run.fallback_cause, "failure": failure, "attempts": attempts},
    )


def _standing(step: Step, ends: Mapping[str, str], known: Mapping[str, Step]) -> Standing:
    if step.kind in ends:
        return "done" if ends[step.kind] == "done" else "failed"
    if step.when == "always":
        return "due"
    if step.of in ends:
        return "due" if ends[step.of] == step.when else "needless"
    return "needless" if _never(known[step.of], ends, known) else "waiting"


def _never(step: Step, ends: Mapping[str, str], known: Mapping[str, Step]) -> bool:
    """Whether this step will never be gone through, so that what waits for it never is either."""
    return _standing(step, ends, known) == "needless"


def _stricter(fallback: str, than: str) -> bool:
    order = ("", "raise_tier", "narrow", "hold")
    return order.index(fallback) > order.index(than)


def _out_of_turn(due: Place, detail: str, run: Run) -> Refusal:
    return Refusal(
        Kind.CONFLICT,
        "step_out_of_turn",
        detail,
        next=f"Report how {due.step.kind} went first.",
        params={"step": due.step.kind},
        about=about(run),
    )
