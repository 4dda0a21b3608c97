"""A draft tried on past proposals by the page: asked for, watched without JavaScript, read by who may."""

from datetime import timedelta

import pytest
from django.test import Client

from orchestr.outcomes import simulations
from orchestr.outcomes.models import Simulation
from orchestr.outcomes.simulate import simulate
from orchestr.policy.ruleset import parse_policy
from orchestr.rulebook.drafts import draft_policy
from orchestr.rulebook.models import PolicyVersion
from tests import make
from tests.outcomes.past import rules
from tests.proposals.propose import dual, single
from tests.reviews.admin.doors import actions_since, events, one_refusal, signed_in


@pytest.fixture
def draft(house: make.House) -> PolicyVersion:
    return draft_policy(rules=rules(price_change={"dual_over_bp": 400}), by=house.people.ada, at=make.now())


def done(row: Simulation) -> Simulation:
    """As a worker leaves it."""
    policy = parse_policy(row.policy.rules, number=row.policy.number)
    report = simulate(policy=policy, since=row.asked_at - timedelta(days=row.days), until=row.asked_at)
    Simulation.objects.filter(pk=row.pk).update(state="done", result=report.to_wire(), done=report.replayed)
    return row


def ask(client: Client, draft: PolicyVersion, **form: str) -> Simulation:
    answer = client.post(f"/policy/{draft.number}/simulation/start/", form)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/policy/{draft.number}/simulation/?days={form.get('days', '30')}"
    return Simulation.objects.latest("asked_at")


@pytest.mark.django_db
def test_a_draft_that_was_not_tried_says_so(house: make.House, draft: PolicyVersion) -> None:
    answer = signed_in(house.people.ada).get(f"/policy/{draft.number}/simulation/")
    assert b"has not been tried" in answer.content
    assert b"hx-trigger" not in answer.content.split(b'id="course"')[1]


@pytest.mark.django_db
def test_asking_is_on_record_once_and_the_page_asks_again_while_it_runs(
    house: make.House, draft: PolicyVersion
) -> None:
    client, seen = signed_in(house.people.fay), events()
    row = ask(client, draft, days="90")
    assert (row.days, row.state, row.asked_by) == (90, "queued", house.people.fay.person)
    ask(client, draft, days="90")
    assert actions_since(seen) == ["policy.simulated"]
    page = client.get(f"/policy/{draft.number}/simulation/?days=90").content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert "Look now" in page
    part = client.get(f"/policy/{draft.number}/simulation/?days=90", headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith('<div id="course"')


@pytest.mark.django_db
def test_the_report_names_what_would_change(house: make.House, draft: PolicyVersion) -> None:
    proposal = single(house)
    dual(house)
    done(ask(signed_in(house.people.ada), draft))
    answer = signed_in(house.people.fay).get(f"/policy/{draft.number}/simulation/")
    assert (answer.context["replayed"], answer.context["changed"]) == (2, 1)
    assert answer.context["moves"] == [("single", "dual", 1)]
    assert answer.context["rules"] == [("Price against before", 1)]
    (kind,) = answer.context["kinds"]
    assert (kind.name, kind.count, [row.id for row in kind.rows]) == ("stricter", 1, [str(proposal.pk)])
    assert kind.rows[0].url == f"/reviews/{proposal.pk}/"
    assert "every 2s" not in answer.content.decode()


@pytest.mark.django_db
def test_a_proposal_outside_of_what_one_may_see_is_named_by_its_id_alone(
    house: make.House, draft: PolicyVersion
) -> None:
    single(house)
    done(ask(signed_in(house.people.ada), draft))
    from tests import people

    stranger = people.account("lee", ["legal"])
    answer = signed_in(stranger).get(f"/policy/{draft.number}/simulation/")
    (kind,) = answer.context["kinds"]
    assert (kind.rows[0].url, kind.rows[0].intent, kind.rows[0].who) == ("", "", "")


@pytest.mark.django_db
def test_one_that_failed_says_how_and_can_be_asked_for_again(house: make.House, draft: PolicyVersion) -> None:
    client = signed_in(house.people.ada)
    row = ask(client, draft)
    Simulation.objects.filter(pk=row.pk).update(state="failed", failure="ParameterRefused")
    page = client.get(f"/policy/{draft.number}/simulation/").content.decode()
    assert "ParameterRefused" in page
    assert ask(client, draft).pk != row.pk


@pytest.mark.django_db
def test_who_may_not_ask_is_told_nothing_is_there(house: make.House, draft: PolicyVersion) -> None:
    for who in (house.people.mia, house.people.aud):
        with one_refusal("not_found", by=who):
            assert signed_in(who).post(f"/policy/{draft.number}/simulation/start/").status_code == 404
    assert signed_in(house.people.aud).get(f"/policy/{draft.number}/simulation/").status_code == 200
    assert not Simulation.objects.exists()


@pytest.mark.django_db
def test_a_version_that_is_not_there_is_absent(house: make.House) -> None:
    client = signed_in(house.people.ada)
    assert client.get("/policy/99/simulation/").status_code == 404
    assert client.post("/policy/99/simulation/start/").status_code == 404


def test_the_page_and_the_worker_agree_on_how_far_back() -> None:
    assert simulations.DAYS == (30, 90)
