"""Signing in and out, each on record. One form: username and password."""

from typing import Any

from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from audit.record import Actor, record, text_digest
from orchestr.doors import actor_of
from orchestr.people.models import Account


class SignIn(views.LoginView):
    template_name = "people/login.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """One transaction: a password that is hashed anew on the way in is changed with the event of the sign-in."""
        with transaction.atomic(durable=True):
            return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        account = form.get_user()
        assert isinstance(account, Account)
        answer = super().form_valid(form)
        record(
            action="account.signed_in",
            actor=Actor.person(account_id=account.pk, person_id=account.person_id),
            at=timezone.now(),
            about={"account": str(account.pk)},
            data={"method": "password"},
        )
        return answer

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        record(
            action="account.sign_in_failed",
            actor=Actor.anonymous(),
            at=timezone.now(),
            about={},
            data={"method": "password", **_whose(form.data.get("username", ""))},
        )
        answer = super().form_invalid(form)
        answer.status_code = 401
        return answer


def _whose(name: str) -> dict[str, str]:
    """The digest of a name that is somebody's, under their salt: it tells nothing once they are erased."""
    account = Account.objects.select_related("person").filter(username=name).first()
    if account is None or account.person.salt is None:
        return {}
    return {"name_digest": text_digest(name, bytes(account.person.salt))}


class SignOut(views.LogoutView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated:
            with transaction.atomic(durable=True):
                record(
                    action="account.signed_out",
                    actor=actor_of(request),
                    at=timezone.now(),
                    about={"account": str(request.user.pk)},
                )
        super().post(request, *args, **kwargs)
        return HttpResponseRedirect("/login/")


sign_in = SignIn.as_view()
sign_in.gate = ("anybody",)  # type: ignore[attr-defined]
sign_out = SignOut.as_view()
sign_out.gate = ("anybody",)  # type: ignore[attr-defined]
