"""What a workflow may spend: runs and changes a day; steps, tokens, cost, time, tool calls and proposals a run.

Daily budgets count UTC days in one row per workflow, kind and day. Reading and then writing loses
races, so one statement adds what is wanted where the limit allows it; the row stays locked until the end. A run's own
are counted in its row, which is locked; its time is counted by the clock, from its first sign of work.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from orchestr.prepared import prepared
from orchestr.refusal import Kind, Refusal
from orchestr.runs.locks import in_transaction
from orchestr.runs.models import DAILY, PER_RUN, BudgetUse, Run
from orchestr.workflows.models import Workflow

TIME, PROPOSALS = "time_s", "proposals"
# Of two who spend the last at once the second waits here, then counts what the first has spent.
_SPEND = """
INSERT INTO orchestr_budget_use AS b (workflow_id, kind, day, used) VALUES (%(workflow)s, %(kind)s, %(day)s, %(count)s::bigint)
ON CONFLICT (workflow_id, kind, day) DO UPDATE SET used = b.used + EXCLUDED.used
WHERE b.used + EXCLUDED.used <= %(limit)s::bigint
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """One budget as it stands; `limit` None is unlimited, `resets_at` None lasts as long as the run."""

    kind: str
    limit: int | None
    used: int
    resets_at: datetime | None

    def wire(self) -> dict[str, object]:
        resets = None if self.resets_at is None else self.resets_at.isoformat().replace("+00:00", "Z")
        return {"kind": self.kind, "limit": self.limit, "used": self.used, "resets_at": resets}


def reserve(*, workflow: Workflow, wanted: Mapping[str, int], at: datetime) -> None:
    """Spend so much of each daily budget, all or nothing. Of two racing for the last, one gets it.

    Locks the day's rows, in the order of their kinds, until the transaction ends; what rolls back spends nothing.
    Refuses (429 `budget_spent`) what exceeds a limit, saying when it resets.
    """
    in_transaction()
    day = at.astimezone(UTC).date()
    for kind, count in sorted(wanted.items()):
        limit = limit_of(workflow, kind)
        if limit is None or count <= 0:
            continue
        if count > limit or not _spend(workflow, kind, day, count, limit):
            used = BudgetUse.objects.filter(workflow=workflow, day=day, kind=kind).values_list("used", flat=True)
            raise _spent(workflow, kind, limit, used.first() or 0, count, at)


def reserve_changes(*, workflow: Workflow, count: int, at: datetime) -> None:
    """Spend `count` of the day's changes: called with each submission, in its transaction. Refuses like `reserve`."""
    reserve(workflow=workflow, wanted={"changes_per_day": count}, at=at)


def standing(workflow: Workflow, *, at: datetime) -> list[Standing]:
    """Every budget the workflow has; the daily ones as used today."""
    day = at.astimezone(UTC).date()
    with prepared() as cursor:
        cursor.execute(
            "SELECT kind, used FROM orchestr_budget_use WHERE workflow_id = %s::uuid AND day = %s::date",
            [workflow.pk, day],
        )
        used: dict[str, int] = dict(cursor.fetchall())
    daily = [
        Standing(kind, limit_of(workflow, kind), used.get(kind, 0), resets_at(at))
        for kind in DAILY
        if limit_of(workflow, kind) is not None
    ]
    return daily + [Standing(kind, limit, 0, None) for kind, limit in per_run(workflow).items()]


def of_run(run: Run, *, at: datetime) -> list[Standing]:
    """The run's own budgets, as used so far."""
    return [
        Standing(kind, each["limit"], lasted_s(run, at=at) if kind == TIME else each["used"], None)
        for kind, each in sorted(run.budget.items())
    ]


def lasted_s(run: Run, *, at: datetime) -> int:
    """Whole seconds from its first sign of work until it ended, or until now. What it waits for counts."""
    return 0 if run.started_at is None else max(0, int(((run.ended_at or at) - run.started_at).total_seconds()))


def per_run(workflow: Workflow) -> dict[str, int]:
    """The limits each of its runs gets."""
    limits = {kind: limit_of(workflow, kind) for kind in PER_RUN}
    return {kind: limit for kind, limit in limits.items() if limit is not None}


def limit_of(workflow: Workflow, kind: str) -> int | None:
    limit = workflow.budgets.get(kind)
    return limit if isinstance(limit, int) else None


def fresh_budget(workflow: Workflow) -> dict[str, dict[str, int]]:
    """What a new run's `budget` holds."""
    return {kind: {"limit": limit, "used": 0} for kind, limit in per_run(workflow).items()}


def spend(run: Run, spent: Mapping[str, int], *, at: datetime) -> str | None:
    """Count against the run's own budgets, on the locked row; returns the first that is now exceeded, time included."""
    exceeded = None
    for kind in PER_RUN:
        each = run.budget.get(kind)
        if each is None:
            continue
        each["used"] = lasted_s(run, at=at) if kind == TIME else each["used"] + spent.get(kind, 0)
        if each["used"] > each["limit"] and exceeded is None:
            exceeded = kind
    return exceeded


def spend_proposal(run: Run, *, at: datetime) -> None:
    """Count one proposal against the run's own budgets, on the locked row.

    Raises Overspent for the one beyond the limit, and for any once the run's time is over: it is not taken, and the run
    is to be stopped for it (`stop.overspent`), in a transaction of its own since this one is rolled back.
    """
    if not run.budget.keys() & {TIME, PROPOSALS}:
        return
    if (kind := spend(run, {PROPOSALS: 1}, at=at)) is not None:
        raise Overspent(run, kind)
    run.save(update_fields=["budget"])


class Overspent(Refusal):
    """429 `budget_spent`: the run has spent one of its own budgets. Who answers with it stops the run."""

    def __init__(self, run: Run, kind: str) -> None:
        limit, used = run.budget[kind]["limit"], run.budget[kind]["used"]
        super().__init__(
            Kind.LIMITED,
            "budget_spent",
            f"The run had {limit} ({kind}), and has spent them: it is stopped, and this was not taken.",
            next="Start a run for the next event; whoever owns the workflow sets what a run may spend.",
            params={"kind": kind, "limit": limit, "used": used},
            about={"run": str(run.pk), "workflow": str(run.workflow_id), "agent": str(run.agent_id)},
            answer={"kind": kind, "limit": limit, "used": used, "resets_at": None, "run": str(run.pk)},
        )
        self.run_id = run.pk
        self.reason = f"budget_{kind}"


def resets_at(at: datetime) -> datetime:
    """The next midnight, UTC."""
    return datetime.combine(at.astimezone(UTC).date() + timedelta(days=1), time.min, UTC)


def _spend(workflow: Workflow, kind: str, day: date, count: int, limit: int) -> bool:
    with prepared() as cursor:
        cursor.execute(_SPEND, {"workflow": workflow.pk, "kind": kind, "day": day, "count": count, "limit": limit})
        return bool(cursor.rowcount)


def _spent(workflow: Workflow, kind: str, limit: int, used: int, wanted: int, at: datetime) -> Refusal:
    resets = resets_at(at)
    return Refusal(
        Kind.LIMITED,
        "budget_spent",
        f"The workflow {workflow.key} has used {used} of {limit} ({kind}) today; {wanted} more would exceed it.",
        next=f"Try again after {resets.isoformat().replace('+00:00', 'Z')}, or ask the workflow's owner.",
        params={"kind": kind, "limit": limit, "used": used, "wanted": wanted},
        about={"workflow": str(workflow.pk)},
        answer={"kind": kind, "limit": limit, "used": used, "resets_at": resets.isoformat().replace("+00:00", "Z")},
    )
