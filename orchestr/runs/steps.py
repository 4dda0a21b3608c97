"""Steps: the checkpoints of a run, counted against its budget."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from audit.parameters import is_word
from audit.record import Actor, record
from orchestr.policy.values import Json
from orchestr.refusal import Kind, Refusal
from orchestr.runs import budgets, following, hints
from orchestr.runs.lease import begin
from orchestr.runs.locks import about, lock
from orchestr.runs.models import Run, Step
from orchestr.runs.stop import stop_locked

LONGEST_NOTE = 4_000
LARGEST = 2**31 - 1
LONGEST = {"model": 120, "prompt": 90, "prompt_version": 60}  # prompt and version together are one word of the log


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an agent says of one step. `cost` is in millionths of the run's currency, `ms` how long it took, `tool_calls` how many
    tools it called that are not ours: those we see ourselves. `model`, `prompt` and `prompt_version` name what it
    reasoned with, in one word each."""

    kind: str
    status: str = "ok"
    tokens: int = 0
    cost: int = 0
    ms: int = 0
    tool_calls: int = 0
    model: str = ""
    prompt: str = ""
    prompt_version: str = ""
    note: str = ""
    about: dict[str, Json] = field(default_factory=dict)


def record_step(*, run_id: UUID, agent_id: UUID, step: Report, at: datetime) -> tuple[Step, Run]:
    """Put a step on record and count it; returns it with its run. Locks the run.

    A step that exceeds a budget of the run (steps, tokens, cost, time_s, tool_calls) is recorded, since it happened,
    and the run is stopped with the reason `budget_` and its kind. A step of the workflow that has
    failed once more than it may puts its fallback in force. Refuses a run that is over, a report that is malformed or
    negative, and a step of the workflow before its turn (`step_out_of_turn`).
    """
    run = lock(run_id, agent_id=agent_id)
    _refuse_malformed(step, run)
    course = following.course_of(run)
    following.refuse_out_of_order(course, step.kind, run)
    by = Actor.agent(agent_id)
    begin(run, by=by, at=at)
    number = run.step_count + 1
    made = Step.objects.create(
        run=run,
        number=number,
        kind=step.kind,
        status=step.status,
        tokens=step.tokens,
        cost=step.cost,
        ms=step.ms,
        tool_calls=step.tool_calls,
        model=step.model,
        prompt=step.prompt,
        prompt_version=step.prompt_version,
        note=step.note,
        about=step.about,
        at=at,
    )
    spent = {"steps": 1, "tokens": step.tokens, "cost": step.cost, "tool_calls": step.tool_calls}
    exceeded = budgets.spend(run, spent, at=at)
    run.step_count = number
    run.save(update_fields=["budget", "step_count"])
    record(
        action="step",
        actor=by,
        at=at,
        about=about(run),
        data={
            "kind": step.kind,
            "status": step.status,
            "number": number,
            "tokens": step.tokens,
            "cost": step.cost,
            "ms": step.ms,
            "tool_calls": step.tool_calls,
            **{name: getattr(step, name) for name in LONGEST if getattr(step, name)},
        },
    )
    following.settle(course, run, made, at=at)
    if exceeded is not None:
        stop_locked(run, reason=f"budget_{exceeded}", by=Actor.system(), at=at)
    hints.changed(run)
    return made, run


def _refuse_malformed(step: Report, run: Run) -> None:
    if not (is_word(step.kind) and len(step.kind) <= 40 and is_word(step.status) and len(step.status) <= 20):
        raise _malformed(run, "kind", "A step names its kind and status in one word each.")
    for name in ("tokens", "cost", "ms", "tool_calls"):
        if not 0 <= getattr(step, name) <= LARGEST:
            raise _malformed(run, name, "Tokens, cost, milliseconds and tool calls are whole numbers from zero up.")
    for name, longest in LONGEST.items():
        word = getattr(step, name)
        if word and not (is_word(word) and len(word) <= longest):
            raise _malformed(
                run, name, f"A model, a prompt and its version are one word, of at most {longest} characters."
            )
    if step.prompt_version and not step.prompt:
        raise _malformed(run, "prompt", "A version without its prompt names nothing.")
    if len(step.note) > LONGEST_NOTE or "\0" in step.note:
        raise _malformed(run, "note", f"A note is a text of at most {LONGEST_NOTE:,} characters.")


def _malformed(run: Run, part: str, why: str) -> Refusal:
    return Refusal(
        Kind.UNPROCESSABLE,
        "malformed_step",
        why,
        next="Correct the report and send it again.",
        params={"part": part},
        about=about(run),
    )
