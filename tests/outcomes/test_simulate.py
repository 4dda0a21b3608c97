"""A draft tried on what is stored: here, spread over processes, by the terminal and in the background."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from audit.models import AuditEvent
from orchestr.outcomes import history, simulations
from orchestr.outcomes.models import Simulation
from orchestr.outcomes.replay import judge_again
from orchestr.outcomes.simulate import simulate
from orchestr.policy.ruleset import parse_policy
from orchestr.policy.values import canonical
from orchestr.proposals.judge import judge_again as judge_standing
from orchestr.proposals.judge import verdict_of
from orchestr.proposals.models import Proposal, Verdict
from orchestr.refusal import Refusal
from orchestr.rulebook.drafts import draft_policy
from orchestr.rulebook.models import PolicyVersion
from tests import make
from tests.conftest import Committed
from tests.outcomes.past import policy, rules
from tests.proposals.propose import dual, propose, single

STRICT = {"price_change": {"dual_over_bp": 400}}
MONTH = timedelta(days=30)


def seeded(house: make.House) -> list[Proposal]:
    """One of each outcome: single, dual, refused, and one that was narrowed to a second verdict."""
    found = [single(house), dual(house), propose(house, house.change(house.tent, after=100))]
    make.tighten_policy(house, "price_change", single_over_bp=100)
    found.append(propose(house, house.change(house.base_layer, after=19_000)))
    make.tighten_policy(house, "price_change", dual_over_bp=200)
    last = found[-1]
    judge_standing(proposal=last, version=last.versions.get(), occasion="rejudge", at=make.now())
    return found


def run(policy_: Any = None, **more: Any) -> dict[str, Any]:
    at = make.now()
    return simulate(policy=policy_ or policy(), since=at - MONTH, until=at, **more).to_wire()


def test_every_stored_verdict_replays_byte_for_byte_under_its_own_policy(house: make.House) -> None:
    seeded(house)
    policies = {row.number: parse_policy(row.rules, number=row.number) for row in PolicyVersion.objects.all()}
    rows = list(Verdict.objects.all())
    assert len(rows) == 5
    for row in rows:
        _, again = judge_again(bytes(row.facts), policies[row.policy_number])
        assert canonical(again.to_wire()) == canonical(verdict_of(row).to_wire())


def test_each_proposal_counts_once_by_the_verdict_it_was_submitted_under(house: make.House) -> None:
    seeded(house)
    wire = run(policy(**STRICT))
    assert wire["replayed"] == 4
    assert sorted(map(tuple, wire["moves"])) == [("dual", "dual", 1), ("refused", "refused", 1), ("single", "dual", 2)]
    assert wire["rules"] == {"price_change": 2}
    assert wire["reviews"]["without_deciders"] == 0


def test_nothing_before_the_window_or_after_it_counts(house: make.House) -> None:
    at = make.now()
    before, inside, after = single(house), dual(house), propose(house, house.change(house.tent, after=19_000))
    for row, moment in ((before, at - MONTH), (inside, at), (after, at + timedelta(seconds=1))):
        Proposal.objects.filter(pk=row.pk).update(submitted_at=moment)
    found = [each.proposal for chunk in history.past(since=at - MONTH, until=at) for each in chunk]
    assert found == [str(inside.pk)]
    assert history.count(since=at - MONTH, until=at) == 1


def test_a_simulation_writes_nothing(house: make.House) -> None:
    seeded(house)
    before = (AuditEvent.objects.count(), Verdict.objects.count(), list(Proposal.objects.values_list("revision")))
    run(policy(**STRICT))
    assert (
        AuditEvent.objects.count(),
        Verdict.objects.count(),
        list(Proposal.objects.values_list("revision")),
    ) == before


def test_spread_over_processes_it_says_the_same(house: make.House) -> None:
    seeded(house)
    told: list[int] = []
    assert run(policy(**STRICT), processes=2, progress=told.append) == run(policy(**STRICT))
    assert told[-1] == 4


def test_old_facts_are_counted_and_named(house: make.House) -> None:
    proposal = single(house)
    Verdict.objects.update(facts=b'{"format":0}')
    wire = run()
    assert wire["counts"]["unreadable"] == 1
    assert (wire["lists"]["unreadable"][0]["proposal"], wire["lists"]["unreadable"][0]["code"]) == (
        str(proposal.pk),
        "facts_format",
    )


def test_the_command_says_what_would_differ(house: make.House) -> None:
    seeded(house)
    with transaction.atomic():
        draft = draft_policy(rules=rules(**STRICT), by=house.people.ada, at=make.now())
    said = StringIO()
    call_command("simulate_policy", str(draft.number), days=30, stdout=said)
    assert "on 4 proposals of 30 days" in said.getvalue()
    assert "2 would be judged otherwise." in said.getvalue()
    assert "single -> dual: 2" in said.getvalue()
    said = StringIO()
    call_command("simulate_policy", str(draft.number), days=30, json=True, stdout=said)
    assert json.loads(said.getvalue())["replayed"] == 4


@pytest.mark.parametrize(("number", "days"), [("99", 30), ("1", 0), ("1", 367)])
def test_the_command_refuses_what_is_not_there(house: make.House, number: str, days: int) -> None:
    with pytest.raises(CommandError):
        call_command("simulate_policy", number, days=days)


def ask(house: make.House, number: int = 1, days: int = 30) -> Simulation:
    with transaction.atomic():
        return simulations.request_simulation(number=number, days=days, by=house.people.ada, at=make.now())


def test_asking_twice_gives_the_one_under_way_and_one_event(house: make.House) -> None:
    first = ask(house)
    assert ask(house).pk == first.pk
    assert ask(house, days=90).pk != first.pk
    assert AuditEvent.objects.filter(action="policy.simulated").count() == 2


@pytest.mark.parametrize(
    ("number", "days", "code"), [(1, 0, "simulation_days"), (1, 400, "simulation_days"), (9, 30, "not_found")]
)
def test_refuses_other_spans_and_versions(house: make.House, number: int, days: int, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        ask(house, number, days)
    assert refused.value.code == code
    assert not Simulation.objects.exists()


@pytest.fixture
def company(committed: Committed, shelves: None) -> make.House:
    return make.house()


def test_a_worker_runs_what_waits_and_keeps_what_it_says(company: make.House) -> None:
    seeded(company)
    row = ask(company)
    claimed = simulations.claim(at=make.now())
    assert claimed is not None
    assert simulations.claim(at=make.now()) is None
    simulations.perform(claimed)
    row.refresh_from_db()
    assert (row.state, row.done, row.total) == ("done", 4, 4)
    assert row.result == run(parse_policy(row.policy.rules, number=1))


def test_one_whose_worker_fell_silent_is_taken_over_and_the_silent_one_keeps_nothing(company: make.House) -> None:
    single(company)
    row = ask(company)
    silent = simulations.claim(at=make.now() - simulations.SILENT - timedelta(seconds=1))
    second = simulations.claim(at=make.now())
    assert silent is not None
    assert second is not None
    simulations.perform(silent)
    row.refresh_from_db()
    assert (row.state, row.result) == ("running", None)
    simulations.perform(second)
    row.refresh_from_db()
    assert row.state == "done"


def test_what_goes_wrong_is_kept_by_its_kind(company: make.House) -> None:
    row = ask(company)
    PolicyVersion.objects.update(rules={"rules": []})
    claimed = simulations.claim(at=make.now())
    assert claimed is not None
    simulations.perform(claimed)
    row.refresh_from_db()
    assert (row.state, row.failure, row.result) == ("failed", "ParameterRefused", None)
