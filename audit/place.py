"""Where one event stands in the sealed log, and the proof of it that anybody can check: RFC 6962, 2.1.1."""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit.models import AuditCheckpoint, AuditEvent, AuditLeaf
from audit.proofs import inclusion_spans
from audit.tree import hashes_of_spans


@dataclass(frozen=True, slots=True)
class Place:
    """Number and leaf hash of an event, and the first checkpoint that covers it, where there is one."""

    number: int
    leaf: str
    size: int | None
    at: datetime | None
    note: str


def place_of(event: AuditEvent) -> Place | None:
    """None while it is not sealed. Two statements."""
    leaf = AuditLeaf.objects.filter(event_id=event.id).first()
    if leaf is None:
        return None
    covering = AuditCheckpoint.objects.filter(size__gt=leaf.number).order_by("size", "id").first()
    if covering is None:
        return Place(leaf.number, bytes(leaf.hash).hex(), None, None, "")
    return Place(leaf.number, bytes(leaf.hash).hex(), covering.size, covering.at, covering.note)


def proof_of(event: AuditEvent, place: Place) -> dict[str, Any]:
    """The audit path of a covered event, from its leaf up, with all that is needed to check it. Raises TreeBroken."""
    assert place.size is not None
    path = hashes_of_spans(inclusion_spans([(place.number, place.number + 1)], place.size))
    return {
        "number": place.number,
        "size": place.size,
        "canonical": base64.b64encode(bytes(event.canonical)).decode(),
        "leaf": place.leaf,
        "path": [part.hex() for part in path],
        "checkpoint": place.note,
    }
