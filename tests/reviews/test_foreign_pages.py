"""What a page of somebody else can do to a person who is signed in here, or is not yet: nothing."""

import pytest
from django.test import Client

from audit.models import AuditEvent
from tests import make
from tests.people import PASSWORD
from tests.proposals.propose import single
from tests.reviews.browse import browser


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_nobody_is_signed_in_by_a_form_of_another_page(house: make.House) -> None:
    client, before = Client(enforce_csrf_checks=True), AuditEvent.objects.count()
    answer = client.post("/login/", {"username": "mia", "password": PASSWORD})
    assert (answer.status_code, signed_in(client), AuditEvent.objects.count()) == (403, False, before)


def test_a_form_from_another_origin_is_refused_also_with_a_token(house: make.House) -> None:
    client = Client(enforce_csrf_checks=True)
    token = client.get("/login/").cookies["csrftoken"].value
    given = {"username": "mia", "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert client.post("/login/", given, headers={"Origin": "https://elsewhere.example"}).status_code == 403
    assert not signed_in(client)
    assert client.post("/login/", given, headers={"Origin": "http://testserver"}).status_code == 302
    assert signed_in(client)


@pytest.mark.parametrize(
    "to",
    [
        "https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "\\\\elsewhere.example",
        "http:///elsewhere.example", "javascript:alert(1)", "data:text/html,x", "\thttps://elsewhere.example",
    ],
)  # fmt: skip
def test_signing_in_leads_to_no_other_site(house: make.House, to: str) -> None:
    given = {"username": "mia", "password": PASSWORD, "next": to}
    answer = Client().post(f"/login/?next={to}", given)
    assert answer.status_code == 302
    assert answer["Location"] == "/"


def test_signing_in_leads_on_to_a_page_of_ours(house: make.House) -> None:
    given = {"username": "mia", "password": PASSWORD, "next": "/oncall/"}
    assert Client().post("/login/", given)["Location"] == "/oncall/"


@pytest.mark.parametrize("path", ["/", "/reviews/", "/login/", "/reviews/{id}/", "/nothing/"])
def test_no_page_is_shown_inside_another(house: make.House, path: str) -> None:
    answer = browser(house.people.mia).get(path.format(id=single(house).pk))
    assert answer["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
