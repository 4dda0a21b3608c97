"""kill -9 while several items are under way: at each failpoint, the first and the last time that it is passed.

Intents of items that stand for themselves are committed together, of one set or of several executions. Who dies leaves
a wave of them; the next worker settles each by reading, and sends only what can no longer have arrived. What goes back
is begun one by one. The shop is a real process and keeps its own record of what was written.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pytest
from django.db import transaction

from launch.live import Live
from orchestr.catalogue.models import FieldValue, Resource
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.execution.revert import request_revert
from orchestr.execution.revert_plan import plan_revert
from orchestr.proposals.models import Proposal
from tests import make
from tests.execution.approved import approved
from tests.faults.company import Company, found, states
from tests.faults.rounds import Moment, Round, Rounds, moments, opened

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(900)]
SET = 3
LOWER = 7  # minor units: a variant is used again and again, each time a little cheaper


@pytest.fixture
def company(processes: Live, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    made = found(processes, monkeypatch, variants=SET + 1)
    make.plain_policy(made.house)
    yield made
    made.assert_invariants()


@pytest.fixture
def rounds(company: Company) -> Iterator[Rounds]:
    with opened(company.live.publishing() | {"ORCHESTR_READ_BACK_S": "1"}) as rounds:
        yield rounds


@dataclass(frozen=True, slots=True)
class Sent:
    """Proposals of one trial, and what each variant cost before them."""

    proposals: list[Proposal]
    before: dict[str, int]


type Send = Callable[[], Sent]
type End = Callable[[Sent, list[int], Moment | None], None]


def once(company: Company, rounds: Rounds, send: Send, ended: End, kill: Moment | None) -> list[Round]:
    """One trial: killed there, worked on to its rest, and looked at by `ended` with what the shop has recorded of it."""
    sent = send()  # the workers' clock never goes back: the catalogue believes what was seen last
    known = len(company.shop.values())
    done = rounds.until_settled(sent.proposals[0], kill=kill)
    for other in sent.proposals[1:]:
        rounds.until_settled(other)
    assert sum(each.killed for each in done) == (kill is not None), f"{kill} was not passed: {[e.trace for e in done]}"
    ended(sent, company.shop.values()[known:], kill)
    return done


def kill_at_each(company: Company, rounds: Rounds, send: Send, ended: End, *, since: str = "") -> Counter[str]:
    """Undisturbed first, then killed at each failpoint that this passed. Returns how often it passed each."""
    undisturbed = once(company, rounds, send, ended, None)
    passed = list(_since(since, list(moments(undisturbed))))
    places: dict[tuple[int | None, str], list[Moment]] = defaultdict(list)
    for each in passed:
        places[each.round, each.point].append(each)
    for same in places.values():
        for moment in dict.fromkeys((same[0], same[-1])):
            once(company, rounds, send, ended, moment)
    return Counter(each.point for each in passed)


def _since(point: str, passed: Sequence[Moment]) -> Sequence[Moment]:
    """From the first passing of a point on; all of them where none is named."""
    return passed if not point else passed[[each.point for each in passed].index(point) :]


def cheaper(company: Company, *sets: Sequence[Resource], atomicity: str = "per_item") -> Sent:
    before = {variant.key: _known(variant) for each in sets for variant in each}
    proposals = [
        approved(
            company.house,
            *(
                company.house.change(variant, after=before[variant.key] - LOWER) | {"system": "demo-shop"}
                for variant in each
            ),
            evidence=False,
            atomicity=atomicity,
            by=[*company.deciders(each[0]), company.house.people.lena],
        )
        for each in sets
    ]
    return Sent(proposals, before)


def all_applied(sent: Sent, written: list[int], kill: Moment | None) -> None:
    """Every one of them was written, and none of them twice."""
    for proposal in sent.proposals:
        proposal.refresh_from_db()
        assert (proposal.state, set(states(proposal))) == ("published", {"applied"}), kill
    assert sorted(written) == sorted(amount - LOWER for amount in sent.before.values()), kill


def test_a_worker_killed_within_a_wave_of_one_set_leaves_one_effect_each(company: Company, rounds: Rounds) -> None:
    passed = kill_at_each(company, rounds, lambda: cheaper(company, company.variants[:SET]), all_applied)
    assert passed["intent.committed"] == passed["write.answered"] == passed["settle.committed"] == SET


def test_a_worker_killed_within_a_wave_of_several_executions_leaves_one_effect_each(
    company: Company, rounds: Rounds
) -> None:
    passed = kill_at_each(
        company, rounds, lambda: cheaper(company, *([each] for each in company.variants[:SET])), all_applied
    )
    assert passed["intent.committed"] == passed["write.answered"] == SET


def test_a_worker_killed_while_it_puts_a_set_back_leaves_one_effect_each(company: Company, rounds: Rounds) -> None:
    def send() -> Sent:
        sent = cheaper(company, company.variants[:SET])
        rounds.until_settled(sent.proposals[0])
        company.revert(sent.proposals[0])
        return sent

    def all_restored(sent: Sent, written: list[int], kill: Moment | None) -> None:
        (proposal,) = sent.proposals
        proposal.refresh_from_db()
        assert (proposal.state, states(proposal, "revert")) == ("reverted", ["restored"] * SET), kill
        assert sorted(written) == sorted(sent.before.values()), kill

    assert kill_at_each(company, rounds, send, all_restored)["write.answered"] == SET


def test_a_worker_killed_while_it_compensates_a_set_leaves_one_effect_each(company: Company, rounds: Rounds) -> None:
    """The last but one is a conflict, and the last is never begun: all before are put back, the last one first."""
    *whole, other, _ = company.variants

    def send() -> Sent:
        sent = cheaper(company, company.variants, atomicity="all_or_compensate")
        theirs = sent.before[other.key] + 1
        company.shop.edit(other.key, theirs)
        FieldValue.objects.filter(
            resource=other, system=company.house.shop, field="price", address_key=make.DE.key()
        ).update(value=make.money(theirs))
        return sent

    def all_put_back(sent: Sent, written: list[int], kill: Moment | None) -> None:
        (proposal,) = sent.proposals
        proposal.refresh_from_db()
        assert (proposal.state, states(proposal, "revert")) == ("reverted", ["restored"] * len(whole)), kill
        ours = [sent.before[each.key] for each in whole]
        assert sorted(written) == sorted([*ours, *(amount - LOWER for amount in ours)]), kill

    passed = kill_at_each(company, rounds, send, all_put_back, since="rest.abandoned")
    assert passed["write.answered"] == len(whole)


def test_what_a_dead_worker_had_intended_of_a_set_that_is_put_back_is_settled_by_reading(
    company: Company, rounds: Rounds
) -> None:
    """Killed anywhere in the wave; on call puts the set back: what was written goes back, nothing else is ever sent."""
    trace = rounds_of(company, rounds)
    for moment in trace:
        sent = cheaper(company, company.variants[:SET])
        (proposal,) = sent.proposals
        known = len(company.shop.values())
        assert rounds.work(failpoint=moment.armed).killed, moment
        landed = company.shop.values()[known:]
        put_back(company, proposal)
        rounds.ahead_s += 20
        rounds.until_settled(proposal, step_s=5)
        assert {company.in_shop(each) for each in company.variants[:SET]} == set(sent.before.values()), moment
        undone = [amount + LOWER for amount in landed]
        assert sorted(company.shop.values()[known:]) == sorted([*landed, *undone]), moment
        items = ExecutionItem.objects.filter(execution__proposal=proposal)
        assert not items.filter(state__in=("pending", "intended", "unknown")).exists(), moment
        outcomes = Counter(items.filter(execution__kind="apply").values_list("state", flat=True))
        assert outcomes == Counter({"applied": len(landed), "not_applied": SET - len(landed)}), moment


def rounds_of(company: Company, rounds: Rounds) -> list[Moment]:
    """The moments of one round after which something is intended and not all of it is settled."""
    sent = cheaper(company, company.variants[:SET])
    (done,) = rounds.until_settled(sent.proposals[0])
    passed = list(_since("intent.committed", list(moments([done]))))
    return [each for each in passed if (each.point, each.count) != ("settle.committed", SET)]


def put_back(company: Company, proposal: Proposal) -> None:
    by = company.house.people.omar
    plan = plan_revert(proposal_id=proposal.pk, account=by, at=make.now())
    with transaction.atomic():
        request_revert(plan=plan, choices={}, digest=plan.digest, by=by, why="Wrong.", at=make.now())
    assert Execution.objects.filter(proposal=proposal, kind="apply", reason="reverted").exists() or not plan.lines


def _known(variant: Resource) -> int:
    """What the catalogue knows it to cost: what the last trial left there."""
    value = FieldValue.objects.get(
        resource=variant, system__key="demo-shop", field="price", address_key=make.DE.key()
    ).value
    return int(value["amount"])
