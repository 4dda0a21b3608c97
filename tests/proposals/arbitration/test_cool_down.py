"""A value that one agent has just changed is left alone by the others, by what the rows say."""

from datetime import timedelta

from orchestr.proposals.models import ExposureUse, Proposal
from tests import make
from tests.proposals.arbitration.three import three
from tests.proposals.propose import propose, single


def published(house: make.House, *, minutes_ago: int) -> Proposal:
    """The jacket's price, changed by the repricer so long ago."""
    proposal = single(house)
    at = (make.now() - timedelta(minutes=minutes_ago)).replace(microsecond=0)
    ExposureUse.objects.filter(proposal=proposal).update(state="live", at=at)
    Proposal.objects.filter(pk=proposal.pk).update(state="published", settled_at=at)
    return proposal


def test_another_agent_is_refused_with_the_time_it_ends(house: make.House) -> None:
    first = published(house, minutes_ago=5)
    answer = propose(house, house.change(after=19_500), run=three(house).stocker.run)
    assert (answer.state, answer.blocked_reason) == ("blocked", "policy")
    found = {row["code"]: row for row in answer.versions.get().verdicts.get().findings}["cooling_down"]
    settled = Proposal.objects.get(pk=first.pk).settled_at
    assert settled is not None
    assert found["params"] == {
        "agent": "repricer",
        "proposal": str(first.pk),
        "until": int(settled.timestamp()) + 15 * 60,
    }


def test_after_it_another_value_and_people_are_free(house: make.House) -> None:
    published(house, minutes_ago=16)
    stocker = three(house).stocker.run
    assert propose(house, house.change(after=19_500), run=stocker).state == "draft"
    published(house, minutes_ago=1)
    assert propose(house, house.change(house.jacket_2, after=19_500), run=stocker).state == "draft"
    assert propose(house, house.change(after=19_400), by=house.people.fay).state == "draft"
