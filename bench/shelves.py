"""Many SKUs as three systems hold them: prices, copy, cost, stock, what was before, and what was sold."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import psycopg

from orchestr.catalogue.models import FieldOwner, System
from orchestr.policy.values import Address, Json

PIM = "pim"
BLOCK = 20_000


def _money(amount: int, currency: str = "EUR") -> Json:
    return {"amount": amount, "currency": currency, "exponent": 2, "tax": "included"}


# What a variant and its stock hold: system, type, field, address, kind, value.
_HOLDS: tuple[tuple[str, str, str, Address, str, Json], ...] = (
    ("demo-shop", "variant", "price", Address(channel="web-de", currency="EUR"), "money", _money(20_000)),
    ("demo-shop", "variant", "price", Address(channel="web-uk", currency="GBP"), "money", _money(18_000, "GBP")),
    ("demo-shop", "variant", "price", Address(channel="marketplace", currency="EUR"), "money", _money(21_000)),
    ("demo-erp", "variant", "cost", Address(currency="EUR"), "money", _money(8_000)),
    ("demo-erp", "variant", "minimum_price", Address(currency="EUR"), "money", _money(9_000)),
    ("demo-erp", "variant", "tax_bp", Address(), "integer", 1_900),
    ("demo-erp", "variant", "tax_class", Address(), "text", "standard"),
    ("demo-erp", "variant", "lead_time_days", Address(), "integer", 14),
    (PIM, "variant", "title", Address(), "text", "A shell for weather that does not ask"),
    (PIM, "variant", "description", Address(), "text", "Keeps the rain out and the warmth in. " * 12),
    (PIM, "variant", "price", Address(channel="web-de", currency="EUR"), "money", _money(20_500)),
    ("demo-shop", "stock", "on_hand", Address(location="oslo"), "integer", 40),
    ("demo-erp", "stock", "on_hand", Address(location="oslo"), "integer", 40),
    ("demo-erp", "stock", "on_hand", Address(location="bergen"), "integer", 12),
)

_RESOURCES = """
INSERT INTO orchestr_resource (type, key, sku, title, image, gone_at)
SELECT t, 'K-' || lpad(n::text, 6, '0'), 'K-' || lpad(n::text, 6, '0'),
    (ARRAY['Alder','Birch','Cedar','Dune','Ember','Fjord','Gale','Heath','Isle','Juniper'])[1 + n %% 10]
    || (ARRAY[' jacket, ',' tent, ',' boots, ',' bottle, ',' shell, ',' pack, '])[1 + n %% 6] || md5(n::text), '', NULL
FROM generate_series(%(first)s::int, %(last)s::int) AS n, unnest(ARRAY['variant', 'stock']) AS t
"""
_NEW = "orchestr_resource r WHERE r.key BETWEEN 'K-' || lpad(%(first)s::text, 6, '0') AND 'K-' || lpad(%(last)s::text, 6, '0')"
_PLACED = f"""
INSERT INTO orchestr_resource_segment (resource_id, segment_id)
SELECT r.id, (%(leaves)s::uuid[])[1 + substr(r.key, 3)::int %% cardinality(%(leaves)s::uuid[])] FROM {_NEW}
"""
_HELD = f"""
INSERT INTO orchestr_system_resource (resource_id, system_id, ref, seen_at)
SELECT r.id, s.id, r.key, %(at)s FROM orchestr_system s, {_NEW}
AND s.key IN ('demo-shop', 'demo-erp', 'pim') AND (r.type = 'variant' OR s.key <> 'pim')
"""
_SAID = """
unnest(%(systems)s::text[], %(types)s::text[], %(fields)s::text[], %(addresses)s::jsonb[], %(keys)s::text[],
       %(kinds)s::text[], %(values)s::jsonb[]) AS v(system, type, field, address, key, kind, value)
JOIN orchestr_system s ON s.key = v.system
"""
_VALUES = f"""
INSERT INTO orchestr_field_value (resource_id, system_id, field, address, address_key, kind, value, token, observed_at)
SELECT r.id, s.id, v.field, v.address, v.key, v.kind, v.value, '1', %(at)s FROM {_SAID}, {_NEW} AND r.type = v.type
"""
_HISTORY = f"""
INSERT INTO orchestr_value_history (resource_id, system_id, field, address, address_key, value, since, cause)
SELECT r.id, s.id, v.field, v.address, v.key, v.value, %(at)s::timestamptz - months * interval '30 days', 'observed'
FROM {_SAID}, generate_series(0, 3) AS months, {_NEW} AND r.type = v.type AND v.field IN ('price', 'on_hand')
"""
_SALES = f"""
INSERT INTO orchestr_sales (resource_id, system_id, channel, units_7d, net_revenue_7d, observed_at)
SELECT r.id, s.id, 'web-de', 7, '{{"amount":117600,"currency":"EUR","exponent":2,"tax":"excluded"}}', %(at)s
FROM orchestr_system s, {_NEW} AND r.type = 'variant' AND s.key = 'demo-shop'
"""


def fill(skus: int, leaves: Sequence[UUID]) -> None:
    """A variant and its stock for each SKU, in the shop, the ERP and a third system that holds copy."""
    pim = System.objects.create(key=PIM, kind="demo_erp", name="PIM", url="http://127.0.0.1:9")
    FieldOwner.objects.bulk_create(
        FieldOwner(type="variant", field=name, system=pim, source_of_truth=name != "price", max_age_s=86_400)
        for name in ("title", "description", "price")
    )
    systems, types, fields, addresses, kinds, values = zip(*_HOLDS, strict=True)
    said = {
        "systems": list(systems), "types": list(types), "fields": list(fields), "kinds": list(kinds),
        "addresses": [json.dumps(each.wire()) for each in addresses], "keys": [each.key() for each in addresses],
        "values": [json.dumps(each) for each in values],
    }  # fmt: skip
    with psycopg.connect(os.environ["BENCH_OWNER_URL"], autocommit=True) as owner:
        for first in range(0, skus, BLOCK):
            given = {
                "first": first,
                "last": min(first + BLOCK, skus) - 1,
                "leaves": list(leaves),
                "at": datetime.now(UTC),
                **said,
            }
            for statement in (_RESOURCES, _PLACED, _HELD, _VALUES, _HISTORY, _SALES):
                owner.execute(statement, given)
        for table in ("resource", "resource_segment", "system_resource", "field_value", "value_history", "sales"):
            owner.execute(f"VACUUM (ANALYZE) orchestr_{table}")
