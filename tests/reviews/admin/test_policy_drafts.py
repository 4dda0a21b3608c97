"""A draft by the page: its layers, its examples, its date, and being put away; refused by the page as by any door."""

from typing import Any

import pytest

from orchestr.governance.models import ControlChange
from orchestr.policy.default_examples import default_examples
from orchestr.rulebook.drafts import draft_policy
from orchestr.rulebook.models import PolicyVersion
from tests import make, people
from tests.proposals.propose import dual, single
from tests.reviews.admin.doors import actions_since, events, one_refusal, signed_in
from tests.reviews.admin.test_policy import draft, filled


@pytest.fixture
def row(house: make.House) -> PolicyVersion:
    """A draft of Ada's like the version in force."""
    return draft(signed_in(house.people.ada))


def layer(house: make.House, row: PolicyVersion, value: str, **changed: Any) -> Any:
    row.refresh_from_db()
    path = f"/policy/{row.number}/layers/?parameter=price_change.dual_over_bp"
    sent = {"stamp": row.stamp, "layer": "site:web-de", "value": value} | changed
    return signed_in(house.people.ada).post(path, sent)


def test_a_layer_is_set_in_the_unit_of_its_parameter_and_shown(house: make.House, row: PolicyVersion) -> None:
    client, seen = signed_in(house.people.ada), events()
    assert b"price_change.dual_over_bp" in client.get(f"/policy/{row.number}/layers/").content
    assert layer(house, row, "5").status_code == 302
    assert actions_since(seen) == ["policy.changed"]
    row.refresh_from_db()
    assert row.rules["layers"] == [
        {"layer": "site", "key": "web-de", "rules": [{"rule": "price_change", "params": {"dual_over_bp": 500}}]}
    ]
    context = client.get(f"/policy/{row.number}/").context
    (shown,) = context["layers"]
    assert (shown.title, [(each.label, each.value) for each in shown.overrides]) == (
        "The site web-de",
        [("Dual over", "5%")],
    )
    said = [(each.rule_title, each.before, each.after, each.way) for each in context["differences"]]
    assert said == [("The site web-de: Price against before", "as above it", "5%", "narrower")]


def test_a_layer_that_would_loosen_is_refused_until_it_is_allowed_by_name(
    house: make.House, row: PolicyVersion
) -> None:
    with one_refusal("layer_loosens", by=house.people.ada):
        assert layer(house, row, "20").status_code == 422
    client = signed_in(house.people.ada)
    assert client.get(f"/policy/{row.number}/allow/").status_code == 200
    sent = {"stamp": row.stamp, "layer": "everything", "parameter": "price_change.dual_over_bp", "allowed": "on"}
    assert client.post(f"/policy/{row.number}/allow/", sent).status_code == 302
    assert layer(house, row, "20").status_code == 302
    assert client.get(f"/policy/{row.number}/").context["loosens"] is True


def test_what_a_layer_sets_is_taken_out_again(house: make.House, row: PolicyVersion) -> None:
    layer(house, row, "5")
    row.refresh_from_db()
    sent = {"stamp": row.stamp, "layer": "site:web-de", "rule": "price_change", "parameter": "dual_over_bp"}
    signed_in(house.people.ada).post(f"/policy/{row.number}/layers/remove/", sent)
    row.refresh_from_db()
    assert "layers" not in row.rules


def test_refuses_a_stale_page_and_another_admin(house: make.House, row: PolicyVersion) -> None:
    with one_refusal("stale_digest", by=house.people.ada):
        assert layer(house, row, "5", stamp="0" * 64).status_code == 409
    ben = people.account("ben", ["admin"])
    path = f"/policy/{row.number}/layers/?parameter=price_change.dual_over_bp"
    with one_refusal("not_your_draft", by=ben):
        answer = signed_in(ben).post(path, {"stamp": row.stamp, "layer": "site:web-de", "value": "5"})
    assert answer.status_code == 403


def test_the_next_draft_keeps_layers_and_examples(house: make.House, row: PolicyVersion) -> None:
    layer(house, row, "5")
    PolicyVersion.objects.filter(pk=row.pk).update(examples=default_examples()[:1])
    client = signed_in(house.people.ada)
    answer = client.post(f"/policy/draft/?from={row.number}", filled())
    assert answer.status_code == 302
    after = PolicyVersion.objects.latest("number")
    assert (after.rules["layers"][0]["key"], after.examples) == ("web-de", default_examples()[:1])


def test_a_proposal_becomes_an_example(house: make.House, row: PolicyVersion) -> None:
    proposal = single(house)
    ada = signed_in(house.people.ada)
    sent = {"stamp": row.stamp, "name": "A jacket 5 % down", "proposal": str(proposal.pk), "expect": "as_judged"}
    assert ada.post(f"/policy/{row.number}/examples/", sent).status_code == 302
    row.refresh_from_db()
    (example,) = row.examples
    assert example["expect"] == {"refused": False, "tier": "single", "functions": []}
    (shown,) = ada.get(f"/policy/{row.number}/").context["examples"]
    assert (shown.expect, shown.got, shown.passes) == ("one person", "one person", True)
    ada.post(f"/policy/{row.number}/examples/drop/", {"stamp": row.stamp, "name": "A jacket 5 % down"})
    row.refresh_from_db()
    assert row.examples == []


def test_refuses_an_example_of_what_one_may_not_see(house: make.House, row: PolicyVersion) -> None:
    proposal = single(house)
    ben = people.account("ben", ["admin"])
    own = draft(signed_in(ben))
    sent = {"stamp": own.stamp, "name": "Hidden", "proposal": str(proposal.pk), "expect": "as_judged"}
    with one_refusal("not_found", by=ben):
        assert signed_in(ben).post(f"/policy/{own.number}/examples/", sent).status_code == 404


def test_refuses_to_publish_with_a_failing_example(house: make.House) -> None:
    PolicyVersion.objects.filter(number=1).update(examples=default_examples())
    row = draft(signed_in(house.people.ada), **{"price_change.single_over_bp": "7"})
    shown = signed_in(house.people.ada).get(f"/policy/{row.number}/")
    assert shown.context["failing"] == sum(not each.passes for each in shown.context["examples"])
    PolicyVersion.objects.filter(pk=row.pk).update(
        examples=[each | {"expect": {"refused": True, "tier": "dual", "functions": []}} for each in row.examples]
    )
    with one_refusal("example_fails", by=house.people.ada):
        answer = signed_in(house.people.ada).post(f"/policy/{row.number}/publish/", {"reason": "Because."})
    assert answer.status_code == 409


def test_refuses_who_would_pass_their_own_proposal(house: make.House) -> None:
    make.plain_policy(house, "price_change")
    dual(house)
    rules = PolicyVersion.objects.get(state="published").rules
    loose = rules | {"rules": [{"rule": "price_change", "params": {"dual_over_bp": 2_500}}]}
    wide = draft_policy(rules=loose, by=house.people.ada, at=make.now())
    with one_refusal("own_proposal_looser", by=house.people.ada):
        answer = signed_in(house.people.ada).post(f"/policy/{wide.number}/publish/", {"reason": "It is urgent."})
    assert answer.status_code == 403


def test_refuses_to_loosen_alone(house: make.House) -> None:
    row = draft(signed_in(house.people.ada), **{"price_change.dual_over_bp": "15"})
    signed_in(house.people.ada).post(f"/policy/{row.number}/publish/", {"reason": "It is urgent."})
    change = ControlChange.objects.get()
    with one_refusal("own_request", by=house.people.ada):
        answer = signed_in(house.people.ada).post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    assert answer.status_code == 403
    assert PolicyVersion.objects.get(state="published").number == 1


def test_a_version_for_later_is_shown_as_to_come(house: make.House, row: PolicyVersion) -> None:
    sent = {"reason": "For the sale.", "effective_from": "2031-01-02T08:00"}
    signed_in(house.people.ada).post(f"/policy/{row.number}/publish/", sent)
    change = ControlChange.objects.get()
    signed_in(house.people.fay).post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    page = signed_in(house.people.mia).get("/policy/")
    assert (page.context["in_force"].number, page.context["to_come"].number) == (1, row.number)
    assert f"/policy/{row.number}/".encode() in page.content
    assert b"comes into force" in page.content


def test_a_draft_is_discarded(house: make.House, row: PolicyVersion) -> None:
    seen = events()
    assert signed_in(house.people.ada).post(f"/policy/{row.number}/discard/").status_code == 302
    assert actions_since(seen) == ["policy.discarded"]
    with one_refusal("not_a_draft", by=house.people.ada):
        assert signed_in(house.people.ada).post(f"/policy/{row.number}/discard/").status_code == 409


def test_the_page_of_the_version_in_force_names_rules_that_never_fire(house: make.House) -> None:
    single(house)
    page = signed_in(house.people.mia).get("/policy/")
    rows = {each["name"]: each for each in page.context["hygiene"]["rules"]}
    assert rows["price_change"]["fired"] == 1
    assert rows["promotion_window"]["said"] == ["never fired"]
    assert b'id="rule-price_change"' in page.content
    assert b'data-hygiene="promotion_window"' in page.content
