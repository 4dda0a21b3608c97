"""Signing in and posting for the tests of the set-up pages, and what a refusal may leave behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.test import Client

from audit.models import AuditEvent
from orchestr.people.models import Account


def signed_in(who: Account) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def rows() -> dict[str, int]:
    """How many rows there are of everything but sessions and the audit log."""
    return {
        model._meta.label: model._default_manager.count()
        for label in ("orchestr", "reviews", "auth")
        for model in apps.get_app_config(label).get_models()
    }


@contextmanager
def one_refusal(code: str, *, by: Account) -> Iterator[None]:
    """Within it exactly one refusal by this person is recorded, and nothing else happens."""
    before, seen = rows(), set(AuditEvent.objects.values_list("id", flat=True))
    yield
    events = list(AuditEvent.objects.exclude(id__in=seen))
    assert [(each.action, each.data["code"]) for each in events] == [("refused", code)]
    assert events[0].actor_id == str(by.person_id)
    assert rows() == before


def actions_since(seen: set[Any]) -> list[str]:
    return list(AuditEvent.objects.exclude(id__in=seen).order_by("id").values_list("action", flat=True))


def events() -> set[Any]:
    return set(AuditEvent.objects.values_list("id", flat=True))
