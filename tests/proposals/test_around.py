"""What stands around a proposal, as it is read from the rows."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.record import Actor
from orchestr.catalogue import segment_sales
from orchestr.catalogue.models import FieldValue, SegmentSales
from orchestr.people.due import open_left
from orchestr.policy.budgets.standing import Purse, Taken
from orchestr.policy.facts.around import Around, CoverFacts
from orchestr.policy.facts.proposal import Facts
from orchestr.policy.values import Address
from orchestr.proposals.close import close
from orchestr.proposals.exposure import ledger
from orchestr.proposals.facts.load import load
from orchestr.proposals.judge import judged_of
from orchestr.proposals.models import ExposureUse, Proposal
from orchestr.proposals.states import BlockedReason
from orchestr.proposals.submitting.submit import submit
from tests import make, people
from tests.proposals.propose import agent_of, content, propose, single


def around(proposal: Proposal) -> Around:
    facts = Facts.from_wire(json.loads(bytes(proposal.versions.get().verdicts.get().facts)))
    assert facts.around is not None
    return facts.around


def taken(proposal: Proposal, scope: str) -> list[tuple[Any, ...]]:
    rows = ExposureUse.objects.filter(proposal=proposal, scope=scope).order_by("key", "channel")
    return list(rows.values_list("key", "channel", "currency", "items", "revenue", "margin", "state"))


def test_a_proposal_keeps_what_it_takes_of_every_budget(house: make.House) -> None:
    proposal = single(house)  # 10.00 EUR off with 19 % tax, 14 sold a week for 2,300.00 EUR net
    margin = -(-1_000 * 14 * 10_000 // 11_900)
    assert taken(proposal, "agent") == [("repricer", "", "EUR", 1, 230_000, margin, "reserved")]
    assert taken(proposal, "sku") == [("JKT-1", "", "EUR", 1, 230_000, margin, "reserved")]
    assert taken(proposal, "segment") == [("apparel/jackets", "web-de", "EUR", 1, 230_000, margin, "reserved")]


def test_the_next_proposal_is_judged_with_what_waits(house: make.House) -> None:
    single(house)
    second = propose(house, house.change(house.jacket_2, after=19_000))
    standing = {(row.scope, row.purse.key): row for row in around(second).standing}
    assert standing["agent", "repricer"].pending.items == 1
    assert standing["segment", "apparel/jackets"].pending.revenue == 230_000
    assert ("sku", "JKT-1") not in standing


def test_what_went_live_counts_a_day_and_then_a_week(house: make.House) -> None:
    proposal = single(house)
    for hours, expected in ((23, (1, 1)), (25, (0, 1)), (24 * 7 + 1, None)):
        ExposureUse.objects.filter(proposal=proposal).update(state="live", at=make.now() - timedelta(hours=hours))
        rows = [row for row in around(dual_of_another(house)).standing if row.scope == "agent"]
        counts = [(row.live_24h.items, row.live_7d.items) for row in rows]
        assert counts == ([] if expected is None else [expected])
        Proposal.objects.exclude(pk=proposal.pk).update(state="blocked", blocked_reason="withdrawn")
        ExposureUse.objects.exclude(proposal=proposal).update(state="released")


def dual_of_another(house: make.House) -> Proposal:
    return propose(house, house.change(house.jacket_2, after=16_000))


def test_what_is_blocked_gives_its_budgets_back(house: make.House) -> None:
    proposal = single(house)
    with transaction.atomic():
        close(proposal_id=proposal.pk, reason=BlockedReason.WITHDRAWN, by=Actor.system(), at=make.now())
    assert {row.state for row in ExposureUse.objects.filter(proposal=proposal)} == {"released"}


def test_the_first_write_makes_it_live(house: make.House) -> None:
    proposal, at = single(house), make.now()
    ledger.go_live([proposal.pk], at)
    assert set(ExposureUse.objects.filter(proposal=proposal).values_list("state", "at")) == {("live", at)}


def test_what_policy_blocks_takes_nothing(house: make.House) -> None:
    assert taken(propose(house, house.change(after=7_000)), "agent") == []


def test_a_template_family_that_is_named_is_counted(house: make.House) -> None:
    proposal = single(house, objectives={"template_family": "winter"})
    assert [row[:4] for row in taken(proposal, "family")] == [("winter", "", "EUR", 1)]
    second = propose(house, house.change(house.jacket_2, after=19_000), objectives={"template_family": "winter"})
    assert around(second).family == "winter"
    assert [row.pending.items for row in around(second).standing if row.scope == "family"] == [1]


def test_sales_of_segments_are_added_up_and_read(house: make.House) -> None:
    segment_sales.add_up(at=make.now())
    (total,) = around(single(house)).totals
    assert (total.segment, total.channel, total.currency, total.revenue) == (
        "apparel/jackets",
        "web-de",
        "EUR",
        460_000,
    )
    house.jacket_2.sales.all().delete()
    house.base_layer.sales.all().delete()
    segment_sales.add_up(at=make.now())
    assert SegmentSales.objects.get(segment=house.jackets).revenue == 230_000
    assert not SegmentSales.objects.filter(segment=house.base_layers).exists()


def test_another_agents_open_work_on_the_same_price_is_a_conflict(house: make.House) -> None:
    first = single(house)
    by_person = propose(house, house.change(after=19_200), by=house.people.fay)
    (other,) = around(by_person).others
    assert (other.proposal, other.agent, other.open, other.items, other.addresses) == (
        str(first.pk),
        "repricer",
        True,
        (0,),
        (0,),
    )
    findings = {row["code"]: row for row in by_person.versions.get().verdicts.get().findings}
    assert findings["open_conflict"]["params"]["proposals"] == [str(first.pk)]


def test_an_agent_on_the_price_and_one_on_the_stock_of_a_sku_meet(house: make.House) -> None:
    priced = single(house)
    stocker = make.agent("stocker", owner=house.people.ada)
    Proposal.objects.filter(pk=priced.pk).update(agent=stocker)
    cleared = propose(
        house,
        {
            "type": "stock",
            "id": "JKT-1",
            "field": "on_hand",
            "address": make.HAMBURG.wire(),
            "before": 40,
            "after": 38,
            "system": "erp",
        },
    )
    (other,) = around(cleared).others
    assert (other.agent, other.items, other.addresses) == ("stocker", (0,), ())
    codes = {row["code"] for row in cleared.versions.get().verdicts.get().findings}
    assert "many_agents" in codes
    assert "open_conflict" not in codes


def test_what_this_one_supersedes_is_no_conflict(house: make.House) -> None:
    single(house)
    second = propose(house, house.change(after=18_800))
    assert [other.superseded for other in around(second).others] == [True]
    assert "open_conflict" not in {row["code"] for row in second.versions.get().verdicts.get().findings}


def test_only_a_submission_supersedes(house: make.House) -> None:
    first = single(house)
    Proposal.objects.filter(pk=first.pk).update(state="approved")
    second = propose(house, house.change(after=18_800))
    judged = judged_of(first, first.versions.get())
    found = load(judged, at=make.now(), with_deciders=False).around
    assert found is not None
    assert [(other.proposal, other.superseded) for other in found.others] == [(str(second.pk), False)]


def test_a_value_set_to_begin_later_is_a_scheduled_change(house: make.House) -> None:
    later = Address(channel="web-de", currency="EUR", valid_from="2999-01-01T00:00:00Z")
    make.value(house.jacket, house.shop, "price", make.money(15_000), later)
    assert around(single(house)).scheduled == (0,)
    FieldValue.objects.filter(address_key=later.key()).delete()
    assert around(dual_of_another(house)).scheduled == ()


def test_the_rollback_owner_must_be_there_and_hold_the_right(house: make.House) -> None:
    assert around(single(house)).cover == CoverFacts(named=True, active=True, covers=True)
    people.take(house.people.olga, people.REVERT, house.apparel)
    assert around(dual_of_another(house)).cover == CoverFacts(named=True, active=True, covers=False)
    house.people.olga.is_active = False
    house.people.olga.save()
    proposal = propose(house, house.change(house.base_layer, after=19_000))
    assert around(proposal).cover == CoverFacts(named=True, active=False, covers=False)
    assert "revert_owner_gone" in {row["code"] for row in proposal.versions.get().verdicts.get().findings}


def test_the_track_record_is_of_what_people_settled(house: make.House) -> None:
    states = [
        ("published", ""),
        ("reverted", ""),
        ("blocked", "reviewer"),
        ("blocked", "withdrawn"),
        ("blocked", "policy"),
    ]
    for number, (state, reason) in enumerate(states):
        row = propose(house, house.change(after=19_000 - number))
        Proposal.objects.filter(pk=row.pk).update(
            state=state,
            blocked_reason=reason,
            settled_at=make.now(),
            submitted_at=make.now() - timedelta(hours=9 - number),
        )
    assert around(propose(house, house.change(house.jacket_2, after=19_000))).track == "brp"


def test_a_person_has_no_agents_record_and_no_rollback_owner(house: make.House) -> None:
    found = around(propose(house, house.change(after=19_000), by=house.people.fay))
    assert (found.track, found.cover) == (None, None)


@pytest.mark.parametrize(
    ("moment", "left"),
    [
        ("2026-09-21T06:59:59+00:00", 0),  # 08:59:59 in Berlin, a Monday
        ("2026-09-21T07:00:00+00:00", 8 * 3600),
        ("2026-09-21T14:59:59+00:00", 1),
        ("2026-09-21T15:00:00+00:00", 0),
        ("2026-09-20T10:00:00+00:00", 0),  # a Sunday
        ("2026-10-26T07:59:59+00:00", 0),  # the day after the clocks went back
        ("2026-10-26T08:00:00+00:00", 8 * 3600),
        ("2026-10-05T10:00:00+00:00", 0),  # a holiday of its own
    ],
)
def test_business_hours_are_the_sites_own(db: None, moment: str, left: int) -> None:
    site = make.site(holidays=[datetime(2026, 10, 5).date()], opens_at="09:00", closes_at="17:00")
    site.refresh_from_db()
    assert open_left(site, datetime.fromisoformat(moment).astimezone(UTC)) == left


def test_twenty_changes_cost_as_many_queries_as_one(house: make.House) -> None:
    variants = [make.variant(f"X-{number}", house.jackets, shop=house.shop, erp=house.erp) for number in range(22)]
    counts = []
    for some in (variants[:1], variants[1:2], variants[2:]):  # the first fills what a process keeps
        proposer = agent_of(house)
        body = content(house, [house.change(each, after=19_000) for each in some], proposer)
        with CaptureQueriesContext(connection) as seen, transaction.atomic():
            submit(proposer=proposer, content=body, at=make.now())
        counts.append(len(seen))
    assert counts[1] == counts[2]


def test_purses_are_read_back_as_they_were_kept(house: make.House) -> None:
    single(house)
    rows = around(propose(house, house.change(house.jacket_2, after=19_000))).standing
    row = next(each for each in rows if each.scope == "segment")
    assert row.purse == Purse("apparel/jackets", "web-de", "EUR", 2)
    assert (row.pending.items, row.live_24h, row.live_7d) == (1, Taken(), Taken())
