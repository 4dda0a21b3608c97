"""The page of a proposal that goes out in shares: what it says, and the buttons of who may press them."""

import shelf
from django.db import transaction

from orchestr.execution.rollout.look import look
from orchestr.proposals.deciding.decide import approve
from orchestr.workflows.rollout import Default, Terms
from tests import make
from tests.execution.approved import WINDOW, clock_after_window, work, work_until_settled
from tests.execution.rollout.held import HOUR, TERMS, held, rollout_of, sells
from tests.proposals.propose import propose
from tests.reviews.admin.doors import one_refusal, signed_in


def _three(house: make.House) -> list[dict[str, object]]:
    return [house.change(each, after=19_000) for each in (house.jacket, house.jacket_2, house.base_layer)]


def test_whoever_approves_may_ask_for_a_first_share(house: make.House) -> None:
    proposal = propose(house, *_three(house))
    mia = signed_in(house.people.mia)
    page = mia.get(f"/reviews/{proposal.pk}/").content.decode()
    assert "Send out a first share alone" in page
    form = {"digest": proposal.digest, "rollout_share": "1000", "rollout_hold": "3600"}
    with one_refusal("rollout_terms", by=house.people.mia):
        answer = mia.post(f"/reviews/{proposal.pk}/approve/", form | {"rollout_hold": "long"})
        assert answer.status_code == 422
    assert mia.post(f"/reviews/{proposal.pk}/approve/", form).status_code == 302
    assert proposal.decisions.get().rollout == Terms(share_bp=1_000, hold_s=3_600).wire()


def test_what_is_asked_for_already_is_said_before_anybody_approves(house: make.House) -> None:
    house.workflow.rollout = Default(terms=Terms(share_bp=2_500, hold_s=86_400)).wire()
    house.workflow.save(update_fields=["rollout"])
    proposal = propose(house, *_three(house), rollout=TERMS)
    page = signed_in(house.people.mia).get(f"/reviews/{proposal.pk}/").content.decode()
    assert "First 10 % of it goes out, for 1 day." in page
    assert "the proposer and the workflow" in page


def test_one_thing_alone_is_offered_no_shares(house: make.House) -> None:
    proposal = propose(house, house.change(after=19_000))
    page = signed_in(house.people.mia).get(f"/reviews/{proposal.pk}/").content.decode()
    assert "rollout-choice" not in page


def test_the_page_says_the_share_the_numbers_and_what_it_waits_for(house: make.House) -> None:
    proposal, clock = held(house)
    sells(proposal, clock, first=(100, 90))
    clock.pass_by(HOUR / 2)
    look(clock=clock)
    execution = rollout_of(proposal).execution
    for path in (f"/reviews/{proposal.pk}/", f"/executions/{execution.pk}/"):
        page = signed_in(house.people.mia).get(path).content.decode()
        assert "A first share is out; the rest waits" in page
        assert "1 item of 3" in page
        assert "Units sold" in page
        assert "€4,500.00" in page
        assert "Let the other 2 items go out now" in page
        assert "Put back what went out" not in page
        assert "not as before" not in page
    assert "Put back what went out" in signed_in(house.people.omar).get(f"/reviews/{proposal.pk}/").content.decode()


def test_on_call_puts_it_back_from_the_page(house: make.House) -> None:
    proposal, clock = held(house)
    omar, place = signed_in(house.people.omar), f"/reviews/{proposal.pk}/rollout/put-back/"
    with one_refusal("reason_missing", by=house.people.omar):
        assert omar.post(place, {"digest": proposal.digest}).status_code == 422
    assert omar.post(place, {"digest": proposal.digest, "why": "Wrong."}).status_code == 302
    clock.pass_by(1)
    work_until_settled(proposal, clock)
    assert proposal.state == "reverted"
    assert "A person had it put back." in omar.get(f"/reviews/{proposal.pk}/").content.decode()


def test_who_may_decide_lets_it_go_on_or_be_looked_at_for_longer(house: make.House) -> None:
    proposal, clock = held(house)
    mia = signed_in(house.people.mia)
    with one_refusal("may_not_decide_here", by=house.people.omar):
        answer = signed_in(house.people.omar).post(
            f"/reviews/{proposal.pk}/rollout/go-on/", {"digest": proposal.digest}
        )
        assert answer.status_code == 403
    assert mia.post(f"/reviews/{proposal.pk}/rollout/longer/", {"digest": proposal.digest}).status_code == 302
    answer = mia.post(f"/reviews/{proposal.pk}/rollout/go-on/", {"digest": proposal.digest}, follow=True)
    assert "The rest goes out now." in answer.content.decode()
    clock.pass_by(1)
    work_until_settled(proposal, clock)
    assert proposal.state == "published"


def test_a_guard_that_broke_says_so_and_is_named_as_who_put_it_back(house: make.House) -> None:
    proposal, clock = held(house)
    sells(proposal, clock, first=(400, 40))
    clock.pass_by(HOUR / 4)
    look(clock=clock)
    work_until_settled(proposal, clock)
    page = signed_in(house.people.mia).get(f"/reviews/{proposal.pk}/").content.decode()
    assert "The guard broke: it sold too few units." in page
    assert "Put back by the guard of its rollout" in page


def test_a_second_person_is_asked_for_on_a_dual_tier(house: make.House) -> None:
    changes = [change | {"after": change["before"] | {"amount": 16_000}} for change in _three(house)]  # type: ignore[operator]
    proposal = propose(house, *changes, rollout=TERMS)
    for account in (house.people.mia, house.people.fay):
        with transaction.atomic():
            approve(proposal_id=proposal.pk, digest=proposal.digest, by=account, at=make.now() - WINDOW)
    work(clock_after_window())
    assert len(shelf.SHELVES["shop"].written) == 1
    mia = signed_in(house.people.mia)
    answer = mia.post(f"/reviews/{proposal.pk}/rollout/go-on/", {"digest": proposal.digest}, follow=True)
    page = answer.content.decode()
    assert "a second person has to say so, too" in page
    assert "You have said so; a second person is needed." in page
