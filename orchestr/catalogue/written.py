"""What we wrote ourselves and read back: the catalogue knows it at once, in one statement.

The same as `observations.take_in` for a single value, for the one place where its five queries are felt.
"""

import json
from datetime import datetime
from uuid import UUID

from orchestr.catalogue.observations import Cause
from orchestr.policy.values import Address, Json
from orchestr.prepared import send

_WRITTEN = """
WITH known AS (
    SELECT id, value, observed_at FROM orchestr_field_value
    WHERE resource_id = %(resource)s AND system_id = %(system)s AND field = %(field)s AND address_key = %(key)s
    FOR UPDATE
), fresh AS (
    INSERT INTO orchestr_field_value (resource_id, system_id, field, address, address_key, kind, value, token, observed_at)
    SELECT %(resource)s, %(system)s, %(field)s, %(address)s::jsonb, %(key)s, %(kind)s, %(value)s::jsonb, %(token)s, %(at)s
    WHERE NOT EXISTS (SELECT 1 FROM known) AND %(value)s::jsonb IS NOT NULL
    ON CONFLICT (resource_id, system_id, field, address_key) DO UPDATE
    SET value = EXCLUDED.value, token = EXCLUDED.token, observed_at = EXCLUDED.observed_at, kind = EXCLUDED.kind
), moved AS (
    UPDATE orchestr_field_value v SET value = %(value)s::jsonb, token = %(token)s, observed_at = %(at)s
    FROM known WHERE v.id = known.id AND known.observed_at <= %(at)s AND %(value)s::jsonb IS NOT NULL
), gone AS (
    DELETE FROM orchestr_field_value v USING known
    WHERE v.id = known.id AND known.observed_at <= %(at)s AND %(value)s::jsonb IS NULL
)
INSERT INTO orchestr_value_history (resource_id, system_id, field, address, address_key, value, since, cause, proposal_id)
SELECT %(resource)s, %(system)s, %(field)s, %(address)s::jsonb, %(key)s, %(value)s::jsonb, %(at)s, %(cause)s, %(proposal)s
WHERE NOT EXISTS (
    SELECT 1 FROM known WHERE observed_at > %(at)s OR value IS NOT DISTINCT FROM %(value)s::jsonb
)
"""


def take_in_written(
    *,
    resource_id: UUID,
    system_id: UUID,
    field: str,
    address: Address,
    kind: str,
    value: Json,
    token: str,
    at: datetime,
    cause: Cause,
    proposal_id: UUID,
) -> None:
    """Store what a write was seen to make of a value, and whose proposal it was. Locks that value.

    `value` None: what was created is removed. An observation younger than `at` stands, as everywhere.
    """
    given = {
        "resource": resource_id,
        "system": system_id,
        "field": field,
        "address": json.dumps(address.wire()),
        "key": address.key(),
        "kind": kind,
        "value": None if value is None else json.dumps(value),
        "token": token,
        "at": at,
        "cause": cause,
        "proposal": proposal_id,
    }
    send(_WRITTEN, given, look=lambda count: None)  # no row of history where nothing moved
