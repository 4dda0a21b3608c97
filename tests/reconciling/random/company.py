"""A company at work: everybody does something at random, by the operations that pages, API and tasks call.

`Company.act` does one thing. A refusal is an outcome: it leaves its one event, as the doors leave it. What makes no
sense just then does nothing.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

from audit.actors import Actor
from audit.record import record_refusal
from orchestr.catalogue.models import Resource
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.people.models import Account
from orchestr.proposals.models import Proposal
from orchestr.refusal import Refusal
from tests import make, people
from tests.execution.approved import Clock, work

M = TypeVar("M", bound=Model)
SEGMENTS = ("apparel", "apparel/jackets", "apparel/base-layers", "outdoor-gear", "outdoor-gear/tents")
WHY = "It has to be."


@dataclass
class Company:
    """The small house with more to sell and more people, its clock, and what was done in it so far."""

    house: make.House
    random: Random
    goods: list[Resource]
    spare: list[Account]
    clock: Clock = field(default_factory=Clock)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    number: int = 0

    @property
    def everybody(self) -> list[Account]:
        cast = self.house.people
        return [cast.mia, cast.marco, cast.fay, cast.lena, cast.omar, cast.olga, cast.ada, cast.aud, *self.spare]

    def next(self) -> int:
        self.number += 1
        return self.number

    def somebody(self, *preferred: Account) -> Account:
        """Mostly one of those who would; now and then anybody."""
        chosen = preferred if preferred and self.random.random() < 0.85 else self.everybody
        return Account.objects.get(pk=self.random.choice(chosen).pk)

    def one_of(self, rows: QuerySet[M]) -> M | None:
        """One of these rows, the newest the likeliest: what lies far back has its end."""
        found = list(rows.order_by("-pk")[:12])
        return self.random.choice(found) if found else None

    def do(self, name: str, act: Callable[[], Any], *, by: Account | None = None) -> Any:
        """One operation in a transaction of its own, as a door opens it; None where it was refused."""
        try:
            with transaction.atomic(durable=True):
                done = act()
        except Refusal as refusal:
            self.refused[refusal.code] += 1
            actor = Actor.worker("test") if by is None else Actor.person(by.pk, by.person_id)
            with transaction.atomic(durable=True):
                record_refusal(
                    actor=actor, at=self.clock.now, code=refusal.code, door="test", about=refusal.about,
                    params=refusal.params,
                )  # fmt: skip
            return None
        self.done[name] += 1
        return done

    def pass_by(self) -> None:
        self.clock.pass_by(self.random.choice((0.2, 1.0, 4.0, 15.0)))

    def settle_a_request(self) -> None:
        """Somebody confirms, or turns down, what waits for a second person."""
        change = self.one_of(ControlChange.objects.filter(state="requested"))
        if change is None:
            return
        cast = self.house.people
        by = self.somebody(cast.ada, cast.fay, cast.lena, cast.aud, cast.omar, self.spare[0])
        if self.random.random() < 0.8:
            act = lambda: control.confirm(change_id=change.pk, digest=change.digest, by=by, at=self.clock.now)  # noqa: E731
            self.do(f"{change.kind} confirmed", act, by=by)
        else:
            act = lambda: control.reject(change_id=change.pk, by=by, at=self.clock.now)  # noqa: E731
            self.do("control change rejected", act, by=by)

    def drain(self) -> None:
        """Workers take what is due; take-back windows pass first, now and then."""
        if self.random.random() < 0.5:
            self.clock.pass_by(11)
        work(self.clock)
        self.done["drained"] += 1

    def proposal(self, *states: str) -> Proposal | None:
        return self.one_of(Proposal.objects.filter(state__in=states))


def found(house: make.House, *, seed: int) -> Company:
    """The house with a dozen more jackets and tents, two more admins and four people who may be erased."""
    goods = [house.jacket, house.jacket_2, house.base_layer, house.tent]
    for number in range(10):
        where = (house.jackets, house.tents)[number % 2]
        goods.append(make.variant(f"MORE-{number}", where, shop=house.shop, erp=house.erp))
    spare = [people.account(f"admin-{n}", ["admin", "auditor"]) for n in range(2)]
    spare += [people.account(f"leaves-{n}", ["merchandising"]) for n in range(4)]
    return Company(house, Random(seed), goods, spare)
