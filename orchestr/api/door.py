"""The agents' door: who knocks, one transaction a write, one stored answer an idempotency key."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja.parser import Parser
from ninja.security import HttpBearer

from orchestr.agents.models import AgentToken
from orchestr.agents.rate import charge
from orchestr.agents.tokens import is_live, note_use, token_for
from orchestr.api import strict
from orchestr.prepared import prepared
from orchestr.refusal import Kind, Refusal
from orchestr.runs.locks import under_lease

LONGEST_KEY = 200
COUNTED = "orchestr.counted"  # in the scope of a request within another that was counted
_LOCK_SPACE = 0x69646D  # "idm"


class Knock(HttpRequest):
    """A request whose bearer token was good: `auth` is the token, its agent loaded."""

    auth: AgentToken


class Bearer(HttpBearer):
    """`Authorization: Bearer orc_…`: live, neither expired nor revoked, the agent not retired."""

    def authenticate(self, request: HttpRequest, token: str) -> AgentToken | None:
        at = timezone.now()
        found = token_for(token, at=at)
        if found is not None:
            note_use(found, address=request.META.get("REMOTE_ADDR", ""), at=at)
            if COUNTED not in getattr(request, "scope", {}):
                charge(found, at=at)
        return found


class StrictParser(Parser):
    def parse_body(self, request: HttpRequest) -> Any:
        strict.refuse_other_media(request.content_type or "")
        return strict.parse(request.body)


def unauthenticated() -> Refusal:
    return Refusal(
        Kind.UNAUTHENTICATED,
        "unauthenticated",
        "There is no valid agent token on this request.",
        next="Send `Authorization: Bearer <token>`; an admin issues tokens on the agent's page.",
    )


def refuse_closed(token: AgentToken) -> None:
    """Raise Refusal (401) where the token of a request that has waited opens nothing any more."""
    if not is_live(token, at=timezone.now()):
        raise unauthenticated()


type _Endpoint[**P] = Callable[Concatenate[Knock, P], Any]


def write[**P](status: int = 200) -> Callable[[_Endpoint[P]], Callable[..., HttpResponse]]:
    """An endpoint that changes something: it runs in one durable transaction with its stored answer.

    With a `Run-Lease`, a run that is under another lease by now is refused (409 `lease_lost`).
    With an `Idempotency-Key`, the same key and body get the stored answer, another body 422, and a
    twin still under way 409. A refusal rolls all of it back, the key included.
    """

    def wrap(endpoint: _Endpoint[P]) -> Callable[..., HttpResponse]:
        @wraps(endpoint)
        def durable(request: Knock, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            at = timezone.now()
            with transaction.atomic(durable=True):
                key = _key_of(request)
                if key is not None and (stored := _claim(key)) is not None:
                    return _respond(*stored)
                with under_lease(_lease_of(request)):
                    body = json.dumps(endpoint(request, *args, **kwargs), cls=DjangoJSONEncoder)
                if key is not None:
                    _store(key, body, status, at)
            return _respond(body, status)

        return durable

    return wrap


def _lease_of(request: Knock) -> UUID | None:
    text = request.headers.get("Run-Lease", "")
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise Refusal(
            Kind.INVALID,
            "run_lease",
            "A run's lease is the id that `POST /runs/next` answered as `lease`.",
            next="Send that id, or leave `Run-Lease` out.",
        ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """An idempotency key with what it stands for: the same one has the same agent, path and body."""

    agent_id: UUID
    text: str
    path: str
    body_sha256: str

    @property
    def lock(self) -> int:
        raw = hashlib.sha256(f"{self.agent_id}\0{self.text}".encode()).digest()
        return int.from_bytes(raw[:4], "big", signed=True)


def _key_of(request: Knock) -> _Key | None:
    text = request.headers.get("Idempotency-Key", "")
    if not text:
        return None
    if len(text) > LONGEST_KEY or not text.isprintable():
        raise Refusal(
            Kind.INVALID,
            "idempotency_key",
            f"An idempotency key is printable and has at most {LONGEST_KEY} characters.",
            next="Send a UUID.",
        )
    body = hashlib.sha256(request.body).hexdigest()
    return _Key(agent_id=request.auth.agent_id, text=text, path=request.path, body_sha256=body)


_CLAIM = """
SELECT pg_try_advisory_xact_lock(%s::int, %s::int), k.path, k.body_sha256, k.answer::text, k.status
FROM (SELECT 1) AS one LEFT JOIN orchestr_idempotency_key k ON k.agent_id = %s AND k.key = %s
"""
_STORE = """
INSERT INTO orchestr_idempotency_key (agent_id, key, path, body_sha256, status, answer, at)
VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s) ON CONFLICT (agent_id, key) DO NOTHING
"""


def _claim(key: _Key) -> tuple[str, int] | None:
    """Hold the key until the transaction ends; the stored answer and its status if it was answered before."""
    with prepared() as cursor:
        cursor.execute(_CLAIM, [_LOCK_SPACE, key.lock, key.agent_id, key.text])
        held, path, body, answer, status = cursor.fetchone()
    if path is not None and (path, body) != (key.path, key.body_sha256):
        raise Refusal(
            Kind.UNPROCESSABLE,
            "idempotency_key_reused",
            "This idempotency key was used for another request.",
            next="Use a fresh key for each new request.",
        )
    if path is not None:
        return answer, status
    if not held:
        raise _in_flight()
    return None


def _store(key: _Key, answer: str, status: int, at: datetime) -> None:
    with prepared() as cursor:
        cursor.execute(_STORE, [key.agent_id, key.text, key.path, key.body_sha256, status, answer, at])
        if cursor.rowcount != 1:  # Its twin ended between our look and our lock; what we did is rolled back.
            raise _in_flight()


def _in_flight() -> Refusal:
    return Refusal(
        Kind.CONFLICT,
        "in_flight",
        "The first request with this idempotency key is still under way.",
        next="Wait a moment and send it again with the same key.",
    )


def _respond(body: str, status: int) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json")
