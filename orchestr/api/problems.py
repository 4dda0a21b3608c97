"""RFC 9457 problem documents: the one shape of every refusal at this door."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone

from audit.record import Actor, record_refusal
from orchestr.agents.rate import RateLimited
from orchestr.agents.refused import count
from orchestr.api.broken import broken, kept
from orchestr.refusal import STATUS, Kind, Refusal
from orchestr.runs.budgets import Overspent
from orchestr.runs.stop import overspent

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


def refuse_broken(request: HttpRequest, error: BaseException) -> HttpResponse:
    """Answer what nobody foresaw: a 500 that says nothing of the error, in the log and on record by its request id."""
    return refuse(request, broken(error, door=_door(request)))


def as_problem(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The page for what broke outside every operation, made a problem document. Any other answer stays as it is.

    Django has handled the error by then, and logged it; a line with the request's id is added.
    """
    if response.status_code != STATUS[Kind.BROKEN] or response.headers.get("Content-Type") == MEDIA_TYPE:
        return response
    said = problem(broken(None, door=_door(request)))
    for name in ("Content-Type", "Content-Length"):
        response.headers.pop(name, None)
    if isinstance(response, HttpResponse):
        response.content = said.content
    response.headers["Content-Type"] = MEDIA_TYPE
    response.headers["Content-Length"] = str(len(said.content))
    return response


def _record_and_close(request: HttpRequest, refusal: Refusal) -> None:
    try:
        _record(request, refusal)
    finally:
        connection.close()


def _record(request: HttpRequest, refusal: Refusal) -> None:
    request_id = refusal.answer.get("request_id")
    if request_id is None:
        _write(request, refusal, None)
    else:
        kept(lambda: _write(request, refusal, request_id), request_id)


def _door(request: HttpRequest) -> str:
    match = request.resolver_match
    return f"api:{request.method}:{match.view_name if match else ''}"


def _write(request: HttpRequest, refusal: Refusal, request_id: str | None) -> None:
    token = getattr(request, "auth", None)
    at = timezone.now()
    with transaction.atomic():
        record_refusal(
            actor=Actor.anonymous() if token is None else Actor.agent(token.agent_id),
            at=at,
            code=refusal.code,
            door=_door(request),
            status=refusal.status,
            about=refusal.about if token is None else {"token": str(token.pk), **refusal.about},
            params=refusal.params,
            request_id=request_id,
        )
        if isinstance(refusal, Overspent):
            overspent(refusal, at=at)
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
