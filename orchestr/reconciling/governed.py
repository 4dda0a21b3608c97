"""Which tables the row history watches, and why the others are not among them.

`noted` columns hold what people and agents wrote, secrets, personal data or whole documents: their change is told,
their value is not. `skipped` ones are leases, counters and signs of life, which no event tells.
"""

from audit.rows.watch import Watched


def _watched(table: str, *, key: str = "id", noted: str = "", skipped: str = "") -> Watched:
    return Watched(table=table, key=key, noted=frozenset(noted.split()), skipped=frozenset(skipped.split()))


GOVERNED = (
    # What people decide on, and what they decided.
    _watched(
        "orchestr_proposal", noted="touches", skipped="revision turn rank due_at expires_at escalated_at evidence_until"
    ),
    _watched(
        "orchestr_version",
        noted="canonical summary rationale plan objectives alternatives predictions narrowing",
    ),
    _watched("orchestr_decision", noted="reason reason_salt constraints"),
    _watched("orchestr_exception", noted="reason"),
    _watched("orchestr_exception_confirmation"),
    # What was written to systems, put back, let out in shares.
    _watched("orchestr_execution", noted="why", skipped="held_by reason fence lease_until worker next_at started_at"),
    _watched(
        "orchestr_execution_item",
        noted="message around",
        skipped="ref observed token attempts sent_by accepted_at checked_at staging read_by changed_at changed_by",
    ),
    _watched("orchestr_revert", noted="why"),
    _watched("orchestr_rollout", noted="why", skipped="numbers looked_at looks next_look_at"),
    _watched("orchestr_rollout_voice"),
    _watched("orchestr_measurement", noted="numbers margins lines"),
    _watched("orchestr_incident", noted="why review_text"),
    _watched("orchestr_evidence_hold"),
    _watched("orchestr_drill", skipped="phase score target"),
    _watched("orchestr_behaviour_threshold", key="rule"),
    _watched("orchestr_publication_window"),
    # What is stopped, locked and promised; what takes two persons.
    _watched("orchestr_freeze", noted="why", skipped="judged_at"),
    _watched("orchestr_planned_freeze", noted="why name"),
    _watched("orchestr_commitment", noted="why lift_reason", skipped="judged_at"),
    _watched("orchestr_legal_hold", noted="why"),
    _watched("orchestr_control_change", noted="reason before after"),
    _watched("orchestr_acknowledgement", noted="why"),
    # Agents, what they may do, and the rules.
    _watched("orchestr_agent", noted="description"),
    _watched("orchestr_agent_token", noted="sha256", skipped="last_used_at"),
    _watched("orchestr_scope", skipped="last_used_at"),
    _watched("orchestr_scope_segment"),
    _watched("orchestr_segment_rule", key="segment_id", noted="conditions", skipped="evaluated_at unknown"),
    _watched("orchestr_workflow", noted="goal success_criteria runbook"),
    _watched("orchestr_workflow_segment"),
    _watched("orchestr_trigger", noted="definition", skipped="next_at cursor looked_at changed_at"),
    _watched("orchestr_workflow_version", noted="definition"),
    _watched("orchestr_policy_version", noted="rules examples"),
    _watched("orchestr_run", noted="summary", skipped="lease lease_until step_count budget touched"),
    # People and their rights.
    _watched("orchestr_person", noted="name salt", skipped="zone locale"),
    _watched("orchestr_account", noted="password username email", skipped="last_login shortcuts"),
    _watched("orchestr_account_groups"),
    _watched("orchestr_account_user_permissions"),
    _watched("orchestr_segment_account_grant"),
    _watched("orchestr_segment_group_grant"),
    _watched("auth_group"),
    _watched("auth_group_permissions"),
    # Systems, and who is right about what.
    _watched(
        "orchestr_system",
        noted="url settings degraded_reason",
        skipped="refreshed_at swept_at refreshing_until degraded_since asked_at",
    ),
    _watched("orchestr_rate_limit", key="system_id", skipped="owed_until"),
)

_SEEN = "what systems say, read anew all the time; their own record is the truth"
_DERIVED = "made from governed rows and made again from them when lost"
_OWN = "one person's own view of the work; nothing rests on it"
_QUEUE = "a queue of hints and calls: what counts of it has its events"
_SIGN = "a sign of life"
_FRAME = "of the framework; holds no right and no fact"
_LOG = "the log itself, which nobody changes"

NOT_GOVERNED = {
    "orchestr_agent_rate": "How often an agent may call: set with its own event; the rest of the row is a sign of life.",
    "orchestr_scope_refusal": "How often a scope was asked too much of: a sum beside the refusals' own events.",
    "orchestr_token_use": "From where a token was used: a sign of life.",
    "orchestr_resource": _SEEN,
    "orchestr_resource_segment": _SEEN,
    "orchestr_rule_member": "what a rule holds, worked out from what systems say; each change has its event with a digest",
    "orchestr_system_resource": _SEEN,
    "orchestr_field_value": _SEEN,
    "orchestr_value_history": _SEEN,
    "orchestr_sales": _SEEN,
    "orchestr_segment_sales": _SEEN,
    "orchestr_drift": _SEEN,
    "orchestr_measurement_due": "which looks are to come, found again from what was published; what each finds is governed",
    "orchestr_drift_scan": _SIGN,
    "orchestr_tool": "what a connector declares, read from it again and again; each version has its event",
    "orchestr_tool_version": "what a connector declared, once for each time that it differed",
    "orchestr_site": "set up by whoever deploys, from a file",
    "orchestr_segment": _SEEN,
    "orchestr_field_owner": "set up by whoever deploys, from what a connector declares",
    "orchestr_version_evidence": "the digest of the version names its evidence",
    "orchestr_discrepancy": "what a look found: its event holds the digest, and the next look finds it again",
    "orchestr_differing_row": "the rows of a discrepancy: its digest names them",
    "orchestr_verdict": "its event holds tier, findings and the digest of its facts; it is judged anew before a write",
    "orchestr_emptied": "which texts were emptied already; its event names the proposals",
    "orchestr_segment_set": _DERIVED,
    "orchestr_trigger_window": "near-duplicates being counted; what they start has its events",
    "orchestr_trigger_cap_use": _DERIVED,
    "orchestr_exposure": _DERIVED,
    "orchestr_exposure_use": _DERIVED,
    "orchestr_exposure_total": _DERIVED,
    "orchestr_plan_line": _DERIVED,
    "orchestr_promotion_reach": _DERIVED,
    "orchestr_brief": "a wish and its approval, told by their events; the runs it starts are governed",
    "orchestr_brief_segment": "each event of the brief holds the digest of what was asked",
    "orchestr_arbitration": "a choice between proposals, told whole by its event; what it blocks is governed",
    "orchestr_arbitration_party": "who was held together; each event of the arbitration names them",
    "orchestr_rejudging": _SIGN,
    "orchestr_breaker": "the state of a connection; each opening and closing has its event",
    "orchestr_trip": _DERIVED,
    "orchestr_awaited_revert": _QUEUE,
    "orchestr_event": "what arrived from outside; the run it starts is governed",
    "orchestr_step": "what an agent says of itself; nothing rests on it",
    "orchestr_evidence": "each piece names the hash of its value, and the version names the piece",
    "orchestr_budget_use": _DERIVED,
    "orchestr_simulation": "a trial; nothing rests on it",
    "orchestr_claim": _OWN,
    "orchestr_notice": _QUEUE,
    "orchestr_page": _QUEUE,
    "orchestr_call": _QUEUE,
    "orchestr_delivery": _QUEUE,
    "orchestr_shift": "read from calendars; who was called has its events",
    "orchestr_rota_feed": "an address of a calendar, which is a secret",
    "orchestr_webhook": "an address to be told, which may be a secret; each change of it has its event",
    "orchestr_webhook_delivery": _QUEUE,
    "orchestr_idempotency_key": "an answer given once, kept to be given again",
    "orchestr_body_part": "a draft of an agent, which nobody sees",
    "orchestr_pulse": _SIGN,
    "reviews_comment": _OWN,
    "reviews_snooze": _OWN,
    "reviews_look": _OWN,
    "reviews_unsent": _OWN,
    "audit_event": _LOG,
    "audit_leaf": _LOG,
    "audit_subtree": _LOG,
    "audit_checkpoint": _LOG,
    "audit_key": _LOG,
    "audit_row_change": _LOG,
    "audit_unexplained": _LOG,
    "audit_export": "a file of sealed events, which prove themselves; asking, making and each download have their events",
    "auth_permission": _FRAME,
    "django_content_type": _FRAME,
    "django_session": _FRAME,
    "guardian_userobjectpermission": _FRAME,
    "guardian_groupobjectpermission": _FRAME,
    "axes_accessattempt": _FRAME,
    "axes_accesslog": _FRAME,
    "axes_accessfailurelog": _FRAME,
    "axes_accessattemptexpiration": _FRAME,
}
