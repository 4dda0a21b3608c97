"""A scope remembers when it was last used, once what used it has committed, and at most once a minute."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from orchestr.agents import uses
from orchestr.agents.models import Scope
from orchestr.refusal import Refusal
from tests import make
from tests.proposals.propose import propose

type Committing = Callable[..., AbstractContextManager[Any]]


def used() -> set[str]:
    return set(Scope.objects.filter(last_used_at__isnull=False).values_list("tool__name", flat=True))


def test_a_submission_uses_the_scopes_that_cover_it(
    house: make.House, django_capture_on_commit_callbacks: Committing
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        propose(house, house.change(after=19_000))
    assert used() == {"shop.set_price"}


def test_reading_uses_the_scopes_for_reading(house: make.House, django_capture_on_commit_callbacks: Committing) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = Client().get("/api/v1/catalogue/resources", headers={"Authorization": f"Bearer {house.token}"})
    assert answer.status_code == 200
    assert used() == {"shop.read_catalogue", "erp.read_catalogue"}


def test_what_is_refused_uses_nothing(house: make.House, django_capture_on_commit_callbacks: Committing) -> None:
    Scope.objects.filter(tool__name="shop.set_price").delete()
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(Refusal):
        propose(house, house.change(after=19_000))
    assert used() == set()


def test_it_is_noted_at_most_once_a_minute(house: make.House, django_capture_on_commit_callbacks: Committing) -> None:
    scope, at = Scope.objects.order_by("id")[0], make.now()
    for seconds, noted in ((0, 0), (59, 0), (61, 61)):
        with django_capture_on_commit_callbacks(execute=True):
            uses.note([scope.pk], at=at + timedelta(seconds=seconds))
        scope.refresh_from_db()
        assert scope.last_used_at == at + timedelta(seconds=noted)
