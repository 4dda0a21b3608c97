"""Refusals before a call reaches the door: recorded once, as the door records its own."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from audit.record import Actor, record_refusal
from orchestr.agents.models import AgentToken
from orchestr.agents.rate import RateLimited, charge
from orchestr.agents.tokens import note_use, token_for
from orchestr.api.broken import broken, kept
from orchestr.api.door import unauthenticated
from orchestr.api.mcp.inside import Answer
from orchestr.api.polls import read
from orchestr.policy.values import Json
from orchestr.refusal import Refusal

DOOR = "api:mcp"


def bearer_of(scope: Mapping[str, Any]) -> AgentToken | None:
    """Whose token the request carries; None where there is no live one."""
    sent = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
    kind, _, text = sent.decode("latin-1").partition(" ")
    return token_for(text.strip(), at=timezone.now()) if kind.lower() == "bearer" else None


async def knock(scope: Mapping[str, Any]) -> Answer | None:
    """The refusal of who shows no live token; None for who may come in."""

    def look() -> Answer | None:
        token = bearer_of(scope)
        if token is None:
            return _refuse(unauthenticated(), None)
        at, (address, *_) = timezone.now(), scope.get("client") or ("",)
        note_use(token, address=address, at=at)
        try:
            charge(token, at=at)
        except RateLimited as limited:  # on record already, once a window
            return Answer(limited.status, _told(limited), limited.retry_after_s)
        return None

    return await read(look)


async def refuse_call(refusal: Refusal, *, scope: Mapping[str, Any]) -> Answer:
    """Record the one event of a refusal and give the answer that says the next step."""
    return await read(lambda: _refuse(refusal, bearer_of(scope)))


async def refuse_broken(error: BaseException, *, scope: Mapping[str, Any]) -> Answer:
    """The answer to what nobody foresaw: it says nothing of the error, which is in the log under the request's id."""
    refusal = broken(error, door=DOOR)
    id = refusal.answer["request_id"]

    def record() -> None:
        kept(lambda: _refuse(refusal, bearer_of(scope), request_id=id), id)

    await read(record)
    return Answer(refusal.status, _told(refusal))


def _refuse(refusal: Refusal, token: AgentToken | None, *, request_id: str | None = None) -> Answer:
    record_refusal(
        actor=Actor.anonymous() if token is None else Actor.agent(token.agent_id),
        at=timezone.now(),
        code=refusal.code,
        door=DOOR,
        status=refusal.status,
        about=refusal.about if token is None else {"token": str(token.pk), **refusal.about},
        params=refusal.params,
        request_id=request_id,
    )
    return Answer(refusal.status, _told(refusal))


def _told(refusal: Refusal) -> dict[str, Json]:
    return {
        **refusal.answer,
        "status": refusal.status,
        "code": refusal.code,
        "detail": refusal.detail,
        "next": refusal.next,
    }
