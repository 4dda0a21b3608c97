"""A campaign asked for by Mia, approved by Fay, and the agent in one of its runs."""

from datetime import timedelta
from typing import Any

from django.db import transaction

from orchestr.runs.briefs.models import Brief
from orchestr.runs.models import Run
from orchestr.triggers.briefs import ask, fire
from orchestr.triggers.briefs.ask import Wish
from tests import make


def wish(house: make.House, **fields: Any) -> Wish:
    given: dict[str, Any] = {
        "name": "Autumn jackets",
        "goal": "Sell last year's jackets.",
        "workflow": house.workflow.key,
        "segments": ("apparel/jackets",),
        "begins_at": make.now() - timedelta(hours=1),
        "ends_at": make.now() + timedelta(days=7),
        "budget": 50_000,
        "currency": "EUR",
        "approver": house.people.fay.person_id,
    }
    return Wish(**(given | fields))


def asked(house: make.House, **fields: Any) -> Brief:
    with transaction.atomic():
        return ask.ask(wish=wish(house, **fields), by=house.people.mia, at=make.now())


def approved(house: make.House, **fields: Any) -> Brief:
    brief = asked(house, **fields)
    with transaction.atomic():
        return ask.approve(brief_id=brief.pk, digest=brief.digest, by=house.people.fay, at=make.now())


def run_of(house: make.House, **fields: Any) -> Run:
    """The run that an approved brief has started, with its agent at work."""
    brief = approved(house, **fields)
    fire.fire_briefs(at=make.now())
    run = Run.objects.select_related("workflow", "agent").get(brief=brief)
    Run.objects.filter(pk=run.pk).update(state="running", started_at=make.now())
    run.refresh_from_db()
    return run
