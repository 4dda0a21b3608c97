"""What has to be there before a workflow goes beyond shadow: computed from what is set up and used, never ticked.

Codes and figures only; words and addresses are made at the edge.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from orchestr.policy.values import Json
from orchestr.readiness import drills, people, tools, triggers
from orchestr.readiness.record import track_record
from orchestr.refusal import Kind, Refusal
from orchestr.workflows.models import Workflow

Standing = Literal["ready", "missing", "too_new"]
Name = Literal["trigger", "tools", "reviewers", "rollback", "reversible", "drill", "record"]
ENOUGH = 5  # proposals, before a record says anything


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing looked at. `code` says what was found, `figures` with which names and numbers.

    `too_new` is neither: nothing can be said yet. Only what is `required` and `missing` keeps a workflow in shadow.
    """

    name: Name
    standing: Standing
    code: str
    required: bool = True
    figures: dict[str, Json] = field(default_factory=dict)


def preflight(workflow: Workflow, *, at: datetime) -> list[Line]:
    """Every line as it stands now, in the order in which it is mended (a fixed number of queries)."""
    return [
        _line("trigger", triggers.look(workflow)),
        _line("tools", tools.look(workflow, at=at)),
        _line("reviewers", people.reviewers(workflow, at=at)),
        _line("rollback", people.rollback(workflow, at=at)),
        _line("reversible", tools.reversible(workflow, at=at)),
        _line("drill", drills.look(workflow, at=at)),
        _record(workflow, at),
    ]


def missing(lines: Sequence[Line]) -> list[Line]:
    """What keeps the workflow in shadow."""
    return [line for line in lines if line.required and line.standing == "missing"]


def refuse_unready(workflow: Workflow, *, at: datetime) -> None:
    """Raise Refusal (409 `preflight_missing`, naming the lines) while something required is missing."""
    lacking = missing(preflight(workflow, at=at))
    if lacking:
        names = [line.name for line in lacking]
        raise Refusal(
            Kind.CONFLICT,
            "preflight_missing",
            f"The preflight lacks what a stage above shadow needs: {', '.join(names)}.",
            next="Mend what the preflight marks as missing on the workflow's page, then ask again.",
            params={"missing": names},
            about={"workflow": str(workflow.pk)},
            answer={"missing": [{"line": line.name, "code": line.code} for line in lacking]},
        )


def _line(name: Name, found: tuple[Standing, str, dict[str, Json]]) -> Line:
    standing, code, figures = found
    return Line(name=name, standing=standing, code=code, figures=figures)


def _record(workflow: Workflow, at: datetime) -> Line:
    figures = track_record(workflow, at=at)
    enough = figures["proposals"] >= ENOUGH
    standing: Standing = "ready" if enough else "too_new"
    code = "record" if enough else "few_proposals"
    return Line(name="record", standing=standing, code=code, required=False, figures=figures)
