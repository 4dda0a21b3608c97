"""Locks and promises on a SKU's page, without JavaScript."""

from datetime import timedelta

from orchestr.commitments.models import Commitment
from tests import make
from tests.reviews.door import get, one_refusal, signed_in

PAGE = "/catalogue/JKT-1/"
SOON = (make.now() + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
FORM = {
    "type": "variant",
    "key": "JKT-1",
    "kind": "reprice",
    "channel": "web-de",
    "until": SOON,
    "why": "A trial runs.",
}


def test_one_who_decides_here_locks_it_from_its_page_and_ends_it_with_a_reason(house: make.House) -> None:
    client = signed_in(house.people.mia)
    assert b'action="/commitments/"' in client.get(PAGE).content
    answer = client.post("/commitments/", FORM, follow=True)
    assert answer.status_code == 200
    lock = Commitment.objects.get()
    assert f'data-commitment="{lock.pk}"' in answer.content.decode()
    answer = client.post(f"/commitments/{lock.pk}/lift/", {"reason": "It is over."}, follow=True)
    lock.refresh_from_db()
    assert lock.lift_reason == "It is over."
    assert f'data-commitment="{lock.pk}"' not in answer.content.decode()


def test_a_quote_is_read_in_the_currency_of_its_channel(house: make.House) -> None:
    form = FORM | {"kind": "quote", "channel": "web-uk", "price": "19.95"}
    assert signed_in(house.people.mia).post("/commitments/", form).status_code == 302
    assert Commitment.objects.get().price == {"amount": 1995, "currency": "GBP", "exponent": 2, "tax": "included"}


def test_who_only_looks_sees_what_stands_and_no_form(house: make.House) -> None:
    signed_in(house.people.mia).post("/commitments/", FORM)
    page = get(house.people.ada, PAGE).content.decode()
    assert "Do not change its price" in page
    assert "/commitments/" not in page


def test_refuses_a_form_that_cannot_be_read(house: make.House) -> None:
    with one_refusal("form_unreadable"):
        assert signed_in(house.people.mia).post("/commitments/", FORM | {"until": "soon"}).status_code == 422
    assert not Commitment.objects.exists()


def test_refuses_a_quote_without_a_channel(house: make.House) -> None:
    with one_refusal("quote_price"):
        form = FORM | {"kind": "quote", "channel": "", "price": "19.95"}
        assert signed_in(house.people.mia).post("/commitments/", form).status_code == 422


def test_refuses_who_may_not_decide_here(house: make.House) -> None:
    with one_refusal("may_not_decide_here"):
        assert signed_in(house.people.ada).post("/commitments/", FORM).status_code == 403
    with one_refusal("not_found"):
        assert signed_in(house.people.marco).post("/commitments/", FORM).status_code == 404
    assert not Commitment.objects.exists()


def test_the_catalogue_lists_what_stands_where_one_may_see(house: make.House) -> None:
    signed_in(house.people.mia).post("/commitments/", FORM)
    lock = Commitment.objects.get()
    assert f'data-commitment="{lock.pk}"' in get(house.people.fay, "/catalogue/").content.decode()
    assert "data-commitment" not in get(house.people.marco, "/catalogue/").content.decode()
