"""From a filled form to one operation and its answer; a refusal is on record and shown where it can be mended."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, cast

from django.contrib import messages
from django.db import transaction
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from orchestr.doors import refused
from orchestr.governance.models import ControlChange
from orchestr.http import SignedIn
from orchestr.refusal import Kind, Refusal


@dataclass(frozen=True, slots=True)
class Refused:
    """The operation was not done; the form says why. `status` is what the page answers with."""

    status: int


def act[F: Form, T](request: SignedIn, form: F, operation: Callable[[F, datetime], T]) -> T | Refused:
    """Read the form and run the operation in the one durable transaction.

    What cannot be read, or is refused, leaves its one refusal event and stands in the form's errors.
    Absent and invisible stay the bare 404 of the middleware.
    """
    try:
        if not form.is_valid():
            raise _unreadable(form)
        with transaction.atomic(durable=True):
            return operation(form, timezone.now())
    except Refusal as refusal:
        if refusal.kind is Kind.ABSENT:
            raise
        refused(request, refusal)
        if refusal.code != "form_unreadable":
            form.add_error(None, f"{refusal.detail} {refusal.next}")
        return Refused(refusal.status)


def leading_back[**P](
    to: str,
) -> Callable[[Callable[Concatenate[SignedIn, P], HttpResponse]], Callable[Concatenate[SignedIn, P], HttpResponse]]:
    """Answer a refused act with a page that leads back to the view `to` (with the same arguments, where it takes any)."""

    def wrap(
        view: Callable[Concatenate[SignedIn, P], HttpResponse],
    ) -> Callable[Concatenate[SignedIn, P], HttpResponse]:
        @wraps(view)
        def door(request: SignedIn, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except Refusal as refusal:
                if refusal.kind is Kind.ABSENT:
                    raise
                refused(request, refusal)
                context: dict[str, Any] = {"refusal": refusal, "status": refusal.status, "back_url": to}
                template = "problem.html#panel" if request.htmx else "problem.html"
                return render(request, template, context, status=refusal.status)

        return cast("Callable[Concatenate[SignedIn, P], HttpResponse]", door)

    return wrap


def landed(request: SignedIn, done: object, *, said: str, to: str) -> HttpResponse:
    """Where a person goes after an act: to the waiting control change, or back with a word that it is in force."""
    if isinstance(done, ControlChange):
        messages.warning(request, _("This waits for a second person. Nothing changes before they confirm it."))
        return redirect(f"{reverse('admin:controls')}#change-{done.pk}")
    messages.success(request, said)
    return redirect(to)


def _unreadable(form: Form) -> Refusal:
    return Refusal(
        Kind.UNPROCESSABLE,
        "form_unreadable",
        _("Something in the form is missing or cannot be read."),
        next=_("Correct the fields that are marked."),
        params={"fields": sorted(form.errors)},
    )
