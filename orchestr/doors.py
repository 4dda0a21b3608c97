"""What the page doors share: a Refusal becomes one audit event and one readable answer."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from audit.record import Actor, record_refusal
from orchestr.refusal import Kind, Refusal


def actor_of(request: HttpRequest) -> Actor:
    """The audit's word for who asks."""
    account = request.user
    if account.is_authenticated and account.person_id is not None:
        return Actor.person(account_id=account.pk, person_id=account.person_id)
    return Actor.system()


class RefusalMiddleware:
    """Answers a Refusal raised by a view, after its transaction has rolled back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        refused(request, exception)
        return answer(request, exception)


def refused(request: HttpRequest, refusal: Refusal) -> None:
    """Write the one refusal event, in a fresh transaction. A GET that finds nothing is no event."""
    if refusal.kind is Kind.ABSENT and request.method == "GET":
        return
    with transaction.atomic(durable=True):
        record_refusal(
            actor=actor_of(request),
            at=timezone.now(),
            code=refusal.code,
            door=f"page {request.resolver_match.view_name if request.resolver_match else ''}",
            about=refusal.about,
            params=refusal.params,
        )


def answer(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    context: dict[str, Any] = {"refusal": refusal, "status": refusal.status}
    template = "problem.html#panel" if request.headers.get("HX-Request") else "problem.html"
    return render(request, template, context, status=refusal.status)
