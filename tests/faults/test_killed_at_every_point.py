"""kill -9 at every moment between intent, write, read-back and commit, each time a failpoint is passed.

A first run says which failpoints a scenario passes and how often; then it is run once for each of them, killed there.
The shop is a real process and keeps its own record of what was written.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import cycle

import pytest
from django.db import transaction

from launch.live import Live
from orchestr import failpoints
from orchestr.execution.models import Execution
from orchestr.execution.rollout.share import first_share
from orchestr.execution.settle_by_person import settle_item
from orchestr.proposals.models import Proposal
from orchestr.workflows.rollout import Terms
from tests import make
from tests.faults.company import Company, found, states
from tests.faults.rounds import Moment, Round, Rounds, moments, moments_after, opened
from tests.faults.test_killed_while_staging import STAGED, TAKEN_BACK

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(400)]
VARIANTS = 45
Trials = Callable[[list[Round]], Iterable[Moment]]
# What a worker that meets no trouble passes on its way.
STRAIGHT = {
    "queue.created", "claim.recorded", "claim.committed", "intent.recorded", "intent.committed", "write.compared",
    "write.answered", "read_back.seen", "settle.recorded", "settle.committed",
}  # fmt: skip
# What a first share passes besides, until the rest may go out.
ROLLOUT = {"rollout.held", "rollout.claimed", "rollout.settled"}


@dataclass(frozen=True, slots=True)
class Case:
    """One proposal about to be worked on, and what has to become of it."""

    proposal: Proposal
    kind: str
    state: str
    items: list[str]
    written: list[int]
    step_s: float = 1.2  # how far the clock moves between two rounds
    for_a_person: tuple[str, ...] = ()  # killed at one of these, only a person can tell what happened


@pytest.fixture
def company(processes: Live, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    made = found(processes, monkeypatch, variants=VARIANTS)
    yield made
    made.assert_invariants()


@pytest.fixture
def rounds(company: Company) -> Iterator[Rounds]:
    with opened(company.live.publishing() | {"ORCHESTR_READ_BACK_S": "1"}) as rounds:
        yield rounds


def kill_at_each(
    company: Company, rounds: Rounds, prepare: Callable[[], Case], *, trials: Trials = moments
) -> set[str]:
    """Run it undisturbed, then killed at each moment of that run. Returns the failpoints at which it was."""
    chosen = list(trials(run(company, rounds, prepare, None)))
    for moment in chosen:
        ended = run(company, rounds, prepare, moment)
        assert sum(each.killed for each in ended) == 1, f"{moment} was not passed: {[each.trace for each in ended]}"
    return {moment.point for moment in chosen}


def run(company: Company, rounds: Rounds, prepare: Callable[[], Case], killed: Moment | None) -> list[Round]:
    rounds.ahead_s = 0.0
    case = prepare()
    before = len(company.shop.values())
    ended = rounds.until_settled(case.proposal, kill=killed, step_s=case.step_s)
    asked = look_for_the_worker(company, case.proposal)
    assert asked == (killed is not None and killed.armed in case.for_a_person), killed
    if asked:
        rounds.until_settled(case.proposal)
    came_out = (case.proposal.state, states(case.proposal, case.kind), company.shop.values()[before:])
    assert came_out == (case.state, case.items, case.written), killed
    return ended


def look_for_the_worker(company: Company, proposal: Proposal) -> bool:
    """Omar looks in the shop at what the worker could not tell, where it asks for that, and says what he sees."""
    stuck = Execution.objects.filter(proposal=proposal, state="needs_person").first()
    if stuck is None:
        return False
    assert stuck.reason == "changed_after_sending"
    item = stuck.items.get(state="unknown")
    with transaction.atomic():
        settle_item(item_id=item.pk, mark="not_written", reason="Hers.", by=company.house.people.omar, at=make.now())
    return True


def test_a_worker_killed_at_any_moment_of_an_apply_leaves_one_effect(company: Company, rounds: Rounds) -> None:
    left = cycle(company.variants)

    def prepare() -> Case:
        variant = next(left)
        return Case(company.approved(variant), "apply", "published", ["applied"], [company.lower(variant)])

    assert kill_at_each(company, rounds, prepare) == STRAIGHT


def test_a_worker_killed_at_any_moment_of_a_revert_leaves_one_effect(company: Company, rounds: Rounds) -> None:
    left = cycle(company.variants)

    def prepare() -> Case:
        variant = next(left)
        proposal = company.approved(variant)
        rounds.until_settled(proposal)
        company.revert(proposal)
        return Case(proposal, "revert", "reverted", ["restored"], [company.price(variant)])

    assert kill_at_each(company, rounds, prepare) == STRAIGHT - {"queue.created"}


def test_a_worker_killed_at_any_moment_of_a_compensation_leaves_one_effect(company: Company, rounds: Rounds) -> None:
    """The first of three is written, the second is a conflict, the third is never begun: the first is put back."""
    left = cycle(company.variants)

    def prepare() -> Case:
        first, second, third = next(left), next(left), next(left)
        proposal = company.approved(first, second, third, atomicity="all_or_compensate")
        company.shop.edit(second.key, 4_242)
        written = [company.lower(first), company.price(first)]
        # The second was intended, and what stands there now could have been written over ours.
        asks = ("intent.committed:2", "settle.recorded:2")
        return Case(proposal, "revert", "reverted", ["restored"], written, for_a_person=asks)

    assert kill_at_each(company, rounds, prepare) == STRAIGHT | {"rest.abandoned"}


UNCERTAIN = {
    "lose_answer": {"claim.recorded", "claim.committed", "park.committed"},
    "stale_read": {"claim.recorded", "claim.committed", "park.committed", "accepted.committed"},
}


@pytest.mark.parametrize("fault", UNCERTAIN)
def test_a_worker_killed_while_it_settles_what_is_not_certain_leaves_one_effect(
    company: Company, rounds: Rounds, fault: str
) -> None:
    left = cycle(company.variants)

    def prepare() -> Case:
        variant = next(left)
        company.shop.script(fault, ms=2000)
        return Case(company.approved(variant), "apply", "published", ["applied"], [company.lower(variant)])

    killed = kill_at_each(company, rounds, prepare, trials=partial(moments_after, "write.answered"))
    assert killed == {"write.answered", "settle.recorded", "settle.committed"} | UNCERTAIN[fault]


def test_a_worker_killed_at_any_moment_of_a_rollout_that_goes_on_leaves_one_effect_each(
    company: Company, rounds: Rounds
) -> None:
    left = cycle(company.variants)
    terms = Terms(share_bp=5_000, hold_s=60, units_bp=None, revenue_bp=None)

    def prepare() -> Case:
        goods = [next(left), next(left)]
        proposal = company.approved(*goods, rollout=terms)
        version = proposal.versions.get()
        first = first_share(version.plan, digest=version.digest, share_bp=terms.share_bp)
        ordered = sorted(range(2), key=lambda index: index not in first)
        written = [company.lower(goods[index]) for index in ordered]
        return Case(proposal, "apply", "published", ["applied"] * 2, written, step_s=70)

    killed = kill_at_each(company, rounds, prepare, trials=partial(moments_after, "rollout.held"))
    assert killed >= ROLLOUT


def test_a_worker_killed_at_any_moment_of_a_rollout_whose_guard_breaks_puts_back_what_went_out(
    company: Company, rounds: Rounds
) -> None:
    """Two of three go first, one of these is a conflict: too many, so the other is put back and the third never begun."""
    left = cycle(company.variants)
    terms = Terms(share_bp=6_700, hold_s=60)

    def prepare() -> Case:
        goods = [next(left), next(left), next(left)]
        proposal = company.approved(*goods, rollout=terms)
        version = proposal.versions.get()
        one, other = sorted(first_share(version.plan, digest=version.digest, share_bp=terms.share_bp))
        company.shop.edit(goods[other].key, 4_242)
        written = [company.lower(goods[one]), company.price(goods[one])]
        asks = ("intent.committed:2", "settle.recorded:2")
        return Case(proposal, "revert", "reverted", ["restored"], written, 20, asks)

    killed = kill_at_each(company, rounds, prepare, trials=partial(moments_after, "settle.committed"))
    assert {"claim.committed", "intent.committed", "write.answered", "settle.committed"} <= killed


def test_every_failpoint_is_passed_by_some_scenario() -> None:
    """Each scenario above, and those of staging, say exactly which they pass; together they are the registry."""
    assert (
        STRAIGHT | ROLLOUT | STAGED | TAKEN_BACK | {"rest.abandoned", "park.committed", "accepted.committed"}
        == failpoints.POINTS
    )
