"""What the door answers with: plain wire shapes, built from rows that are fully loaded."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from orchestr.agents.scopes import reach_of, readable
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.execution.rollout.models import Rollout
from orchestr.policy.facts.proposal import Facts
from orchestr.policy.findings import Finding
from orchestr.policy.findings import Verdict as PolicyVerdict
from orchestr.policy.lower import Demand, demand_of, lower
from orchestr.policy.ruleset import Policy
from orchestr.policy.values import Json, Money
from orchestr.policy.words.findings import say
from orchestr.policy.words.lower import say_lower
from orchestr.proposals.exceptions.models import PolicyException
from orchestr.proposals.models import Decision, Proposal, Verdict, Version
from orchestr.runs import budgets
from orchestr.runs.models import Run
from orchestr.triggers.cause import cause_of


def moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def page_url(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"


def run(row: Run) -> dict[str, Json]:
    return {
        "id": str(row.pk),
        "state": row.state,
        "reason": row.reason or None,
        "workflow": {"id": str(row.workflow_id), "key": row.workflow.key, "version": row.workflow_version},
        "escalation_owner": row.escalation_owner.name,
        "rollback_owner": row.rollback_owner.name,
        "budget": [each.wire() for each in budgets.of_run(row, at=timezone.now())],
        "sandbox_only": row.sandbox_only,
        "url": page_url(f"/runs/{row.pk}/"),
    }


def proposed(row: Run) -> list[dict[str, Json]]:
    """The proposals of a run that was loaded with them, oldest first."""
    rows = sorted(row.proposals.all(), key=lambda each: each.pk)
    return [{"id": str(each.pk), "state": each.state, "url": page_url(f"/reviews/{each.pk}/")} for each in rows]


def cause(row: Run) -> dict[str, Json]:
    """The event a run is about. Of near-duplicates it is the last, with the number of those that were collapsed."""
    told = cause_of(row)
    return {
        "event": {
            "id": told.event.given_id,
            "type": told.event.type,
            "source": told.event.source,
            "subject": told.event.subject or None,
            "data": told.event.data,
        },
        "trigger": told.trigger,
        "collapsed": told.collapsed,
        "left_out": [{"target": target, "reason": reason} for target, reason in told.left_out],
    }


def findings(raw: Sequence[Mapping[str, Json]], classes: Collection[str]) -> list[dict[str, Json]]:
    """Findings in the API's shape. A value that would tell the cost is withheld without that right."""
    return [_finding(Finding.from_wire(each), classes) for each in raw]


def _finding(finding: Finding, classes: Collection[str]) -> dict[str, Json]:
    hidden = bool(finding.discloses) and finding.discloses not in classes
    wire = finding.to_wire()
    return {
        "rule": finding.rule,
        "code": finding.code,
        "params": {} if hidden else wire["params"],
        "effect": finding.effect,
        "functions": wire["functions"],
        "items": wire["items"],
        "message": f"The rule {finding.rule} looks at cost, which is not shown here." if hidden else say(finding),
        "value": None if hidden else wire["value"],
        "threshold": None if hidden else wire["threshold"],
        "unit": finding.unit,
        "weight": finding.weight,
    }


def lowering(facts: Facts, policy: Policy, verdict: PolicyVerdict, classes: Collection[str]) -> list[dict[str, Json]]:
    """What would lower the tier: for each finding that carries it, the last value that is one effect less.

    `alone` says whether the whole proposal would then need less; `message` says all of it. A finding that would
    tell the cost is left out without that right.
    """
    now, sees_cost = demand_of(verdict), "cost" in classes
    return [
        {
            "rule": each.finding.rule,
            "code": each.finding.code,
            "items": list(each.finding.items),
            "parameters": list(each.parameters),
            "limit": each.side or None,
            "value": each.bound.wire() if isinstance(each.bound, Money) else each.bound,
            "unit": each.finding.unit,
            "effect": each.to,
            "alone": each.alone and _may_be_told(each.then, sees_cost),
            "message": " ".join(say_lower(each, now=now, sees_cost=sees_cost)),
        }
        for each in lower(facts, policy, verdict)
        if not each.finding.discloses or each.finding.discloses in classes
    ]


def _may_be_told(demand: Demand | None, sees_cost: bool) -> bool:
    return demand is not None and (sees_cost or not demand.discloses)


def field_classes(proposal_agent: Any, at: datetime) -> frozenset[str]:
    return readable(reach_of(proposal_agent, at=at))[1]


def submitted(
    proposal: Proposal, version: Version, classes: Collection[str], *, verdict: Verdict | None = None
) -> dict[str, Json]:
    """The answer to a submission or revision. `verdict` is the version's latest, if it is at hand."""
    verdict = verdict or version.verdicts.order_by("-at", "-id").first()
    return {
        "id": str(proposal.pk),
        "version": proposal.number,
        "digest": proposal.digest,
        "revision": proposal.revision,
        "state": proposal.state,
        "blocked_reason": proposal.blocked_reason or None,
        "turn": proposal.turn,
        "tier": proposal.tier,
        "functions": proposal.functions,
        "risk": proposal.risk,
        "findings": findings(verdict.findings if verdict else (), classes),
        "plan": version.plan,
        "withheld": (version.bounds or {}).get("withheld", []),
        "fallback": fallback(version),
        "lineage": version.lineage or None,
        "sandbox_only": proposal.sandbox_only,
        "url": page_url(f"/reviews/{proposal.pk}/"),
    }


def fallback(version: Version) -> dict[str, Json] | None:
    """What holds since a step or a feed of its run failed, and which."""
    bounds = version.bounds or {}
    return {"kind": bounds["fallback"], "cause": bounds["cause"]} if bounds.get("fallback") else None


def exception(row: PolicyException) -> dict[str, Json]:
    """One exception as its proposer knows it: who confirms it, and until when it counts."""
    return {
        "id": str(row.pk),
        "proposal": str(row.proposal_id),
        "rule": row.rule,
        "state": row.state,
        "functions": row.functions,
        "items": len(row.items),
        "until": moment(row.until),
        "url": page_url(f"/policy/exceptions/#exception-{row.pk}"),
    }


def whole(proposal: Proposal, version: Version, classes: Collection[str]) -> dict[str, Json]:
    """Everything the proposer may know of its proposal now."""
    decisions = proposal.decisions.filter(version=version).select_related("person").order_by("at", "id")
    executions = proposal.executions.select_related("rollout").prefetch_related("items").order_by("queued_at", "id")
    return {
        **submitted(proposal, version, classes),
        "summary": version.summary,
        "submitted_at": moment(proposal.submitted_at),
        "due_at": moment(proposal.due_at),
        "expires_at": moment(proposal.expires_at),
        "not_before": moment(proposal.not_before),
        "rollout": version.rollout,
        "narrowing": version.narrowing,
        "decisions": [_decision(row) for row in decisions],
        "exceptions": [exception(row) for row in proposal.exceptions.order_by("requested_at", "id")],
        "executions": [_execution(row) for row in executions],
    }


def _decision(row: Decision) -> dict[str, Json]:
    standing = "voided" if row.voided_at else "taken_back" if row.taken_back_at else "standing"
    return {
        "verdict": row.verdict,
        "reason_code": row.reason_code or None,
        "reason": row.reason,
        "constraints": row.constraints,
        "function": row.functions[0] if row.functions else None,
        "functions": row.functions,
        "standing": standing,
        "at": moment(row.at),
        "by": row.person.name,
    }


def _execution(row: Execution) -> dict[str, Json]:
    return {
        "id": str(row.pk),
        "kind": row.kind,
        "state": row.state,
        "held_by": row.held_by or None,
        "rollout": rollout(row.rollout) if hasattr(row, "rollout") else None,
        "items": [_item(item) for item in sorted(row.items.all(), key=lambda item: item.index)],
    }


def rollout(row: Rollout) -> dict[str, Json]:
    """How far a set is that goes out in shares: its terms, since when it is held, and the numbers of the last look."""
    return {
        "state": row.state,
        "terms": row.terms,
        "asked_by": row.asked_by,
        "first": row.first_items,
        "later": row.later_items,
        "held_at": moment(row.held_at),
        "holds_until": moment(row.holds_until),
        "looked_at": moment(row.looked_at),
        "numbers": row.numbers,
        "reason": row.reason or None,
        "settled_at": moment(row.settled_at),
    }


def _item(item: ExecutionItem) -> dict[str, Json]:
    open_states = ("pending", "intended")
    return {
        "change": item.index,
        "operation_key": str(item.pk),
        "state": item.state,
        "outcome": None if item.state in open_states else item.state,
        "observed": item.observed,
        "intended_at": moment(item.intended_at),
        "settled_at": moment(item.settled_at),
        "message": item.message or item.outcome_code,
    }
