"""A promotion that an agent proposed is made in the shop, and unmade by a revert."""

import shelf
from django.db import transaction

from orchestr.catalogue import refresh
from orchestr.catalogue.models import FieldValue, Resource
from orchestr.execution.revert import request_revert
from orchestr.execution.revert_plan import plan_revert
from tests import make
from tests.catalogue.test_creations import creation
from tests.execution.approved import approved, clock_after_window, states, work


def test_it_is_made_seen_and_unmade_again(house: make.House) -> None:
    proposal = approved(house, creation(skus=["JKT-1"]), evidence=False)
    work(clock_after_window())
    proposal.refresh_from_db()
    assert (proposal.state, states(proposal)) == ("published", ["applied"])
    assert ("promotion", "SPRING") in shelf.SHELVES["shop"].resources
    assert FieldValue.objects.get(resource__key="SPRING").value["percent_bp"] == 500

    refresh.refresh(house.shop)
    assert Resource.objects.known().filter(key="SPRING").exists()

    plan = plan_revert(proposal_id=proposal.pk, item_indexes=None, account=house.people.omar, at=make.now())
    with transaction.atomic():
        request_revert(plan=plan, choices={}, digest=plan.digest, by=house.people.omar, why="Too early.", at=make.now())
    work(clock_after_window())
    proposal.refresh_from_db()
    assert proposal.state == "reverted"
    assert ("promotion", "SPRING") not in shelf.SHELVES["shop"].resources
