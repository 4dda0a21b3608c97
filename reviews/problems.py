"""The pages for what went wrong."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from orchestr.refusal import Kind, Refusal, absent


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "problem.html", {"refusal": absent("page"), "status": 404}, status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    refusal = Refusal(
        Kind.FORBIDDEN,
        "forbidden",
        _("This request did not come from one of our own pages."),
        next=_("Open the page again and repeat what you did there."),
    )
    return render(request, "problem.html", {"refusal": refusal, "status": 403}, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return forbidden(request, PermissionError(reason))


def broken(request: HttpRequest) -> HttpResponse:
    refusal = Refusal(
        Kind.UNAVAILABLE,
        "broken",
        _("Something failed on our side. Nothing was half done."),
        next=_("Try again; if it stays like this, tell an admin the time it happened."),
    )
    return render(request, "problem.html", {"refusal": refusal, "status": 500}, status=500)
