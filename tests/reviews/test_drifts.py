"""The page of a proposal and on call's board say what is not as published any more."""

from orchestr.execution.drift.models import Drift
from orchestr.execution.drift.scan import scan
from tests import make
from tests.execution.test_drift import _by_hand, _published
from tests.reviews.admin.doors import one_refusal, signed_in


def test_it_is_shown_with_both_values_and_who_until_somebody_who_may_put_it_back_has_seen_it(house: make.House) -> None:
    proposal, clock = _published(house)
    _by_hand(21_000, who="till@shop")
    clock.pass_by(301)
    scan(clock=clock)
    omar = signed_in(house.people.omar)
    page = omar.get(f"/reviews/{proposal.pk}/").content.decode()
    assert "Not as published any more" in page
    assert "till@shop" in page
    assert "€210.00" in page
    board = omar.get("/oncall/")
    assert "published value is not ours any more" in board.content.decode()
    (card,) = board.context["cards"]
    assert [each.seen for each in card.items] == ["we published €190.00, now it is €210.00, changed by till@shop"]
    with one_refusal("may_not_revert_here", by=house.people.mia):
        assert signed_in(house.people.mia).post(f"/reviews/{proposal.pk}/drift/seen/").status_code == 403
    answer = omar.post(f"/reviews/{proposal.pk}/drift/seen/", follow=True)
    assert "seen by" in answer.content.decode()
    assert Drift.objects.get().acknowledged_by == house.people.omar.person
    assert "published value is not ours any more" not in omar.get("/oncall/").content.decode()
