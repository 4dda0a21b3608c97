"""What no operation answers: an address that does not exist, and a method that an address does not take.

They are problem documents like every other refusal here. Nothing was asked of any operation, so there is nothing to
put on record: a scanner fills no log.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from orchestr.api.problems import MEDIA_TYPE
from orchestr.http import open_to_all

type View = Callable[..., Any]


@csrf_exempt
@open_to_all
def unknown(request: HttpRequest) -> HttpResponse:
    """404 for whatever no operation lies at."""
    detail = "There is no operation at this address."
    return _problem(404, "unknown_path", detail, "Compare the address with /api/v1/openapi.json.")


def told_by_problem(view: View) -> View:
    """`view`, whose "method not allowed" is a problem document that names the methods it takes."""
    if iscoroutinefunction(view):
        waited: Callable[..., Awaitable[HttpResponse]] = view

        @wraps(view)
        async def later(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return _told(await waited(request, *args, **kwargs))

        return later

    @wraps(view)
    def now(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _told(view(request, *args, **kwargs))

    return now


def _told(answer: HttpResponse) -> HttpResponse:
    if answer.status_code != HttpResponseNotAllowed.status_code:
        return answer
    taken = ", ".join(sorted(answer["Allow"].replace(" ", "").split(",")))
    said = _problem(405, "method_not_allowed", "This address does not take that method.", f"Send one of: {taken}.")
    said["Allow"] = taken
    return said


def _problem(status: int, code: str, detail: str, next: str) -> HttpResponse:
    body = {
        "type": "about:blank",
        "title": code.replace("_", " "),
        "status": status,
        "code": code,
        "detail": detail,
        "next": next,
    }
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE)
