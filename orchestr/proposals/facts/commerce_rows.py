"""The rows beside changes of promotions: what the catalogue knows, what open proposals ask for, what goods bring in."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from orchestr.policy.values import Json
from orchestr.prepared import prepared
from orchestr.proposals.submitting.touches import launch_hashes

type Change = Mapping[str, Json]

# A segment's lookups stay by index whatever PostgreSQL knows of the tables: see beside.py.
_ROWS = """
WITH waiting AS MATERIALIZED (
    SELECT id FROM orchestr_proposal WHERE state IN ('draft', 'approved') AND touches && %(names)s::bigint[]
    UNION
    SELECT p.id FROM unnest(%(segments)s::text[]) AS n (key)
    JOIN LATERAL (SELECT id FROM orchestr_segment WHERE key = n.key OFFSET 0) g ON true
    JOIN LATERAL (
        SELECT DISTINCT proposal_id FROM orchestr_exposure
        WHERE segment_id = g.id AND state <> 'released'
            AND (%(anywhere)s::bool OR channel = ANY(%(channels)s::text[])) OFFSET 0
    ) e ON true
    JOIN LATERAL (
        SELECT id FROM orchestr_proposal
        WHERE id = e.proposal_id AND state IN ('draft', 'approved') AND intent IN ('promotion_change', 'mixed') OFFSET 0
    ) p ON true
), wide AS MATERIALIZED (
    SELECT DISTINCT n.index, n.channel, i.resource_id
    FROM unnest(%(wide_at)s::int[], %(wide_channels)s::text[], %(wide_segments)s::text[]) AS n (index, channel, key)
    JOIN LATERAL (SELECT id FROM orchestr_segment WHERE key = n.key OFFSET 0) g ON true
    JOIN LATERAL (SELECT resource_id FROM orchestr_resource_segment WHERE segment_id = g.id OFFSET 0) i ON true
    UNION
    SELECT n.index, n.channel, r.id
    FROM unnest(%(sku_at)s::int[], %(sku_channels)s::text[], %(skus)s::text[]) AS n (index, channel, sku)
    JOIN LATERAL (SELECT id FROM orchestr_resource WHERE sku = n.sku OFFSET 0) r ON true
)
SELECT 'known', r.key, y.key, v.address->>'channel', v.field, v.value::text, (
        SELECT array_agg(g.key) FROM orchestr_resource_segment i JOIN orchestr_segment g ON g.id = i.segment_id
        WHERE i.resource_id = r.id
    ), NULL, NULL, NULL, NULL
FROM orchestr_resource r
JOIN LATERAL (
    SELECT system_id, field, address, value FROM orchestr_field_value
    WHERE resource_id = r.id AND field IN ('definition', 'enabled') OFFSET 0
) v ON true
JOIN orchestr_system y ON y.id = v.system_id
WHERE r.type = 'promotion' AND r.gone_at IS NULL
    AND (v.value->>'ends_at' IS NULL OR left(v.value->>'ends_at', 10) >= %(over)s::text)
UNION ALL
SELECT 'waiting', c->>'id', c->>'system', c->'address'->>'channel', c->>'field', (c->'after')::text,
    ARRAY(SELECT jsonb_array_elements_text(c->'segments')), p.id::text, p.state, w.key, p.person_id::text
FROM waiting o
JOIN orchestr_proposal p ON p.id = o.id
JOIN orchestr_version v ON v.proposal_id = p.id AND v.number = p.number
LEFT JOIN orchestr_workflow w ON w.id = p.workflow_id
CROSS JOIN LATERAL jsonb_array_elements(v.plan) c
WHERE c->>'type' = 'promotion' AND p.id IS DISTINCT FROM %(without)s::uuid
    AND p.sandbox_only = %(sandbox_only)s::bool
UNION ALL
SELECT 'sold', o.index::text, s.net_revenue_7d->>'currency', s.net_revenue_7d->>'tax', s.net_revenue_7d->>'exponent',
    sum((s.net_revenue_7d->>'amount')::bigint)::text, NULL, NULL, NULL, NULL, NULL
FROM wide o
JOIN LATERAL (SELECT channel, net_revenue_7d FROM orchestr_sales WHERE resource_id = o.resource_id OFFSET 0) s ON true
WHERE o.channel = '' OR s.channel = o.channel
GROUP BY 2, 3, 4, 5
"""
_OVER_FOR = timedelta(days=2)  # a date compared as text is right to a day, whatever zone it was written in


class Row(NamedTuple):
    """`known`: a value the catalogue holds; `waiting`: a change of an open proposal; `sold`: revenue of goods."""

    what: str
    key: str
    system: str
    channel: str | None
    field: str
    value: str | None
    segments: Sequence[str] | None
    proposal: str | None
    state: str | None
    workflow: str | None
    person: str | None


def rows_beside(promotions: Sequence[Change], *, without: UUID | None, sandbox_only: bool, at: datetime) -> list[Row]:
    """Everything that could meet these changes of promotions; one query. `without` is the proposal they are of, and
    work kept to sandboxes meets such work alone."""
    channels = {change["address"].get("channel") or "" for change in promotions}
    named, wide = [], []
    for change in promotions:
        place = (change["index"], change["address"].get("channel") or "")
        skus = change["after"].get("skus") if isinstance(change["after"], dict) else None
        if isinstance(skus, list) and skus:
            named += [(*place, sku) for sku in skus if isinstance(sku, str)]
        elif change["after"] is not None:
            wide += [(*place, segment) for segment in change["segments"]]
    given: dict[str, Json] = {
        "names": sorted({hash for change in promotions for hash in launch_hashes(change)}),
        "segments": sorted({key for change in promotions for key in change["segments"]}),
        "anywhere": "" in channels,
        "channels": sorted({*channels, ""}),
        "over": (at - _OVER_FOR).date().isoformat(),
        "without": without,
        "sandbox_only": sandbox_only,
    }
    for prefix, last, rows in (("wide", "wide_segments", wide), ("sku", "skus", named)):
        given[f"{prefix}_at"] = [row[0] for row in rows]
        given[f"{prefix}_channels"] = [row[1] for row in rows]
        given[last] = [row[2] for row in rows]
    with prepared() as cursor:
        cursor.execute(_ROWS, given)
        return [Row(*row) for row in cursor.fetchall()]
