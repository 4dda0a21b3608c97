"""One change set over the demo shop and the demo ERP: whichever item fails, and however, the whole has one end."""

from collections.abc import Iterator

import pytest

from audit.models import AuditEvent
from orchestr.catalogue import refresh
from orchestr.catalogue.models import System
from orchestr.connectors.base import Address
from orchestr.execution.models import Execution
from orchestr.execution.settle_by_person import Mark, settle_item
from orchestr.people.models import Notice
from orchestr.proposals.models import Proposal
from tests import make
from tests.execution.approved import Clock, clock_after_window, items, states, work, work_until_settled
from tests.execution.systems import Spot, proposed, stand, without_rules
from tests.invariants import Write, assert_invariants
from tests.shops.demo import TOKENS, Server, demo_erp, demo_shop, erp, shop

__all__ = ["demo_erp", "demo_shop", "erp", "shop"]

pytestmark = pytest.mark.slow

FIRST, SECOND = "FF-JKT-FJELL-MOS", "FF-JKT-FJELL-RST"
DE, EUR = Address(channel="web-de", currency="EUR"), Address(currency="EUR")
SPOTS = (
    Spot("demo-shop", "variant", FIRST, "price", DE),
    Spot("demo-erp", "variant", FIRST, "minimum_price", EUR),
    Spot("demo-shop", "variant", SECOND, "price", DE),
    Spot("demo-erp", "variant", SECOND, "minimum_price", EUR),
)
EVERY = range(len(SPOTS))
# What the systems may do to one write, by how the set then ends.
MARKS: tuple[Mark, ...] = ("retry", "accept", "retry")
ENDS = {
    "edited meanwhile": "put back",
    "refused": "put back",
    "too many requests": "published",
    "answer lost": "published",
    "failed inside": "published",
}


@pytest.fixture
def systems(
    house: make.House, shop: Server, erp: Server, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, Server]]:
    """Both real systems in the company; at the end the invariants hold over what they recorded of us."""
    both = {"demo-shop": shop, "demo-erp": erp}
    for key, server in both.items():
        environment = {
            f"ORCHESTR_CREDENTIAL_{key.replace('-', '_').upper()}_{stage.upper()}": token
            for stage, token in TOKENS.items()
        }
        stand(house, monkeypatch, server.system, environment)
    without_rules(house)
    opening = [spot.live()["amount"] for spot in SPOTS]
    yield both
    for spot, amount in zip(SPOTS, opening, strict=True):
        edit(both, spot, amount)
    recorded = [
        Write(str(item), write["value"])
        for proposal in Proposal.objects.all()
        for kind in ("apply", "revert")
        for item in (row.pk for row in items(proposal, kind))
        for server in both.values()
        for write in server.writes(str(item))
    ]
    assert_invariants(recorded)


@pytest.fixture(autouse=True)
def invariants() -> None:
    """In place of the shelves': see `systems`."""


def edit(systems: dict[str, Server], spot: Spot, amount: int) -> None:
    """Somebody else's hand."""
    if spot.system == "demo-shop":
        systems[spot.system].edit(field="price", id=spot.id, channel="web-de", value=amount)
    else:
        systems[spot.system].edit(sku=spot.id, field="minimum_price", currency="EUR", value=amount)


def befall(systems: dict[str, Server], spot: Spot, how: str) -> None:
    """What is to happen to the write of this spot."""
    server, place = systems[spot.system], spot.id
    if how == "edited meanwhile":
        edit(systems, spot, 7_777)
    elif how == "refused":
        server.script("error", match=place, status=400)
    elif how == "too many requests":
        server.script("429", match=place, times=2)
    elif how == "answer lost":
        server.script("lose_answer", match=place)
    else:
        server.script("error", match=place, status=500)


def publish(proposal: Proposal, clock: Clock) -> None:
    """Work on it until nothing is open. The clock runs on from proposal to proposal and never behind the real one."""
    clock.now = max(clock.now, make.now())
    work_until_settled(proposal, clock, seconds=300)


@pytest.mark.parametrize("how", ENDS)
def test_whichever_item_fails_so_the_set_is_whole_or_put_back_in_reverse(
    house: make.House, systems: dict[str, Server], how: str
) -> None:
    clock = clock_after_window()
    for k in EVERY:
        opening = [spot.live() for spot in SPOTS]
        proposal = proposed(house, *(spot.change(by=-50) for spot in SPOTS))
        befall(systems, SPOTS[k], how)
        publish(proposal, clock)
        now = [spot.live() for spot in SPOTS]
        if ENDS[how] == "published":
            assert (proposal.state, states(proposal)) == ("published", ["applied"] * len(SPOTS))
            assert now == [each | {"amount": each["amount"] - 50} for each in opening]
            continue
        failed = "conflict" if how == "edited meanwhile" else "not_applied"
        assert states(proposal) == ["applied"] * k + [failed] + ["not_applied"] * (len(SPOTS) - k - 1)
        assert (proposal.state, states(proposal, "revert")) == ("reverted" if k else "blocked", ["restored"] * k)
        assert begun_backward(proposal) == list(reversed(range(k)))
        if how == "edited meanwhile":
            assert now[k]["amount"] == 7_777
            edit(systems, SPOTS[k], opening[k]["amount"])
        assert [spot.live() for spot in SPOTS] == opening


def test_item_by_item_only_the_one_that_failed_stays_as_it_was(house: make.House, systems: dict[str, Server]) -> None:
    clock = clock_after_window()
    for k in EVERY:
        opening = [spot.live()["amount"] for spot in SPOTS]
        proposal = proposed(house, *(spot.change(by=-50) for spot in SPOTS), atomicity="per_item")
        befall(systems, SPOTS[k], "refused")
        publish(proposal, clock)
        assert proposal.state == "published"
        assert states(proposal) == ["not_applied" if each == k else "applied" for each in EVERY]
        moved = [spot.live()["amount"] - was for spot, was in zip(SPOTS, opening, strict=True)]
        assert moved == [0 if each == k else -50 for each in EVERY]


def stuck(house: make.House, systems: dict[str, Server], j: int, clock: Clock) -> Proposal:
    """The last item fails, and item j is edited by somebody after we wrote it: it cannot simply be put back."""
    proposal = proposed(house, *(spot.change(by=-50) for spot in SPOTS))
    systems[SPOTS[-1].system].script("429", match=SPOTS[-1].id)
    clock.now = max(clock.now, make.now())
    work(clock)
    assert states(proposal) == ["applied"] * 3 + ["pending"]
    edit(systems, SPOTS[-1], 7_777)
    edit(systems, SPOTS[j], 8_888)
    publish(proposal, clock)
    return proposal


def test_what_cannot_be_put_back_goes_to_the_rollback_owner_with_the_exact_items(
    house: make.House, systems: dict[str, Server]
) -> None:
    """Whichever of three it is; and whoever is asked puts it back over what is there, or leaves it."""
    make.shift(house.people.omar)
    clock = clock_after_window()
    for j, mark in enumerate(MARKS):
        opening = [spot.live() for spot in SPOTS]
        proposal = stuck(house, systems, j, clock)
        execution = Execution.objects.get(proposal=proposal, kind="revert")
        assert (execution.state, execution.reason) == ("needs_person", "compensation_stuck")
        assert states(proposal, "revert") == ["conflict" if each == j else "restored" for each in range(3)]
        event = AuditEvent.objects.get(action="execution.needs_person", about__execution=str(execution.pk))
        assert event.data["items"] == [j]
        told = Notice.objects.filter(kind="execution.needs_person", about__execution=str(execution.pk))
        assert sorted(told.values_list("person__name", flat=True)) == ["Olga", "Omar"]
        item = items(proposal, "revert")[j]
        settle_item(item_id=item.pk, mark=mark, reason="Looked there.", by=house.people.olga, at=make.now())
        work_until_settled(proposal, clock)
        assert Execution.objects.get(pk=execution.pk).state == "done"
        if mark == "retry":
            assert (proposal.state, SPOTS[j].live()) == ("reverted", opening[j])
        else:
            assert (proposal.state, SPOTS[j].live()["amount"]) == ("published", 8_888)
            edit(systems, SPOTS[j], opening[j]["amount"])
        edit(systems, SPOTS[-1], opening[-1]["amount"])
        for system in System.objects.filter(key__in=systems):
            refresh.refresh(system, clock=clock)  # what was left or put right by hand comes with the next sweep


def begun_backward(proposal: Proposal) -> list[int]:
    """The items of its backward execution in the order in which each was begun."""
    events = AuditEvent.objects.filter(action="execution.intent", about__proposal=str(proposal.pk)).order_by("id")
    return [event.data["item"] for event in events if event.data["kind"] == "revert"]
