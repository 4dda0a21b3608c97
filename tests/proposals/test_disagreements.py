"""What systems disagree about raises the tier of what changes it or rests on it."""

import json
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from orchestr.catalogue.models import FieldValue, System
from orchestr.policy.facts.around import Around
from orchestr.policy.facts.disagreement import DisagreementFacts
from orchestr.policy.facts.proposal import Facts
from orchestr.policy.values import Address, Json
from orchestr.proposals.facts.disagreements import LONGEST, Place, Word, disagreements
from orchestr.proposals.judge import judge_again
from orchestr.proposals.locks import current
from orchestr.proposals.models import Proposal, Verdict
from orchestr.proposals.recheck import recheck
from tests import make
from tests.proposals.propose import propose, single


@pytest.fixture
def listed(house: make.House) -> FieldValue:
    """The ERP's word on the jacket's price, which is the shop's own."""
    ours = house.price(house.jacket)
    return FieldValue.objects.create(
        resource=house.jacket,
        system=house.erp,
        field="price",
        kind="money",
        value=ours.value,
        address=ours.address,
        address_key=ours.address_key,
        observed_at=make.now(),
    )


def says(row: FieldValue, value: Json) -> None:
    FieldValue.objects.filter(pk=row.pk).update(value=value)


def facts_of(proposal: Proposal) -> tuple[DisagreementFacts, ...]:
    stored = Verdict.objects.filter(version__proposal=proposal).order_by("at", "id").last()
    assert stored is not None
    around = Facts.from_wire(json.loads(bytes(stored.facts))).around
    assert isinstance(around, Around)
    return around.disagreements


def found(proposal: Proposal) -> list[dict[str, Any]]:
    verdict = Verdict.objects.filter(version__proposal=proposal).order_by("at", "id").last()
    assert verdict is not None
    return [each for each in verdict.findings if each["rule"] == "systems_disagree"]


def test_a_price_that_systems_disagree_about_needs_two(house: make.House, listed: FieldValue) -> None:
    says(listed, make.money(18_900))
    proposal = single(house)
    assert proposal.tier == "dual"
    (finding,) = found(proposal)
    assert (finding["code"], finding["params"]["field"], finding["items"]) == ("systems_disagree", "price", [0])
    assert [(word["system"], word["value"]["amount"]) for word in finding["params"]["said"]] == [
        ("erp", 18_900),
        ("shop", 20_000),
    ]


def test_systems_that_agree_or_one_alone_raise_nothing(house: make.House, listed: FieldValue) -> None:
    assert (single(house).tier, found(single(house))) == ("single", [])
    listed.delete()
    assert (single(house).tier, found(single(house))) == ("single", [])


def test_a_system_that_is_switched_off_is_not_asked(house: make.House, listed: FieldValue) -> None:
    says(listed, make.money(18_900))
    System.objects.filter(pk=house.erp.pk).update(enabled=False)
    assert facts_of(single(house)) == ()


def test_evidence_of_a_stock_that_systems_disagree_about_raises_a_price(house: make.House) -> None:
    count = FieldValue.objects.get(resource=house.jacket_stock, system=house.shop, field="on_hand")
    says(count, 38)
    run = house.run()
    assert single(house, run=run).tier == "single"
    again = propose(house, house.change(after=19_000), run=run, also=(count,))
    assert [(each["code"], each["items"]) for each in found(again)] == [("evidence_disagrees", [0])]
    assert again.tier == "dual"


def test_a_cost_is_in_no_fact_and_no_finding(house: make.House) -> None:
    cost = FieldValue.objects.get(resource=house.jacket, field="cost")
    other = house.shop if cost.system_id == house.erp.pk else house.erp
    FieldValue.objects.create(
        resource=house.jacket,
        system=other,
        field="cost",
        kind="money",
        value=make.money(7_777_777),
        address=cost.address,
        address_key=cost.address_key,
        observed_at=make.now(),
    )
    proposal = propose(house, house.change(after=19_000), also=(cost,))
    (fact,) = facts_of(proposal)
    assert fact.withheld == "cost"
    assert "7777777" not in json.dumps([found(proposal), fact.to_wire()])
    assert [sorted(word) for word in found(proposal)[0]["params"]["said"]] == [["age_s", "system"]] * 2


def test_what_comes_apart_after_the_yes_goes_back_to_people(house: make.House, listed: FieldValue) -> None:
    proposal = single(house)
    says(listed, make.money(18_900))
    with transaction.atomic():
        held = Proposal.objects.select_for_update().get(pk=proposal.pk)
        verdict = judge_again(proposal=held, version=current(held), occasion="execute", at=make.now())
    assert verdict.tier == "dual"
    assert not recheck(proposal=held, at=make.now()).ok


def test_disagreement_costs_no_statement(house: make.House, listed: FieldValue) -> None:
    single(house)
    with CaptureQueriesContext(
        connection,
    ) as agreed:
        single(house)
    says(listed, make.money(18_900))
    with CaptureQueriesContext(connection) as apart:
        single(house)
    assert len(apart) == len(agreed)


def plan(system: str, index: int, before: Json, after: Json) -> dict[str, Json]:
    address = Address(channel="web-de").wire()
    return {
        "index": index, "type": "variant", "id": "JKT-1", "field": "price", "system": system, "address": address,
        "before": before, "after": after,
    }  # fmt: skip


PLACE = Place("variant", "JKT-1", "price", Address(channel="web-de").key())
BOTH = [plan("erp", 0, 100, 95), plan("shop", 1, 100, 95)]


def test_a_set_that_we_have_half_written_is_no_disagreement() -> None:
    half = {PLACE: [Word("erp", 95, 5), Word("shop", 100, 5)]}
    assert disagreements(BOTH, (), half, ours=True) == ()
    assert [each.items for each in disagreements(BOTH, (), half, ours=False)] == [(0, 1)]
    moved = {PLACE: [Word("erp", 95, 5), Word("shop", 90, 5)]}
    assert [each.items for each in disagreements(BOTH, (), moved, ours=True)] == [(0, 1)]


def test_a_long_text_is_cut_and_what_has_parts_is_not_repeated() -> None:
    said = {PLACE: [Word("erp", "x" * 500, 5), Word("shop", {"title": "Trail"}, 6)]}
    (fact,) = disagreements(BOTH[:1], (), said, ours=False)
    assert [word.value for word in fact.said] == ["x" * (LONGEST - 1) + "…", None]
