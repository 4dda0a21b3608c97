"""Work kept to sandboxes and real work count nothing of each other: exposure, budgets, record, what is beside it."""

from typing import Any

from django.db import transaction

from orchestr.agents.models import AgentToken
from orchestr.catalogue.models import System
from orchestr.proposals.judge import judge, judged_of
from orchestr.proposals.locks import current
from orchestr.proposals.models import Exposure, ExposureUse, Proposal
from orchestr.runs.models import BudgetUse
from tests import make
from tests.proposals.propose import single


def only_tests(yes: bool = True) -> None:
    System.objects.update(sandbox=True)
    AgentToken.objects.update(sandbox_only=yes)


def facts_of(proposal: Proposal) -> Any:
    with transaction.atomic():
        return judge(judged_of(proposal, current(proposal)), at=make.now()).facts


def pending(proposal: Proposal) -> set[int]:
    return {each.pending for each in facts_of(proposal).exposure}


def test_a_waiting_test_takes_nothing_of_what_real_work_may(house: make.House) -> None:
    only_tests()
    tested = single(house)
    assert tested.state == "draft"
    assert not Exposure.objects.exists()
    assert not ExposureUse.objects.exists()
    only_tests(False)
    real = single(house)
    facts = facts_of(real)
    assert {each.pending for each in facts.exposure} == {0}
    assert facts.around.others == ()
    assert Exposure.objects.filter(proposal=real).exists()


def test_waiting_real_work_is_no_part_of_a_test(house: make.House) -> None:
    System.objects.update(sandbox=True)
    real = single(house)
    only_tests()
    tested = single(house)
    facts = facts_of(tested)
    assert {each.pending for each in facts.exposure} == {0}
    assert facts.around.standing == ()
    assert facts.around.others == ()
    assert pending(real) == {0}


def test_a_test_spends_no_budget_of_the_day(house: make.House) -> None:
    house.workflow.budgets = {**house.workflow.budgets, "changes_per_day": 1, "runs_per_day": 5}
    house.workflow.save(update_fields=["budgets"])
    only_tests()
    single(house)
    single(house)
    assert not BudgetUse.objects.filter(kind="changes_per_day").exists()
    only_tests(False)
    single(house)
    assert BudgetUse.objects.get(kind="changes_per_day").used == 1


def test_what_became_of_tests_is_not_the_agents_record(house: make.House) -> None:
    only_tests()
    tested = single(house)
    Proposal.objects.filter(pk=tested.pk).update(state="blocked", blocked_reason="reviewer")
    only_tests(False)
    assert facts_of(single(house)).around.track == ""
