"""When grants, functions or the tree of segments change, every list and every page of a thing agree at once."""

from django.contrib.auth.models import Group

from orchestr.catalogue.models import Segment
from orchestr.people.models import Account
from orchestr.proposals.models import Proposal
from tests import make, people
from tests.proposals.propose import single
from tests.reviews.browse import see, text


def listed(account: Account, proposal: Proposal) -> bool:
    return any(str(proposal.pk) in text(see(account, f"/reviews/?group={name}")) for name in ("mine", "others"))


def opened(account: Account, proposal: Proposal) -> bool:
    answers = {
        path: see(account, f"/reviews/{proposal.pk}/{path}").status_code for path in ("", "decision/", "changes/")
    }
    assert set(answers.values()) in ({404}, {200}), answers
    return answers[""] == 200


def sees(account: Account, proposal: Proposal) -> bool:
    """By list and by page alike."""
    found = opened(account, proposal)
    assert listed(account, proposal) is found
    return found


def test_a_segment_that_moves_takes_its_work_along(house: make.House) -> None:
    proposal, cast = single(house), house.people
    assert (sees(cast.mia, proposal), sees(cast.marco, proposal)) == (True, False)
    Segment.objects.filter(pk=house.jackets.pk).update(parent=house.outdoor)
    assert (sees(cast.mia, proposal), sees(cast.marco, proposal)) == (False, True)
    Segment.objects.filter(pk=house.jackets.pk).update(parent=house.apparel)
    assert (sees(cast.mia, proposal), sees(cast.marco, proposal)) == (True, False)


def test_a_grant_given_and_taken_shows_and_hides_it(house: make.House) -> None:
    proposal, marco = single(house), house.people.marco
    people.grant(marco, people.VIEW, house.jackets)
    assert sees(marco, proposal)
    people.take(marco, people.VIEW, house.jackets)
    assert not sees(marco, proposal)


def test_a_function_taken_away_takes_the_button_and_the_group_of_the_queue(house: make.House) -> None:
    proposal, mia = single(house), house.people.mia
    assert str(proposal.pk) in text(see(mia, "/reviews/?group=mine"))
    assert 'data-act="approve"' in text(see(mia, f"/reviews/{proposal.pk}/"))
    people.take(mia, people.DECIDE, house.apparel)
    assert str(proposal.pk) not in text(see(mia, "/reviews/?group=mine"))
    assert "disabled" in text(see(mia, f"/reviews/{proposal.pk}/")).partition('data-act="approve"')[2][:600] or (
        'data-act="approve"' not in text(see(mia, f"/reviews/{proposal.pk}/"))
    )


def test_a_group_that_is_deleted_takes_its_rights_with_it(house: make.House) -> None:
    proposal, aud = single(house), house.people.aud
    assert see(aud, "/agents/").status_code == 200
    Group.objects.filter(name="auditor").delete()
    assert see(aud, "/agents/").status_code == 404
    assert sees(aud, proposal), "what is seen by a grant on the segment is seen still"
