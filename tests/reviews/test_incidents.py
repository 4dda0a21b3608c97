"""An incident's page: who sees it, its timeline, who is on it, who has reviewed it."""

from typing import Any

import pytest

from audit.models import AuditEvent
from orchestr.execution.models import Incident
from tests import make, people
from tests.execution.approved import clock_after_window, work
from tests.execution.test_containment import act
from tests.execution.test_revert import published
from tests.reviews.door import get, one_refusal, signed_in

pytestmark = pytest.mark.usefixtures("invariants")
SAID = {"verdict": "too_much", "text": "One item would have done."}


@pytest.fixture
def incident(house: make.House, invariants: None) -> Incident:
    """Omar has contained what the agent published, and the worker has put it back."""
    found = act(house, published(house), house.people.omar).incident
    work(clock_after_window())
    return found


def page(house: make.House, incident: Incident, who: str = "omar") -> Any:
    return get(getattr(house.people, who), f"/incidents/{incident.pk}/").context


def test_it_says_what_was_done_and_how_far_it_is(house: make.House, incident: Incident) -> None:
    context = page(house, incident)
    assert [item.outcome for item in context["items"]] == ["restored", "restored"]
    assert (context["incident"].freeze.target, context["rollback_owner"], context["open"]) == (
        "workflow:clearance",
        "Olga",
        False,
    )


def test_its_timeline_is_what_the_log_holds_from_the_containment_on(house: make.House, incident: Incident) -> None:
    texts = [event.text for event in page(house, incident)["events"]]
    for words in ("Incident opened", "Freeze set", "Incident contained", "Execution queued", "Proposal reverted"):
        assert texts.count(words) == 1, (words, texts)
    assert "Proposal submitted" not in texts


@pytest.mark.parametrize("part", ["", "course/"])
def test_who_may_not_see_the_proposal_does_not_see_its_incident(
    house: make.House, incident: Incident, part: str
) -> None:
    oscar = people.account("oscar", ["oncall"], {people.VIEW: [house.outdoor], people.REVERT: [house.outdoor]})
    for account in (house.people.marco, oscar):
        invisible = signed_in(account).get(f"/incidents/{incident.pk}/{part}")
        absent = signed_in(account).get(f"/incidents/{house.jacket.pk}/{part}")
        assert (invisible.status_code, absent.status_code) == (404, 404)
        assert invisible.context["refusal"].detail == absent.context["refusal"].detail
    assert signed_in(house.people.mia).get(f"/incidents/{incident.pk}/{part}").status_code == 200


def test_the_first_to_acknowledge_counts(house: make.House, incident: Incident) -> None:
    for who in ("olga", "omar"):
        signed_in(getattr(house.people, who)).post(f"/incidents/{incident.pk}/acknowledge/")
    incident.refresh_from_db()
    assert incident.acknowledged_by == house.people.olga.person
    assert AuditEvent.objects.filter(action="incident.acknowledged").count() == 1
    assert page(house, incident)["acknowledge"] is None


def test_saying_so_on_the_board_acknowledges_the_incident(house: make.House, incident: Incident) -> None:
    (calling,) = get(house.people.omar, "/oncall/calling/").context["callings"]
    assert signed_in(house.people.ada).post(calling.take.url).status_code == 302
    incident.refresh_from_db()
    assert incident.acknowledged_by == house.people.ada.person
    assert get(house.people.omar, "/oncall/calling/").context["callings"] == []


def test_a_second_person_reviews_it(house: make.House, incident: Incident) -> None:
    own = page(house, incident)["review"]
    assert own.why_not == "You contained it: a second person reviews it."
    assert page(house, incident, "olga")["review"].why_not == ""
    signed_in(house.people.olga).post(f"/incidents/{incident.pk}/review/", SAID)
    incident.refresh_from_db()
    assert incident.reviewed_by == house.people.olga.person
    assert page(house, incident, "olga")["review"] is None
    assert (incident.verdict, incident.review_text) == ("too_much", "One item would have done.")
    for path in ("", "report/"):
        content = get(house.people.olga, f"/incidents/{incident.pk}/{path}").content.decode()
        assert "It was too much: One item would have done." in content


def test_a_review_without_a_verdict_or_a_word_is_refused(house: make.House, incident: Incident) -> None:
    for said in ({}, {"verdict": "right", "text": " "}, {"verdict": "fine", "text": "Yes."}):
        with one_refusal("verdict_missing"):
            answer = signed_in(house.people.olga).post(f"/incidents/{incident.pk}/review/", said)
        assert answer.status_code == 422


def test_two_people_close_it_from_its_page(house: make.House, incident: Incident) -> None:
    olga, omar = signed_in(house.people.olga), signed_in(house.people.omar)
    assert page(house, incident)["close"].why_not == "A second person reviews it first."
    with one_refusal("not_reviewed"):
        assert omar.post(f"/incidents/{incident.pk}/close/", {"reason": "Done."}).status_code == 409
    olga.post(f"/incidents/{incident.pk}/review/", SAID)
    assert omar.post(f"/incidents/{incident.pk}/close/", {"reason": "Prices are right again."}).status_code == 302
    assert page(house, incident)["closing"].confirm.why_not
    closing = page(house, incident, "olga")["closing"]
    assert (closing.reason, closing.confirm.why_not) == ("Prices are right again.", "")
    assert olga.post(closing.confirm.url, {"digest": closing.digest}).status_code == 302
    incident.refresh_from_db()
    assert incident.closed_by == house.people.olga.person
    content = get(house.people.olga, f"/incidents/{incident.pk}/").content.decode()
    assert "has been let go" in content or "have been let go" in content
    assert 'data-act="close"' not in content


def test_refuses_the_review_of_the_one_who_contained_it_by_whichever_account(
    house: make.House, incident: Incident
) -> None:
    second = people.account("omar2", ["admin"], {people.VIEW: [house.apparel]}, person=house.people.omar.person)
    for account in (house.people.omar, second):
        with one_refusal("own_containment"):
            assert signed_in(account).post(f"/incidents/{incident.pk}/review/").status_code == 403


def test_refuses_a_second_review(house: make.House, incident: Incident) -> None:
    signed_in(house.people.olga).post(f"/incidents/{incident.pk}/review/", SAID)
    with one_refusal("already_reviewed"):
        assert signed_in(house.people.ada).post(f"/incidents/{incident.pk}/review/", SAID).status_code == 409


@pytest.mark.parametrize("verb", ["acknowledge", "review", "close"])
@pytest.mark.parametrize("who", ["mia", "marco", "aud"])
def test_refuses_who_is_neither_on_call_nor_admin(house: make.House, incident: Incident, verb: str, who: str) -> None:
    with one_refusal("not_found"):
        assert signed_in(getattr(house.people, who)).post(f"/incidents/{incident.pk}/{verb}/").status_code == 404
    assert signed_in(house.people.omar).get(f"/incidents/{incident.pk}/{verb}/").status_code == 405


def test_what_a_person_wrote_stays_words(house: make.House, incident: Incident) -> None:
    Incident.objects.filter(pk=incident.pk).update(why='<img src=x onerror=alert(1)><a hx-get="/x">')
    content = get(house.people.omar, f"/incidents/{incident.pk}/").content.decode()
    assert "<img src=x" not in content
    assert 'hx-get="/x"' not in content
