"""What befalls staged values in a world, and what has to be so of them at the end."""

from typing import TYPE_CHECKING

import shelf

from audit.models import AuditEvent
from orchestr.connectors.base import Target
from orchestr.execution.models import ExecutionItem
from orchestr.policy.values import Json
from tests import make

if TYPE_CHECKING:
    from tests.faults.model import World


def answer(after: int, what: str) -> None:
    """What the shop does with a staging that is still to come, after so many that go well."""
    shelf.SHELVES["shop"].staging_answers += ["yes"] * after + [what]


def prepare(world: "World", place: int) -> None:
    """Somebody else prepares a price there that nobody had or will have; not what is ours or was there before."""
    key = world.current.prices[place % len(world.current.prices)]
    world.edits += 1
    shelf.SHELVES["shop"].staged[_target(key)] = make.money(40_000 + world.edits)


def assert_at_rest(world: "World") -> None:
    """Nothing of it went live before all of it was staged; of what is not live nothing is left there, unless a person
    said so."""
    if not world.current.staged:
        return
    items = list(
        ExecutionItem.objects.filter(
            execution__proposal=world.proposal, execution__kind="apply", field="price"
        ).select_related("resource")
    )
    if any(item.state == "applied" for item in items):
        assert all(item.staging in ("staged", "cleared") for item in items), "live before all of it was staged"
    for item in items:
        if item.state not in ("not_applied", "conflict"):
            continue
        assert item.staging in ("", "cleared"), f"item {item.pk} has ended and is {item.staging}"
        there: Json = shelf.SHELVES["shop"].staged.get(_target(item.resource.key))
        left = AuditEvent.objects.filter(
            action="execution.item_unstaged", about__item=str(item.pk), data__code="person_accepted"
        )
        assert there != item.after or left.exists(), f"item {item.pk} is still prepared in the shop"


def _target(key: str) -> Target:
    return Target(type="variant", id=key, ref="", field="price", address=make.DE)
