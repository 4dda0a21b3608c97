"""RFC 9457 problem documents: the one shape of every refusal at this door."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from audit.record import Actor, record_refusal
from orchestr.agents.rate import RateLimited
from orchestr.agents.refused import count
from orchestr.refusal import Refusal

MEDIA_TYPE = "application/problem+json"
_off_the_loop = ThreadPoolExecutor(max_workers=2, thread_name_prefix="refusals")


def refuse(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Record the one refusal event in a fresh transaction, then answer. The operation has rolled back.

    Who is held back for asking too often is on record already, once for all that is refused in that window.
    """
    if isinstance(refusal, RateLimited):
        return problem(refusal)
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        _record(request, refusal)
    else:  # ninja handles what an async endpoint was refused for on the loop, where no query may run
        _off_the_loop.submit(_record_and_close, request, refusal).result()
    return problem(refusal)


def _record_and_close(request: HttpRequest, refusal: Refusal) -> None:
    try:
        _record(request, refusal)
    finally:
        connection.close()


def _record(request: HttpRequest, refusal: Refusal) -> None:
    token = getattr(request, "auth", None)
    match = request.resolver_match
    at = timezone.now()
    with transaction.atomic():
        record_refusal(
            actor=Actor.anonymous() if token is None else Actor.agent(token.agent_id),
            at=at,
            code=refusal.code,
            door=f"api:{request.method}:{match.view_name if match else ''}",
            status=refusal.status,
            about=refusal.about if token is None else {"token": str(token.pk), **refusal.about},
            params=refusal.params,
        )
        if token is not None:
            count(refusal, agent_id=token.agent_id, at=at)


def answering[**P](endpoint: Callable[P, Awaitable[Any]]) -> Callable[P, Awaitable[Any]]:
    """For async endpoints: a refusal is recorded on a thread, since ninja's handlers run on the loop."""

    @wraps(endpoint)
    async def answered(*args: P.args, **kwargs: P.kwargs) -> Any:
        try:
            return await endpoint(*args, **kwargs)
        except Refusal as refusal:
            request = args[0]
            assert isinstance(request, HttpRequest)
            return await sync_to_async(refuse)(request, refusal)

    return answered


def problem(refusal: Refusal) -> HttpResponse:
    body: dict[str, Any] = {
        **refusal.answer,
        "type": "about:blank",
        "title": refusal.code.replace("_", " "),
        "status": refusal.status,
        "code": refusal.code,
        "detail": refusal.detail,
        "next": refusal.next,
    }
    response = JsonResponse(body, status=refusal.status, content_type=MEDIA_TYPE)
    if refusal.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if refusal.retry_after_s is not None:
        response["Retry-After"] = str(refusal.retry_after_s)
    return response
