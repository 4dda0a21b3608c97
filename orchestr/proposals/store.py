"""The rows of a new proposal in one statement: itself, its first version, the verdict, evidence and places.

What each row holds comes from the models; only the way to the database is shorter than a save a row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Field, Model

from orchestr.proposals.models import Exposure, Proposal, Verdict, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows that have no identity yet; PostgreSQL makes it."""

    proposal: Proposal
    version: Version
    verdict: Verdict
    evidence: Sequence[UUID]
    exposure: Sequence[Exposure]


_TOGETHER = """
WITH proposal AS ({proposal} RETURNING id), version AS ({version} RETURNING id), verdict AS ({verdict}),
evidence AS (
    INSERT INTO orchestr_version_evidence (version_id, evidence_id)
    SELECT version.id, each FROM version, unnest(%s::uuid[]) AS each
), exposure AS (
    INSERT INTO orchestr_exposure (proposal_id, workflow_id, segment_id, channel, items, state, at)
    SELECT proposal.id, each.* FROM proposal, unnest(%s::uuid[], %s::uuid[], %s::text[], %s::int[], %s::text[],
        %s::timestamptz[]) AS each
)
SELECT proposal.id, version.id FROM proposal, version
"""
_EXPOSURE = ("workflow_id", "segment_id", "channel", "items", "state", "at")
# Keys that the same statement makes.
_MADE = {"proposal_id": "(SELECT id FROM proposal)", "version_id": "(SELECT id FROM version)"}


def insert(rows: Rows) -> None:
    """Store all of them, and give proposal and version their identity."""
    given: list[Any] = []
    parts = {}
    for name, row in (("proposal", rows.proposal), ("version", rows.version), ("verdict", rows.verdict)):
        parts[name], values = _insert(row, {} if row is rows.proposal else _MADE)
        given += values
    given.append(list(rows.evidence))
    given += [[getattr(each, name) for each in rows.exposure] for name in _EXPOSURE]
    with connection.cursor() as cursor:
        cursor.execute(_TOGETHER.format(**parts), given)
        proposal_id, version_id = cursor.fetchone()
    for row, id in ((rows.proposal, proposal_id), (rows.version, version_id)):
        row.pk = id
        row._state.adding, row._state.db = False, connection.alias
    rows.version.proposal = rows.proposal


def _insert(row: Model, made: Mapping[str, str]) -> tuple[str, list[Any]]:
    names, places, values = [], [], []
    for field in _fields(row):
        names.append(field.column)
        if field.column in made:
            places.append(made[field.column])
            continue
        places.append(f"%s::{field.cast_db_type(connection)}")
        values.append(field.get_db_prep_save(getattr(row, field.attname), connection))
    return f"INSERT INTO {row._meta.db_table} ({', '.join(names)}) VALUES ({', '.join(places)})", values  # noqa: S608


def _fields(row: Model) -> Iterable["Field[Any, Any]"]:
    return (field for field in row._meta.concrete_fields if not field.primary_key)
