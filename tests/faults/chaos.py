"""Load and trouble at once: change sets are proposed, decided and put back while servers and workers come and go.

Everything is drawn from one seed, so that the order of acts and troubles can be had again; when each meets which is
up to the machine.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction

from launch import processes
from launch.rehearsal import ClusterServer
from orchestr.catalogue.models import Resource
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Proposal, Version
from orchestr.refusal import Refusal
from tests import make
from tests.execution.approved import WINDOW
from tests.faults.company import Company
from tests.proposals.propose import propose

ACTS_A_SECOND = 6.0
BETWEEN_TROUBLES_S = (2.0, 5.0)
OPEN = ("draft", "approved")
Troubles = dict[str, Callable[[], None]]


@dataclass
class Chaos:
    """One run. `counted` says what was done, what went wrong meanwhile, and what was refused."""

    company: Company
    server: ClusterServer
    seed: int
    counted: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._coming: list[tuple[str, Callable[[], None]]] = []

    def run(self, seconds: float) -> None:
        """Act and make trouble for so long; then everything is whole again, and nothing of it is open any more."""
        end = time.monotonic() + seconds
        trouble_at = time.monotonic() + 1
        while time.monotonic() < end:
            if time.monotonic() >= trouble_at:
                self._trouble()
                trouble_at = time.monotonic() + self._random.uniform(*BETWEEN_TROUBLES_S)
            self._act()
            time.sleep(self._random.uniform(0.5, 1.5) / ACTS_A_SECOND)
        self.come_to_rest()

    def come_to_rest(self) -> None:
        self.server.start()
        self.company.live.broker.start()
        connection.close()
        for proposal in Proposal.objects.filter(state="approved"):
            self.company.settled(proposal, within=120)
        for proposal in Proposal.objects.filter(executions__state__in=("queued", "running", "held")).distinct():
            self.company.settled(proposal, within=120)
        self.counted.update(f"ended {state}" for state in Proposal.objects.values_list("state", flat=True))

    # What people and agents do.

    def _act(self) -> None:
        act = self._random.choices((self._publish, self._put_back, self._edit), weights=(6, 3, 1))[0]
        try:
            act()
        except Refusal as refused:
            self.counted[f"refused: {refused.code}"] += 1
        except (OperationalError, InterfaceError):
            # Whether it was committed nobody knows here; the database does.
            self.counted["connection lost"] += 1
            connection.close()

    def _publish(self) -> None:
        """A variant on which nothing is open goes five per cent down, or back up to where it was."""
        busy = set(Version.objects.filter(proposal__state__in=OPEN).values_list("summary", flat=True))
        free = [each for each in self.company.variants if each.key not in busy]
        if not free:
            return
        variant = self._random.choice(free)
        low, high = self.company.lower(variant), self.company.price(variant)
        standing = self.company.house.price(variant).value["amount"]
        change = self.company.house.change(variant, after=high if standing == low else low)
        proposal = propose(self.company.house, change | {"system": "demo-shop"}, summary=variant.key)
        self.counted["proposed"] += 1
        for account in (self.company.house.people.mia, self.company.house.people.fay):
            proposal.refresh_from_db()
            if proposal.state == "draft":
                self._approve(proposal, account)

    def _approve(self, proposal: Proposal, by: Any) -> None:
        with transaction.atomic():
            approve(proposal_id=proposal.pk, digest=proposal.digest, by=by, at=make.now() - WINDOW)
        self.counted["approved by a person"] += 1

    def _put_back(self) -> None:
        published = list(Proposal.objects.filter(state="published").order_by("-settled_at")[:5])
        if published:
            self.company.revert(self._random.choice(published))
            self.counted["put back"] += 1

    def _edit(self) -> None:
        """Somebody else's hand on one of the last variants; it stays out of step, and is a conflict from then on."""
        variant: Resource = self._random.choice(self.company.variants[-4:])
        self.company.shop.edit(variant.key, 4_000 + self._random.randrange(1_000))
        self.counted["edited by another hand"] += 1

    # What goes wrong.

    def _trouble(self) -> None:
        """Each in turn, in an order that is drawn anew each time round; the servers and workers come first."""
        if not self._coming:
            self._coming = [*self._shuffled(self._outages), *self._shuffled(self._nuisances)]
        name, happens = self._coming.pop(0)
        happens()
        self.counted[name] += 1

    def _shuffled(self, troubles: Troubles) -> list[tuple[str, Callable[[], None]]]:
        return self._random.sample(sorted(troubles.items()), len(troubles))

    @property
    def _outages(self) -> Troubles:
        return {
            "database restarted": self._restart_database,
            "broker restarted": self._restart_broker,
            "worker killed": self._restart_worker,
        }

    @property
    def _nuisances(self) -> Troubles:
        shop = self.company.shop
        return {
            "broker forgot everything": self.company.live.broker.flush,
            "answers lost": lambda: shop.script("lose_answer", times=3),
            "too many requests": lambda: shop.script("429", times=2, ms=1000),
            "shop slow": lambda: shop.script("delay", times=3, ms=400),
        }

    def _restart_database(self) -> None:
        self.server.stop()
        time.sleep(self._random.uniform(0.0, 0.5))
        self.server.start()
        connection.close()

    def _restart_broker(self) -> None:
        self.company.live.broker.stop()
        self._act()  # Decided all the same.
        self.company.live.broker.start()

    def _restart_worker(self) -> None:
        """The next one starts while everything else goes on."""
        self.company.live.kill("publish")
        self.company.live.start(processes.publish_worker(processes=2))
