"""The proposal as it was at an event is what its rows said at that moment, and nothing of what came later."""

import pytest
from django.test import Client

from audit.models import AuditEvent
from audit.selection import EVERYTHING
from audit.then import Then, as_it_was
from orchestr.proposals.models import Decision, Proposal, Version
from tests import make
from tests.execution.approved import clock_after_window
from tests.execution.reverting.doing import plan, press, publish, work_all


@pytest.fixture
def house(committed, shelves) -> make.House:
    return make.house()


@pytest.fixture
def proposal(house: make.House) -> Proposal:
    """Published and put back."""
    proposal = publish(house, house.change(after=19_000))
    press(house, plan(house, proposals=(proposal.pk,)))
    work_all(clock_after_window())
    proposal.refresh_from_db()
    assert proposal.state == "reverted"
    return proposal


def client_of(who) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def at_first(proposal: Proposal, action: str) -> AuditEvent:
    return AuditEvent.objects.filter(action=action, about__proposal=str(proposal.pk)).order_by("id")[0]


def then(proposal: Proposal, action: str) -> Then:
    found = as_it_was(str(proposal.pk), EVERYTHING, event=at_first(proposal, action).id)
    assert found is not None
    return found


def test_each_event_tells_the_state_and_the_decisions_of_its_time(house, proposal):
    submitted, decided, approved = (
        then(proposal, action) for action in ("proposal.submitted", "proposal.decision.recorded", "proposal.approved")
    )
    assert (submitted.stood, submitted.decisions, submitted.version, submitted.whole) == ("draft", [], 1, True)
    assert (decided.stood, [each.became for each in decided.decisions]) == ("draft", [""])
    assert approved.stood == "approved"
    assert then(proposal, "proposal.published").stood == "published"
    last = AuditEvent.objects.filter(about__proposal=str(proposal.pk)).order_by("-id")[0]
    now = as_it_was(str(proposal.pk), EVERYTHING, event=last.id)
    assert now is not None
    assert (now.stood, now.digest, now.version) == (proposal.state, proposal.digest, proposal.number)
    assert (now.tier, list(now.functions), now.risk) == (proposal.tier, proposal.functions, proposal.risk)
    stored = Decision.objects.filter(proposal=proposal).order_by("id")
    assert [each.id for each in now.decisions] == [str(each.pk) for each in stored]


def test_the_page_shows_the_version_that_stood_and_that_its_digest_agrees(house, proposal):
    event = at_first(proposal, "proposal.submitted")
    client = client_of(house.people.ada)
    link = f"/audit/events/{event.pk}/proposal/"
    assert link in client.get(f"/audit/events/{event.pk}/").content.decode()
    answer = client.get(link)
    page = answer.content.decode()
    assert (answer.status_code, answer.context["agrees"], answer.context["count"]) == (200, True, 1)
    for part in ("This is the past", 'data-agrees="yes"', "Nobody had decided yet", "190"):
        assert part in page


def test_a_version_that_somebody_changed_around_the_log_is_said_to_be_another(house, proposal):
    Version.objects.filter(proposal=proposal).update(canonical=b"{}")
    event = at_first(proposal, "proposal.approved")
    page = client_of(house.people.ada).get(f"/audit/events/{event.pk}/proposal/").content.decode()
    assert 'data-agrees="no"' in page
    assert "not what the log tells of" in page


def test_who_may_not_see_the_event_or_an_event_of_no_proposal_finds_nothing(house, proposal):
    event = at_first(proposal, "proposal.submitted")
    assert client_of(house.people.marco).get(f"/audit/events/{event.pk}/proposal/").status_code == 404
    other = AuditEvent.objects.exclude(about__has_key="proposal").order_by("id")[0]
    assert client_of(house.people.ada).get(f"/audit/events/{other.pk}/proposal/").status_code == 404


def test_a_sku_leads_to_the_events_of_the_proposals_it_stands_in(house, proposal):
    sku = Version.objects.get(proposal=proposal).plan[0]["id"]
    client = client_of(house.people.ada)
    rows = client.get("/audit/", {"sku": sku}).context["rows"]
    wanted = AuditEvent.objects.filter(about__proposal=str(proposal.pk)).order_by("-id").values_list("id", flat=True)
    assert [row.id for row in rows] == list(wanted)[:50]
    assert client.get("/audit/", {"sku": "NO-SUCH-SKU"}).context["rows"] == []
    answer = client.post("/audit/export/", {"format": "jsonl", "sku": sku})
    assert len(answer.getvalue().splitlines()) == len(wanted)
