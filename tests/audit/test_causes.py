"""The causal tree tells from the log alone what led to what, as far as the viewer may see it."""

import pytest
from django.db import transaction
from django.test import Client

from audit.causes import Cause, tree_of
from audit.models import AuditEvent
from orchestr.execution.incidents.containment import contain
from orchestr.execution.models import Incident
from orchestr.execution.revert_plan import plan_revert
from orchestr.runs.models import Run
from orchestr.triggers.define import pause_trigger, resume_trigger
from tests import make
from tests.execution.approved import approved, clock_after_window
from tests.execution.reverting.doing import plan, press, publish, work_all
from tests.triggers.given import event, send, trigger


@pytest.fixture
def house(committed, shelves) -> make.House:
    return make.house()


def kinds(causes: list[Cause]) -> list[object]:
    return [(cause.thing[0], kinds(cause.below)) for cause in causes]


def client_of(who) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


class TestTree:
    def test_a_publication_that_was_put_back_hangs_below_its_cause(self, house):
        proposal = publish(house, house.change(after=19_000))
        press(house, plan(house, proposals=(proposal.pk,)))
        work_all(clock_after_window())
        tree = tree_of(kind="proposal", id=proposal.pk, sight=None)
        found = {cause.thing[0]: cause for cause in flat(tree.roots)}
        below = {kind: [each.thing[0] for each in cause.below] for kind, cause in found.items()}
        assert {"decision", "execution", "revert"} <= set(below["proposal"])
        assert below["revert"] == ["execution"]
        outcomes = {
            cause.thing[1]: [(outcome, count) for outcome, count, _event in cause.items]
            for cause in flat(tree.roots)
            if cause.thing[0] == "execution"
        }
        assert sorted(outcomes.values()) == [[("applied", 1)], [("restored", 1)]]

    def test_every_visible_event_of_the_proposal_stands_in_it_once(self, house):
        proposal = publish(house, house.change(after=19_000))
        told = [
            event.id
            for cause in flat(tree_of(kind="proposal", id=proposal.pk, sight=None).roots)
            for event in cause.events
        ]
        items = ("execution.intent", "execution.item_settled")
        about = AuditEvent.objects.filter(about__proposal=str(proposal.pk)).exclude(action__in=items)
        assert len(told) == len(set(told))
        assert set(about.values_list("id", flat=True)) <= set(told)

    def test_who_sees_none_of_its_events_sees_no_page(self, house):
        proposal = approved(house)
        assert client_of(house.people.aud).get(f"/audit/tree/proposal/{proposal.pk}/").status_code == 200
        assert client_of(house.people.marco).get(f"/audit/tree/proposal/{proposal.pk}/").status_code == 404
        assert client_of(house.people.aud).get(f"/audit/tree/sku/{proposal.pk}/").status_code == 404

    def test_a_run_a_proposal_and_an_incident_lead_to_the_same_tree(self, house):
        proposal = publish(house, house.change(after=19_000))
        by_run = tree_of(kind="run", id=proposal.run_id, sight=None)
        by_proposal = tree_of(kind="proposal", id=proposal.pk, sight=None)
        assert kinds(list(by_run.roots)) == kinds(list(by_proposal.roots))
        assert kinds(list(by_run.roots))

    def test_costs_the_same_queries_however_much_there_is(self, house, django_assert_max_num_queries):
        proposal = publish(house, house.change(after=19_000))
        client = client_of(house.people.aud)
        with django_assert_max_num_queries(40) as few:
            client.get(f"/audit/tree/proposal/{proposal.pk}/")
        approved(house, house.change(house.tent, after=16_000), by=[house.people.marco, house.people.fay])
        with django_assert_max_num_queries(len(few)):
            client.get(f"/audit/tree/proposal/{proposal.pk}/")


class TestTriggers:
    def test_a_run_hangs_below_its_event_and_that_below_its_trigger(self, house):
        made = trigger(house.workflow)
        with transaction.atomic():
            pause_trigger(trigger_id=made.pk, by=house.people.ada, at=make.now())
        with transaction.atomic():
            resume_trigger(trigger_id=made.pk, by=house.people.ada, at=make.now())
        send(event())
        run = Run.objects.get(event__external_id="e-1")
        tree = tree_of(kind="run", id=run.pk, sight=None)
        assert kinds(list(tree.roots)) == [("trigger", [("event", [("run", [])])])]
        assert {each.action for each in tree.roots[0].events} == {"trigger.paused", "trigger.resumed"}
        page = client_of(house.people.aud).get(f"/audit/tree/run/{run.pk}/").content.decode()
        assert f'href="/triggers/{made.key}/"' in page

    def test_the_events_that_a_trigger_took_up_for_other_runs_are_not_in_the_tree(self, house):
        made = trigger(house.workflow)
        with transaction.atomic():
            pause_trigger(trigger_id=made.pk, by=house.people.ada, at=make.now())
            resume_trigger(trigger_id=made.pk, by=house.people.ada, at=make.now())
        send(event(), event("e-2", subject="variant/JKT-2"))
        run = Run.objects.get(event__external_id="e-1")
        told = [each.thing[0] for each in flat(tree_of(kind="run", id=run.pk, sight=None).roots)]
        assert sorted(told) == ["event", "run", "trigger"]


def contained(house, proposal) -> Incident:
    omar, at = house.people.omar, make.now()
    plan = plan_revert(proposal_id=proposal.pk, account=omar, at=at)
    with transaction.atomic():
        contain(plan=plan, choices={}, digest=plan.digest, by=omar, why="Wrong.", at=at)
    return Incident.objects.get()


class TestLinks:
    def test_the_pages_of_proposal_execution_and_run_lead_to_the_tree(self, house):
        proposal = publish(house, house.change(after=19_000))
        execution = proposal.executions.get()
        mia = client_of(house.people.mia)
        for page, tree in (
            (f"/reviews/{proposal.pk}/", f"/audit/tree/proposal/{proposal.pk}/"),
            (f"/executions/{execution.pk}/", f"/audit/tree/execution/{execution.pk}/"),
            (f"/runs/{proposal.run_id}/", f"/audit/tree/run/{proposal.run_id}/"),
        ):
            assert f'href="{tree}"' in mia.get(page).content.decode()
            assert mia.get(tree).status_code == 200

    def test_of_an_execution_leads_to_the_tree_of_its_proposal(self, house):
        proposal = publish(house, house.change(after=19_000))
        execution = proposal.executions.get()
        by_execution = tree_of(kind="execution", id=execution.pk, sight=None)
        assert kinds(list(by_execution.roots)) == kinds(
            list(tree_of(kind="proposal", id=proposal.pk, sight=None).roots)
        )

    def test_the_page_of_an_incident_leads_to_its_tree(self, house):
        proposal = publish(house, house.change(after=19_000))
        incident = contained(house, proposal)
        omar = client_of(house.people.omar)
        tree = f"/audit/tree/incident/{incident.pk}/"
        assert f'href="{tree}"' in omar.get(f"/incidents/{incident.pk}/").content.decode()
        assert omar.get(tree).status_code == 200


def flat(causes) -> list[Cause]:
    return [each for cause in causes for each in (cause, *flat(cause.below))]
