"""A person proposes by pages, without JavaScript: a sheet, what policy would say, and off to those who decide."""

import re
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from orchestr.catalogue.models import FieldValue
from orchestr.people.models import Account
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Proposal, Verdict
from orchestr.refusal import Refusal
from orchestr.runs.models import Evidence
from reviews.models import Unsent
from tests import make
from tests.reviews.door import get, one_refusal, signed_in

LIST = "/propose/"


def begun(client: Client, name: str = "JKT-1") -> Unsent:
    answer = client.post(LIST, {"name": name})
    assert answer.status_code == 302, answer.content
    unsent = Unsent.objects.latest("begun_at", "id")
    assert answer.headers["Location"] == f"/propose/{unsent.pk}/"
    return unsent


def boxes(client: Client, unsent: Unsent) -> dict[str, str]:
    """The form of the page as a browser would send it back, by field name."""
    page = client.get(f"/propose/{unsent.pk}/").content.decode()
    found = dict(re.findall(r'name="(seen-[0-9a-f]+)" value="([0-9a-f]+)"', page))
    texts = re.findall(r'<textarea id="(after-[0-9a-f]+)"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    return found | dict(texts)


def box(client: Client, unsent: Unsent, field: str, where: str) -> str:
    """The name of one value's box."""
    page = client.get(f"/propose/{unsent.pk}/").content.decode()
    for line in page.split('<div class="sheet-line')[1:]:
        if f'data-line="{field}"' in line and where in line:
            found = re.search(r'name="(after-[0-9a-f]+)"', line)
            assert found is not None
            return found[1]
    raise AssertionError(f"{field} {where} is not on the sheet")


def act(client: Client, unsent: Unsent, do: str, **given: str) -> Any:
    form = boxes(client, unsent) | {"do": do, "rationale": "They stand for weeks.", "atomicity": "per_item"}
    return client.post(f"/propose/{unsent.pk}/act/", form | given)


def price(client: Client, unsent: Unsent, amount: str, where: str = "web-de") -> dict[str, str]:
    return {box(client, unsent, "price", where): amount}


@pytest.fixture
def mia(house: make.House) -> Client:
    return signed_in(house.people.mia)


def test_the_queue_and_a_skus_page_lead_to_a_sheet(house: make.House, mia: Client) -> None:
    assert 'href="/propose/"' in get(house.people.mia, "/reviews/").content.decode()
    assert 'action="/propose/"' in get(house.people.mia, "/catalogue/JKT-1/").content.decode()
    page = mia.get(f"/propose/{begun(mia).pk}/").content.decode()
    assert 'data-thing="variant:JKT-1"' in page
    assert 'data-thing="stock:JKT-1"' in page
    assert "€200.00" in page
    for who in (house.people.aud, house.people.omar):
        assert (
            "/propose/" not in get(who, "/catalogue/JKT-1/").content.decode() + get(who, "/reviews/").content.decode()
        )


def test_what_is_typed_is_kept_as_it_was_typed(mia: Client) -> None:
    unsent = begun(mia)
    name = box(mia, unsent, "price", "web-de")
    assert act(mia, unsent, "save", **{name: "about nineteen"}, summary="Cheaper jackets").status_code == 302
    page = mia.get(f"/propose/{unsent.pk}/").content.decode()
    assert 'value="about nineteen"' in page
    assert "Type an amount such as 19.90." in page
    assert "Cheaper jackets" in mia.get(LIST).content.decode()
    assert not Proposal.objects.exists()


def test_policy_is_asked_and_nothing_is_left_behind(mia: Client) -> None:
    unsent = begun(mia)
    answer = act(mia, unsent, "check", **price(mia, unsent, "190,00"))
    page = answer.content.decode()
    assert (answer.status_code, 'data-tier="single"' in page) == (200, True)
    assert "Price against before" in page
    assert not Evidence.objects.exists()
    assert not Proposal.objects.exists()
    assert not AuditEvent.objects.filter(action__in=("evidence.recorded", "proposal.submitted", "refused")).exists()
    refused = act(mia, unsent, "check", **price(mia, unsent, "60.00")).content.decode()
    assert 'data-refused="true"' in refused
    assert "Policy would refuse this" in refused


def test_it_is_sent_with_evidence_and_its_writer_never_decides_on_it(house: make.House, mia: Client) -> None:
    unsent = begun(mia)
    answer = act(
        mia, unsent, "send", **price(mia, unsent, "190.00"), **{
            "prediction-metric": "units_7d", "prediction-direction": "up", "prediction-low": "5",
            "prediction-hours": "168",
        },
    )  # fmt: skip
    proposal = Proposal.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/reviews/{proposal.pk}/")
    assert (proposal.state, proposal.tier, proposal.person_id) == ("draft", "single", house.people.mia.person_id)
    version = proposal.versions.get()
    assert (version.summary, version.rationale) == ("They stand for weeks.", "They stand for weeks.")
    assert [change["after"]["amount"] for change in version.plan] == [19_000]
    assert version.predictions == [
        {"metric": "units_7d", "direction": "up", "low": 5, "high": None, "unit": "%", "horizon_hours": 168}
    ]
    assert version.evidence.get().kind == "observed"
    assert not {each["rule"] for each in Verdict.objects.get().findings} & {"evidence", "known_change"}
    with pytest.raises(Refusal, match="own work") as caught, transaction.atomic():
        approve(proposal_id=proposal.pk, digest=proposal.digest, by=house.people.mia, at=make.now())
    assert caught.value.code == "own_work"
    with transaction.atomic():
        approve(proposal_id=proposal.pk, digest=proposal.digest, by=house.people.fay, at=make.now())


def test_sent_twice_is_one_proposal(mia: Client) -> None:
    unsent = begun(mia)
    form = boxes(mia, unsent) | price(mia, unsent, "190.00") | {"do": "send", "rationale": "Why not."}
    first = mia.post(f"/propose/{unsent.pk}/act/", form)
    second = mia.post(f"/propose/{unsent.pk}/act/", form)
    assert first.headers["Location"] == second.headers["Location"] == f"/reviews/{Proposal.objects.get().pk}/"
    assert mia.get(f"/propose/{unsent.pk}/").headers["Location"] == first.headers["Location"]
    assert f'data-unsent="{unsent.pk}"' not in mia.get(LIST).content.decode()


def test_several_values_of_several_skus_are_one_change_set(mia: Client) -> None:
    unsent = begun(mia)
    assert act(mia, unsent, "add", name="JKT-2", **price(mia, unsent, "195.00")).status_code == 302
    assert act(mia, unsent, "add", name="jacket-one").status_code == 302
    unsent.refresh_from_db()
    assert ["product", "jacket-one"] in unsent.things
    title = box(mia, unsent, "title", "en")
    page = mia.get(f"/propose/{unsent.pk}/").content.decode()
    second = re.findall(r'data-thing="variant:JKT-2".*?name="(after-[0-9a-f]+)"', page, re.DOTALL)[0]
    form = {second: "196.00", title: "Jacket One, new"}
    assert act(mia, unsent, "send", **form, **price(mia, unsent, "195.00")).status_code == 302
    plan = Proposal.objects.get().versions.get().plan
    assert {(change["type"], change["id"], change["field"]) for change in plan} == {
        ("variant", "JKT-1", "price"), ("variant", "JKT-2", "price"), ("product", "jacket-one", "title"),
    }  # fmt: skip


def test_something_is_taken_off_with_what_was_typed_of_it(mia: Client) -> None:
    unsent = begun(mia)
    act(mia, unsent, "save", **price(mia, unsent, "195.00"))
    assert act(mia, unsent, "drop-1").status_code == 302
    unsent.refresh_from_db()
    assert len(unsent.things) == 1
    act(mia, unsent, "drop-0")
    unsent.refresh_from_db()
    assert (unsent.things, unsent.entries) == ([], {})


def test_a_value_that_moved_meanwhile_is_shown_and_asked_again(house: make.House, mia: Client) -> None:
    unsent = begun(mia)
    form = boxes(mia, unsent) | price(mia, unsent, "190.00") | {"do": "send", "rationale": "Why not."}
    value = FieldValue.objects.get(resource=house.jacket, field="price", address__channel="web-de")
    FieldValue.objects.filter(pk=value.pk).update(value=value.value | {"amount": 21_000})
    with one_refusal("form_unreadable"):
        answer = mia.post(f"/propose/{unsent.pk}/act/", form)
    page = answer.content.decode()
    assert (answer.status_code, "The value has changed since you saw it." in page, "€210.00" in page) == (
        422,
        True,
        True,
    )
    assert act(mia, unsent, "save", **price(mia, unsent, "190.00")).status_code == 302
    assert "The value has changed" not in mia.get(f"/propose/{unsent.pk}/").content.decode()


@pytest.mark.parametrize("do", ["check", "send"])
@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"amount": ""}, "no_changes"),
        ({"amount": "-1"}, "form_unreadable"),
        ({"amount": "19.999"}, "form_unreadable"),
        ({"amount": "1e9999"}, "form_unreadable"),
        ({"amount": "NaN"}, "form_unreadable"),
        ({"amount": "190", "rationale": " "}, "reason_missing"),
        ({"amount": "190", "prediction-metric": "margin_7d"}, "prediction_unreadable"),
    ],
)
def test_refuses_what_cannot_be_sent_and_keeps_it(mia: Client, do: str, given: dict[str, str], code: str) -> None:
    unsent = begun(mia)
    amount, rest = given["amount"], {name: text for name, text in given.items() if name != "amount"}
    form = price(mia, unsent, amount)
    with one_refusal(code):
        answer = act(mia, unsent, do, **form, **rest)
    assert answer.status_code == 422
    assert f"<code>{code}</code>" in answer.content.decode()
    assert not amount or f'value="{amount}"' in mia.get(f"/propose/{unsent.pk}/").content.decode()


def test_a_system_that_does_not_answer_loses_nothing(mia: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    unsent = begun(mia)
    form = price(mia, unsent, "190.00")
    monkeypatch.delenv("ORCHESTR_CREDENTIAL_SHOP_READ")
    with one_refusal("system_unavailable"):
        answer = act(mia, unsent, "send", **form)
    assert answer.status_code == 503
    assert 'value="190.00"' in mia.get(f"/propose/{unsent.pk}/").content.decode()


def test_refuses_a_sku_that_is_not_there_and_one_out_of_sight_alike(house: make.House, mia: Client) -> None:
    for name in ("NOTHING", "TNT-1", "\0"):
        with one_refusal("unknown_sku"):
            assert mia.post(LIST, {"name": name}).status_code == 422
    unsent = begun(mia)
    with one_refusal("unknown_sku"):
        assert act(mia, unsent, "add", name="TNT-1").status_code == 422
    assert not Unsent.objects.exclude(pk=unsent.pk).exists()


def test_a_sheet_is_its_writers_alone(house: make.House, mia: Client) -> None:
    unsent = begun(mia)
    other = signed_in(house.people.fay)
    assert other.get(f"/propose/{unsent.pk}/").status_code == 404
    with one_refusal("not_found"):
        assert other.post(f"/propose/{unsent.pk}/act/", {"do": "send"}).status_code == 404
    with one_refusal("not_found"):
        assert other.post(f"/propose/{unsent.pk}/discard/").status_code == 404
    assert mia.post(f"/propose/{unsent.pk}/discard/").status_code == 302
    assert not Unsent.objects.exists()


def test_what_one_sees_no_longer_is_off_the_sheet(house: make.House, mia: Client) -> None:
    unsent = begun(mia)
    Unsent.objects.filter(pk=unsent.pk).update(things=[["variant", "TNT-1"]])
    page = mia.get(f"/propose/{unsent.pk}/").content.decode()
    assert "your account does not see it any more" in page
    assert "variant TNT-1" not in page


def test_a_fifty_first_unsent_sheet_is_refused(house: make.House, mia: Client) -> None:
    person: Account = house.people.mia
    Unsent.objects.bulk_create(
        Unsent(person_id=person.person_id, begun_at=make.now(), saved_at=make.now()) for _ in range(50)
    )
    with one_refusal("too_many_unsent"):
        assert mia.post(LIST, {"name": "JKT-1"}).status_code == 409


def test_a_sheet_costs_the_same_queries_whatever_is_on_it(house: make.House, mia: Client) -> None:
    unsent = begun(mia)
    mia.get(f"/propose/{unsent.pk}/")
    with CaptureQueriesContext(connection) as few:
        mia.get(f"/propose/{unsent.pk}/")
    Unsent.objects.filter(pk=unsent.pk).update(
        things=[["variant", key] for key in ("JKT-1", "JKT-2", "BAS-1")]
        + [["stock", "JKT-1"], ["product", "jacket-one"]]
    )
    with CaptureQueriesContext(connection) as many:
        mia.get(f"/propose/{unsent.pk}/")
    assert len(many) == len(few)
