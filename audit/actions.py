"""Every action the audit log knows, in the past tense, with the typed parameters each may carry.

One line an action: name, the words the explorer shows, parameters. Recording an action that is not
here, or a parameter that its line does not name, raises: to record more, add it here. Every action
may also carry what `COMMON` names. `ABOUT` lists what an event can be about. A line is never taken
out or renamed: events of years ago still speak of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audit.parameters import (
    COUNTS,
    DIGEST,
    FLAG,
    FLAT,
    IDS,
    NUMBER,
    NUMBERS,
    ROWS,
    TIME,
    WORD,
    WORDS,
    ParameterKind,
)

ABOUT = frozenset(
    [
        "account",
        "agent",
        "breaker",
        "change",
        "claim",
        "comment",
        "commitment",
        "connector",
        "control_change",
        "decision",
        "discrepancy",
        "drill",
        "event",
        "evidence",
        "exception",
        "execution",
        "export",
        "exposure",
        "freeze",
        "grant",
        "group",
        "hold",
        "incident",
        "item",
        "measurement",
        "notice",
        "page",
        "parent",
        "person",
        "policy",
        "proposal",
        "resource",
        "revert",
        "revert_of",
        "rota",
        "rule",
        "run",
        "scope",
        "segment",
        "shift",
        "sibling",
        "site",
        "step",
        "system",
        "token",
        "tool",
        "trigger",
        "view",
        "workflow",
    ]
)

COMMON: Mapping[str, ParameterKind] = {
    "version": NUMBER,
    "revision": NUMBER,
    "digest": DIGEST,
    "state": WORD,
    "was": WORD,
    "tier": WORD,
    "functions": WORDS,
    "risk": NUMBER,
    "kind": WORD,
    "key": WORD,
    "code": WORD,
    "reason": WORD,
    "reason_code": WORD,
    "text_digest": DIGEST,
    "before_digest": DIGEST,
    "after_digest": DIGEST,
    "authority": WORD,
    "count": NUMBER,
    "changes": NUMBER,
    "until": TIME,
    "channel": WORD,
    "superuser": FLAG,
}


@dataclass(frozen=True, slots=True)
class Action:
    """One line of the table: `parameters` are its own and the common ones."""

    name: str
    words: Promise
    parameters: Mapping[str, ParameterKind]


def _line(name: str, words: Promise, **own: ParameterKind) -> Action:
    return Action(name, words, {**COMMON, **own})


_LINES = (
    # Proposals: every arrow of the chart, and what people do around them.
    _line("proposal.submitted", _("Proposal submitted"), atomicity=WORD, confidence_bp=NUMBER, systems=WORDS, evidence=IDS, policy_version=NUMBER),
    _line("proposal.judged", _("Proposal judged by policy"), verdict=WORD, policy_version=NUMBER, facts_digest=DIGEST, findings=ROWS),
    _line("proposal.approved", _("Proposal approved"), decisions=IDS, policy_version=NUMBER),
    _line("proposal.blocked", _("Proposal blocked"), by_policy=FLAG, findings=ROWS, constraints=ROWS),
    _line("proposal.decision.recorded", _("Decision recorded"), verdict=WORD, function=WORD, constraints=ROWS, seconds=NUMBER, share_bp=NUMBER, hold_s=NUMBER),
    _line("proposal.decision.taken_back", _("Decision taken back"), verdict=WORD, function=WORD),
    _line("proposal.decision.voided", _("Decision voided"), verdict=WORD, function=WORD),
    _line("proposal.changes_requested", _("Changes requested"), constraints=ROWS),
    _line("proposal.narrowed", _("Proposal narrowed"), dropped=NUMBERS, moved=NUMBERS, as_editor=FLAG, reasons=FLAT, policy_version=NUMBER),
    _line("proposal.overridden", _("Proposal overridden by its reviewer"), moved=NUMBERS, reasons=FLAT),
    _line("proposal.claimed", _("Proposal claimed")),
    _line("proposal.released", _("Claim released")),
    _line("proposal.snoozed", _("Proposal snoozed")),
    _line("proposal.delegated", _("Proposal delegated")),
    _line("proposal.escalated", _("Proposal escalated"), level=NUMBER),
    _line("proposal.version_added", _("New version of the proposal"), confidence_bp=NUMBER, evidence=IDS, policy_version=NUMBER),
    _line("proposal.withdrawn", _("Proposal withdrawn")),
    _line("proposal.expired", _("Proposal expired")),
    _line("proposal.superseded", _("Proposal superseded")),
    _line("proposal.reopened", _("Proposal opened again by an exception"), policy_version=NUMBER),
    _line("proposal.requeued", _("Proposal back in the queue"), policy_version=NUMBER, findings=ROWS),
    _line("proposal.published", _("Proposal published"), applied=NUMBER, not_applied=NUMBER, outcomes=COUNTS),
    _line("proposal.reverted", _("Proposal reverted"), restored=NUMBER, kept=NUMBER, outcomes=COUNTS),
    _line("exception.requested", _("Exception requested"), changes_listed=NUMBERS),
    _line("exception.granted", _("Exception granted"), changes_listed=NUMBERS),
    _line("exception.confirmed", _("Exception confirmed by one person")),
    _line("exception.rejected", _("Exception rejected")),
    _line("exception.ended", _("Exception ended")),
    _line("comment.added", _("Comment added"), line=NUMBER, blocker=FLAG),
    _line("comment.resolved", _("Comment resolved")),
    # Executions: one attempt to apply or revert, item by item.
    _line("execution.queued", _("Execution queued"), items=NUMBERS, policy_version=NUMBER),
    _line("execution.claimed", _("Execution claimed by a worker"), fence=NUMBER, attempt=NUMBER, policy_version=NUMBER),
    _line("execution.held", _("Execution held"), held_by=WORD),
    _line("execution.released", _("Execution released"), fence=NUMBER, held_by=WORD),
    _line("execution.intent", _("Write intended"), item=NUMBER, attempt=NUMBER, fence=NUMBER, operation_key=WORD, system=WORD, guarantee=WORD, policy_version=NUMBER),
    _line("execution.intent_withdrawn", _("Intent withdrawn: nothing was sent"), item=NUMBER, operation_key=WORD),
    _line("execution.item_settled", _("Item settled"), item=NUMBER, attempt=NUMBER, outcome=WORD, operation_key=WORD, observed_digest=DIGEST, by_person=FLAG, read=WORD),
    _line("execution.item_staged", _("Value staged"), item=NUMBER, operation_key=WORD, system=WORD),
    _line("execution.item_unstaged", _("Staged value taken back"), item=NUMBER, system=WORD),
    _line("execution.needs_person", _("Execution needs a person"), items=NUMBERS, outcomes=COUNTS),
    _line("execution.finished", _("Execution finished"), outcomes=COUNTS),
    _line("execution.stopped", _("Execution stopped"), outcomes=COUNTS),
    _line("revert.requested", _("Revert asked for"), proposals=NUMBER, restored=NUMBER, rebased=NUMBER, kept=NUMBER, conflicts=NUMBER, broken_floors=NUMBER),
    _line("rollout.began", _("Rollout begun"), share_bp=NUMBER, hold_s=NUMBER, asked_by=WORDS, first=NUMBER, later=NUMBER),
    _line("rollout.held", _("First share settled and held"), first=NUMBER, later=NUMBER, holds_until=TIME),
    _line("rollout.asked", _("Rollout waits for a person")),
    _line("rollout.voiced", _("Rollout told by a person to go on")),
    _line("rollout.held_longer", _("First share held longer"), holds_until=TIME),
    _line("rollout.went_on", _("Rollout went on"), later=NUMBER),
    _line("rollout.put_back", _("First share put back"), first=NUMBER),
    _line("rollout.ended", _("Rollout ended with its execution")),
    _line("drift.found", _("Published value found changed"), item=NUMBER),
    _line("drift.gone", _("Published value as it was settled again"), item=NUMBER),
    _line("drift.acknowledged", _("Changed values seen by a person")),
    _line("breaker.opened", _("Breaker opened"), failures=NUMBER),
    _line("breaker.closed", _("Breaker closed")),
    # Runs, evidence, events.
    _line("run.queued", _("Run queued"), source=WORD, depth=NUMBER),
    _line("run.leased", _("Run leased to its agent"), lease_until=TIME),
    _line("run.started", _("Run started"), source=WORD, source_event=WORD, source_type=WORD, workflow_version=NUMBER),
    _line("run.finished", _("Run finished"), outcome=WORD, steps=NUMBER, tokens=NUMBER, cost=NUMBER, ms=NUMBER),
    _line("run.failed", _("Run failed"), outcome=WORD),
    _line("run.stopped", _("Run stopped"), outcome=WORD),
    _line("run.expired", _("Run lease expired")),
    _line("step", _("Step reported"), status=WORD, number=NUMBER, tokens=NUMBER, cost=NUMBER, ms=NUMBER),
    _line("evidence.recorded", _("Evidence recorded"), evidence=IDS, resource=WORD, fields=WORDS, source=WORD, observed_at=TIME, expires_at=TIME, sha256=DIGEST),
    _line("evidence.confirmed", _("Evidence read again and found the same"), evidence=IDS, expires_at=TIME),
    _line("evidence.changed", _("Evidence read again and found changed"), evidence=IDS),
    _line("event.received", _("Event received"), source=WORD, type=WORD, outcome=WORD),
    _line("event.coalesced", _("Event coalesced"), source=WORD, type=WORD),
    _line("event.suppressed", _("Event suppressed"), source=WORD, type=WORD),
    _line("event.capped", _("Event capped"), source=WORD, type=WORD),
    _line("event.refused", _("Event refused by its trigger"), source=WORD, type=WORD),
    _line("trigger.created", _("Trigger created"), trigger_version=NUMBER),
    _line("trigger.changed", _("Trigger changed"), trigger_version=NUMBER),
    _line("trigger.paused", _("Trigger paused"), events=NUMBER, per_s=NUMBER),
    _line("trigger.resumed", _("Trigger resumed")),
    _line("outcome.measured", _("Outcome measured"), metric=WORD, value=NUMBER, unit=WORD, hit=FLAG),
    # Agents, their tokens, tools and scopes; workflows and policy.
    _line("agent.registered", _("Agent registered"), stage=WORD),
    _line("agent.changed", _("Agent changed"), stage=WORD, fields=WORDS),
    _line("agent.stage_changed", _("Autonomy stage changed"), stage=WORD),
    _line("agent.disabled", _("Agent disabled")),
    _line("agent.enabled", _("Agent enabled")),
    _line("token.issued", _("Token issued"), prefix=WORD, expires_at=TIME),
    _line("token.revoked", _("Token revoked"), prefix=WORD),
    _line("scope.granted", _("Scope granted"), segments=WORDS, channels=WORDS, field_classes=WORDS, limits=FLAT, expires_at=TIME),
    _line("scope.changed", _("Scope changed"), widened=FLAG, segments=WORDS, channels=WORDS, field_classes=WORDS, limits=FLAT, expires_at=TIME),
    _line("scope.narrowed", _("Scope narrowed"), segments=WORDS, channels=WORDS, field_classes=WORDS, limits=FLAT, expires_at=TIME),
    _line("scope.revoked", _("Scope revoked")),
    _line("workflow.created", _("Workflow created"), workflow_version=NUMBER, stage=WORD),
    _line("workflow.changed", _("Workflow changed"), workflow_version=NUMBER, fields=WORDS, stage=WORD),
    _line("workflow.version_added", _("New version of the workflow"), workflow_version=NUMBER),
    _line("workflow.stage_changed", _("Workflow stage changed"), stage=WORD),
    _line("workflow.disabled", _("Workflow disabled")),
    _line("workflow.enabled", _("Workflow enabled")),
    _line("policy.drafted", _("Policy drafted"), policy_version=NUMBER),
    _line("policy.changed", _("Policy draft changed"), policy_version=NUMBER, fields=WORDS, params=FLAT),
    _line("policy.simulated", _("Policy tried on past proposals"), policy_version=NUMBER, days=NUMBER),
    _line("policy.published", _("Policy published"), policy_version=NUMBER, effective_from=TIME),
    _line("policy.retired", _("Policy retired"), policy_version=NUMBER),
    _line("policy.discarded", _("Policy draft discarded"), policy_version=NUMBER),
    # Control: freezes, two-person changes, incidents.
    _line("freeze.set", _("Freeze set"), target=WORD),
    _line("freeze.lifted", _("Freeze lifted"), target=WORD),
    _line("freeze.planned", _("Freeze planned"), target=WORD, begins_at=TIME, ends_at=TIME),
    _line("freeze.unplanned", _("Planned freeze taken out"), target=WORD, begins_at=TIME, ends_at=TIME),
    _line("calendar.changed", _("Publication windows changed"), target=WORD, minutes=NUMBER),
    _line(
        "behaviour.tripped", _("A breaker froze something by itself"),
        rule=WORD, target=WORD, value=NUMBER, limit=NUMBER, total=NUMBER, window_s=NUMBER, since=TIME,
    ),
    _line(
        "behaviour.threshold_set", _("The threshold of a breaker was changed"),
        rule=WORD, limit=NUMBER, least=NUMBER, window_s=NUMBER,
    ),
    _line("lock.set", _("Lock set")),
    _line("lock.lifted", _("Lock lifted")),
    _line("promise.recorded", _("Promise recorded")),
    _line("promise.withdrawn", _("Promise withdrawn")),
    _line("control_change.requested", _("Control change requested"), target=WORD, functions_needed=WORDS),
    _line("control_change.confirmed", _("Control change confirmed"), target=WORD),
    _line("control_change.rejected", _("Control change rejected"), target=WORD),
    _line("control_change.withdrawn", _("Control change withdrawn"), target=WORD),
    _line("control_change.expired", _("Control change expired"), target=WORD),
    _line("incident.opened", _("Incident opened"), severity=WORD, proposals=IDS, items=NUMBER),
    _line("incident.acknowledged", _("Incident acknowledged")),
    _line("incident.contained", _("Incident contained"), proposals=IDS, freezes=IDS, items=NUMBER, evidence=IDS),
    _line(
        "incident.held_evidence", _("Evidence is kept for an incident"), evidence=IDS,
    ),
    _line("incident.released_evidence", _("Evidence kept for an incident is let go")),
    _line("incident.cancelled_siblings", _("Queued siblings cancelled"), proposals=IDS, runs=IDS, left=NUMBER),
    _line("incident.review_overdue", _("Nobody has reviewed a containment in time")),
    _line("incident.noted", _("Incident note added")),
    _line("incident.reviewed", _("Containment reviewed"), verdict=WORD),
    _line("incident.closed", _("Incident closed")),
    # People: accounts, grants, rota, notices.
    _line("account.created", _("Account created")),
    _line("account.changed", _("Account changed"), fields=WORDS),
    _line("account.disabled", _("Account disabled")),
    _line("account.signed_in", _("Signed in"), method=WORD),
    _line("account.sign_in_failed", _("Sign-in failed"), method=WORD, name_digest=DIGEST),
    _line("account.signed_out", _("Signed out")),
    _line("hold.set", _("Legal hold set"), target=WORD),
    _line("hold.lifted", _("Legal hold lifted"), target=WORD),
    _line("discrepancy.found", _("Rows found that are not what their events tell"), rows=NUMBER),
    _line("discrepancy.acknowledged", _("Discrepancy acknowledged"), rows=NUMBER, asked_by=WORD, made_by=WORD),
    _line("text.emptied", _("Texts emptied: their time was over"), proposals=IDS),
    _line("person.erased", _("Personal data erased"), texts=NUMBER),
    _line("grant.given", _("Grant given"), right=WORD, function=WORD, group=WORD),
    _line("grant.taken", _("Grant taken away"), right=WORD, function=WORD, group=WORD),
    _line("shift.set", _("Shift set"), starts_at=TIME, ends_at=TIME),
    _line("shift.removed", _("Shift removed")),
    _line("rota.feed_added", _("Calendar of shifts added")),
    _line("rota.feed_removed", _("Calendar of shifts removed")),
    _line("rota.feed_failed", _("Calendar of shifts not read")),
    _line("page.opened", _("People are called")),
    _line("page.called", _("Somebody was called"), step=NUMBER),
    _line("page.answered", _("A call was answered")),
    _line("page.exhausted", _("Nobody was left to call")),
    _line("page.delivered", _("A call was delivered"), means=WORD, attempt=NUMBER),
    _line("page.undelivered", _("A call could not be delivered"), means=WORD, attempt=NUMBER),
    _line("page.tried_again", _("A call that was given up is tried again"), means=WORD),
    _line("notice.created", _("Notice created"), urgent=FLAG),
    _line("notice.delivered", _("Notice delivered"), means=WORD),
    _line("notice.failed", _("Notice not delivered"), means=WORD),
    # The house itself.
    _line("log.key_added", _("A key of the log signs from now on")),
    _line("log.alarm", _("The log is not the one that was sealed")),
    _line("export.made", _("Export made"), format=WORD, filter=FLAT, rows=NUMBER, sha256=DIGEST, of=WORD),
    _line("sample.drawn", _("Sample drawn"), seed=WORD, size=NUMBER, root=DIGEST, population=NUMBER, numbers=NUMBERS, since=TIME),
    _line("catalogue.refreshed", _("Catalogue refreshed"), resources=NUMBER, changed=NUMBER, ms=NUMBER, outcome=WORD),
    _line("catalogue.price_history_imported", _("Past prices imported"), rows=NUMBER, known=NUMBER, sha256=DIGEST),
    _line("connector.added", _("System added")),
    _line("connector.changed", _("System changed"), fields=WORDS),
    _line("connector.tried", _("Connection to a system tried"), outcome=WORD, resources=NUMBER),
    _line("connector.paused", _("System paused")),
    _line("connector.put_in_use", _("System put in use"), fields=WORDS),
    _line("connector.refresh_asked", _("A system is to be read again")),
    _line("connector.removed", _("System removed")),
    _line("segment.changed", _("Segment changed"), fields=WORDS),
    _line("refused", _("Refused"), door=WORD, status=NUMBER, params=FLAT),
)  # fmt: skip

ACTIONS: Mapping[str, Action] = {line.name: line for line in _LINES}


class UnknownAction(LookupError):
    """An action, a parameter or an `about` key that the table does not name."""


def action_named(name: str) -> Action:
    """The line of `name`; raises UnknownAction."""
    try:
        return ACTIONS[name]
    except KeyError:
        raise UnknownAction(f"{name!r} is no audit action; audit/actions.py lists them") from None
