"""Publishing, editing and putting back, for the tests of this room."""

from datetime import datetime, timedelta
from typing import Any

import shelf
from django.db import transaction

from orchestr.catalogue.live import Wanted, read_now
from orchestr.catalogue.models import FieldValue
from orchestr.execution.models import ExecutionItem
from orchestr.execution.reverting.lines import Choice, RevertPlan
from orchestr.execution.reverting.models import Revert
from orchestr.execution.reverting.plan import plan_selection
from orchestr.execution.reverting.request import put_back
from orchestr.execution.reverting.selection import Selection
from orchestr.people.models import Account
from orchestr.proposals.models import Proposal
from tests import make
from tests.execution.approved import Clock, approved, clock_after_window, work, work_until_settled


def publish(house: make.House, *changes: dict[str, Any], **fields: Any) -> Proposal:
    """Approved and written, by the operations."""
    proposal = approved(house, *changes, **fields)
    work_until_settled(proposal, clock_after_window())
    assert proposal.state == "published", proposal.state
    return proposal


def plan(house: make.House, *, account: Account | None = None, **selection: Any) -> RevertPlan:
    return plan_selection(selection=Selection(**selection), account=account or house.people.omar, at=make.now())


def press(house: make.House, planned: RevertPlan, choices: dict[int, Choice] | None = None, **fields: Any) -> Revert:
    values: dict[str, Any] = {"digest": planned.digest, "by": house.people.omar, "why": "It went wrong."}
    with transaction.atomic():
        return put_back(plan=planned, choices=choices or {}, at=make.now(), **(values | fields))


def work_all(clock: Clock | None = None, *, rounds: int = 8) -> None:
    """Drain until riders have found what they ride on."""
    clock = clock or clock_after_window()
    for _ in range(rounds):
        work(clock)
        clock.pass_by(0.5)


def price(key: str) -> int:
    held = shelf.SHELVES["shop"].resources["variant", key]
    return int(next(f.value["amount"] for f in held.fields if (f.field, f.address) == ("price", make.DE)))


def edit(key: str, amount: int) -> None:
    """Somebody else's hand on the shelf."""
    shelf.set_value("shop", "variant", key, "price", make.money(amount), make.DE)


def look(house: make.House, key: str) -> None:
    """The catalogue reads the price on the shelf."""
    value = FieldValue.objects.get(resource__key=key, field="price", address_key=make.DE.key(), system=house.shop)
    wanted = Wanted(
        resource_id=value.resource_id, type="variant", key=key, system_id=value.system_id, field="price",
        address=make.DE, kind="money",
    )  # fmt: skip
    assert not read_now([wanted])[0].failure


def outcomes(revert: Revert) -> list[tuple[str, str]]:
    """What became of each item, with the read that proves it."""
    rows = ExecutionItem.objects.filter(execution__revert=revert).order_by("undoes__settled_at", "index")
    return [(row.state, row.read_by) for row in rows]


def states(*proposals: Proposal) -> list[str]:
    for proposal in proposals:
        proposal.refresh_from_db()
    return [proposal.state for proposal in proposals]


def ago(**span: float) -> datetime:
    return make.now() - timedelta(**span)
