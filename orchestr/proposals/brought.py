"""The evidence a version rests on, as plain values: a set of a thousand rests on a thousand of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from orchestr.prepared import prepared
from orchestr.runs.models import Evidence


@dataclass(frozen=True, slots=True)
class Brought:
    """One piece of evidence and the field address it is of; `type` and `key` None: of none in the catalogue."""

    id: UUID
    kind: str
    source: str
    sha256: str
    observed_at: datetime
    expires_at: datetime
    type: str | None
    key: str | None
    field: str
    address_key: str


def brought(rows: QuerySet[Evidence]) -> list[Brought]:
    """These rows in the order of their ids (one query)."""
    found = rows.order_by("id").values_list(
        "id", "kind", "source", "sha256", "observed_at", "expires_at", "resource__type", "resource__key", "field",
        "address_key",
    )  # fmt: skip
    return [Brought(*row) for row in found]


_OF_VERSION = """
SELECT e.id, e.kind, e.source, e.sha256, e.observed_at, e.expires_at, r.type, r.key, e.field, e.address_key
FROM orchestr_version_evidence v JOIN orchestr_evidence e ON e.id = v.evidence_id
LEFT JOIN orchestr_resource r ON r.id = e.resource_id
WHERE v.version_id = %s::uuid ORDER BY e.id
"""


def brought_by(version_id: UUID) -> list[Brought]:
    """What a version rests on."""
    with prepared() as cursor:
        cursor.execute(_OF_VERSION, [version_id])
        return [Brought(*row) for row in cursor.fetchall()]


_IN_RUN = """
SELECT e.id, e.kind, e.source, e.sha256, e.observed_at, e.expires_at, r.type, r.key, e.field, e.address_key
FROM orchestr_evidence e LEFT JOIN orchestr_resource r ON r.id = e.resource_id
WHERE e.id = ANY(%(ids)s::uuid[]) AND e.run_id = %(run)s::uuid ORDER BY e.id
"""


def brought_in(run_id: UUID, ids: Collection[UUID]) -> list[Brought]:
    """Those of these ids that the run has gathered."""
    with prepared() as cursor:
        cursor.execute(_IN_RUN, {"run": run_id, "ids": list(ids)})
        return [Brought(*row) for row in cursor.fetchall()]
