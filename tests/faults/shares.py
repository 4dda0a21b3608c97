"""What befalls a first share in a world, and what has to be so of it at the end."""

from typing import TYPE_CHECKING

import shelf

from orchestr.execution.models import Execution, ExecutionItem
from orchestr.execution.rollout.by_person import go_on_now, hold_longer, put_back_now
from orchestr.execution.rollout.models import Rollout
from orchestr.execution.rollout.share import first_share
from orchestr.execution.rollout.states import OPEN
from orchestr.workflows.rollout import Terms
from tests.execution.rollout.held import selling

if TYPE_CHECKING:
    from tests.faults.model import World

TERMS = Terms(share_bp=6_700, hold_s=60, errors_bp=5_000)
# What each variant sells an hour: the first share before and after now, and the rest.
SELLING = {
    "as before": ((9_000, 9_000), (9_000, 9_000)),
    "far less": ((9_000, 900), (9_000, 9_000)),
    "too little to tell": ((60, 60), (60, 60)),
}
SAYINGS = ("go on", "go on, twice", "put back", "hold longer")


def rollout_of(world: "World") -> Rollout | None:
    return Rollout.objects.filter(execution__proposal=world.proposal).first()


def sell(world: "World", how: str) -> None:
    first, rest = SELLING[how]
    shared = set(_items(world).filter(later=False).values_list("resource__key", flat=True))
    selling({key: first if key in shared else rest for key in world.current.prices}, at=world.clock.now)


def say(world: "World", what: str) -> None:
    """By those who may: mia and fay decide, omar puts back."""
    people, proposal = world.house.people, world.proposal
    named = {"proposal_id": proposal.pk, "digest": proposal.digest}
    if what == "put back":
        world.attempt(lambda: put_back_now(**named, why="Wrong.", by=people.omar, at=world.clock.now))
    elif what == "hold longer":
        world.attempt(lambda: hold_longer(**named, by=people.mia, at=world.clock.now))
    else:
        for by in (people.mia, people.fay) if what.endswith("twice") else (people.mia,):
            world.attempt(lambda by=by: go_on_now(**named, by=by, at=world.clock.now))  # type: ignore[misc]


def come_to_rest(world: "World") -> None:
    """Nothing that holds is left alone: it is looked at, and who is asked has an answer."""
    if world.share_state == "asking":
        say(world, "go on, twice")
    if world.share_state == "asking":
        say(world, "put back")


def assert_at_rest(world: "World") -> None:
    """The share is the one that everybody can work out; what was later went out only after it went on; and what was to
    be put back is, or a person has looked at it."""
    rollout = rollout_of(world)
    if rollout is None:
        return
    told = list(Execution.objects.filter(proposal=world.proposal).values_list("kind", "state", "reason", "held_by"))
    assert rollout.state not in OPEN, f"the share is {rollout.state} though all is at rest: {told}"
    version = world.proposal.versions.get(number=world.proposal.number)
    items = list(_items(world))
    first = {item.index for item in items if not item.later}
    assert first == first_share(version.plan, digest=version.digest, share_bp=rollout.terms["share_bp"])
    written = {key for held in shelf.SHELVES.values() for key, _ in held.written}
    for item in items:
        if item.later and (str(item.pk) in written or item.intended_at is not None):
            assert rollout.state == "went_on", f"item {item.pk} went out though its share {rollout.state}"
            assert item.intended_at is None or item.intended_at >= rollout.settled_at, f"item {item.pk} went out early"
    if rollout.state == "put_back":
        _assert_put_back(world, rollout, items)


def _assert_put_back(world: "World", rollout: Rollout, items: list[ExecutionItem]) -> None:
    applied = {item.pk for item in items if item.state == "applied"}
    back = ExecutionItem.objects.filter(execution__proposal=world.proposal, undoes__in=applied)
    fine = {item.undoes_id for item in back.select_related("execution") if _put_back_or_chosen(item)}
    assert applied <= fine, f"of share {rollout.pk} something was not put back"
    for execution in Execution.objects.filter(proposal=world.proposal, kind="revert"):
        assert execution.authority["kind"] in ("guard_metric", "person"), execution.authority


def _put_back_or_chosen(item: ExecutionItem) -> bool:
    """It is back, or a person looked at it, or a person who put it back kept there what somebody else had changed."""
    if item.state in ("restored", "compensated") or item.outcome_code.startswith("person_"):
        return True
    return item.execution.authority["kind"] == "person" and (item.state, item.choice) == ("kept", "keep")


def _items(world: "World"):  # type: ignore[no-untyped-def]
    return ExecutionItem.objects.filter(execution__proposal=world.proposal, execution__kind="apply").order_by("index")
