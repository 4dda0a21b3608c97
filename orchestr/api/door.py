"""The agents' door: who knocks, one transaction a write, one stored answer an idempotency key."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja.parser import Parser
from ninja.security import HttpBearer

from orchestr.agents.models import AgentToken
from orchestr.agents.tokens import note_use, token_for
from orchestr.api import strict
from orchestr.api.models import IdempotencyKey
from orchestr.refusal import Kind, Refusal

LONGEST_KEY = 200
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
            note_use(found, at=at)
        return found


class StrictParser(Parser):
    def parse_body(self, request: HttpRequest) -> Any:
        return strict.parse(request.body)


def unauthenticated() -> Refusal:
    return Refusal(
        Kind.UNAUTHENTICATED,
        "unauthenticated",
        "There is no valid agent token on this request.",
        next="Send `Authorization: Bearer <token>`; an admin issues tokens on the agent's page.",
    )


type _Endpoint[**P] = Callable[Concatenate[Knock, P], Any]


def write[**P](status: int = 200) -> Callable[[_Endpoint[P]], Callable[..., HttpResponse]]:
    """An endpoint that changes something: it runs in one durable transaction with its stored answer.

    With an `Idempotency-Key`, the same key and body get the stored answer, another body 422, and a
    twin still under way 409. A refusal rolls all of it back, the key included.
    """

    def wrap(endpoint: _Endpoint[P]) -> Callable[..., HttpResponse]:
        @wraps(endpoint)
        def durable(request: Knock, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            at = timezone.now()
            with transaction.atomic(durable=True):
                key = _claim(request, at)
                if key is not None and key.status is not None:
                    return _respond(key.answer, key.status)
                answer = endpoint(request, *args, **kwargs)
                body = json.loads(json.dumps(answer, cls=DjangoJSONEncoder))
                if key is not None:
                    key.status, key.answer = status, body
                    key.save(update_fields=["status", "answer"])
            return _respond(body, status)

        return durable

    return wrap


def _claim(request: Knock, at: datetime) -> IdempotencyKey | None:
    """This request's key, held until the transaction ends; one with a status has been answered before."""
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
    _hold(request.auth, text)
    body = hashlib.sha256(request.body).hexdigest()
    row, created = IdempotencyKey.objects.get_or_create(
        agent_id=request.auth.agent_id, key=text, defaults={"path": request.path, "body_sha256": body, "at": at}
    )
    if not created and (row.body_sha256, row.path) != (body, request.path):
        raise Refusal(
            Kind.UNPROCESSABLE,
            "idempotency_key_reused",
            "This idempotency key was used for another request.",
            next="Use a fresh key for each new request.",
        )
    return row


def _hold(token: AgentToken, text: str) -> None:
    raw = hashlib.sha256(f"{token.agent_id}\0{text}".encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, int.from_bytes(raw[:4], "big", signed=True)]
        )
        (held,) = cursor.fetchone()
    if not held:
        raise Refusal(
            Kind.CONFLICT,
            "in_flight",
            "The first request with this idempotency key is still under way.",
            next="Wait a moment and send it again with the same key.",
        )


def _respond(body: Any, status: int) -> HttpResponse:
    return HttpResponse(json.dumps(body), status=status, content_type="application/json")
