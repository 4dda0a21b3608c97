"""The lines of a verdict, worked out from what was judged: when it is stored, or when a page misses them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from orchestr.catalogue.classes import COST, class_of
from orchestr.policy.facts.proposal import Facts, ItemFacts
from orchestr.policy.findings import RANK, Finding
from orchestr.policy.values import Json
from orchestr.prepared import prepared
from orchestr.proposals.models import Verdict, Version
from orchestr.proposals.submitting.figures import change_bp, margin_bp
from orchestr.proposals.submitting.touches import address_key

MOST_WITHOUT = 50  # changes that one page shows whole: a set of so many is sorted where it is drawn
LARGEST = 2_147_483_647

# All of them go over as one JSON text, which is by far the cheapest to write and to read. Each lookup is one of its own,
# by index (see beside.py). A worker that comes second finds them there.
_INSERT = """
INSERT INTO orchestr_plan_line (verdict_id, index, resource_id, system_id, field, address_key, name, segments, before,
                                delta_bp, margin_bp, units_7d, effect, open_effect, withheld, facts)
SELECT %(verdict)s::uuid, n.index, r.id, y.id, n.field, n.address_key, n.name, n.segments, n.before, n.delta_bp,
       n.margin_bp, n.units_7d, n.effect, n.open_effect, n.withheld, n.facts
FROM json_to_recordset(%(rows)s::json) AS n (
    index int, type text, key text, system text, field text, address_key text, name text, segments text[], before jsonb,
    delta_bp int, margin_bp int, units_7d int, effect smallint, open_effect smallint, withheld boolean, facts text)
LEFT JOIN LATERAL (
    SELECT id FROM orchestr_resource WHERE type = n.type AND key = n.key OFFSET 0
) r ON true
LEFT JOIN LATERAL (SELECT id FROM orchestr_system WHERE key = n.system OFFSET 0) y ON true
ON CONFLICT (verdict_id, index) DO NOTHING
"""


def is_large(version: Version) -> bool:
    """Whether a page shows a part of its changes at a time, so that each has a line."""
    return len(version.plan) > MOST_WITHOUT


def store(version: Version, *, verdict_id: UUID, facts: Facts, findings: Sequence[Finding]) -> None:
    """Store the lines of a large set (one statement); of a small one there are none."""
    if not is_large(version):
        return
    items = {item.index: item for item in facts.items}
    gravity = _gravity(findings, count=len(version.plan), seeing_cost=True)
    openly = _gravity(findings, count=len(version.plan), seeing_cost=False)
    rows = [
        _row(change, items[change["index"]])
        | {"effect": gravity.get(change["index"], 0), "open_effect": openly.get(change["index"], 0)}
        for change in version.plan
    ]
    with prepared() as cursor:
        cursor.execute(_INSERT, {"verdict": verdict_id, "rows": json.dumps(rows, separators=(",", ":"))})


def ensure(version: Version, verdict: Verdict) -> None:
    """Work them out where they are missing: a worker of the release before stored none. Changes no fact."""
    if not is_large(version) or verdict.lines.exists():
        return
    facts = Facts.from_wire(json.loads(bytes(verdict.facts)))
    findings = [Finding.from_wire(each) for each in verdict.findings]
    store(version, verdict_id=verdict.pk, facts=facts, findings=findings)


def _row(change: Mapping[str, Json], item: ItemFacts) -> dict[str, Json]:
    names = (change["sku"], change["id"], change["title"])
    return {
        "index": change["index"],
        "type": change["type"],
        "key": change["id"],
        "system": change["system"],
        "field": change["field"],
        "address_key": address_key(change["address"]),
        "name": "\n".join(names).upper(),
        "segments": change["segments"],
        "before": change["before"],
        "delta_bp": _bounded(change_bp(item)),
        "margin_bp": _bounded(margin_bp(item, item.after)),
        "units_7d": _bounded(item.units_7d),
        "withheld": class_of(change["type"], change["field"]) == COST,
        "facts": item.to_wire(),
    }


def _bounded(value: int | None) -> int | None:
    return None if value is None else max(-LARGEST, min(LARGEST, value))


def _gravity(findings: Iterable[Finding], *, count: int, seeing_cost: bool) -> dict[int, int]:
    """By index, the rank of the gravest finding that concerns some of the set: what is said of all sets none apart."""
    concerned: dict[tuple[str, str], set[int]] = defaultdict(set)
    for finding in findings:
        if seeing_cost or not finding.discloses:
            concerned[finding.rule, finding.effect].update(finding.items)
    found: dict[int, int] = {}
    for (_, effect), indexes in concerned.items():
        if len(indexes) < count:
            for index in indexes:
                found[index] = max(found.get(index, 0), RANK[effect])
    return found
