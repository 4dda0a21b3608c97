"""A sandbox beside the small company: a copy of its shop on a shelf of its own, open to the agent and its people."""

from datetime import datetime

from django.db import transaction

from orchestr.catalogue.models import Resource, System
from orchestr.drills.models import Drill
from orchestr.drills.play import play
from orchestr.drills.start import start_drill
from orchestr.people.models import Account
from orchestr.policy.values import Address
from tests import make
from tests.make.catalogue import DE, ENGLISH, UK


def sandbox(house: make.House, *, key: str = "copy") -> System:
    """A second shop, marked, with a jacket and its text; the agent has the shop's tools there too."""
    copy = make.system(key, sandbox=True)
    make.owners(copy)
    jacket = make.resource("variant", "DRILL-JKT-1", segments=[house.jackets], systems=[copy])
    make.value(jacket, copy, "price", make.money(20_000), DE)
    make.value(jacket, copy, "price", make.money(20_000, "GBP"), UK)
    make.value(jacket, copy, "tax_bp", 1900, Address(country="DE"))
    make.value(jacket, house.erp, "cost", make.money(8_000, tax="excluded"), Address(currency="EUR"))
    make.sales(jacket, copy)
    product = make.resource("product", "drill-jacket", segments=[house.jackets], systems=[copy], sku="")
    make.value(product, copy, "description", "Keeps the rain out.", ENGLISH)
    for tool in make.tools(copy):
        make.scope(house.agent, tool, segments=[house.apparel, house.outdoor])
    return copy


def jacket() -> Resource:
    return Resource.objects.get(key="DRILL-JKT-1")


def start(house: make.House, scenario: str, *, by: Account | None = None, at: datetime | None = None) -> Drill:
    with transaction.atomic():
        return start_drill(
            workflow_id=house.workflow.pk, scenario=scenario, by=by or house.people.ada, at=at or make.now()
        )


def played(drill: Drill, *, at: datetime | None = None) -> Drill:
    """The drill after one tick of its worker."""
    found = play(drill.pk, clock=make.now if at is None else lambda: at)
    return Drill.objects.get(pk=found.pk)


def answers(drill: Drill) -> dict[str, tuple[str, str]]:
    return {each["name"]: (each["standing"], each["code"]) for each in drill.score}
