"""Segments by rule in the browser: looked at, asked for, confirmed by a second person, retired."""

import pytest
from django.test import Client

from orchestr.catalogue.models import SegmentRule
from orchestr.governance.models import ControlChange
from tests import make

ASKED = {
    "key": "rule-dear",
    "name": "Dear",
    "within": "apparel",
    "types": ["variant"],
    "field_0": "price",
    "channel_0": "web-de",
    "since_0": "150.00",
    "reason": "What is dear is watched.",
}


def signed_in(account: object) -> Client:
    client = Client()
    client.force_login(account)  # type: ignore[arg-type]
    return client


def test_an_admin_looks_asks_and_a_second_person_confirms(house: make.House) -> None:
    ada, fay = signed_in(house.people.ada), signed_in(house.people.fay)
    seen = ada.post("/segments/define/", ASKED | {"try": "1"}).content.decode()
    assert "It would hold 3 things now" in seen
    assert not ControlChange.objects.exists()
    assert ada.post("/segments/define/", ASKED).status_code == 302
    change = ControlChange.objects.get()
    shown = fay.get("/controls/").content.decode()
    assert "Say what the segment Dear holds" in shown
    assert "Price on web-de from €150.00" in shown
    assert fay.post(f"/controls/{change.pk}/confirm/", {"digest": change.digest}).status_code == 302
    assert SegmentRule.objects.get().held.count() == 3
    page = ada.get("/segments/").content.decode()
    assert 'data-rule="rule-dear"' in page
    assert "Price on web-de from €150.00" in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"channel_0": ""}, "Choose a channel on which the catalogue holds such an amount."),
        ({"since_0": ""}, "Say from which value, or below which."),
        ({"since_0": "150.001"}, "more places behind the point"),
        ({"field_0": ""}, "Choose what a thing has to meet."),
        ({"field_0": "on_hand", "channel_0": "", "since_0": "1.5"}, "counted in whole numbers"),
        ({"field_0": "title", "channel_0": ""}, "Say which texts"),
        ({"key": "dear"}, "The key of a rule begins with rule-"),
        ({"below_0": "100.00"}, "from lies below the end"),
        ({"field_0": "cost"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(house: make.House, wrong: dict[str, str], said: str) -> None:
    answer = signed_in(house.people.ada).post("/segments/define/", ASKED | wrong)
    assert answer.status_code == 422 or answer.status_code == 400
    assert said in answer.content.decode()
    assert not ControlChange.objects.exists()


def test_a_rule_is_opened_as_it_stands(house: make.House) -> None:
    make.rule(house)
    page = signed_in(house.people.ada).get("/segments/rule-dear/change/").content.decode()
    assert 'value="150.00"' in page
    assert signed_in(house.people.ada).get("/segments/rule-none/change/").status_code == 404


def test_retiring_takes_two_as_well(house: make.House) -> None:
    make.rule(house)
    ada = signed_in(house.people.ada)
    assert ada.post("/segments/rule-dear/retire/", {"reason": ""}).status_code in (400, 422)
    assert ada.post("/segments/rule-dear/retire/", {"reason": "over"}).status_code == 302
    assert "Let Dear hold nothing any more" in ada.get("/controls/").content.decode()
    assert "a second person has to confirm" in ada.get("/segments/").content.decode()


def test_a_scope_names_a_rule_and_a_right_of_a_person_does_not(house: make.House) -> None:
    make.rule(house)
    ada = signed_in(house.people.ada)
    tool = house.agent.scopes.first().tool_id  # type: ignore[union-attr]
    assert 'value="rule-dear"' in ada.get(f"/tools/repricer/{tool}/").content.decode()
    assert 'value="rule-dear"' not in ada.get(f"/people/{house.people.mia.pk}/").content.decode()


def test_the_catalogue_can_be_asked_for_what_a_rule_holds(house: make.House) -> None:
    make.rule(house)
    mia, marco = signed_in(house.people.mia), signed_in(house.people.marco)
    page = mia.get("/catalogue/", {"segment": "rule-dear"}).content.decode()
    assert "JKT-1" in page
    assert "TNT-1" not in page
    assert 'value="rule-dear"' not in marco.get("/catalogue/").content.decode()
