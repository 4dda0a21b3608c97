"""The one statement behind `around.py`: each row says what it is and holds its parts as JSON.

OFFSET 0 keeps each lookup one of its own, by index, whatever PostgreSQL knows of the tables.
"""

# What waits and what went live within a day and a week: sums of whole hours, and row by row what is not in them: what
# was not counted yet, and the hours in which day and week begin. The proposal's own, if counted, are taken off again.
_NONE3 = "0, 0::bigint, 0::bigint"
_AMOUNTS = "items, revenue, margin"
_USES = f"""
SELECT 'use', jsonb_build_array(n.scope, n.key, u.channel, u.currency, u.exponent,
    sum(u.pi), sum(u.pr), sum(u.pm), sum(u.di), sum(u.dr), sum(u.dm), sum(u.wi), sum(u.wr), sum(u.wm))::text
FROM unnest(%(scopes)s::text[], %(keys)s::text[]) AS n (scope, key)
JOIN LATERAL (
    SELECT channel, currency, exponent, items AS pi, revenue AS pr, margin AS pm,
        0 AS di, 0::bigint AS dr, 0::bigint AS dm, 0 AS wi, 0::bigint AS wr, 0::bigint AS wm
    FROM orchestr_exposure_total WHERE scope = n.scope AND key = n.key AND hour IS NULL
    UNION ALL
    SELECT channel, currency, exponent, {_NONE3},
        CASE WHEN hour >= %(day_hours)s::timestamptz THEN items ELSE 0 END,
        CASE WHEN hour >= %(day_hours)s::timestamptz THEN revenue ELSE 0 END,
        CASE WHEN hour >= %(day_hours)s::timestamptz THEN margin ELSE 0 END,
        {_AMOUNTS}
    FROM orchestr_exposure_total WHERE scope = n.scope AND key = n.key AND hour >= %(week_hours)s::timestamptz
    UNION ALL
    SELECT channel, currency, exponent, {_NONE3}, {_AMOUNTS}, {_NONE3}
    FROM orchestr_exposure_use
    WHERE scope = n.scope AND key = n.key AND state = 'live' AND folded
        AND at > %(day)s::timestamptz AND at < %(day_hours)s::timestamptz
    UNION ALL
    SELECT channel, currency, exponent, {_NONE3}, {_NONE3}, {_AMOUNTS}
    FROM orchestr_exposure_use
    WHERE scope = n.scope AND key = n.key AND state = 'live' AND folded
        AND at > %(week)s::timestamptz AND at < %(week_hours)s::timestamptz
    UNION ALL
    SELECT channel, currency, exponent,
        CASE WHEN state = 'reserved' THEN items ELSE 0 END,
        CASE WHEN state = 'reserved' THEN revenue ELSE 0 END,
        CASE WHEN state = 'reserved' THEN margin ELSE 0 END,
        CASE WHEN state = 'live' AND at > %(day)s::timestamptz THEN items ELSE 0 END,
        CASE WHEN state = 'live' AND at > %(day)s::timestamptz THEN revenue ELSE 0 END,
        CASE WHEN state = 'live' AND at > %(day)s::timestamptz THEN margin ELSE 0 END,
        CASE WHEN state = 'live' AND at > %(week)s::timestamptz THEN items ELSE 0 END,
        CASE WHEN state = 'live' AND at > %(week)s::timestamptz THEN revenue ELSE 0 END,
        CASE WHEN state = 'live' AND at > %(week)s::timestamptz THEN margin ELSE 0 END
    FROM orchestr_exposure_use
    WHERE scope = n.scope AND key = n.key AND state <> 'released' AND NOT folded
        AND proposal_id IS DISTINCT FROM %(without)s::uuid
    UNION ALL
    SELECT channel, currency, exponent,
        CASE WHEN state = 'reserved' THEN -items ELSE 0 END,
        CASE WHEN state = 'reserved' THEN -revenue ELSE 0 END,
        CASE WHEN state = 'reserved' THEN -margin ELSE 0 END,
        CASE WHEN state = 'live' AND at > %(day)s::timestamptz THEN -items ELSE 0 END,
        CASE WHEN state = 'live' AND at > %(day)s::timestamptz THEN -revenue ELSE 0 END,
        CASE WHEN state = 'live' AND at > %(day)s::timestamptz THEN -margin ELSE 0 END,
        CASE WHEN state = 'live' AND at > %(week)s::timestamptz THEN -items ELSE 0 END,
        CASE WHEN state = 'live' AND at > %(week)s::timestamptz THEN -revenue ELSE 0 END,
        CASE WHEN state = 'live' AND at > %(week)s::timestamptz THEN -margin ELSE 0 END
    FROM orchestr_exposure_use
    WHERE proposal_id = %(without)s::uuid AND scope = n.scope AND key = n.key AND state <> 'released' AND folded
    OFFSET 0
) u ON true
GROUP BY n.scope, n.key, u.channel, u.currency, u.exponent
HAVING sum(u.pi) <> 0 OR sum(u.pr) <> 0 OR sum(u.pm) <> 0 OR sum(u.wi) <> 0 OR sum(u.wr) <> 0 OR sum(u.wm) <> 0
"""  # noqa: S608 - made of constants alone
_TOTALS = """
SELECT 'total', jsonb_build_array(n.key, t.channel, t.currency, t.exponent, t.revenue)::text
FROM unnest(%(segments)s::text[]) AS n (key)
JOIN LATERAL (SELECT id FROM orchestr_segment WHERE key = n.key OFFSET 0) s ON true
JOIN LATERAL (
    SELECT channel, currency, exponent, revenue FROM orchestr_segment_sales WHERE segment_id = s.id OFFSET 0
) t ON true
"""
# Found by what each proposal takes of the same things: reserved while it is open, live once it was written. The last
# two parts say whether all of it lies on what is touched here, and whether it waits for the same workflow or person.
_OTHERS = """
SELECT 'other', jsonb_build_array(o.id, COALESCE(a.key, ''), o.state IN ('draft', 'approved'),
    extract(epoch FROM COALESCE(o.settled_at, o.submitted_at))::bigint, o.keys,
    ARRAY(SELECT unnest(o.touches) INTERSECT SELECT unnest(%(touches)s::bigint[])), cardinality(o.touches),
    o.state = 'draft' AND COALESCE(w.key, '') = COALESCE(%(workflow)s::text, '')
        AND COALESCE(o.person_id::text, '') = %(person)s::text)::text
FROM (
    SELECT p.id, p.agent_id, p.person_id, p.workflow_id, p.state, p.submitted_at, p.settled_at, p.touches, met.keys
    FROM (
        SELECT u.proposal_id, array_agg(DISTINCT n.key) AS keys FROM unnest(%(things)s::text[]) AS n (key)
        JOIN LATERAL (
            SELECT proposal_id FROM orchestr_exposure_use WHERE scope = 'sku' AND key = n.key AND state = 'reserved'
            UNION ALL
            SELECT proposal_id FROM orchestr_exposure_use
            WHERE scope = 'sku' AND key = n.key AND state = 'live' AND at > %(week)s::timestamptz
            OFFSET 0
        ) u ON true
        WHERE u.proposal_id IS DISTINCT FROM %(without)s::uuid
        GROUP BY u.proposal_id
    ) met
    JOIN LATERAL (
        SELECT id, agent_id, person_id, workflow_id, state, submitted_at, settled_at, touches
        FROM orchestr_proposal WHERE id = met.proposal_id AND state IN ('draft', 'approved', 'published') OFFSET 0
    ) p ON true
    ORDER BY p.submitted_at DESC, p.id LIMIT 200
) o
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
        WHERE agent_id = (SELECT id FROM orchestr_agent WHERE key = %(agent)s::text)
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

AROUND = f"{_USES} UNION ALL {_TOTALS} UNION ALL {_OTHERS} UNION ALL {_TRACK} UNION ALL {_COMMITMENTS}"
