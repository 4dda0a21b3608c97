# ruff: noqa: S608 - statements are made of constants; every value is a parameter
"""What is emptied when its time is over: free text of settled work, and personal data. Events, states and digests stay.

The texts of a proposal go together, in one transaction with one event, once it and everything it shares evidence with
has been settled for the whole period. A legal hold, an open incident and the evidence hold of one keep what they cover,
and what that shares a run or an event with. For how long stands in `period.py`: two people agree to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db import connection, transaction

from audit.record import Actor, record
from orchestr.keeping.hold import MAY_HOLD, is_held, line_up_after_holds
from orchestr.keeping.models import Emptied
from orchestr.keeping.period import Period, over_before, periods
from orchestr.people.models import Person
from orchestr.people.notify import notify

BY = Actor.worker("retention")
BATCH = 200

log = structlog.get_logger(__name__)


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


def _by_held(*persons: str) -> str:
    """Whether a hold covers one of the persons in these columns."""
    return f"""EXISTS (
    SELECT FROM orchestr_legal_hold h WHERE h.lifted_at IS NULL AND h.kind = 'person'
    AND h.key IN ({", ".join(f"{column}::text" for column in persons)})
)"""


def _incident(proposal: str) -> str:
    """Whether this proposal is looked at in an incident that is open."""
    return f"EXISTS (SELECT FROM orchestr_incident i WHERE i.proposal_id = {proposal} AND i.closed_at IS NULL)"


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
    SELECT FROM orchestr_proposal o WHERE o.run_id = p.run_id AND o.id <> p.id
    AND (o.settled_at IS NULL OR o.settled_at >= %(before)s OR {_held("o.id")} OR {_incident("o.id")})
)
AND NOT {_incident("p.id")}
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
    # What started several runs goes with the last of their proposals.
    f"UPDATE orchestr_event SET data = '{{}}', subject = '', body_sha256 = ''"
    f" WHERE id IN (SELECT event_id FROM orchestr_run r WHERE r.id {_OF_RUNS}) AND NOT EXISTS ("
    "SELECT FROM orchestr_run r JOIN orchestr_proposal o ON o.run_id = r.id WHERE r.event_id = orchestr_event.id"
    " AND o.id <> ALL(%(ids)s) AND NOT EXISTS (SELECT FROM orchestr_emptied e WHERE e.proposal_id = o.id))",
    f"UPDATE orchestr_evidence e SET value = NULL WHERE kind = 'claimed' AND value IS NOT NULL AND run_id {_OF_RUNS}"
    " AND NOT EXISTS (SELECT FROM orchestr_evidence_hold h WHERE h.evidence_id = e.id)",
    "UPDATE orchestr_evidence e SET value = NULL WHERE kind = 'claimed' AND value IS NOT NULL AND run_id IS NULL"
    " AND id IN (SELECT ve.evidence_id FROM orchestr_version_evidence ve JOIN orchestr_version v ON v.id = ve.version_id"
    " WHERE v.proposal_id = ANY(%(ids)s))"
    " AND NOT EXISTS (SELECT FROM orchestr_evidence_hold h WHERE h.evidence_id = e.id)",
)  # fmt: skip
# What stands by itself; few rows, looked through once a day.
_REASONS = (
    "UPDATE orchestr_control_change c SET reason = '' WHERE settled_at < %(before)s AND reason <> ''"
    f" AND NOT {_by_held('c.requested_by_id', 'c.settled_by_id')}",
    "UPDATE orchestr_acknowledgement a SET why = '' WHERE at < %(before)s AND why <> ''"
    f" AND NOT {_by_held('a.asked_by_id', 'a.confirmed_by_id', 'a.made_by_id')}",
    "UPDATE orchestr_freeze f SET why = '' WHERE thawed_at < %(before)s AND why <> ''"
    f" AND NOT {_by_held('f.set_by_id')} AND NOT EXISTS (SELECT FROM orchestr_incident i WHERE i.closed_at IS NULL"
    " AND (i.freeze_id = f.id OR i.id = f.incident_id))",
    "UPDATE orchestr_planned_freeze f SET why = '' WHERE ends_at < %(before)s AND why <> ''"
    f" AND NOT {_by_held('f.set_by_id')}",
    "UPDATE orchestr_commitment c SET why = '' WHERE until < %(before)s AND why <> ''"
    f" AND NOT {_by_held('c.set_by_id', 'c.lifted_by_id')}",
    "UPDATE orchestr_arbitration a SET reason = '', reason_salt = '' WHERE settled_at < %(before)s AND reason <> ''"
    f" AND NOT {_by_held('a.person_id')}",
    "UPDATE orchestr_brief b SET goal = '' WHERE state <> 'approved' AND ends_at < %(before)s AND goal <> ''"
    f" AND NOT {_by_held('b.asked_by_id', 'b.decided_by_id')}",
    "UPDATE orchestr_incident i SET why = '', review_text = '' WHERE closed_at < %(before)s"
    f" AND (why <> '' OR review_text <> '') AND NOT {_held('i.proposal_id')}"
    f" AND NOT {_by_held('i.opened_by_id', 'i.reviewed_by_id', 'i.closed_by_id')}",
    "UPDATE orchestr_revert r SET why = '' WHERE why <> '' AND requested_at < %(before)s"
    f" AND NOT {_by_held('r.requested_by_id')}"
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
    """Empty all whose time is over at `at`, batch by batch, each a transaction with its event.

    Nothing under a hold on all, and nothing by a period that two people have not agreed to.
    """
    proposals = rows = 0
    for period in periods():
        if period.waits:
            log.warning("retention_not_agreed", kind=period.kind, asked=period.asked, in_force=period.days)
            _tell_who_may_agree(period, at)
        before = over_before(period.days, at=at) if period.days else None
        if before is None:
            continue
        if period.kind == "text":
            while batch := _empty_batch(period, before, at):
                proposals += len(batch)
            rows += _empty_rows(_REASONS, period, before, at)
        else:
            rows += _empty_rows(_PERSONAL, period, before, at)
    return Gone(proposals, rows)


def _tell_who_may_agree(period: Period, at: datetime) -> None:
    """Once a month, while the settings ask for what nobody has agreed to."""
    concerned = Person.objects.filter(accounts__is_active=True, accounts__groups__name__in=sorted(MAY_HOLD)).distinct()
    with transaction.atomic(durable=True):
        for person in concerned.values_list("id", flat=True):
            notify(
                person_id=person,
                kind="retention.waits",
                about={},
                urgent=False,
                dedupe_key=f"retention:{period.kind}:{period.asked}:{at:%Y-%m}",
                at=at,
            )


def _empty_batch(period: Period, before: datetime, at: datetime) -> Sequence[UUID]:
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
        told = {"kind": period.kind, "proposals": ids, "days": period.days}
        record(action="text.emptied", actor=BY, at=at, about={}, data=told)
    return ids


def _empty_rows(statements: Sequence[str], period: Period, before: datetime, at: datetime) -> int:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        line_up_after_holds()
        if is_held():
            return 0
        count = 0
        for statement in statements:
            cursor.execute(statement, {"before": before})
            count += cursor.rowcount
        if count:
            told = {"kind": period.kind, "count": count, "days": period.days}
            record(action="text.emptied", actor=BY, at=at, about={}, data=told)
    return count
