"""The small company with a real demo shop in place of its shelf, and a worker that publishes to it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from celery import current_app
from django.db import transaction

from launch.child import Child
from launch.live import Live
from orchestr.catalogue import refresh
from orchestr.catalogue.models import FieldValue, Resource
from orchestr.catalogue.systems import config_of, reading
from orchestr.connectors.base import Target
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.execution.revert import request_revert
from orchestr.execution.revert_plan import plan_revert
from orchestr.people.models import Account
from orchestr.proposals.models import Proposal
from tests import make
from tests.execution.approved import approved
from tests.invariants import Write, assert_invariants

SETTLE_AFTER_S = 2
WORKER = {"ORCHESTR_LEASE_S": "3", "ORCHESTR_READ_BACK_S": "3", "ORCHESTR_LOG_LEVEL": "INFO"}


class Shop:
    """The demo shop's control, for who tests it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(base_url=url, timeout=10)

    def script(self, fault: str, *, match: str = "", times: int = 1, ms: int = 1000) -> None:
        asked = {"match": match, "fault": fault, "times": times, "ms": ms}
        self._client.post("/_control/script", json=asked).raise_for_status()

    def edit(self, sku: str, amount: int) -> None:
        """Somebody else's hand."""
        edit = {"field": "price", "id": sku, "channel": "web-de", "value": amount}
        self._client.post("/_control/edit", json=edit).raise_for_status()

    def writes(self) -> list[dict[str, Any]]:
        """Our writes: those with an operation key."""
        answer = self._client.get("/_control/writes")
        answer.raise_for_status()
        return [write for write in answer.json() if write.get("operation_key")]

    def values(self) -> list[int]:
        return [write["value"]["amount"] for write in self.writes()]


@dataclass(frozen=True, slots=True)
class Company:
    """The house, its real shop, and variants of jackets that the shop really sells."""

    house: make.House
    shop: Shop
    variants: list[Resource]
    live: Live

    opening: dict[str, int]

    def price(self, resource: Resource) -> int:
        """What it cost when the test began."""
        return self.opening[resource.key]

    def approved(self, *resources: Resource, percent: int = 5, **fields: Any) -> Proposal:
        """An approved proposal that lowers these prices (the first variant's if none is given)."""
        wanted = resources or (self.variants[0],)
        changes = [
            self.house.change(each, after=self.lower(each, percent)) | {"system": "demo-shop"} for each in wanted
        ]
        return approved(self.house, *changes, **{"by": self.deciders(wanted[0])} | fields)

    def deciders(self, resource: Resource) -> list[Account]:
        """Who decides on what lies where this does: merchandising, then finance."""
        people = self.house.people
        apparel = resource.segments.filter(key__startswith="apparel").exists()
        return [people.mia if apparel else people.marco, people.fay]

    def lower(self, resource: Resource, percent: int = 5) -> int:
        return self.price(resource) * (100 - percent) // 100

    def in_shop(self, resource: Resource) -> int:
        """The price that the shop itself gives."""
        ref = resource.systems.get(system=self.house.shop).ref
        target = Target(type=resource.type, id=resource.key, ref=ref, field="price", address=make.DE)
        with reading(config_of(self.house.shop)) as session:
            (seen,) = session.read([target])
        return int(seen.value["amount"])

    def revert(self, proposal: Proposal) -> Execution:
        """Omar, on call, asks for everything to be put back."""
        by = self.house.people.omar
        plan = plan_revert(proposal_id=proposal.pk, account=by, at=make.now())
        with transaction.atomic():
            return request_revert(plan=plan, choices={}, digest=plan.digest, by=by, why="Wrong.", at=make.now())

    def worker(self, *, forks: int = 1, **settings: str) -> Child:
        self.live.env.update(WORKER | settings)
        return self.live.publish_worker(forks=forks)

    def settled(self, proposal: Proposal, *, within: float = 120, hint: bool = True) -> Proposal:
        """Hint like the clock does until nothing of the proposal is open."""
        wait_until(lambda: not self._open(proposal.pk), within=within, hint=hint)
        proposal.refresh_from_db()
        return proposal

    @staticmethod
    def _open(proposal_id: UUID) -> bool:
        waiting = Proposal.objects.filter(pk=proposal_id, state="approved").exists()
        executions = Execution.objects.filter(proposal_id=proposal_id)
        if not executions.exists():
            return waiting
        return executions.filter(state__in=("queued", "running", "held")).exists()

    def assert_invariants(self) -> None:
        assert_invariants([Write(write["operation_key"], write["value"]) for write in self.shop.writes()])


def states(proposal: Proposal, kind: str = "apply") -> list[str]:
    rows = ExecutionItem.objects.filter(execution__proposal=proposal, execution__kind=kind).order_by("index")
    return list(rows.values_list("state", flat=True))


def found(live: Live, monkeypatch: Any, *, variants: int = 6, named: str = "") -> Company:
    """Start the shop, read its catalogue, and let ERP rows say what the first variants cost, of those `named` so."""
    listening = live.demo_shop()
    for name, value in live.env.items():
        if name.startswith("ORCHESTR_CREDENTIAL_DEMO_SHOP_READ"):
            monkeypatch.setenv(name, value)
    house = make.house()
    shop = house.shop
    shop.key, shop.kind, shop.url = "demo-shop", "demo_shop", listening.url
    shop.settings = {"settle_after_s": SETTLE_AFTER_S}
    shop.save()
    read = refresh.refresh(shop)
    assert read.failure == ""
    sold = Resource.objects.filter(type="variant", systems__system=shop, gone_at=None).order_by("key").distinct()
    sold = sold.filter(key__startswith=named)
    apparel = sold.filter(segments__key__startswith="apparel")
    chosen = [*apparel[:variants], *sold.exclude(pk__in=apparel)][:variants]
    assert len(chosen) == variants
    for each in chosen:
        price = FieldValue.objects.get(resource=each, system=shop, field="price", address_key=make.DE.key())
        cost = make.money(price.value["amount"] // 4, tax="excluded")
        make.value(each, house.erp, "cost", cost, make.Address(currency="EUR"), on_shelf=False)
    opening = {each.key: int(house.price(each).value["amount"]) for each in chosen}
    return Company(house, Shop(listening.url), chosen, live, opening)


def wait_until(done: Callable[[], bool], *, within: float = 90, hint: bool = False) -> None:
    """Return as soon as it is so; fail if it is not within so many seconds."""
    end = time.monotonic() + within
    told = 0.0
    while not done():
        if time.monotonic() > end:
            raise AssertionError(f"not so within {within} s")
        if hint and time.monotonic() - told > 0.5:
            told = time.monotonic()
            current_app.send_task("orchestr.execution.drain", queue="publish", expires=5, ignore_result=True)
        time.sleep(0.02)


@contextmanager
def broken_off(live: Live) -> Iterator[None]:
    """The broker is down for as long as this lasts."""
    live.broker.stop()
    try:
        yield
    finally:
        live.broker.start()
