"""Notices: durable rows in the fact's transaction, delivered later by `reviews`."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from orchestr.people.models import Notice


def notify(
    *, person_id: UUID, kind: str, about: Mapping[str, str], urgent: bool, dedupe_key: str, at: datetime
) -> None:
    """Leave one notice; the same `dedupe_key` for the same person is kept once. Ids and codes, never values."""
    Notice.objects.bulk_create(
        [
            Notice(
                person_id=person_id,
                kind=kind,
                about=dict(about),
                urgent=urgent,
                dedupe_key=dedupe_key,
                created_at=at,
            )
        ],
        ignore_conflicts=True,
    )
