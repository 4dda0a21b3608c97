"""A breaker trips: one transaction freezes, opens an incident, calls people and says why."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Max

from audit.record import Actor, record
from orchestr.execution.behaviour.models import Trip
from orchestr.execution.behaviour.rules import Rule
from orchestr.execution.incidents.incident import TRIPPED, about_of, call_people, open_incident
from orchestr.execution.models import Incident
from orchestr.freezes.freeze import freeze
from orchestr.freezes.guard import standing
from orchestr.freezes.models import Freeze
from orchestr.freezes.targets import ALL, Target
from orchestr.live import EVERYONE, announce
from orchestr.proposals.models import Proposal
from orchestr.refusal import Refusal
from orchestr.workflows.models import Stage, Workflow
from orchestr.workflows.stage import narrow_by_itself

BY = Actor.worker("breakers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule found too much: `value` (basis points of a share, or a number) of `count` in `total` since `since`.

    `behind`, where a segment is stopped: the workflows whose writes were counted.
    """

    rule: Rule
    target: Target
    value: int
    count: int
    total: int
    since: datetime
    proposal_id: UUID
    subject: str = ""
    behind: frozenset[str] = frozenset()


def trip(*, finding: Finding, at: datetime) -> Trip | None:
    """Freeze the target, open an incident on the last proposal that counted, call its people, and record why.

    A workflow that it stops, each of an agent's, or each that was counted against a segment goes one stage down.

    Returns None, with nothing done, where somebody has frozen it first. Takes the freeze's exclusive lock.
    """
    if already_stopped([finding.target]):
        return None
    proposal = Proposal.objects.select_related("segment_set", "workflow").get(pk=finding.proposal_id)
    incident = open_incident(proposal=proposal, code=finding.rule.name, why=reason_of(finding), by=BY, at=at)
    try:
        frozen = freeze(target=finding.target, why=reason_of(finding), by=BY, at=at, incident_id=incident.pk)
    except Refusal as refusal:
        if refusal.code != "already_frozen":
            raise
        connection.set_rollback(True)  # Somebody was faster: their freeze says why, and this never happened.
        return None
    incident.freeze = frozen
    incident.save(update_fields=["freeze"])
    made = _kept(finding, frozen, incident, at)
    _record(made, finding, proposal.segment_ids, at)
    _narrow(finding, made, at)
    call_people(incident, kind=TRIPPED, by=BY, at=at)
    announce("incident", [incident.pk], groups=[EVERYONE])
    return made


def _kept(finding: Finding, frozen: Freeze, incident: Incident, at: datetime) -> Trip:
    return Trip.objects.create(
        rule=finding.rule.name,
        kind=finding.target.kind,
        key=finding.target.key,
        since=finding.since,
        at=at,
        window_s=finding.rule.window_s,
        value=finding.value,
        limit=finding.rule.limit,
        count=finding.count,
        total=finding.total,
        subject=finding.subject[:300],
        freeze=frozen,
        incident=incident,
    )


def _record(made: Trip, finding: Finding, segment_ids: Collection[UUID], at: datetime) -> None:
    record(
        action="behaviour.tripped",
        actor=BY,
        at=at,
        about=about_of(made.incident) | {"freeze": made.freeze_id},
        data={
            "rule": finding.rule.name,
            "target": str(finding.target).replace(" ", "_"),
            "value": finding.value,
            "limit": finding.rule.limit,
            "count": finding.count,
            "total": finding.total,
            "window_s": finding.rule.window_s,
            "since": finding.since,
        },
        segments=list(segment_ids),
    )


def _narrow(finding: Finding, tripped: Trip, at: datetime) -> None:
    """The workflows behind it go on one stage lower, once people have thawed them: autonomy is earned anew.

    Of a segment these are the ones whose writes were counted, for each was fine by itself and they were not together.
    Others that work there had no part in it and keep their stage; the freeze stops them too, until it is looked at.
    """
    keys = [finding.target.key] if finding.target.kind == "workflow" else []
    if finding.target.kind == "agent":
        rows = Workflow.objects.filter(agent__key=finding.target.key).exclude(stage=Stage.SHADOW)
        keys = list(rows.order_by("key").values_list("key", flat=True))
    elif finding.target.kind == "segment":
        keys = sorted(finding.behind)
    for key in keys:
        about = {"incident": tripped.incident_id}
        narrow_by_itself(key=key, why=finding.rule.name, about=about, by=BY, at=at)


def already_stopped(targets: Collection[Target]) -> bool:
    """Whether one of these, or everything, is frozen now."""
    return bool(standing([ALL, *targets]))


def counted_from(targets: Collection[Target], start: datetime) -> datetime:
    """From when on something counts: the window's start, or the last thaw of any of these, if that is later."""
    found = start
    for each in targets:
        thawed = Freeze.objects.filter(kind=each.kind, key=each.key, thawed_at__isnull=False)
        last: datetime | None = thawed.aggregate(at=Max("thawed_at"))["at"]
        found = max(found, last or start)
    return found


def reason_of(finding: Finding) -> str:
    """The reason that rows hold; pages say it in the reader's language from the figures."""
    if finding.rule.is_share:
        return f"{finding.rule.name}: {finding.count} of {finding.total}, {finding.value} bp (limit {finding.rule.limit} bp)"
    return f"{finding.rule.name}: {finding.value} (limit {finding.rule.limit}) on {finding.subject}"
