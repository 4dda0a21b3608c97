"""The one statement behind `around.py`: each row says what it is and holds its parts as JSON.

OFFSET 0 keeps each lookup one of its own, by index, whatever PostgreSQL knows of the tables.
"""

# What waits and what went live within a day and a week: sums of whole hours, and row by row what is not in them: the
# hours in which day and week begin, and what was not counted yet. The flags say what each row counts for: p what
# waits, d the day, w the week. A proposal that is judged again takes its own off again, if it is counted.
_COUNTED = "channel, currency, exponent, items, revenue, margin"
_WHEN = """state = 'reserved' AS p, state = 'live' AND at > %(day)s::timestamptz AS d,
        state = 'live' AND at > %(week)s::timestamptz AS w"""
_TAKEN = ", ".join(
    f"COALESCE(sum(u.{amount}) FILTER (WHERE u.{flag}), 0)"
    for flag in ("p", "d", "w")
    for amount in ("items", "revenue", "margin")
)
_USES = f"""
SELECT 'use', jsonb_build_array(n.scope, n.key, u.channel, u.currency, u.exponent, {_TAKEN})::text
FROM unnest(%(scopes)s::text[], %(keys)s::text[]) AS n (scope, key)
JOIN LATERAL (
    SELECT {_COUNTED}, hour IS NULL AS p, hour >= %(day_hours)s::timestamptz AS d, hour IS NOT NULL AS w
    FROM orchestr_exposure_total
    WHERE scope = n.scope AND key = n.key AND (hour IS NULL OR hour >= %(week_hours)s::timestamptz)
    UNION ALL
    SELECT {_COUNTED}, false, true, false FROM orchestr_exposure_use
    WHERE scope = n.scope AND key = n.key AND state = 'live' AND folded
        AND at > %(day)s::timestamptz AND at < %(day_hours)s::timestamptz
    UNION ALL
    SELECT {_COUNTED}, false, false, true FROM orchestr_exposure_use
    WHERE scope = n.scope AND key = n.key AND state = 'live' AND folded
        AND at > %(week)s::timestamptz AND at < %(week_hours)s::timestamptz
    UNION ALL
    SELECT {_COUNTED}, {_WHEN} FROM orchestr_exposure_use
    WHERE scope = n.scope AND key = n.key AND state <> 'released' AND NOT folded
        AND proposal_id IS DISTINCT FROM %(without)s::uuid
    {{own}} OFFSET 0
) u ON true
GROUP BY n.scope, n.key, u.channel, u.currency, u.exponent
"""  # noqa: S608 - made of constants alone
_OWN_USES = f"""UNION ALL
    SELECT channel, currency, exponent, -items, -revenue, -margin, {_WHEN} FROM orchestr_exposure_use
    WHERE proposal_id = %(without)s::uuid AND scope = n.scope AND key = n.key AND state <> 'released' AND folded
"""  # noqa: S608 - made of constants alone
# The same of the items on each place, waiting and within a day.
_PLACES = """
SELECT 'place', jsonb_build_array(n.key, e.channel, COALESCE(sum(e.items) FILTER (WHERE e.p), 0),
    COALESCE(sum(e.items) FILTER (WHERE e.d), 0))::text
FROM unnest(%(segments)s::text[], %(segment_ids)s::uuid[]) AS n (key, id)
JOIN LATERAL (
    SELECT channel, items, hour IS NULL AS p, hour IS NOT NULL AS d FROM orchestr_exposure_total
    WHERE scope = 'place' AND key = n.id::text AND (hour IS NULL OR hour >= %(day_hours)s::timestamptz)
    UNION ALL
    SELECT channel, items, false, true FROM orchestr_exposure
    WHERE segment_id = n.id AND state <> 'released' AND state = 'live' AND folded
        AND at > %(day)s::timestamptz AND at < %(day_hours)s::timestamptz
    UNION ALL
    SELECT channel, items, state = 'reserved', state = 'live' AND at > %(day)s::timestamptz FROM orchestr_exposure
    WHERE segment_id = n.id AND state <> 'released' AND NOT folded AND proposal_id IS DISTINCT FROM %(without)s::uuid
    {own} OFFSET 0
) e ON true
GROUP BY n.key, e.channel
"""
_OWN_PLACES = """UNION ALL
    SELECT channel, -items, state = 'reserved', state = 'live' AND at > %(day)s::timestamptz FROM orchestr_exposure
    WHERE proposal_id = %(without)s::uuid AND segment_id = n.id AND state <> 'released' AND folded
"""
_TOTALS = """
SELECT 'total', jsonb_build_array(n.key, t.channel, t.currency, t.exponent, t.revenue)::text
FROM unnest(%(segments)s::text[], %(segment_ids)s::uuid[]) AS n (key, id)
JOIN LATERAL (
    SELECT channel, currency, exponent, revenue FROM orchestr_segment_sales WHERE segment_id = n.id OFFSET 0
) t ON true
"""
_FREEZES = "SELECT 'freeze', jsonb_build_array(id, kind, key)::text FROM orchestr_freeze WHERE thawed_at IS NULL"
# Found by what each proposal takes of the same things: reserved while it is open, live once it was written. The last
# two parts say whether all of it lies on what is touched here, and whether it waits for the same workflow or person.
_OTHERS = """
SELECT 'other', jsonb_build_array(o.id, COALESCE(a.key, ''), o.state IN ('draft', 'approved'),
    extract(epoch FROM COALESCE(o.settled_at, o.submitted_at))::bigint, o.keys, o.reaches,
    ARRAY(SELECT unnest(o.touches) INTERSECT SELECT unnest(%(touches)s::bigint[])), cardinality(o.touches),
    o.state = 'draft' AND COALESCE(w.key, '') = COALESCE(%(workflow)s::text, '')
        AND COALESCE(o.person_id::text, '') = %(person)s::text, v.objectives)::text
FROM (
    SELECT p.id, p.agent_id, p.person_id, p.workflow_id, p.state, p.submitted_at, p.settled_at, p.touches, p.number,
        met.keys, met.reaches
    FROM (
        SELECT m.proposal_id, COALESCE(array_agg(DISTINCT m.key) FILTER (WHERE m.key IS NOT NULL), '{}') AS keys,
            COALESCE(array_agg(DISTINCT m.reach) FILTER (WHERE m.reach IS NOT NULL), '{}') AS reaches
        FROM (
            SELECT u.proposal_id, n.key, NULL::text AS reach FROM unnest(%(things)s::text[]) AS n (key)
            JOIN LATERAL (
                SELECT proposal_id FROM orchestr_exposure_use
                WHERE scope = 'sku' AND key = n.key AND state = 'reserved'
                UNION ALL
                SELECT proposal_id FROM orchestr_exposure_use
                WHERE scope = 'sku' AND key = n.key AND state = 'live' AND at > %(week)s::timestamptz
                OFFSET 0
            ) u ON true
            UNION ALL
            SELECT r.proposal_id, NULL::text, n.scope || ':' || n.key
            FROM unnest(%(reach_scopes)s::text[], %(reach_keys)s::text[]) AS n (scope, key)
            JOIN LATERAL (
                SELECT proposal_id FROM orchestr_promotion_reach WHERE scope = n.scope AND key = n.key OFFSET 0
            ) r ON true
        ) m
        WHERE m.proposal_id IS DISTINCT FROM %(without)s::uuid
        GROUP BY m.proposal_id
    ) met
    JOIN LATERAL (
        SELECT id, agent_id, person_id, workflow_id, state, submitted_at, settled_at, touches, number
        FROM orchestr_proposal WHERE id = met.proposal_id AND sandbox_only = %(sandbox_only)s::bool AND (state IN ('draft', 'approved')
            OR state = 'published' AND settled_at > %(week)s::timestamptz) OFFSET 0
    ) p ON true
    ORDER BY p.submitted_at DESC, p.id LIMIT 200
) o
JOIN LATERAL (
    SELECT objectives FROM orchestr_version WHERE proposal_id = o.id AND number = o.number OFFSET 0
) v ON true
LEFT JOIN orchestr_agent a ON a.id = o.agent_id
LEFT JOIN orchestr_workflow w ON w.id = o.workflow_id
"""
_TRACK = """
SELECT 'track', to_jsonb(COALESCE(string_agg(t.letter, '' ORDER BY t.submitted_at DESC, t.id DESC), ''))::text
FROM (
    SELECT r.id, r.submitted_at,
        CASE r.state WHEN 'published' THEN 'p' WHEN 'reverted' THEN 'r' ELSE 'b' END AS letter
    FROM (
        SELECT id, state, blocked_reason, submitted_at FROM orchestr_proposal
        WHERE agent_id = (SELECT id FROM orchestr_agent WHERE key = %(agent)s::text) AND NOT sandbox_only
        ORDER BY submitted_at DESC LIMIT 400
    ) r
    WHERE r.state IN ('published', 'reverted')
        OR r.state = 'blocked' AND r.blocked_reason IN ('reviewer', 'contained')
    ORDER BY r.submitted_at DESC, r.id DESC LIMIT %(most)s::int
) t
"""
_COMMITMENT = """jsonb_build_array(c.id, c.kind, c.channel, floor(extract(epoch FROM c.until))::bigint, c.sku,
    ARRAY(SELECT s.key FROM orchestr_resource_segment m JOIN orchestr_segment s ON s.id = m.segment_id
        WHERE m.resource_id = c.resource_id ORDER BY s.key),
    c.price, floor(extract(epoch FROM c.due_at))::bigint, c.units)::text"""
_COMMITMENTS = f"""
SELECT 'commitment', {_COMMITMENT}
FROM (
    SELECT c.id FROM unnest(%(skus)s::text[]) AS n (sku)
    JOIN LATERAL (
        SELECT id FROM orchestr_commitment
        WHERE sku = n.sku AND lifted_at IS NULL AND until > %(at)s::timestamptz OFFSET 0
    ) c ON true
    UNION
    SELECT c.id FROM unnest(%(promoted)s::text[]) AS n (key)
    JOIN LATERAL (SELECT id FROM orchestr_segment WHERE key = n.key OFFSET 0) s ON true
    JOIN LATERAL (
        SELECT d.id FROM orchestr_commitment d
        JOIN orchestr_resource_segment m ON m.resource_id = d.resource_id AND m.segment_id = s.id
        WHERE d.lifted_at IS NULL AND d.until > %(at)s::timestamptz OFFSET 0
    ) c ON true
) named
JOIN LATERAL (SELECT * FROM orchestr_commitment WHERE id = named.id OFFSET 0) c ON true
"""  # noqa: S608 - made of constants alone


def _around(own_uses: str, own_places: str) -> str:
    parts = (
        _USES.format(own=own_uses), _PLACES.format(own=own_places), _TOTALS, _FREEZES, _OTHERS, _TRACK, _COMMITMENTS
    )  # fmt: skip
    return " UNION ALL ".join(parts)


# Of what is in no ledger yet, and of what may be.
AROUND, AROUND_AGAIN = _around("", ""), _around(_OWN_USES, _OWN_PLACES)
