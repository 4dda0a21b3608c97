"""The agents' door in the web process: behind the middleware that it needs, on one thread a request.

Served as pages are, a request hops between the event loop and a thread of its own a dozen times (each middleware,
each signal, the view); together that cost more than a submission's policy. Here what writes is read on the loop,
done on one of a few threads that stay, and sent on the loop. What waits (long polls) is served as Django does it:
it stays on the loop and holds no thread.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from contextvars import copy_context
from typing import IO, Any

from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import HttpRequest, HttpResponseBase
from django.urls import set_script_prefix

from orchestr.api.problems import as_problem

WAITING = "/runs/next"
THREADS = 10  # as many as the pool has connections by default; who comes later waits for one


class _OnTheLoop(ASGIHandler):
    """Whatever fails before or behind the operations, a middleware's error too, is answered as a problem."""

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return as_problem(request, await super().get_response_async(request))

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        return as_problem(request, super().get_response(request))

    def load_middleware(self, is_async: bool = False) -> None:
        everything = settings.MIDDLEWARE
        settings.MIDDLEWARE = settings.API_MIDDLEWARE
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = everything


class _OnOneThread(_OnTheLoop):
    def __init__(self) -> None:
        super().__init__()
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="door")

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """A body that has arrived whole is acted on, whether or not somebody still waits for the answer."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with closing(body):
            loop, context = asyncio.get_running_loop(), copy_context()
            response = await loop.run_in_executor(self._threads, context.run, self._answer, scope, body)
        await self.send_response(response, send)

    def _answer(self, scope: Any, body: IO[bytes]) -> HttpResponseBase:
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, refused = self.create_request(scope, body)
        response: HttpResponseBase = refused or self.get_response(request)  # type: ignore[arg-type]
        response.close()  # says that the request is finished: the connection goes back to its pool
        return response


_reads, _writes = _OnTheLoop(), _OnOneThread()


async def door(scope: Any, receive: Any, send: Any) -> None:
    """Everything under /api/v1/ but its reference."""
    waits = scope["method"] in ("GET", "HEAD") or scope["path"].endswith(WAITING)
    await (_reads if waits else _writes)(scope, receive, send)
