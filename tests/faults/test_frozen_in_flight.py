"""A freeze while many are in flight: what waits is held, and nothing new is written."""

import time
from datetime import datetime

import pytest
from django.db import transaction

from audit.record import Actor
from orchestr.execution.models import Execution
from orchestr.freezes.freeze import freeze, request_thaw
from orchestr.freezes.targets import Target
from orchestr.governance import control
from orchestr.proposals.models import Proposal
from tests import make
from tests.faults.company import Company, found, wait_until

pytestmark = pytest.mark.faults
MANY = 100


@pytest.fixture
def company(processes: "object", monkeypatch: pytest.MonkeyPatch) -> "object":
    made = found(processes, monkeypatch, variants=MANY)  # type: ignore[arg-type]
    yield made
    made.assert_invariants()


def test_a_freeze_stops_new_writes_at_once_and_two_people_let_them_go_on(company: Company) -> None:
    for each in company.variants:
        company.approved(each)
    company.shop.script("delay", times=MANY, ms=150)
    company.worker(forks=2)
    wait_until(lambda: len(company.shop.writes()) >= 3, hint=True)
    with transaction.atomic():
        freeze(target=Target("all"), why="Stop.", by=Actor.worker("command"), at=make.now())
    frozen_at = time.time()
    wait_until(lambda: not Execution.objects.filter(state__in=("queued", "running")).exists(), hint=True)
    wait_until(lambda: _settled_but_held() == MANY, hint=True)
    late = [write for write in company.shop.writes() if _when(write["at"]) > frozen_at + 2]
    written = len(company.shop.writes())
    assert late == []
    assert written < MANY
    assert Execution.objects.filter(state="held", held_by="all").count() == MANY - written

    people = company.house.people
    with transaction.atomic():
        asked = request_thaw(target=Target("all"), why="It was a false alarm.", by=people.omar, at=make.now())
    with transaction.atomic():
        control.confirm(change_id=asked.pk, digest=asked.digest, by=people.olga, at=make.now())
    company.live.beat()
    wait_until(lambda: Proposal.objects.filter(state="published").count() == MANY, within=120, hint=True)
    assert len(company.shop.writes()) == MANY


def _settled_but_held() -> int:
    return Execution.objects.filter(state__in=("held", "done")).count()


def _when(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
