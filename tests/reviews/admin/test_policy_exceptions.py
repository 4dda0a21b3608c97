"""Exceptions by the page: asked for, confirmed by two, shown to who sees the proposal."""

from datetime import timedelta

from orchestr.proposals.exceptions.models import PolicyException
from orchestr.proposals.models import Proposal
from tests import make
from tests.proposals.propose import propose
from tests.proposals.test_exceptions import ask, refused
from tests.reviews.admin.doors import actions_since, events, one_refusal, signed_in


def in_an_hour() -> str:
    return f"{make.now() + timedelta(hours=1):%Y-%m-%dT%H:%M}"


def test_a_person_asks_and_two_others_confirm(house: make.House) -> None:
    proposal = refused(house)
    client, path = signed_in(house.people.omar), f"/policy/exceptions/request/{proposal.pk}/"
    page = client.get(path)
    assert [name for name, _ in page.context["choices"]] == ["cost"]
    sent = {"rule": "cost", "until": in_an_hour(), "reason": "The last of the season."}
    assert client.post(path, sent).status_code == 302
    row = PolicyException.objects.get()
    (shown,) = signed_in(house.people.mia).get("/policy/exceptions/").context["waiting"]
    assert (shown.asked_by, shown.items, shown.confirm.why_not) == ("Omar", 1, "")
    for who in (house.people.mia, house.people.fay):
        answer = signed_in(who).post(f"/policy/exceptions/{row.pk}/confirm/", {"digest": row.digest})
        assert answer.status_code == 302
    proposal.refresh_from_db()
    assert proposal.state == "draft"
    page = signed_in(house.people.mia).get("/policy/exceptions/")
    assert [each.confirmed for each in page.context["live"]] == [["Mia", "Fay"]]
    assert [(each["rule"], each["count"]) for each in page.context["counts"]] == [("cost", 1)]


def test_who_does_not_see_the_proposal_sees_no_exception_of_it(house: make.House) -> None:
    row = ask(house, refused(house))
    page = signed_in(house.people.marco).get("/policy/exceptions/")
    assert page.context["waiting"] == []
    with one_refusal("not_found", by=house.people.marco):
        answer = signed_in(house.people.marco).post(f"/policy/exceptions/{row.pk}/confirm/", {"digest": row.digest})
    assert answer.status_code == 404
    path = f"/policy/exceptions/request/{row.proposal_id}/"
    assert signed_in(house.people.marco).get(path).status_code == 404


def test_refuses_without_reason_or_with_an_end_that_is_over(house: make.House) -> None:
    proposal = refused(house)
    path = f"/policy/exceptions/request/{proposal.pk}/"
    with one_refusal("form_unreadable", by=house.people.omar):
        answer = signed_in(house.people.omar).post(path, {"rule": "cost", "until": in_an_hour(), "reason": " "})
    assert answer.status_code == 422
    sent = {"rule": "cost", "until": "2020-01-01T00:00", "reason": "Once."}
    with one_refusal("until_out_of_bounds", by=house.people.omar):
        assert signed_in(house.people.omar).post(path, sent).status_code == 422


def test_a_stale_digest_and_a_voice_that_adds_nothing_are_refused(house: make.House) -> None:
    row = ask(house, refused(house))
    path = f"/policy/exceptions/{row.pk}/confirm/"
    with one_refusal("stale_digest", by=house.people.mia):
        assert signed_in(house.people.mia).post(path, {"digest": "0" * 64}).status_code == 409
    with one_refusal("function_missing", by=house.people.lena):
        assert signed_in(house.people.lena).post(path, {"digest": row.digest}).status_code == 403


def test_it_is_turned_down_by_who_could_confirm_it(house: make.House) -> None:
    row, seen = ask(house, refused(house)), events()
    assert signed_in(house.people.fay).post(f"/policy/exceptions/{row.pk}/reject/").status_code == 302
    assert actions_since(seen) == ["exception.rejected"]
    assert [each.state for each in signed_in(house.people.fay).get("/policy/exceptions/").context["past"]] == [
        "rejected"
    ]
    assert Proposal.objects.get().state == "blocked"


def test_the_page_of_what_policy_refused_leads_to_it_and_no_other(house: make.House) -> None:
    blocked, waiting = refused(house), propose(house, house.change(house.tent, after=19_000))
    link = b"/policy/exceptions/request/"
    assert link in signed_in(house.people.fay).get(f"/reviews/{blocked.pk}/").content
    assert link not in signed_in(house.people.fay).get(f"/reviews/{waiting.pk}/").content
