"""Claims, snoozes, comments and looks: small acts, each on record or nobody's business."""

from datetime import timedelta

import pytest

from audit.models import AuditEvent
from orchestr.proposals.models import Claim, Proposal
from reviews.models import Comment, Look, Snooze
from tests import make
from tests.proposals.propose import single
from tests.reviews.browse import act, browser, refused, see, text


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))


def test_a_claim_is_seen_by_others_and_taken_over(house: make.House) -> None:
    proposal = single(house)
    act(house.people.fay, "claim", proposal)
    assert "Fay is looking at this, too." in text(see(house.people.mia, f"/reviews/{proposal.pk}/"))
    act(house.people.mia, "claim", proposal)
    assert Claim.objects.get().person == house.people.mia.person


def test_releasing_gives_it_back(house: make.House) -> None:
    proposal = single(house)
    act(house.people.mia, "claim", proposal)
    act(house.people.mia, "release", proposal)
    assert not Claim.objects.exists()
    assert actions()[-2:] == ["proposal.claimed", "proposal.released"]


def test_a_claim_stops_nobody_from_deciding(house: make.House) -> None:
    proposal = single(house)
    act(house.people.fay, "claim", proposal)
    act(house.people.mia, "approve", proposal)
    proposal.refresh_from_db()
    assert proposal.state == "approved"


def test_a_snooze_lasts_an_hour_but_never_past_the_deadline(house: make.House) -> None:
    proposal = single(house)
    act(house.people.mia, "snooze", proposal)
    assert timedelta(minutes=59) < Snooze.objects.get().until - make.now() <= timedelta(hours=1)
    soon = make.now() + timedelta(minutes=5)
    Proposal.objects.filter(pk=proposal.pk).update(due_at=soon)
    act(house.people.mia, "snooze", proposal)
    assert Snooze.objects.get().until == soon


def test_waking_ends_only_my_own_snooze(house: make.House) -> None:
    proposal = single(house)
    act(house.people.mia, "snooze", proposal)
    act(house.people.fay, "snooze", proposal)
    act(house.people.mia, "wake", proposal)
    assert Snooze.objects.get().person == house.people.fay.person


def test_refuses_to_snooze_what_is_decided(house: make.House) -> None:
    proposal = single(house)
    act(house.people.mia, "approve", proposal)
    proposal.refresh_from_db()
    refused(lambda: act(house.people.mia, "snooze", proposal), proposal, "not_waiting", 409)


def test_a_comment_is_text_for_everybody_who_sees_it_and_no_word_enters_the_log(house: make.House) -> None:
    proposal = single(house)
    act(house.people.mia, "comment", proposal, text="<b>Look</b> at the margin")
    page = text(see(house.people.omar, f"/reviews/{proposal.pk}/"))
    assert "&lt;b&gt;Look&lt;/b&gt; at the margin" in page
    event = AuditEvent.objects.get(action="comment.added")
    assert event.about["comment"] == str(Comment.objects.get().pk)
    assert b"margin" not in bytes(event.canonical)


@pytest.mark.parametrize("said", ["", "  ", "x" * 4_001])
def test_refuses_an_empty_or_endless_comment(house: make.House, said: str) -> None:
    proposal = single(house)
    refused(lambda: act(house.people.mia, "comment", proposal, text=said), proposal, "comment_length", 422)


def test_a_look_remembers_the_version_and_leaves_no_event(house: make.House) -> None:
    proposal = single(house)
    before = actions()
    assert act(house.people.mia, "looked", proposal).status_code == 204
    assert (Look.objects.get().number, actions()) == (1, before)


def test_home_counts_from_the_last_look(house: make.House) -> None:
    assert browser(house.people.mia).post("/looked/").status_code == 204
    assert "Since you last looked" in text(see(house.people.mia, "/"))
