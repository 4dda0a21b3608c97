"""Whether each stored event still is what was hashed: bytes, hash and columns, event by event.

This finds an event that was edited. An event that was removed leaves no trace here: that is what
sealing is for.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from audit.canonical import canonical, instant
from audit.models import AuditEvent
from audit.moment import one_moment
from audit.record import FORMAT
from audit.walls import Fault

_CHUNK = 2_000
_COLUMNS = (
    "id",
    "at",
    "action",
    "actor_kind",
    "actor_id",
    "account_id",
    "on_behalf_of",
    "about",
    "data",
    "request_id",
    "segments",
)
# Where the canonical content keeps each column; the actor's two are one object there.
_KEPT_AS = {"account_id": "account", "on_behalf_of": "for", "request_id": "request"}


def recheck() -> Iterator[Fault | None]:
    """One answer for each stored event, oldest first: None if it is whole, else its fault.

    Streams through a server-side cursor in one snapshot: memory does not grow with the log.
    """
    events = AuditEvent.objects.order_by("id").values_list(*_COLUMNS, "canonical", "sha256")
    with one_moment():
        for *columns, stored, digest in events.iterator(chunk_size=_CHUNK):
            yield _judged(dict(zip(_COLUMNS, columns, strict=True)), bytes(stored), bytes(digest))


def _judged(row: dict[str, Any], stored: bytes, digest: bytes) -> Fault | None:
    place = _("event %(id)s") % {"id": row["id"]}
    if hashlib.sha256(stored).digest() != digest:
        return Fault(place, _("The hash is not that of the bytes stored beside it."))
    try:
        rebuilt = canonical(content(row))
    except (TypeError, ValueError):
        rebuilt = b""
    if rebuilt == stored:
        return None
    return Fault(place, _differing(row, stored))


def content(row: dict[str, Any]) -> dict[str, Any]:
    """What the canonical bytes of an event with these columns say."""
    return {
        "about": row["about"],
        "account": row["account_id"],
        "action": row["action"],
        "actor": {"id": row["actor_id"], "kind": row["actor_kind"]},
        "at": instant(row["at"]),
        "data": row["data"],
        "for": row["on_behalf_of"],
        "id": row["id"],
        "request": row["request_id"],
        "segments": row["segments"],
        "v": FORMAT,
    }


def _differing(row: dict[str, Any], stored: bytes) -> str:
    """In words, which column and the hashed bytes disagree."""
    try:
        said = json.loads(stored)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        return _("The stored bytes are no audit event.")
    if said.get("v") != FORMAT:
        return _("The stored bytes have a format that this release does not know.")
    actor = said.get("actor")
    told = said | {f"actor_{part}": actor.get(part) if isinstance(actor, dict) else None for part in ("id", "kind")}
    for column in _COLUMNS:
        if not _same(row[column], told.get(_KEPT_AS.get(column, column))):
            return _("The column %(column)s does not say what was hashed.") % {"column": column}
    return _("The stored bytes are not in canonical form.")


def _same(column: Any, said: Any) -> bool:
    try:
        return canonical(column) == canonical(said)
    except (TypeError, ValueError):
        return False
