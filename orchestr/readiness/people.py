"""Whether there is somebody in the hours it runs: to decide on all a workflow may propose, and to put it back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from django.db.models.functions import Coalesce

from orchestr.agents.models import AgentToken
from orchestr.people.eligibility import covered_by_person, deciders_on
from orchestr.people.rota.cover import HANDOVER, between, gaps
from orchestr.policy.rules import stage
from orchestr.proposals.models import Proposal
from orchestr.readiness.hours import AHEAD, closed_hours, moments, quiet_hours
from orchestr.readiness.record import DAYS
from orchestr.readiness.triggers import Found
from orchestr.rulebook.in_force import in_force
from orchestr.rulebook.models import PolicyVersion
from orchestr.triggers.definition import Quiet
from orchestr.triggers.suppression import is_quiet
from orchestr.workflows.models import Workflow


def reviewers(workflow: Workflow, *, at: datetime) -> Found:
    """On each of its segments two distinct persons who may decide, and one of each function that is demanded.

    Whoever owns the agent or issued its tokens does not count: that is their own work. Demanded are the functions that
    the workflow and the stage's rule name, and those that its proposals of the last thirty days needed. Somebody is at
    work before what it proposes expires, whenever it may run in the next seven days.
    """
    issued = AgentToken.objects.filter(agent_id=workflow.agent_id, revoked_at=None, expires_at__gt=at)
    own = {workflow.agent.owner_id, *issued.values_list("issued_by_id", flat=True)}
    wanted = _demanded(workflow, at)
    for segment in workflow.segments.order_by("key"):
        able = deciders_on([segment.pk], without=own)
        lacking = sorted(wanted - {name for decider in able for name in decider.functions})
        if lacking:
            return "missing", "function_uncovered", {"segment": segment.name, "functions": lacking}
        if len(able) < 2:
            return "missing", "few_deciders", {"segment": segment.name, "count": len(able)}
    closed = closed_hours(workflow, at=at)
    if closed.lost is not None:
        return "missing", "hours_uncovered", {"begins": int(closed.lost.timestamp())}
    figures = {
        "functions": sorted(wanted),
        "hours": closed.hours,
        "longest_h": ceil(closed.longest / timedelta(hours=1)),
    }
    return "ready", "reviewers_by_day" if closed.hours else "reviewers", figures


def rollback(workflow: Workflow, *, at: datetime) -> Found:
    """Its rollback owner may put back what it writes, and in the next seven days that person is on call whenever it
    runs; where the rota rolls back as well, anybody."""
    # What a rule holds lies below the segment that it draws from, and that is where people have rights.
    placed = Coalesce("rule__segment__parent__key", "key")
    keys = frozenset(workflow.segments.values_list(placed, flat=True))
    if not _may_put_back(workflow.rollback_owner_id, keys):
        return "missing", "owner_may_not", {"person": workflow.rollback_owner.name}
    shifts = between(at, at + AHEAD)
    if not workflow.rollback_rota:
        shifts = [shift for shift in shifts if shift.person_id == workflow.rollback_owner_id]
    on_duty = {shift.person_id for shift in shifts}
    unable = sorted({shift.person.name for shift in shifts if not _may_put_back(shift.person_id, keys)})
    if on_duty and len(unable) == len({shift.person.name for shift in shifts}):
        return "missing", "rota_may_not", {"people": unable}
    quiet = quiet_hours(workflow)
    holes = [
        gap for gap in gaps(shifts, start=at, end=at + AHEAD) if _runs_within(quiet, gap.begins, gap.ends or at + AHEAD)
    ]
    if holes:
        return "missing", "rota_gap", {"count": len(holes), "begins": int(holes[0].begins.timestamp())}
    return "ready", "covered", {"person": workflow.rollback_owner.name, "count": len(on_duty)}


def _demanded(workflow: Workflow, at: datetime) -> set[str]:
    named = set(workflow.reviewers)
    if PolicyVersion.objects.standing(at):
        for setting in in_force(at=at).settings:
            named |= set(setting.params.functions) if setting.rule.name == stage.NAME else set()
    since = at - timedelta(days=DAYS)
    past = Proposal.objects.filter(agent_id=workflow.agent_id, submitted_at__gt=since, workflow=workflow)
    past = past.filter(drill=None).exclude(blocked_reason="policy")
    for functions in past.order_by().values_list("functions", flat=True).distinct()[:100]:
        named |= set(functions)
    return named


def _may_put_back(person_id: UUID, keys: frozenset[str]) -> bool:
    return any(keys <= held for held in covered_by_person(person_id, "revert_segment"))


def _runs_within(quiet: Sequence[Quiet], begins: datetime, ends: datetime) -> bool:
    """Whether it may run at some time of this stretch."""
    if not quiet:
        return ends - begins > HANDOVER
    return any(not all(is_quiet(each, at=moment) for each in quiet) for moment in moments(begins, ends))
