"""Counting what workflows and agents have done of late, and freezing what does too much of the wrong thing."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from orchestr.agents.models import Agent
from orchestr.catalogue.models import Resource, Segment
from orchestr.execution.behaviour import counts
from orchestr.execution.behaviour.counts import Crowd, Share, Step
from orchestr.execution.behaviour.models import Trip
from orchestr.execution.behaviour.oscillation import returns
from orchestr.execution.behaviour.rules import Rule, RuleName, in_force
from orchestr.execution.behaviour.trip import Finding, already_stopped, counted_from, trip
from orchestr.freezes.targets import Target

ONE_AT_A_TIME = 0x62656861  # "beha": an advisory lock, so that two workers do not count at once


def watch(*, at: datetime) -> list[Trip]:
    """Look at every rule once; returns what tripped. Each trip is its own transaction.

    Does nothing while another worker looks. What a freeze stops already is left alone, and what was counted
    before a freeze was lifted is never counted again: a thaw means that people have looked at it.
    """
    if not _begin():
        return []
    try:
        rules = in_force()
        tripped = [_trip(finding, at) for finding in _findings(rules, at)]
        return [each for each in tripped if each is not None]
    finally:
        _end()


def _findings(rules: dict[RuleName, Rule], at: datetime) -> Iterator[Finding]:
    """One after the other, so that each sees the freezes of those before it."""
    for name in ("error_share", "conflict_share", "revert_share"):
        yield from _by_share(rules[name], at)
    yield from _by_oscillation(rules["oscillation"], at)
    yield from _by_crowd(rules["many_agents"], at)


def _trip(finding: Finding, at: datetime) -> Trip | None:
    with transaction.atomic(durable=True):
        return trip(finding=finding, at=at)


# Shares: the workflow, or its agent where several workflows of one agent do the same.


def _by_share(rule: Rule, at: datetime) -> Iterator[Finding]:
    start = at - timedelta(seconds=rule.window_s)
    over = [share for share in _shares(rule, start, at, None) if _too_much(share, rule)]
    fresh = [found for share in over if (found := _recounted(share, rule, start, at)) is not None]
    by_agent: dict[str, list[tuple[Share, datetime]]] = defaultdict(list)
    for share, since in fresh:
        by_agent[share.agent].append((share, since))
    for agent, shares in by_agent.items():
        target = Target("agent", agent) if len(shares) > 1 else Target("workflow", shares[0][0].workflow)
        yield _share_finding(rule, target, [share for share, _ in shares], min(since for _, since in shares))


def _shares(rule: Rule, since: datetime, at: datetime, workflow_id: UUID | None) -> Sequence[Share]:
    if rule.name == "revert_share":
        return counts.reverts(since=since, at=at, workflow_id=workflow_id)
    errors, clashes = counts.outcomes(since=since, at=at, workflow_id=workflow_id)
    return errors if rule.name == "error_share" else clashes


def _too_much(share: Share, rule: Rule) -> bool:
    return share.total >= rule.least and share.count > 0 and share.bp >= rule.limit


def _recounted(share: Share, rule: Rule, start: datetime, at: datetime) -> tuple[Share, datetime] | None:
    """The share since people last thawed the workflow or its agent, if it is still too much; None if it is stopped."""
    targets = [Target("agent", share.agent), Target("workflow", share.workflow)]
    if already_stopped(targets):
        return None
    since = counted_from(targets, start)
    if since == start:
        return share, since
    again = [each for each in _shares(rule, since, at, share.workflow_id) if _too_much(each, rule)]
    return (again[0], since) if again else None


def _share_finding(rule: Rule, target: Target, shares: Sequence[Share], since: datetime) -> Finding:
    count, total = sum(share.count for share in shares), sum(share.total for share in shares)
    last = max((share.proposal_id for share in shares if share.proposal_id is not None), key=str)
    return Finding(
        rule=rule, target=target, value=count * 10_000 // total, count=count, total=total, since=since, proposal_id=last
    )


# Oscillation: the one workflow that writes it, or the segment of the item where several do.


def _by_oscillation(rule: Rule, at: datetime) -> Iterator[Finding]:
    start = at - timedelta(seconds=rule.window_s)
    # So many returns need at least half as many writes: each brings at most two new values.
    for (resource_id, field, _), steps in counts.steps(since=start, at=at, least=rule.limit // 2 + 1).items():
        if returns(steps) < rule.limit:
            continue
        target = _writer_of(steps) or _segment_of([resource_id])
        if target is None or already_stopped([target, *_workflows(steps)]):
            continue
        since = counted_from([target], start)
        left = [step for step in steps if step.at > since]
        if returns(left) >= rule.limit:
            yield Finding(
                rule=rule,
                target=target,
                value=returns(left),
                count=returns(left),
                total=len(left),
                since=since,
                proposal_id=left[-1].proposal_id,
                subject=f"{_sku_of(resource_id)} {field}",
                behind=frozenset(step.workflow for step in left if step.workflow),
            )


def _writer_of(steps: Iterable[Step]) -> Target | None:
    writers = {step.workflow for step in steps}
    return Target("workflow", writers.pop()) if len(writers) == 1 and "" not in writers else None


def _workflows(steps: Iterable[Step]) -> list[Target]:
    """Where one of several writers is frozen already, the swing has ended."""
    keys = {step.workflow for step in steps if step.workflow}
    agents = Agent.objects.filter(workflows__key__in=keys).values_list("key", flat=True).distinct()
    return [*(Target("workflow", key) for key in keys), *(Target("agent", key) for key in agents)]


# Many agents on one SKU: its segment.


def _by_crowd(rule: Rule, at: datetime) -> Iterator[Finding]:
    start = at - timedelta(seconds=rule.window_s)
    for crowd in counts.crowds(since=start, at=at, limit=rule.limit):
        target = _segment_of(crowd.resource_ids)
        if target is None or already_stopped([target]):
            continue
        since = counted_from([target], start)
        for left in [crowd] if since == start else _again(crowd, rule, since, at):
            yield Finding(
                rule=rule,
                target=target,
                value=left.agents,
                count=left.agents,
                total=left.agents,
                since=since,
                proposal_id=left.proposal_id,
                subject=left.sku,
                behind=left.workflows,
            )


def _again(crowd: Crowd, rule: Rule, since: datetime, at: datetime) -> Sequence[Crowd]:
    return counts.crowds(since=since, at=at, limit=rule.limit, resource_ids=crowd.resource_ids)


def _segment_of(resource_ids: Iterable[UUID]) -> Target | None:
    """The narrowest segment these things are in."""
    keys = Segment.objects.filter(resources__in=list(resource_ids)).values_list("key", flat=True).distinct()
    narrowest = max(keys, key=lambda key: (key.count("/"), len(key), key), default=None)
    return Target("segment", narrowest) if narrowest else None


def _sku_of(resource_id: UUID) -> str:
    sku, key = Resource.objects.values_list("sku", "key").get(pk=resource_id)
    return sku or key


def _begin() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ONE_AT_A_TIME])
        return bool(cursor.fetchone()[0])


def _end() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [ONE_AT_A_TIME])
