"""The one statement that finds what a rule holds.

Each condition is true, false or unknown (NULL), and SQL's own AND does the rest: one false condition is enough to be
out, and where none is false but one is unknown, nobody knows. A value is known where a system that is right about the
field says it within the age allowed, and no other system says something else.
"""

from typing import Any

from orchestr.catalogue.rules.conditions import Conditions, PriceWithin, StockWithin, TextIs
from orchestr.policy.values import Address

# Of one address of one thing: what is said there, NULL where it is not known.
_SAID = """
SELECT bool_or(o.source_of_truth) AS right_about,
    CASE WHEN bool_and(v.observed_at + make_interval(secs => o.max_age_s) > %(at)s) FILTER (WHERE o.source_of_truth)
         AND count(DISTINCT v.value) = 1 AND bool_and(v.value IS NOT NULL)
    THEN (array_agg(v.value))[1] END AS value
FROM orchestr_field_value v
LEFT JOIN orchestr_field_owner o ON o.system_id = v.system_id AND o.type = {type} AND o.field = v.field
WHERE v.resource_id = {resource} AND v.field = {field}
"""
_TEXT = """
(SELECT said.value #>> '{{}}' = ANY(%(values{n})s::text[]) FROM ({said} AND v.address_key = %(address{n})s) AS said)
"""
# The minor unit is the site's: an amount in another currency or unit is not known here, never converted.
_PRICE = """
(SELECT CASE WHEN said.value ->> 'currency' = %(currency)s AND (said.value ->> 'exponent')::int = site.exponent
        THEN (said.value ->> 'amount')::bigint >= %(least)s
             AND (%(below)s::bigint IS NULL OR (said.value ->> 'amount')::bigint < %(below)s::bigint) END
 FROM orchestr_site site, LATERAL ({said} AND v.address_key = %(price_address)s) AS said WHERE site.key = %(channel)s)
"""
# Where a system that is right about stock speaks of some locations, what others say of further ones is not counted.
_STOCK = """
(SELECT CASE WHEN bool_and(said.value IS NOT NULL)
        THEN sum((said.value #>> '{{}}')::bigint) BETWEEN %(at_least)s AND coalesce(%(at_most)s::bigint, 2 ^ 62) END
 FROM orchestr_resource held, LATERAL ({said} GROUP BY v.address_key) AS said
 WHERE {held} AND held.gone_at IS NULL AND said.right_about)
"""
_EVALUATE = """
WITH judged AS MATERIALIZED (
    SELECT r.id, ({conditions}) AS holds FROM orchestr_resource r
    WHERE r.type = %(type)s AND r.gone_at IS NULL AND NOT %(retired)s
    AND EXISTS (SELECT FROM orchestr_resource_segment m WHERE m.resource_id = r.id)
    AND NOT EXISTS (SELECT FROM orchestr_resource_segment m
                    WHERE m.resource_id = r.id AND m.segment_id <> ALL(%(within)s::uuid[]))
), gone AS (
    DELETE FROM orchestr_rule_member m WHERE m.rule_id = %(rule)s
    AND NOT EXISTS (SELECT FROM judged j WHERE j.id = m.resource_id AND j.holds) RETURNING 1
), come AS (
    INSERT INTO orchestr_rule_member (rule_id, resource_id) SELECT %(rule)s, id FROM judged WHERE holds
    ON CONFLICT DO NOTHING RETURNING 1
)
SELECT (SELECT count(*) FROM come), (SELECT count(*) FROM gone),
    count(*) FILTER (WHERE holds), count(*) FILTER (WHERE holds IS NULL),
    encode(sha256(convert_to(coalesce(string_agg(id::text, ',' ORDER BY id) FILTER (WHERE holds), ''), 'UTF8')), 'hex')
FROM judged
"""


def statement_of(conditions: Conditions) -> tuple[str, dict[str, Any]]:
    """The statement and its values; `rule`, `within`, `retired` and `at` are still to be given."""
    given: dict[str, Any] = {"type": conditions.type}
    parts = [_text(each, n, given) for n, each in enumerate(conditions.texts)]
    if conditions.price is not None:
        parts.append(_price(conditions.price, given))
    if conditions.stock is not None:
        parts.append(_stock(conditions.stock, conditions.type, given))
    return _EVALUATE.format(conditions=" AND ".join(parts)), given


def _said(field: str, *, type: str = "r.type", resource: str = "r.id") -> str:
    return _SAID.format(field=field, type=type, resource=resource)


def _text(asked: TextIs, n: int, given: dict[str, Any]) -> str:
    address = Address(locale=asked.locale) if asked.locale else Address()
    given |= {f"values{n}": list(asked.one_of), f"address{n}": address.key(), f"field{n}": asked.field}
    return _TEXT.format(n=n, said=_said(f"%(field{n})s"))


def _price(asked: PriceWithin, given: dict[str, Any]) -> str:
    given |= {
        "channel": asked.channel, "currency": asked.currency, "least": asked.least, "below": asked.below,
        "price_address": Address(channel=asked.channel, currency=asked.currency).key(),
    }  # fmt: skip
    return _PRICE.format(said=_said("'price'"))


def _stock(asked: StockWithin, type: str, given: dict[str, Any]) -> str:
    given |= {"at_least": asked.at_least or 0, "at_most": asked.at_most}
    held = "held.id = r.id" if type == "stock" else "held.type = 'stock' AND held.sku = r.sku AND r.sku <> ''"
    return _STOCK.format(said=_said("'on_hand'", type="'stock'", resource="held.id"), held=held)
