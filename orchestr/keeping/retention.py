# ruff: noqa: S608 - statements are made of constants; every value is a parameter
"""What is emptied when its time is over: free text of settled work, and personal data. Events, states and digests stay.

The texts of a proposal go together, in one transaction with one event, once it and everything it shares evidence with
has been settled for the whole period. A legal hold and the evidence hold of an incident keep what they cover.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from audit.record import Actor, record
from orchestr.keeping.hold import is_held, line_up_after_holds
from orchestr.keeping.models import Emptied

BY = Actor.worker("retention")
BATCH = 200


def _held(proposal: str) -> str:
    """Whether a hold covers this proposal: it itself, who proposed it, or who decided on it."""
    return f"""EXISTS (
    SELECT FROM orchestr_legal_hold h JOIN orchestr_proposal hp ON hp.id = {proposal}
    WHERE h.lifted_at IS NULL AND (
        h.kind = 'proposal' AND h.key = hp.id::text
        OR h.kind = 'person' AND (
            h.key = hp.person_id::text
            OR EXISTS (SELECT FROM orchestr_decision d WHERE d.proposal_id = hp.id AND h.key = d.person_id::text)
        )
    )
)"""


# The sign-ins of a person whom a hold covers, by any of their accounts.
_HELD_SIGN_IN = """EXISTS (
    SELECT FROM orchestr_legal_hold h JOIN orchestr_account a ON a.person_id::text = h.key
    WHERE h.lifted_at IS NULL AND h.kind = 'person' AND lower(a.username) = lower(axes.username)
)"""

_DUE = f"""
SELECT p.id FROM orchestr_proposal p
WHERE p.state IN ('published', 'reverted', 'blocked') AND p.settled_at < %(before)s
AND NOT EXISTS (SELECT FROM orchestr_emptied e WHERE e.proposal_id = p.id)
AND NOT EXISTS (
    SELECT FROM orchestr_execution e WHERE e.proposal_id = p.id AND (e.ended_at IS NULL OR e.ended_at >= %(before)s)
)
AND NOT {_held("p.id")}
AND NOT EXISTS (
    SELECT FROM orchestr_proposal o WHERE o.run_id = p.run_id
    AND (o.settled_at IS NULL OR o.settled_at >= %(before)s)
)
AND NOT EXISTS (SELECT FROM orchestr_incident i WHERE i.proposal_id = p.id AND i.closed_at IS NULL)
ORDER BY p.settled_at, p.id LIMIT %(most)s
"""
_OF_RUNS = "IN (SELECT run_id FROM orchestr_proposal WHERE id = ANY(%(ids)s) AND run_id IS NOT NULL)"
_EXECUTIONS = "IN (SELECT id FROM orchestr_execution WHERE proposal_id = ANY(%(ids)s))"
_TEXTS = (
    "UPDATE orchestr_version SET summary = '', rationale = '', objectives = '{}', alternatives = '[]',"
    " narrowing = (SELECT coalesce(jsonb_agg(jsonb_set(part, '{reason}', '\"\"')), '[]')"
    " FROM jsonb_array_elements(narrowing) AS part) WHERE proposal_id = ANY(%(ids)s)",
    # With its salt the digest that the log holds of a reason can no longer be tried against a guess.
    "UPDATE orchestr_decision SET reason = '', reason_salt = '' WHERE proposal_id = ANY(%(ids)s)",
    "UPDATE orchestr_exception SET reason = '' WHERE proposal_id = ANY(%(ids)s)",
    "UPDATE reviews_comment SET text = '' WHERE proposal_id = ANY(%(ids)s)",
    "UPDATE orchestr_execution SET why = '' WHERE proposal_id = ANY(%(ids)s) AND why <> ''",
    f"UPDATE orchestr_execution_item SET message = '' WHERE execution_id {_EXECUTIONS} AND message <> ''",
    f"UPDATE orchestr_rollout SET why = '' WHERE execution_id {_EXECUTIONS} AND why <> ''",
    f"UPDATE orchestr_run SET summary = '' WHERE id {_OF_RUNS} AND summary <> ''",
    f"UPDATE orchestr_step SET note = '' WHERE run_id {_OF_RUNS} AND note <> ''",
    f"UPDATE orchestr_event SET data = '{{}}', subject = '' WHERE id IN (SELECT event_id FROM orchestr_run r WHERE r.id {_OF_RUNS})",
    f"UPDATE orchestr_evidence e SET value = NULL WHERE kind = 'claimed' AND value IS NOT NULL AND run_id {_OF_RUNS}"
    " AND NOT EXISTS (SELECT FROM orchestr_evidence_hold h WHERE h.evidence_id = e.id)",
    "UPDATE orchestr_evidence e SET value = NULL WHERE kind = 'claimed' AND value IS NOT NULL AND run_id IS NULL"
    " AND id IN (SELECT ve.evidence_id FROM orchestr_version_evidence ve JOIN orchestr_version v ON v.id = ve.version_id"
    " WHERE v.proposal_id = ANY(%(ids)s))"
    " AND NOT EXISTS (SELECT FROM orchestr_evidence_hold h WHERE h.evidence_id = e.id)",
)  # fmt: skip
# What stands by itself; few rows, looked through once a day.
_REASONS = (
    "UPDATE orchestr_control_change SET reason = '' WHERE settled_at < %(before)s AND reason <> ''",
    "UPDATE orchestr_acknowledgement SET why = '' WHERE at < %(before)s AND why <> ''",
    "UPDATE orchestr_freeze SET why = '' WHERE thawed_at < %(before)s AND why <> ''",
    "UPDATE orchestr_planned_freeze SET why = '' WHERE ends_at < %(before)s AND why <> ''",
    "UPDATE orchestr_commitment SET why = '' WHERE until < %(before)s AND why <> ''",
    "UPDATE orchestr_incident i SET why = '', review_text = '' WHERE closed_at < %(before)s"
    f" AND (why <> '' OR review_text <> '') AND NOT {_held('i.proposal_id')}",
    "UPDATE orchestr_revert r SET why = '' WHERE why <> '' AND requested_at < %(before)s"
    " AND NOT EXISTS (SELECT FROM orchestr_execution e WHERE e.revert_id = r.id"
    " AND NOT EXISTS (SELECT FROM orchestr_emptied m WHERE m.proposal_id = e.proposal_id))",
    # Answers that agents were given, kept to be given again.
    "DELETE FROM orchestr_idempotency_key WHERE at < %(before)s",
    "DELETE FROM orchestr_body_part WHERE at < %(before)s",
)
_PERSONAL = (
    "UPDATE orchestr_execution_item i SET changed_by = '' FROM orchestr_execution e WHERE e.id = i.execution_id"
    f" AND i.settled_at < %(before)s AND i.changed_by <> '' AND NOT {_held('e.proposal_id')}",
    "UPDATE orchestr_drift t SET changed_by = '' WHERE seen_at < %(before)s AND changed_by <> ''"
    f" AND NOT {_held('t.proposal_id')}",
    *(
        f"DELETE FROM {table} axes WHERE attempt_time < %(before)s AND NOT {_HELD_SIGN_IN}"
        for table in ("axes_accessattempt", "axes_accessfailurelog", "axes_accesslog")
    ),
    "DELETE FROM django_session WHERE expire_date < %(before)s",
)


@dataclass(frozen=True, slots=True)
class Gone:
    """What one day's work took away: proposals whose texts were emptied, and other rows."""

    proposals: int
    rows: int


def empty_due(*, at: datetime) -> Gone:
    """Empty all whose time is over at `at`, batch by batch, each a transaction with its event. Nothing under `all`."""
    proposals = rows = 0
    if settings.RETAIN_TEXT_DAYS:
        before = at - timedelta(days=settings.RETAIN_TEXT_DAYS)
        while batch := _empty_batch(before, at):
            proposals += len(batch)
        rows += _empty_rows(_REASONS, "text", before, at)
    if settings.RETAIN_PERSONAL_DAYS:
        rows += _empty_rows(_PERSONAL, "personal", at - timedelta(days=settings.RETAIN_PERSONAL_DAYS), at)
    return Gone(proposals, rows)


def _empty_batch(before: datetime, at: datetime) -> Sequence[UUID]:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        line_up_after_holds()
        if is_held():
            return []
        cursor.execute(_DUE, {"before": before, "most": BATCH})
        ids = [id for (id,) in cursor.fetchall()]
        if not ids:
            return []
        for statement in _TEXTS:
            cursor.execute(statement, {"ids": ids})
        Emptied.objects.bulk_create([Emptied(proposal_id=id, at=at) for id in ids])
        record(action="text.emptied", actor=BY, at=at, about={}, data={"kind": "text", "proposals": ids})
    return ids


def _empty_rows(statements: Sequence[str], kind: str, before: datetime, at: datetime) -> int:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        line_up_after_holds()
        if is_held():
            return 0
        count = 0
        for statement in statements:
            cursor.execute(statement, {"before": before})
            count += cursor.rowcount
        if count:
            record(action="text.emptied", actor=BY, at=at, about={}, data={"kind": kind, "count": count})
    return count
