"""A change set of many changes: its page draws a part of it, and says what all of it comes to."""

import re
from typing import Any

import pytest
import shelf
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from orchestr.catalogue.models import FieldValue
from orchestr.proposals.lines.models import PlanLine
from orchestr.proposals.models import Proposal, Version
from tests import make
from tests.large import large
from tests.proposals.propose import propose
from tests.reviews.browse import act, browser, refused, see, text

pytestmark = pytest.mark.django_db
COUNT = 120


def page(proposal: Proposal, who: Any, **query: str) -> Any:
    answer = browser(who).get(f"/reviews/{proposal.pk}/", query)
    assert answer.status_code == 200, answer.status_code
    return answer


def rows(answer: Any) -> list[str]:
    return [row.sku for row in answer.context["values"]]


def test_a_page_draws_fifty_changes_and_says_what_all_come_to(house: make.House) -> None:
    proposal = large(house, COUNT)
    answer = page(proposal, house.people.mia)
    assert len(rows(answer)) == 50
    assert len(re.findall(r'<tr id="change-\d+"', text(answer))) == 50
    assert text(answer).count('name="drop-') == 50
    table = answer.context["table"]
    assert (table.count, table.matching, table.shown) == (120, 120, "50 of 120")
    assert table.said == (
        "120 changes. From −13.0% to −1.0%, half of them below −5.0%. The lowest margin afterwards is 45.2%."
    )
    assert [(bar.label, bar.count) for bar in table.bars if bar.count] == [
        ("1% to 2%", 13), ("2% to 5%", 41), ("5% to 10%", 65), ("10% to 20%", 1),
    ]  # fmt: skip
    assert sorted((each.name, each.count) for each in table.spreads) == [
        ("Apparel", 40), ("Base-layers", 40), ("Jackets", 40),
    ]  # fmt: skip


def test_the_gravest_come_first_and_then_the_largest(house: make.House) -> None:
    answer = page(large(house, COUNT), house.people.mia)
    assert rows(answer)[:3] == ["LOT-00099", "LOT-00008", "LOT-00017"]
    assert answer.context["values"][0].odd == "much larger than the others"


def test_going_on_meets_every_change_once(house: make.House) -> None:
    proposal = large(house, COUNT)
    for order in ("", "largest", "margin", "sales", "sku"):
        met: list[str] = []
        answer = page(proposal, house.people.mia, order=order)
        while True:
            met += rows(answer)
            following = answer.context["table"].next_url
            if not following:
                break
            answer = browser(house.people.mia).get(following.partition("#")[0])
        assert sorted(met) == [f"LOT-{n:05}" for n in range(COUNT)], order
    assert met == sorted(met)


FOUND: list[tuple[dict[str, str], set[int]]] = [
    ({"q": "lot-0009"}, {90, 91, 92, 93, 94, 95, 96, 97, 98, 99}),
    ({"q": "Lot 00007"}, {7}),
    ({"q": "LOT_00007"}, set()),
    ({"q": "100%"}, set()),
    ({"finding": "price_change.dual"}, {99}),
    ({"finding": "price_change.single", "q": "LOT-0009"}, {90, 91, 92, 93, 94, 95, 96, 97, 98}),
    ({"finding": ".dual"}, {99}),
    ({"size": "1000"}, {99}),
    ({"size": "500", "way": "up"}, set()),
    ({"segment": "apparel/jackets", "q": "LOT-0001"}, {12, 15, 18}),
]


def test_a_filter_leaves_what_is_like_this(house: make.House) -> None:
    proposal = large(house, COUNT)
    for query, found in FOUND:
        answer = page(proposal, house.people.mia, **query)
        assert set(rows(answer)) == {f"LOT-{n:05}" for n in found}, query
        assert answer.context["table"].matching == len(found)


def test_what_the_systems_changed_since_is_counted_and_found(house: make.House) -> None:
    proposal = large(house, COUNT)
    for key in ("LOT-00003", "LOT-00077"):
        FieldValue.objects.filter(resource__key=key, field="price").update(value=shelf.money(19_999))
    answer = page(proposal, house.people.mia)
    assert answer.context["moved"] == 2
    assert "2 values are no longer what this proposal starts from" in text(answer)
    found = browser(house.people.mia).get(answer.context["table"].moved_url.partition("#")[0])
    assert sorted(rows(found)) == ["LOT-00003", "LOT-00077"]


def test_a_page_costs_the_same_number_of_queries_whatever_the_number_of_changes(house: make.House) -> None:
    few, many = large(house, 120), large(house, 300, start=1_000)
    assert PlanLine.objects.count() == 420
    propose(house, house.change(after=19_000))  # the next one in the queue for both
    assert _queries(house, many) == _queries(house, few)


def _queries(house: make.House, proposal: Proposal) -> int:
    client = browser(house.people.mia)
    client.get(f"/reviews/{proposal.pk}/")
    with CaptureQueriesContext(connection) as seen:
        client.get(f"/reviews/{proposal.pk}/")
    return len(seen)


def test_a_small_set_is_shown_whole_and_has_no_lines(house: make.House) -> None:
    proposal = propose(house, house.change(after=19_000), house.change(house.jacket_2, after=19_000))
    answer = page(proposal, house.people.mia)
    assert answer.context["table"] is None
    assert not PlanLine.objects.exists()


def test_lines_that_are_missing_are_worked_out_when_the_page_is_opened(house: make.House) -> None:
    proposal = large(house, 60)
    kept = _lines()
    PlanLine.objects.all().delete()
    page(proposal, house.people.mia)
    assert _lines() == kept


def _lines() -> list[dict[str, Any]]:
    rows = PlanLine.objects.order_by("index")
    return list(rows.values("index", "name", "segments", "before", "delta_bp", "margin_bp", "effect", "open_effect"))


def test_who_does_not_see_cost_is_not_told_it_by_order_or_figures(house: make.House) -> None:
    proposal = large(house, COUNT)
    answer = page(proposal, house.people.lena, order="margin")
    assert not answer.context["table"].sees_cost
    assert "margin" not in answer.context["table"].said
    assert rows(answer) == rows(page(proposal, house.people.lena))
    assert all(each.lowest_margin_bp is None for each in answer.context["table"].spreads)


def test_a_filter_that_cannot_be_read_is_refused(house: make.House) -> None:
    proposal = large(house, 60)
    for query in ({"size": "7"}, {"way": "left"}, {"order": "x"}, {"after": "1"}, {"live": "x"}):
        before = AuditEvent.objects.count()
        assert browser(house.people.mia).get(f"/reviews/{proposal.pk}/", query).status_code == 400
        assert AuditEvent.objects.count() == before + 1


def test_all_that_match_are_dropped_with_one_reason(house: make.House) -> None:
    proposal = large(house, COUNT)
    answer = page(proposal, house.people.mia, size="1000")
    assert 'id="drop-matching"' in text(answer)
    done = act(house.people.mia, "narrow", proposal, matching="1", size="1000", why="Too large a step.")
    assert done.status_code == 302
    version = Version.objects.get(proposal=proposal, number=2)
    assert len(version.plan) == COUNT - 1
    assert version.narrowing == [{"index": 99, "drop": True, "reason": "Too large a step."}]
    proposal.refresh_from_db()
    assert len(rows(page(proposal, house.people.mia))) == 50
    assert done["Location"] == f"/reviews/{proposal.pk}/"


def test_dropping_is_offered_only_where_a_filter_leaves_some(house: make.House) -> None:
    proposal = large(house, 60)
    assert 'id="drop-matching"' not in text(page(proposal, house.people.mia))
    assert 'id="drop-matching"' not in text(page(proposal, house.people.mia, q="nothing is called so"))
    assert 'id="drop-matching"' not in text(page(proposal, house.people.omar, q="LOT-00001"))


def test_dropping_another_number_than_was_seen_is_refused(house: make.House) -> None:
    proposal = large(house, 60)
    refused(
        lambda: act(house.people.mia, "narrow", proposal, matching="3", q="LOT-0001", why="No."),
        proposal, "matching_moved", 409,
    )  # fmt: skip


def test_dropping_without_a_filter_or_a_reason_is_refused(house: make.House) -> None:
    proposal = large(house, 60)
    refused(
        lambda: act(house.people.mia, "narrow", proposal, matching="60", why="No."), proposal, "filter_missing", 422
    )
    refused(
        lambda: act(house.people.mia, "narrow", proposal, matching="1", q="LOT-00007"), proposal, "reason_missing", 422
    )


def test_the_file_holds_all_that_match_and_is_recorded(house: make.House) -> None:
    proposal = large(house, COUNT)
    client = browser(house.people.mia)
    whole = client.post(f"/reviews/{proposal.pk}/changes.csv").content.decode().splitlines()
    assert len(whole) == COUNT + 1
    assert whole[1].startswith("0,variant,LOT-00000,LOT-00000,Lot 00000,shop,price,")
    assert ",20000,19800,EUR,2,included,-100," in whole[1]
    some = client.post(f"/reviews/{proposal.pk}/changes.csv", {"q": "LOT-0009"}).content.decode().splitlines()
    assert len(some) == 11
    events = AuditEvent.objects.filter(action="export.made").order_by("id")
    assert [event.data["rows"] for event in events] == [COUNT, 10]
    assert see(house.people.mia, f"/reviews/{proposal.pk}/changes.csv").status_code == 405


def test_what_would_lower_it_is_worked_out_when_it_is_asked_for(house: make.House) -> None:
    proposal = large(house, COUNT)
    answer = page(proposal, house.people.mia)
    assert not any(finding.lower for finding in answer.context["why"].findings)
    assert answer.context["explain_url"] == f"/reviews/{proposal.pk}/why/"
    part = browser(house.people.mia).get(f"/reviews/{proposal.pk}/why/")
    assert any(finding.lower for finding in part.context["why"].findings)
    assert any(finding.lower for finding in page(proposal, house.people.mia, explain="yes").context["why"].findings)
