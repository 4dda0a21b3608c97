"""Work kept to sandboxes ends, holds and supersedes nothing that people have yet to decide on."""

from orchestr.agents.models import AgentToken
from orchestr.catalogue.models import System
from orchestr.proposals.arbitration.models import Arbitration
from orchestr.proposals.models import Proposal
from tests import make
from tests.proposals.arbitration.three import three
from tests.proposals.propose import single


def only_tests(agent: str = "repricer") -> None:
    System.objects.update(sandbox=True)
    AgentToken.objects.filter(agent__key=agent).update(sandbox_only=True)


def states() -> list[tuple[str, str]]:
    return list(Proposal.objects.order_by("submitted_at", "id").values_list("state", "blocked_reason"))


def test_a_test_does_not_supersede_real_work_on_the_same_address(house: make.House) -> None:
    single(house)
    only_tests()
    single(house)
    assert states() == [("draft", ""), ("draft", "")]
    single(house)
    assert states() == [("draft", ""), ("blocked", "superseded"), ("draft", "")]


def test_real_work_does_not_supersede_a_test(house: make.House) -> None:
    only_tests()
    single(house)
    AgentToken.objects.update(sandbox_only=False)
    single(house)
    assert states() == [("draft", ""), ("draft", "")]


def test_a_third_agent_that_only_tests_holds_nobody(house: make.House) -> None:
    agents = three(house)
    agents.clears()
    agents.pauses()
    only_tests()
    agents.raises()
    assert not Arbitration.objects.exists()
    assert {state for state, _ in states()} == {"draft"}


def test_two_of_real_work_and_one_test_are_not_three(house: make.House) -> None:
    agents = three(house)
    only_tests()
    assert agents.raises().sandbox_only
    agents.clears()
    agents.pauses()
    held = set(Proposal.objects.filter(arbitrations__isnull=False).values_list("sandbox_only", flat=True))
    assert True not in held
