"""The door put together: routers, and how each kind of failure is answered."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from orchestr.api import catalogue, events, parts, proposals, runs, tools, work
from orchestr.api.document.schema import completed
from orchestr.api.door import Bearer, StrictParser, unauthenticated
from orchestr.api.problems import refuse, refuse_broken
from orchestr.api.strict import too_large
from orchestr.refusal import Kind, Refusal, absent


class Described(NinjaAPI):
    """The document says what is answered; answers are made by the door itself and not measured against it again."""

    def get_openapi_schema(self, **given: Any) -> Any:
        return completed(super().get_openapi_schema(**given))


api = Described(
    title="Orchestr",
    version="1",
    description="The agents' door: start a run, gather evidence, propose, wait for what people say.",
    auth=Bearer(),
    parser=StrictParser(),
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
)
for router in (tools.router, work.router, runs.router, catalogue.router, parts.router, proposals.router, events.router):
    api.add_router("", router)


@api.exception_handler(Refusal)
def on_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return refuse(request, refusal)


@api.exception_handler(AuthenticationError)
def on_authentication(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return refuse(request, unauthenticated())


@api.exception_handler(Http404)
def on_absent(request: HttpRequest, error: Http404) -> HttpResponse:
    return refuse(request, absent("resource"))


@api.exception_handler(ValidationError)
def on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """The first thing wrong, named by its place in the body; what was sent is never repeated."""
    first = error.errors[0] if error.errors else {"loc": (), "msg": "It could not be read.", "type": ""}
    place = ".".join(str(part) for part in first["loc"][2:] or first["loc"])
    if first.get("type") == "extra_forbidden":
        place = "one of its members"
    refusal = Refusal(
        Kind.UNPROCESSABLE,
        "malformed",
        f"The request does not have the shape described: {place or 'the body'}: {first['msg']}.",
        next="Compare it with /api/v1/docs and send it again.",
        params={"errors": len(error.errors)},
    )
    return refuse(request, refusal)


@api.exception_handler(Exception)
def on_broken(request: HttpRequest, error: Exception) -> HttpResponse:
    """What nobody foresaw."""
    return refuse_broken(request, error)


@api.exception_handler(RequestDataTooBig)
def on_too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    """Larger than what Django reads at all."""
    return refuse(request, too_large())


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Ninja wraps what the parser raises; the refusal inside says what was wrong."""
    if isinstance(error.__cause__, Refusal):
        return refuse(request, error.__cause__)
    kind = Kind.INVALID if error.status_code < 500 else Kind.UNAVAILABLE
    refusal = Refusal(kind, "unreadable", "The request could not be read.", next="Send one strict JSON value.")
    return refuse(request, refusal)
