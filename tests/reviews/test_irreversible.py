"""What cannot be put back is said before anybody decides: when it is submitted, on the page, and to who decides."""

import pytest
from django.db import transaction

from orchestr.catalogue.models import System
from orchestr.execution.reverting.plan import plan_revert
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Proposal
from tests import make
from tests.execution.approved import WINDOW, clock_after_window, work
from tests.proposals.propose import propose
from tests.reviews.door import get


@pytest.fixture
def proposal(house: make.House) -> Proposal:
    """A price that its shop says it cannot put back."""
    System.objects.filter(pk=house.shop.pk).update(settings={"role": "shop", "reversibility": "irreversible"})
    return propose(house, house.change(after=19_000))


def test_it_is_said_at_submission_and_takes_two(house: make.House, proposal: Proposal) -> None:
    version = proposal.versions.get()
    assert [item["reversibility"] for item in version.plan] == ["irreversible"]
    codes = [finding["code"] for finding in version.verdicts.get().findings]
    assert "irreversible" in codes
    assert proposal.tier == "dual"


def test_it_stands_on_the_page_and_in_the_reasons_before_the_buttons(house: make.House, proposal: Proposal) -> None:
    page = get(house.people.mia, f"/reviews/{proposal.pk}/").content.decode()
    assert "cannot be undone" in page
    assert "A change cannot be put back." in page


def test_one_approval_is_not_enough_and_what_was_decided_on_says_so(house: make.House, proposal: Proposal) -> None:
    for who, state in ((house.people.mia, "draft"), (house.people.fay, "approved")):
        with transaction.atomic():
            approve(proposal_id=proposal.pk, digest=proposal.digest, by=who, at=make.now() - WINDOW)
        proposal.refresh_from_db()
        assert proposal.state == state
    # The plan that is digested names it: another reversibility would be another digest.
    assert proposal.decisions.first() is not None
    work(clock_after_window())
    (line,) = plan_revert(proposal_id=proposal.pk, account=house.people.omar, at=make.now()).lines
    assert (line.verdict, line.default) == ("irreversible", "keep")
