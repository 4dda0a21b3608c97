"""The causal tree tells from the log alone what led to what, as far as the viewer may see it."""

import pytest
from django.test import Client

from audit.causes import Cause, tree_of
from audit.models import AuditEvent
from tests import make
from tests.execution.approved import approved, clock_after_window
from tests.execution.reverting.doing import plan, press, publish, work_all


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


def flat(causes) -> list[Cause]:
    return [each for cause in causes for each in (cause, *flat(cause.below))]
