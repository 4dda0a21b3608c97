"""The only way into the audit log: one INSERT in the transaction of the fact.

The identity is made by PostgreSQL's `uuidv7()` inside the same statement that hashes the canonical
bytes, so recording costs one round trip and takes no lock that another writer could wait for.
Events hold ids, codes and numbers. Free text stays in the row it belongs to; the event may hold
`text_digest(text, salt)`, with the salt beside the text, so that erasing both leaves the log whole.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from audit.actions import ABOUT, UnknownAction, action_named
from audit.actors import Actor
from audit.canonical import Json, encode, instant, plain
from audit.parameters import is_word, withhold_text
from audit.prepared import prepared, send

__all__ = [
    "Actor",
    "Entry",
    "NotInTransaction",
    "gathered",
    "note",
    "record",
    "record_many",
    "record_refusal",
    "text_digest",
]

FORMAT = 1  # the shape of the canonical bytes; a changed shape gets the next number


_pending: ContextVar[list[dict[str, Any]] | None] = ContextVar("gathered", default=None)


class NotInTransaction(RuntimeError):
    """`record` was called outside the transaction of the fact it records."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One fact to record. `at` is when it became true, `segments` the ids (or keys) one must see to see it."""

    action: str
    actor: Actor
    at: datetime
    about: Mapping[str, UUID | str | None]
    data: Mapping[str, Any] = field(default_factory=dict)
    segments: Iterable[UUID | str] = ()
    on_behalf_of: UUID | str | None = None
    request_id: UUID | str | None = None


# `head` and `tail` are the canonical text on both sides of the id, which PostgreSQL makes.
_TYPES = {
    "head": "text",
    "tail": "text",
    "at": "timestamptz",
    "action": "text",
    "actor_kind": "text",
    "actor_id": "text",
    "account_id": "uuid",
    "on_behalf_of": "text",
    "about": "jsonb",
    "data": "jsonb",
    "request_id": "text",
    "segments": "jsonb",
}
_NAMES = ", ".join(_TYPES)
_ONE = "SELECT " + ", ".join(f"%({name})s::{type} AS {name}" for name, type in _TYPES.items())
_MANY = f"""SELECT * FROM ROWS FROM (
    {", ".join(f"unnest(%({name})s::{type}[])" for name, type in _TYPES.items())}
) AS entry ({_NAMES})"""  # noqa: S608 - made of constants; every value is a parameter
_INSERT = """
WITH given AS MATERIALIZED (
    SELECT uuidv7() AS id, entry.* FROM ({source} OFFSET 0) AS entry
), written AS MATERIALIZED (
    SELECT *, convert_to(head || id::text || tail, 'UTF8') AS bytes FROM given
)
INSERT INTO audit_event (id, at, action, actor_kind, actor_id, account_id, on_behalf_of,
                         about, data, request_id, segments, canonical, sha256)
SELECT id, at, action, actor_kind, actor_id, account_id, on_behalf_of, about, data, request_id,
       ARRAY(SELECT jsonb_array_elements_text(segments)), bytes, sha256(bytes)
FROM written
RETURNING id
"""
_INSERT_ONE = _INSERT.format(source=_ONE)  # about half the planning of the other
_INSERT_MANY = _INSERT.format(source=_MANY)


def record(
    *,
    action: str,
    actor: Actor,
    at: datetime,
    about: Mapping[str, UUID | str | None],
    data: Mapping[str, Any] | None = None,
    segments: Iterable[UUID | str] = (),
    on_behalf_of: UUID | str | None = None,
    request_id: UUID | str | None = None,
) -> UUID:
    """Record one fact and return the id of its event. Locks nothing another writer waits for.

    Refuses to run outside a transaction (NotInTransaction), an action, parameter or `about` key the
    table in `actions.py` does not name (UnknownAction), and free text or floats (ValueError,
    TypeError). Whatever it raises, the caller's transaction must not commit.
    """
    entry = Entry(
        action=action,
        actor=actor,
        at=at,
        about=about,
        data=data or {},
        segments=segments,
        on_behalf_of=on_behalf_of,
        request_id=request_id,
    )
    return record_many([entry])[0]


def record_many(entries: Sequence[Entry]) -> list[UUID]:
    """Record several facts of one transaction in one INSERT; ids in the order given."""
    if not connection.in_atomic_block:
        raise NotInTransaction("an audit event is recorded in the transaction of its fact")
    if not entries:
        return []
    pending = _pending.get()
    if pending:  # What was noted before comes before.
        rows = [*pending, *(_columns(entry) for entry in entries)]
        pending.clear()
        return _insert(rows)[-len(entries) :]
    return _insert([_columns(entry) for entry in entries])


@contextmanager
def gathered() -> Iterator[None]:
    """Facts noted inside are written together at its end, in one INSERT. The fact's transaction is around it.

    What is recorded inside takes with it what was noted before, so that the order stays.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("audit events are gathered in the transaction of their facts")
    if _pending.get() is not None:
        yield
        return
    rows: list[dict[str, Any]] = []
    token = _pending.set(rows)
    try:
        yield
    finally:
        _pending.reset(token)
    if rows:
        _insert(rows)


def note(entry: Entry) -> None:
    """Record one fact whose event's id nobody needs: at once, or at the end of what `gathered` is around.

    Within `one_trip` its INSERT goes over with what is sent next, and costs no trip of its own.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("an audit event is recorded in the transaction of its fact")
    pending = _pending.get()
    if pending is None:
        send(_INSERT_ONE, _columns(entry), look=_one_row)
    else:
        pending.append(_columns(entry))


def _one_row(count: int) -> None:
    if count != 1:
        raise RuntimeError(f"the INSERT of one audit event wrote {count} rows")


def _insert(rows: Sequence[dict[str, Any]]) -> list[UUID]:
    with prepared() as cursor:
        if len(rows) == 1:
            cursor.execute(_INSERT_ONE, rows[0])
        else:
            cursor.execute(_INSERT_MANY, {name: [row[name] for row in rows] for name in _TYPES})
        return [row[0] for row in cursor.fetchall()]


def record_refusal(
    *,
    actor: Actor,
    at: datetime,
    code: str,
    door: str,
    params: Mapping[str, Any] | None = None,
    about: Mapping[str, UUID | str | None] | None = None,
    segments: Iterable[UUID | str] = (),
    status: int | None = None,
    on_behalf_of: UUID | str | None = None,
    request_id: UUID | str | None = None,
) -> UUID:
    """Record that a door refused: the one `refused` event, in a transaction of its own.

    The door calls it after its own transaction was rolled back. What is no id, code or number in
    `params` is stored as `withheld`, and `about` keeps only what it can name, so that a hostile
    request leaves its event like any other. `door` is such as `page:reviews:decide`.
    """
    known = {key: part for key, part in (about or {}).items() if key in ABOUT and (part is None or is_word(str(part)))}
    data: dict[str, Any] = {"code": code, "door": ":".join(door.split()), "params": withhold_text(dict(params or {}))}
    if status is not None:
        data["status"] = status
    with transaction.atomic():
        return record(
            action="refused",
            actor=actor,
            at=at,
            about=known,
            data=data,
            segments=segments,
            on_behalf_of=on_behalf_of,
            request_id=request_id,
        )


def text_digest(text: str, salt: bytes) -> str:
    """What an event holds of a free text: HMAC-SHA256 under a salt that is stored, and erased, with the text."""
    if len(salt) < 16:
        raise ValueError("a salt has at least 16 random bytes")
    return hmac.new(salt, text.encode(), hashlib.sha256).hexdigest()


def _columns(entry: Entry) -> dict[str, Any]:
    """The column values of one entry, and its canonical text on both sides of the id."""
    actor = entry.actor
    account = None if actor.account_id is None else str(UUID(actor.account_id))
    about, data = encode(_checked_about(entry.about)), encode(_checked_data(entry))
    segments = encode([_word(segment) for segment in sorted({str(segment) for segment in entry.segments})])
    actor_id, for_whom, request = _word(actor.id), _word(entry.on_behalf_of), _word(entry.request_id)
    # The keys of an object in canonical order; `id` stands between the two halves.
    head = (
        f'{{"about":{about},"account":{encode(account)},"action":{encode(entry.action)},'
        f'"actor":{{"id":{encode(actor_id)},"kind":{encode(actor.kind)}}},"at":"{instant(entry.at)}",'
        f'"data":{data},"for":{encode(for_whom)},"id":"'
    )
    return {
        "head": head,
        "tail": f'","request":{encode(request)},"segments":{segments},"v":{FORMAT}}}',
        "at": entry.at,
        "action": entry.action,
        "actor_kind": actor.kind,
        "actor_id": actor_id,
        "account_id": account,
        "on_behalf_of": for_whom,
        "about": about,
        "data": data,
        "request_id": request,
        "segments": segments,
    }


def _checked_data(entry: Entry) -> Json:
    parameters = action_named(entry.action).parameters
    data = plain(entry.data)
    if not isinstance(data, dict):
        raise TypeError("the data of an audit event is an object")
    for name, value in data.items():
        kind = parameters.get(name)
        if kind is None:
            raise UnknownAction(f"{entry.action!r} has no parameter {name!r}; audit/actions.py lists them")
        if value is not None and not kind.accepts(value):
            raise ValueError(f"{name!r} of {entry.action!r} must be: {kind.name}")
    return data


def _checked_about(about: Mapping[str, UUID | str | None]) -> Json:
    named = {key: _word(part) for key, part in about.items() if part is not None}
    if unknown := sorted(named.keys() - ABOUT):
        raise UnknownAction(f"an audit event cannot be about {unknown[0]!r}; audit/actions.py lists what it can")
    return {key: named[key] for key in sorted(named)}  # words under ASCII keys: canonical as they are


def _word(value: UUID | str | None) -> str | None:
    if value is None:
        return None
    if not is_word(str(value)):
        raise ValueError("an audit event names things by ids and keys without spaces")
    return str(value)
