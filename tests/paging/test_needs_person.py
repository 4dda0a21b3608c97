"""An execution that cannot go on without a person calls one, then the next, until somebody answers."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.test import Client

from audit.models import AuditEvent
from orchestr.execution.incidents.incident import answer_call
from orchestr.execution.models import Execution
from orchestr.execution.notify import NEEDS_PERSON
from orchestr.execution.settle_by_person import settle_item
from orchestr.people.models import Notice
from orchestr.people.paging.call import call_due, take
from orchestr.people.paging.models import Call, Page
from orchestr.refusal import Refusal
from reviews.paging.links import link_of
from reviews.words.titles import intents_of
from tests import make
from tests.execution.approved import items
from tests.execution.test_compensation import _stuck
from tests.reviews.door import get, signed_in

MINUTES = timedelta(minutes=10, seconds=1)


@pytest.fixture
def stuck(house: make.House) -> Execution:
    """A compensation that got stuck; Olga is the rollback owner, Omar on call."""
    make.shift(house.people.omar)
    _stuck(house)
    return Execution.objects.get(kind="revert", state="needs_person")


def called() -> list[str]:
    return list(Call.objects.order_by("step").values_list("person__name", flat=True))


def test_the_rollback_owner_is_called_once_and_told_once(house: make.House, stuck: Execution) -> None:
    page = Page.objects.get()
    assert (page.kind, page.about["execution"], called()) == (NEEDS_PERSON, str(stuck.pk), ["Olga"])
    told = Notice.objects.filter(kind=NEEDS_PERSON).order_by("person__name")
    assert [(each.person.name, each.urgent) for each in told] == [("Olga", True), ("Omar", True)]
    assert AuditEvent.objects.filter(action="page.opened").count() == 1


def test_nobody_answers_so_the_next_is_called_until_one_does(house: make.House, stuck: Execution) -> None:
    page = Page.objects.get()
    assert call_due(at=page.opened_at + timedelta(minutes=9)) == 0
    assert call_due(at=page.opened_at + MINUTES) == 1
    assert called() == ["Olga", "Omar"]
    call = Call.objects.get(person=house.people.omar.person_id)
    with transaction.atomic():
        assert answer_call(call_id=call.pk, at=page.opened_at + MINUTES).first
    assert call_due(at=page.opened_at + 4 * MINUTES) == 0
    stuck.refresh_from_db()
    assert stuck.state == "needs_person"  # answering is not settling


def test_settling_it_is_an_answer(house: make.House, stuck: Execution) -> None:
    item = items(stuck.proposal, "revert")[0]
    with transaction.atomic():
        settle_item(item_id=item.pk, mark="accept", reason="It is right.", by=house.people.omar, at=make.now())
    assert Page.objects.get().answered_by == house.people.omar.person


def test_on_call_says_so_on_the_board_and_the_call_leads_to_the_execution(house: make.House, stuck: Execution) -> None:
    page = Page.objects.get()
    (calling,) = get(house.people.omar, "/oncall/calling/").context["callings"]
    assert calling.url == f"/executions/{stuck.pk}/"
    assert calling.subject == intents_of([stuck.proposal])[stuck.proposal_id]
    assert signed_in(house.people.omar).post(calling.take.url).status_code == 302
    page.refresh_from_db()
    assert page.answered_by == house.people.omar.person
    assert call_due(at=page.opened_at + MINUTES) == 0


def test_the_page_behind_the_link_of_the_call_leads_to_the_execution_and_names_nothing(
    house: make.House, stuck: Execution
) -> None:
    link = urlsplit(link_of(Call.objects.get().pk))
    answer = Client().get(f"{link.path}?{link.query}")
    assert answer.context["about_url"] == f"/executions/{stuck.pk}/"
    assert f'href="/executions/{stuck.pk}/"' in answer.content.decode()
    assert house.jacket.title not in answer.content.decode()


@pytest.mark.parametrize("who", ["mia", "fay", "aud"])
def test_refuses_whoever_is_neither_on_call_nor_admin(house: make.House, stuck: Execution, who: str) -> None:
    with pytest.raises(Refusal) as caught:
        take(page_id=Page.objects.get().pk, by=getattr(house.people, who), at=make.now())
    assert caught.value.code == "not_found"
    assert Page.objects.get().answered_at is None
