"""Rights and functions: taking is at once, giving takes two admins, also where one gives to oneself."""

from typing import Any

import pytest

from orchestr.governance.models import ControlChange
from orchestr.people.eligibility import holds_on
from orchestr.people.models import Account
from tests import make, people
from tests.reviews.admin.doors import actions_since, events, one_refusal, signed_in


@pytest.fixture
def ben(house: make.House) -> Account:
    """A second admin."""
    return people.account("ben", ["admin"])


def again(account: Account) -> Account:
    """The account as its next request finds it."""
    return Account.objects.get(pk=account.pk)


RIGHT = {"right": "decide_segment", "segment": "outdoor-gear", "reason": "She stands in for Marco."}
FUNCTION = {"function": "finance", "reason": "She has passed the course."}


def asked(house: make.House, who: Account, path: str, given: dict[str, Any]) -> ControlChange:
    answer = signed_in(house.people.ada).post(f"/people/{who.pk}/{path}/", given)
    change = ControlChange.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/controls/#change-{change.pk}")
    return change


def test_a_right_is_held_once_a_second_admin_confirms(house: make.House, ben: Account) -> None:
    mia, seen = house.people.mia, events()
    change = asked(house, mia, "rights", RIGHT)
    assert not holds_on(again(mia), "decide_segment", [house.tents.pk])
    signed_in(ben).post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    assert holds_on(again(mia), "decide_segment", [house.tents.pk])
    assert actions_since(seen) == ["control_change.requested", "grant.given", "control_change.confirmed"]


def test_a_function_is_held_once_a_second_admin_confirms(house: make.House, ben: Account) -> None:
    change = asked(house, house.people.mia, "functions", FUNCTION)
    assert "finance" not in again(house.people.mia).functions
    signed_in(ben).post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    assert again(house.people.mia).functions == {"merchandising", "finance"}


def test_refuses_to_give_oneself_a_right_alone(house: make.House) -> None:
    change = asked(house, house.people.ada, "rights", RIGHT)
    with one_refusal("own_request", by=house.people.ada):
        answer = signed_in(house.people.ada).post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    assert answer.status_code == 403
    assert not holds_on(again(house.people.ada), "decide_segment", [house.tents.pk])


@pytest.mark.parametrize("name", ["fay", "lena", "omar"])
def test_refuses_a_second_person_who_is_no_admin(house: make.House, name: str) -> None:
    change, who = asked(house, house.people.mia, "rights", RIGHT), getattr(house.people, name)
    with one_refusal("function_missing", by=who):
        answer = signed_in(who).post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("path", "given", "code", "status"),
    [
        ("rights", RIGHT | {"segment": "apparel"}, "held_already", 409),
        ("rights", RIGHT | {"segment": "nowhere"}, "form_unreadable", 422),
        ("rights", RIGHT | {"right": "own_segment"}, "form_unreadable", 422),
        ("rights", RIGHT | {"reason": ""}, "form_unreadable", 422),
        ("functions", FUNCTION | {"function": "merchandising"}, "form_unreadable", 422),
        ("functions", FUNCTION | {"function": "emperor"}, "form_unreadable", 422),
        ("functions", FUNCTION | {"reason": ""}, "form_unreadable", 422),
    ],
)
def test_refuses_what_cannot_be_given(
    house: make.House, path: str, given: dict[str, Any], code: str, status: int
) -> None:
    with one_refusal(code, by=house.people.ada):
        answer = signed_in(house.people.ada).post(f"/people/{house.people.mia.pk}/{path}/", given)
    assert answer.status_code == status


def test_a_taken_right_is_gone_with_the_next_request(house: make.House) -> None:
    mia, seen = house.people.mia, events()
    signed_in(house.people.ada).post(f"/people/{mia.pk}/rights/take/", {"right": "view_segment", "segment": "apparel"})
    assert actions_since(seen) == ["grant.taken"]
    assert signed_in(mia).get("/catalogue/JKT-1/").status_code == 404


def test_a_taken_function_is_gone_with_the_next_request(house: make.House) -> None:
    seen = events()
    signed_in(house.people.ada).post(f"/people/{house.people.fay.pk}/functions/take/", {"function": "finance"})
    assert again(house.people.fay).functions == frozenset()
    assert actions_since(seen) == ["grant.taken"]


@pytest.mark.parametrize(
    ("path", "given", "code", "status"),
    [
        ("rights/take", {"right": "decide_segment", "segment": "outdoor-gear"}, "not_held", 409),
        ("rights/take", {"right": "view_segment", "segment": "apparel/jackets"}, "not_held", 409),
        ("rights/take", {"right": "view_segment", "segment": "nowhere"}, "not_found", 404),
        ("rights/take", {"right": "own_segment", "segment": "apparel"}, "unknown_right", 422),
        ("functions/take", {"function": "finance"}, "not_held", 409),
        ("functions/take", {"function": "emperor"}, "unknown_function", 422),
    ],
)
def test_refuses_to_take_what_is_not_held(
    house: make.House, path: str, given: dict[str, str], code: str, status: int
) -> None:
    with one_refusal(code, by=house.people.ada):
        answer = signed_in(house.people.ada).post(f"/people/{house.people.mia.pk}/{path}/", given)
    assert answer.status_code == status


def test_refuses_to_take_the_function_of_the_last_admin(house: make.House) -> None:
    with one_refusal("last_admin", by=house.people.ada):
        answer = signed_in(house.people.ada).post(
            f"/people/{house.people.ada.pk}/functions/take/", {"function": "admin"}
        )
    assert answer.status_code == 409


def test_one_of_two_admins_may_step_down(house: make.House, ben: Account) -> None:
    signed_in(ben).post(f"/people/{ben.pk}/functions/take/", {"function": "admin"})
    assert again(ben).functions == frozenset()


@pytest.mark.parametrize("path", ["rights", "rights/take", "functions", "functions/take"])
def test_refuses_who_is_no_admin_as_if_there_were_no_such_page(house: make.House, path: str) -> None:
    for who in (house.people.mia, house.people.omar, house.people.aud):
        with one_refusal("not_found", by=who):
            assert signed_in(who).post(f"/people/{who.pk}/{path}/", RIGHT | FUNCTION).status_code == 404
