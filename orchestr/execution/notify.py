"""Durable words to the people who answer for an execution; `reviews` delivers them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection

from audit.record import Actor
from orchestr.execution.writing.work import Work
from orchestr.people.models import Notice
from orchestr.people.paging.call import page
from orchestr.people.rota import cover

NEEDS_PERSON = "execution.needs_person"
ROLLOUT_ASKS = "rollout.asking"

_ANSWERABLE = """
SELECT COALESCE(w.rollback_owner_id, p.person_id)
FROM orchestr_proposal p LEFT JOIN orchestr_workflow w ON w.id = p.workflow_id
WHERE p.id = %s
"""


def needs_person(work: Work, *, by: Actor, at: datetime) -> None:
    """Items cannot be settled without a person: the rollback owner is called, then others until one answers.

    Once each time that an execution comes to need somebody; whoever answers for it, or is on call, reads of it too.
    """
    about = {"proposal": str(work.proposal_id), "execution": str(work.execution_id)}
    call_somebody(NEEDS_PERSON, about, key=f"needs_person:{work.execution_id}:{work.fence}", by=by, at=at)


def call_somebody(kind: str, about: Mapping[str, str], *, key: str, by: Actor, at: datetime) -> None:
    """Call whoever answers for the proposal, then others until one answers; all of them, and on call, read of it.

    Under one `key` once. What is told comes first: the call's own word, under the same key, is then no second one.
    """
    first = answerable(UUID(about["proposal"]))
    tell([*first, *on_call(at)], kind=kind, about=about, dedupe_key=f"page:{key}", at=at)
    page(kind=kind, about=about, first=first, spared=[], dedupe_key=key, by=by, at=at)


def tell(persons: Iterable[UUID], *, kind: str, about: Mapping[str, str], dedupe_key: str, at: datetime) -> None:
    """One urgent notice to each of these persons; telling twice is telling once."""
    Notice.objects.bulk_create(
        [
            Notice(person_id=person_id, kind=kind, about=dict(about), urgent=True, dedupe_key=dedupe_key, created_at=at)
            for person_id in sorted(set(persons), key=str)
        ],
        ignore_conflicts=True,
    )


def answerable(proposal_id: UUID) -> list[UUID]:
    """The workflow's rollback owner, or the person who proposed."""
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERABLE, [proposal_id])
        return [row[0] for row in cursor.fetchall() if row[0] is not None]


def on_call(at: datetime) -> list[UUID]:
    """Everybody who is on call at this moment, overrides counted."""
    return cover.on_call(at=at)
