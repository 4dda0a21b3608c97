"""A revert of a revert is a proposal like any other, of what was put back and of nothing else."""

import pytest
from django.db import transaction

from audit.models import AuditEvent
from orchestr.execution.reverting.again import propose_again, read_again
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Proposal
from orchestr.refusal import Refusal
from tests import make
from tests.execution.approved import WINDOW, clock_after_window, work_until_settled
from tests.execution.reverting.doing import edit, plan, press, price, publish, states, work_all


def again(house: make.House, proposal: Proposal) -> Proposal:
    read = read_again(proposal_id=proposal.pk, account=house.people.mia)
    return propose_again(again=read, by=house.people.mia, why="It was right after all.", at=make.now())


def put_back(house: make.House, *proposals: Proposal) -> None:
    press(house, plan(house, proposals=tuple(each.pk for each in proposals)))
    work_all()


def test_what_stayed_published_is_not_proposed_again_whatever_is_there_now(house: make.House) -> None:
    proposal = publish(house, house.change(after=19_000), house.change(house.jacket_2, after=19_000))
    planned = plan(house, proposals=(proposal.pk,))
    press(house, planned, {1: "keep"})
    work_all()
    assert (price("JKT-1"), price("JKT-2")) == (20_000, 19_000)
    edit("JKT-2", 18_500)  # somebody else moved the one that was kept
    read = read_again(proposal_id=proposal.pk, account=house.people.mia)
    assert [(each.key, each.after["amount"]) for each in read.changes] == [("JKT-1", 19_000)]  # type: ignore[index,call-overload]


def test_it_begins_from_what_is_there_and_not_from_what_was_put_back(house: make.House) -> None:
    proposal = publish(house, house.change(after=19_000))
    put_back(house, proposal)
    edit("JKT-1", 19_500)
    read = read_again(proposal_id=proposal.pk, account=house.people.mia)
    assert [each.before["amount"] for each in read.changes] == [19_500]  # type: ignore[index,call-overload]


def test_of_what_one_may_not_see_nothing_is_read(house: make.House) -> None:
    proposal = publish(house, house.change(after=19_000))
    put_back(house, proposal)
    with pytest.raises(Refusal) as refused:
        read_again(proposal_id=proposal.pk, account=house.people.marco)
    assert refused.value.code == "not_found"


def test_whoever_asks_does_not_decide_and_the_circle_closes(house: make.House) -> None:
    first = publish(house, house.change(after=19_000))
    put_back(house, first)
    second = again(house, first)
    with pytest.raises(Refusal), transaction.atomic():
        approve(proposal_id=second.pk, digest=second.digest, by=house.people.mia, at=make.now() - WINDOW)
    for account in (house.people.fay, house.people.omar, house.people.lena):
        second.refresh_from_db()
        if second.state == "draft":
            try:
                with transaction.atomic():
                    approve(proposal_id=second.pk, digest=second.digest, by=account, at=make.now() - WINDOW)
            except Refusal:
                continue
    second.refresh_from_db()
    work_until_settled(second, clock_after_window())
    assert (states(first, second), price("JKT-1")) == (["reverted", "published"], 19_000)
    put_back(house, second)
    assert (states(first, second), price("JKT-1")) == (["reverted", "reverted"], 20_000)
    third = again(house, first)
    assert third.versions.get().plan[0]["before"]["amount"] == 20_000
    assert AuditEvent.objects.filter(action="proposal.reverted").count() == 2
