"""Gates of the pages, and what htmx needs to know. A leaf: it knows requests, not rooms.

Every view carries exactly one gate (a house test walks the URLs): `open_to_all` or `gate(…)`.
"""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http import QueryDict as QueryDict
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode

from orchestr.refusal import Kind, Refusal

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from orchestr.people.models import Account

    class SignedIn(HttpRequest):
        """A request that has passed a gate: its account is active and belongs to a person."""

        user: Account
        htmx: HtmxDetails
else:
    SignedIn = HttpRequest

type View[**P] = Callable[Concatenate[SignedIn, P], HttpResponseBase]


def open_to_all[**P](view: Callable[Concatenate[HttpRequest, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page that anybody may ask for, signed in or not."""
    view.gate = ("anybody",)  # type: ignore[attr-defined]
    return view


def gate[**P](*functions: str) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Signed in as a person and, if functions are named, holding at least one of them.

    Nobody signed in is sent to the sign-in page (htmx: told to go there); a missing function is the
    same 404 as an absent page.
    """

    def wrap(view: View[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def gated(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            account = request.user
            if not account.is_authenticated or account.person_id is None:
                return _to_sign_in(request)
            if functions and not account.functions & set(functions):
                raise Refusal(
                    Kind.ABSENT,
                    "not_found",
                    "There is no such page.",
                    next="Check the address, or ask somebody who can see it.",
                )
            return view(cast("SignedIn", request), *args, **kwargs)

        gated.gate = functions or ("person",)  # type: ignore[attr-defined]
        return gated

    return wrap


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    back = request.get_full_path() if request.method == "GET" else request.headers.get("Referer", "/")
    target = f"{resolve_url('login')}?{urlencode({'next': back})}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": target})
    return redirect(target)
