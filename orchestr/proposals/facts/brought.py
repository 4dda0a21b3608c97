"""The evidence a version rests on, as plain values: a set of a thousand rests on a thousand of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Case, F, QuerySet, When
from django.db.models.functions import Coalesce

from orchestr.policy.values import Json
from orchestr.prepared import prepared
from orchestr.runs.models import Evidence

MOST_OF_A_CLAIM = 500


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
    claim: str = ""  # of claimed evidence, what it says it proves


def brought(rows: QuerySet[Evidence]) -> list[Brought]:
    """These rows in the order of their ids (one query)."""
    found = rows.order_by("id").values_list(
        "id", "kind", "source", "sha256", Coalesce("confirmed_at", "observed_at"),
        Coalesce("confirmed_until", "expires_at"), "resource__type", "resource__key", "field",
        "address_key", Case(When(kind="claimed", then=F("value"))),
    )  # fmt: skip
    return [Brought(*(*row[:-1], _claim(row[-1]))) for row in found]


def _claim(value: Json) -> str:
    """The claim that a value names: itself if it is a text, else its part `claim`."""
    named = value.get("claim") if isinstance(value, dict) else value
    return named[:MOST_OF_A_CLAIM] if isinstance(named, str) else ""


# The same for statements of our own.
_CLAIM = """COALESCE(left(CASE WHEN e.kind <> 'claimed' THEN NULL WHEN jsonb_typeof(e.value) = 'string' THEN e.value#>>'{}'
    WHEN jsonb_typeof(e.value->'claim') = 'string' THEN e.value->>'claim' END, 500), '')"""


_OF_VERSION = f"""
SELECT v.version_id, e.id, e.kind, e.source, e.sha256, COALESCE(e.confirmed_at, e.observed_at),
    COALESCE(e.confirmed_until, e.expires_at), r.type, r.key, e.field, e.address_key,
    {_CLAIM}
FROM orchestr_version_evidence v JOIN orchestr_evidence e ON e.id = v.evidence_id
LEFT JOIN orchestr_resource r ON r.id = e.resource_id
WHERE v.version_id = ANY(%s::uuid[]) ORDER BY e.id
"""  # noqa: S608 - made of constants alone


def brought_by(version_id: UUID) -> list[Brought]:
    """What a version rests on."""
    return brought_by_each([version_id])[version_id]


def brought_by_each(version_ids: Collection[UUID]) -> dict[UUID, list[Brought]]:
    """`brought_by` for several versions (one query)."""
    found: dict[UUID, list[Brought]] = {id: [] for id in version_ids}
    with prepared() as cursor:
        cursor.execute(_OF_VERSION, [list(version_ids)])
        for version_id, *row in cursor.fetchall():
            found[version_id].append(Brought(*row))
    return found


_IN_RUN = f"""
SELECT e.id, e.kind, e.source, e.sha256, COALESCE(e.confirmed_at, e.observed_at),
    COALESCE(e.confirmed_until, e.expires_at), r.type, r.key, e.field, e.address_key,
    {_CLAIM}
FROM orchestr_evidence e LEFT JOIN orchestr_resource r ON r.id = e.resource_id
WHERE e.id = ANY(%(ids)s::uuid[]) AND e.run_id = %(run)s::uuid ORDER BY e.id
"""  # noqa: S608 - made of constants alone


def brought_in(run_id: UUID, ids: Collection[UUID]) -> list[Brought]:
    """Those of these ids that the run has gathered."""
    with prepared() as cursor:
        cursor.execute(_IN_RUN, {"run": run_id, "ids": list(ids)})
        return [Brought(*row) for row in cursor.fetchall()]
