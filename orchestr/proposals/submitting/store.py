"""The rows of a new proposal in one statement: itself, its first version, the verdict, evidence and places.

What each row holds comes from the models. It goes over as JSON, which PostgreSQL takes apart by the tables' own
columns: one value a row rather than sixty.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Model

from orchestr.policy.values import Json
from orchestr.prepared import prepared
from orchestr.proposals.models import Exposure, ExposureUse, Proposal, Verdict, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows that have no identity yet; PostgreSQL makes it."""

    proposal: Proposal
    version: Version
    verdict: Verdict
    evidence: Sequence[UUID]
    exposure: Sequence[Exposure]
    uses: Sequence[ExposureUse]


# Columns that this statement makes, or that go over as they are: JSON holds no bytes.
_OWN: dict[type[Model], dict[str, str]] = {
    Proposal: {},
    Version: {"proposal_id": "(SELECT id FROM proposal)", "canonical": "%(canonical)s::bytea"},
    Verdict: {"version_id": "(SELECT id FROM version)", "facts": "%(facts)s::bytea"},
    Exposure: {"proposal_id": "(SELECT id FROM proposal)"},
    ExposureUse: {"proposal_id": "(SELECT id FROM proposal)"},
}


def insert(rows: Rows) -> None:
    """Store all of them, and give proposal, version and verdict their identity."""
    given: dict[str, Any] = {
        "proposal": _encode(_wire(rows.proposal)),
        "version": _encode(_wire(rows.version)),
        "verdict": _encode(_wire(rows.verdict)),
        "exposure": _encode([_wire(each) for each in rows.exposure]),
        "uses": _encode([_wire(each) for each in rows.uses]),
        "evidence": list(rows.evidence),
        "canonical": bytes(rows.version.canonical),
        "facts": bytes(rows.verdict.facts),
    }
    with prepared() as cursor:
        cursor.execute(_statement(), given)
        proposal_id, version_id, verdict_id = cursor.fetchone()
    for row, id in ((rows.proposal, proposal_id), (rows.version, version_id), (rows.verdict, verdict_id)):
        row.pk = id
        row._state.adding, row._state.db = False, connection.alias
    rows.version.proposal = rows.proposal


@cache
def _statement() -> str:
    return f"""
WITH proposal AS ({_insert(Proposal, "jsonb_populate_record", "proposal")} RETURNING id),
version AS ({_insert(Version, "jsonb_populate_record", "version")} RETURNING id),
verdict AS ({_insert(Verdict, "jsonb_populate_record", "verdict")} RETURNING id),
exposure AS ({_insert(Exposure, "jsonb_populate_recordset", "exposure")}),
uses AS ({_insert(ExposureUse, "jsonb_populate_recordset", "uses")}),
evidence AS (
    INSERT INTO orchestr_version_evidence (version_id, evidence_id)
    SELECT version.id, each FROM version, unnest(%(evidence)s::uuid[]) AS each
)
SELECT proposal.id, version.id, verdict.id FROM proposal, version, verdict
"""  # noqa: S608 - made of the models' own tables and columns


def _insert(model: type[Model], populate: str, given: str) -> str:
    table, own = model._meta.db_table, _OWN[model]
    names = [column for column, _ in _columns(model)]
    columns, values = ", ".join(names), ", ".join(own.get(name, f"given.{name}") for name in names)
    rows = f"{populate}(NULL::{table}, %({given})s::jsonb) AS given"
    return f"INSERT INTO {table} ({columns}) SELECT {values} FROM {rows}"  # noqa: S608


@cache
def _columns(model: type[Model]) -> tuple[tuple[str, str], ...]:
    """Column and attribute of each field but the identity."""
    fields = model._meta.concrete_fields
    return tuple((str(field.column), field.attname) for field in fields if not field.primary_key)


def _wire(row: Model) -> dict[str, Json]:
    own = _OWN[type(row)]
    return {column: getattr(row, name) for column, name in _columns(type(row)) if column not in own}


def _plain(value: Any) -> str:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no column here")


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain).encode
