"""Policy by the page: drafted from a form, compared in words, in force only by a second person."""

from typing import Any

import pytest
from django.test import Client

from orchestr.governance.models import ControlChange
from orchestr.people.models import Account
from orchestr.policy.default import default_policy, default_rules
from orchestr.rulebook.models import PolicyVersion
from reviews.admin.policy_form import PolicyForm
from tests import make, people
from tests.reviews.admin.doors import actions_since, events, one_refusal, signed_in


@pytest.fixture
def ben(house: make.House) -> Account:
    """A second admin."""
    return people.account("ben", ["admin"])


def filled(**changed: Any) -> dict[str, Any]:
    """What a browser sends for the form as it is drawn, with these fields changed."""
    form = PolicyForm(base=default_policy())
    sent = {name: form[name].value() for name in form.fields}
    return {
        name: "on" if value is True else value
        for name, value in sent.items()
        if value is not None and value is not False
    } | changed


def draft(client: Client, **changed: Any) -> PolicyVersion:
    answer = client.post("/policy/draft/", filled(**changed))
    assert answer.status_code == 302, answer.context["form"].errors
    return PolicyVersion.objects.latest("number")


def test_the_form_as_drawn_stands_for_the_policy_it_was_drawn_from(house: make.House) -> None:
    row = draft(signed_in(house.people.ada))
    assert row.rules == default_rules()


def test_a_draft_says_what_differs_and_judges_nothing(house: make.House) -> None:
    client, seen = signed_in(house.people.ada), events()
    row = draft(client, **{"price_change.dual_over_bp": "15", "price_change.refuse_over_bp": ""})
    assert actions_since(seen) == ["policy.drafted"]
    answer = client.get(f"/policy/{row.number}/")
    said = {(each.label, each.before, each.after, each.way) for each in answer.context["differences"]}
    assert said == {("Dual over", "10%", "15%", "wider"), ("Refuse over", "80%", "no such limit", "wider")}
    assert answer.context["loosens"] is True
    assert PolicyVersion.objects.get(state="published").number == 1


def test_a_rule_that_is_switched_off_is_a_difference(house: make.House) -> None:
    client = signed_in(house.people.ada)
    answer = client.post(
        "/policy/draft/", {name: value for name, value in filled().items() if name != "native_compare"}
    )
    assert answer.status_code == 302
    (only,) = client.get(answer["Location"]).context["differences"]
    assert (only.label, only.before, only.after, only.way) == (
        "The whole rule",
        "in the policy",
        "not in the policy",
        "wider",
    )


def test_amounts_and_lists_are_read_line_by_line(house: make.House) -> None:
    row = draft(
        signed_in(house.people.ada),
        **{"value_at_stake.dual_over": "15000.50 EUR\n\n9,000 GBP", "copy_claims.health": "cures\r\nheals"},
    )
    params = {each["rule"]: each["params"] for each in row.rules["rules"]}
    assert [(each["amount"], each["currency"]) for each in params["value_at_stake"]["dual_over"]] == [
        (1_500_050, "EUR"),
        (900_000, "GBP"),
    ]
    assert params["copy_claims"]["health"] == ["cures", "heals"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"price_change.dual_over_bp": "-1"}, "form_unreadable"),
        ({"price_change.dual_over_bp": "ten"}, "form_unreadable"),
        ({"price_change.dual_over_bp": ""}, "form_unreadable"),
        ({"price_change.functions": ["emperor"]}, "form_unreadable"),
        ({"functions": []}, "form_unreadable"),
        ({"value_at_stake.dual_over": "much EUR"}, "form_unreadable"),
        ({"value_at_stake.dual_over": "10 euros"}, "form_unreadable"),
        ({"value_at_stake.dual_over": "Infinity EUR"}, "form_unreadable"),
        ({"value_at_stake.dual_over": "10 EUR\n20 EUR"}, "parameter_value"),
        ({"copy_claims.health": "cures\ncures"}, "parameter_value"),
        ({"promotion_window.windows": "whenever"}, "parameter_value"),
    ],
)
def test_refuses_what_the_rules_cannot_read(house: make.House, changed: dict[str, Any], code: str) -> None:
    with one_refusal(code, by=house.people.ada):
        answer = signed_in(house.people.ada).post("/policy/draft/", filled(**changed))
    assert answer.status_code == 422
    assert answer.context["form"].errors


def test_a_version_is_in_force_once_a_second_person_confirms(house: make.House, ben: Account) -> None:
    client = signed_in(house.people.ada)
    row = draft(client, **{"price_change.dual_over_bp": "5"})
    seen = events()
    client.post(f"/policy/{row.number}/publish/", {"reason": "The autumn was too wild."})
    change = ControlChange.objects.get()
    assert PolicyVersion.objects.get(state="published").number == 1
    signed_in(ben).post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    standing = PolicyVersion.objects.get(state="published")
    assert (standing.number, standing.approver_id) == (row.number, ben.person_id)
    assert actions_since(seen) == [
        "control_change.requested", "policy.retired", "policy.published", "control_change.confirmed",
    ]  # fmt: skip


def test_the_request_shows_the_second_person_every_difference(house: make.House) -> None:
    client = signed_in(house.people.ada)
    row = draft(client, **{"price_change.dual_over_bp": "5"})
    client.post(f"/policy/{row.number}/publish/", {"reason": "The autumn was too wild."})
    (shown,) = signed_in(house.people.fay).get("/controls/").context["changes"]
    assert [(line.label, line.before, line.after, line.way) for line in shown.lines] == [
        ("Price against before: Dual over", "10%", "5%", "narrower")
    ]


def test_refuses_to_publish_without_a_reason(house: make.House) -> None:
    row = draft(signed_in(house.people.ada))
    with one_refusal("form_unreadable", by=house.people.ada):
        answer = signed_in(house.people.ada).post(f"/policy/{row.number}/publish/", {"reason": " "})
    assert answer.status_code == 422


def test_refuses_to_publish_what_is_no_draft(house: make.House) -> None:
    with one_refusal("not_a_draft", by=house.people.ada):
        answer = signed_in(house.people.ada).post("/policy/1/publish/", {"reason": "Once more."})
    assert answer.status_code == 409


def test_a_version_nobody_wrote_is_no_page(house: make.House) -> None:
    client = signed_in(house.people.ada)
    assert [client.get(f"/policy/{path}").status_code for path in ("99/", "draft/?from=99")] == [404, 404]


@pytest.mark.parametrize("path", ["draft/", "1/publish/"])
def test_refuses_who_is_no_admin_as_if_there_were_no_such_page(house: make.House, path: str) -> None:
    for who in (house.people.fay, house.people.aud):
        with one_refusal("not_found", by=who):
            assert signed_in(who).post(f"/policy/{path}", filled()).status_code == 404
