"""The catalogue's pages show what rights cover, say who is right, and hide cost from whoever has no right to it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from orchestr.catalogue import holders as holding
from orchestr.catalogue.models import FieldOwner, FieldValue, Resource, System, ValueHistory
from orchestr.policy.values import Address
from orchestr.proposals.models import Proposal
from reviews.catalogue.chart import Seen, chart_of
from reviews.catalogue.rows import Row
from tests import make, people
from tests.proposals.propose import propose
from tests.reviews.admin.doors import rows, signed_in

NOON = make.now().replace(microsecond=0)


def shown(who: people.Account, query: str = "") -> list[str]:
    answer = signed_in(who).get(f"/catalogue/{query}")
    assert answer.status_code == 200
    return [row.key for row in answer.context["rows"]]


def test_the_list_holds_what_ones_rights_cover(house: make.House) -> None:
    assert shown(house.people.mia) == ["BAS-1", "JKT-1", "JKT-2"]
    assert shown(house.people.marco) == ["TNT-1"]
    assert shown(people.account("new", ["merchandising"])) == []
    assert shown(people.account("root", is_superuser=True)) == []


def test_search_and_filters_narrow_and_never_widen(house: make.House) -> None:
    assert shown(house.people.fay, "?q=tnt") == ["TNT-1"]
    assert shown(house.people.mia, "?q=tnt") == []
    assert shown(house.people.fay, "?segment=apparel/jackets") == ["JKT-1", "JKT-2"]
    assert shown(house.people.mia, "?segment=outdoor-gear") == []
    assert shown(house.people.fay, "?type=product") == ["jacket-one"]
    assert shown(house.people.fay, "?system=erp&q=JKT") == ["JKT-1", "JKT-2"]


def test_pages_follow_each_other_without_gaps(house: make.House) -> None:
    for number in range(60):
        make.resource("variant", f"X-{number:03}", segments=[house.jackets], systems=[house.shop])
    client, seen, address = signed_in(house.people.mia), [], "/catalogue/?q=X-"
    while address:
        answer = client.get(address)
        seen += [row.key for row in answer.context["rows"]]
        address = answer.context["next_url"]
    assert seen == [f"X-{number:03}" for number in range(60)]


def test_absent_and_out_of_sight_look_the_same(house: make.House) -> None:
    client = signed_in(house.people.mia)
    answers = [
        client.get(address) for address in ("/catalogue/TNT-1/", "/catalogue/NOPE/", "/catalogue/JKT-1/?type=nope")
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({str(answer.context["refusal"]) for answer in answers}) == 1


def test_a_resource_says_every_systems_values_and_who_is_right(house: make.House) -> None:
    make.value(house.jacket, house.erp, "price", make.money(19_000), make.DE)
    answer = signed_in(house.people.mia).get("/catalogue/JKT-1/")
    said = {(each.label, each.address["channel"], each.system): each.true for each in answer.context["values"]}
    assert said["Price", "web-de", "shop"] is True
    assert said["Price", "web-de", "erp"] is False
    assert answer.context["cover_days"] == 20  # 40 on hand at 14 a week


def test_cost_needs_its_own_right(house: make.House) -> None:
    seen = signed_in(house.people.mia).get("/catalogue/JKT-1/")
    hidden = signed_in(house.people.lena).get("/catalogue/JKT-1/")
    assert [each.label for each in seen.context["values"]].count("Cost") == 1
    assert [each.label for each in hidden.context["values"]].count("Cost") == 0
    assert "80.00" in seen.content.decode()
    assert "80.00" not in hidden.content.decode()


def test_open_work_and_history_are_only_what_one_may_see(house: make.House) -> None:
    both = propose(house, house.change(after=19_000), house.change(house.tent, after=19_000))
    mine = propose(house, house.change(house.jacket_2, after=19_000))
    assert [row.url for row in page(house.people.fay, "JKT-1")["open_work"]] == [f"/reviews/{both.pk}/"]
    assert page(house.people.mia, "JKT-1")["open_work"] == []
    assert [row.url for row in page(house.people.mia, "JKT-2")["open_work"]] == [f"/reviews/{mine.pk}/"]
    Proposal.objects.filter(pk=mine.pk).update(state="blocked", blocked_reason="withdrawn", settled_at=make.now())
    after = page(house.people.mia, "JKT-2")
    assert (after["open_work"], [row.url for row in after["history"]]) == ([], [f"/reviews/{mine.pk}/"])


def page(who: people.Account, key: str) -> dict[str, object]:
    answer = signed_in(who).get(f"/catalogue/{key}/")
    assert answer.status_code == 200
    return {name: answer.context[name] for name in ("open_work", "history", "charts")}


def test_the_price_line_is_that_of_the_source_of_truth(house: make.House) -> None:
    at = make.now()
    for days, amount, cause in ((20, 18_000, "applied"), (5, 19_500, "reverted")):
        ValueHistory.objects.create(
            resource=house.jacket, system=house.shop, field="price", address=make.DE.wire(),
            address_key=make.DE.key(), value=make.money(amount), since=at - timedelta(days=days), cause=cause,
        )  # fmt: skip
    ValueHistory.objects.filter(cause="imported").update(since=at - timedelta(days=200))
    charts = page(house.people.mia, "JKT-1")["charts"]
    chart = next(chart for _label, chart in charts if chart.address["channel"] == "web-de")  # type: ignore[attr-defined]
    assert [dot.cause for dot in chart.dots] == ["applied", "reverted"]
    assert (chart.low["amount"], chart.high["amount"], chart.prior_low["amount"]) == (18_000, 20_000, 18_000)
    assert [row.cause for row in chart.rows] == ["reverted", "applied", "imported"]
    assert chart.rows[1].delta_bp == -1000


def test_the_stock_line_is_what_was_on_hand_as_each_day_ended(house: make.House) -> None:
    at = make.now()
    ValueHistory.objects.filter(field="on_hand").update(since=at - timedelta(days=200))
    day = at.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=9)
    for hours, count in ((1, 31), (9, 22), (20, 17)):
        ValueHistory.objects.create(
            resource=house.jacket_stock, system=house.erp, field="on_hand", address=make.HAMBURG.wire(),
            address_key=make.HAMBURG.key(), value=count, since=day + timedelta(hours=hours), cause="observed",
        )  # fmt: skip
    answer = signed_in(house.people.mia).get("/catalogue/JKT-1/")
    ((label, chart),) = answer.context["stock_charts"]
    assert (label, [row.value for row in chart.rows]) == ("Stock on hand", [17, 40])
    assert (chart.low, chart.high, chart.prior_low, chart.flat) == (17, 40, None, False)
    assert "Between 17 and 40 in 90 days" in answer.content.decode()


def test_where_none_is_right_a_disagreement_is_said(house: make.House) -> None:
    said = "the systems disagree, and none is the source of truth"
    address = "/catalogue/JKT-1/?type=stock"
    FieldOwner.objects.filter(field="on_hand").update(source_of_truth=False)
    assert said not in signed_in(house.people.mia).get(address).content.decode()
    FieldValue.objects.filter(resource=house.jacket_stock, system=house.shop).update(value=3)
    assert signed_in(house.people.mia).get(address).content.decode().count(said) == 2


def money_at(days: int, amount: int | None) -> Seen:
    value = None if amount is None else make.money(amount)
    return Seen(NOON - timedelta(days=days), value, "observed", None)


@pytest.mark.parametrize(
    ("seen", "path"),
    [
        ([money_at(200, 100)], "M0.00 50.00H100"),
        ([money_at(45, 100)], "M50.00 50.00H100"),
        ([money_at(90, 100), money_at(45, 200)], "M0.00 92.00H50.00V8.00H100"),
        ([money_at(90, 100), money_at(45, None)], "M0.00 50.00H50.00"),
        ([money_at(90, None), money_at(45, 100)], "M50.00 50.00H100"),
    ],
)
def test_a_line_is_level_between_changes_and_absent_where_there_was_no_price(seen: list[Seen], path: str) -> None:
    chart = chart_of(seen, address=Address().wire(), at=NOON)
    assert chart is not None
    assert chart.path == path


def test_no_price_at_all_draws_no_line() -> None:
    assert chart_of([money_at(10, None)], address=Address().wire(), at=NOON) is None


def test_a_price_without_change_has_no_dot_and_one_row() -> None:
    chart = chart_of([money_at(200, 100)], address=Address().wire(), at=NOON)
    assert chart is not None
    assert (chart.dots, len(chart.rows)) == ([], 1)


def test_pictures_out_of_sight_and_absent_are_the_same_404(house: make.House) -> None:
    Resource.objects.filter(pk=house.tent.pk).update(image="/tent.svg")
    client = signed_in(house.people.mia)
    for resource in (house.tent, house.jacket):
        assert client.get(f"/pictures/{resource.pk}/").status_code == 404


def test_looking_changes_nothing(house: make.House) -> None:
    before, events = rows(), AuditEvent.objects.count()
    client = signed_in(house.people.mia)
    for address in ("/catalogue/", "/catalogue/?q=a%00b", "/catalogue/JKT-1/", "/catalogue/jacket-one/?type=product"):
        assert client.get(address).status_code == 200, address
    assert (rows(), AuditEvent.objects.count()) == (before, events)


def test_hostile_titles_stay_text(house: make.House) -> None:
    Resource.objects.filter(pk=house.jacket.pk).update(title="<script>alert(1)</script>")
    for address in ("/catalogue/", "/catalogue/JKT-1/"):
        assert b"<script>alert" not in signed_in(house.people.mia).get(address).content


def test_systems_that_disagree_and_one_that_is_down_are_said(house: make.House) -> None:
    """The shop counts other units than the ERP, which is right about stock."""
    FieldValue.objects.filter(system=house.shop, field="on_hand").update(value=38)
    address = "/catalogue/JKT-1/?type=stock"
    said = signed_in(house.people.mia).get(address).content.decode()
    assert said.count("says something else than the source of truth") == 1
    assert "does not answer now" not in said
    System.objects.filter(key="erp").update(degraded_since=make.now())
    assert signed_in(house.people.mia).get(address).content.decode().count("does not answer now") == 1


def asked_for(who: people.Account, address: str) -> int:
    """How many queries a page takes, once the process knows what it keeps."""
    client = signed_in(who)
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


LIST_QUERIES, EMPTY_LIST_QUERIES, SKU_QUERIES = 13, 12, 18


def test_a_page_of_the_list_takes_as_many_queries_however_long(house: make.House) -> None:
    assert asked_for(house.people.mia, "/catalogue/?q=JKT-1") == LIST_QUERIES
    for number in range(40):
        made = make.resource("variant", f"X-{number:03}", segments=[house.jackets], systems=[house.shop])
        make.value(made, house.shop, "price", make.money(1_000), make.DE)
    assert asked_for(house.people.mia, "/catalogue/") == LIST_QUERIES
    assert asked_for(house.people.mia, "/catalogue/?segment=apparel/jackets&system=shop&q=X-") == LIST_QUERIES
    assert asked_for(house.people.mia, "/catalogue/?q=nothing+of+it") == EMPTY_LIST_QUERIES


def test_the_page_of_a_sku_takes_as_many_queries_however_much_is_known_of_it(house: make.House) -> None:
    before = asked_for(house.people.mia, "/catalogue/JKT-1/")
    for number in range(20):
        make.value(
            house.jacket, house.shop, "price", make.money(1_000), Address(channel=f"more-{number}", currency="EUR")
        )
    assert asked_for(house.people.mia, "/catalogue/JKT-1/") == before == SKU_QUERIES


def test_systems_are_offered_that_hold_something_within_sight(
    house: make.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From either end: looked at from what one sees, or from what the systems hold."""
    make.system("idle")
    only_tents = make.system("tents-only")
    make.resource("variant", "TNT-9", segments=[house.tents], systems=[only_tents])
    for few in (holding.FEW, 0):
        monkeypatch.setattr(holding, "FEW", few)
        assert [key for key, _ in holding.holders([house.tents.pk, house.jackets.pk])] == ["erp", "shop", "tents-only"]
        assert [key for key, _ in holding.holders([house.jackets.pk])] == ["erp", "shop"]
        assert holding.holders([]) == []


def test_a_segment_asked_for_that_is_not_offered_says_what_was_asked(house: make.House) -> None:
    """Out of sight and absent alike: the words are the asker's own, written as text."""
    client = signed_in(house.people.mia)
    for asked, written in (("outdoor-gear", "outdoor-gear"), ("<b>no", "&lt;b&gt;no")):
        said = client.get("/catalogue/", {"segment": asked}).content.decode()
        assert f'<option value="{written}" selected>{written}</option>' in said
        assert house.tent.title not in said


def test_a_page_of_few_segments_is_full_though_what_comes_first_is_out_of_sight(house: make.House) -> None:
    """What asks another table is asked in the list's order until the page is full, not of the first so many."""
    for number in range(60):
        both = [house.jackets, house.tents] if number < 30 else [house.jackets]
        make.resource("variant", f"X-{number:03}", segments=both, systems=[house.shop])
    assert shown(house.people.mia, "?q=X-") == [f"X-{number:03}" for number in range(30, 60)]
    assert shown(house.people.mia, "?q=X-&system=shop") == [f"X-{number:03}" for number in range(30, 60)]
    assert shown(house.people.mia, "?q=X-&system=erp") == []


def test_one_or_two_letters_find_what_holds_them_anywhere(house: make.House) -> None:
    assert shown(house.people.fay, "?q=kt") == ["JKT-1", "JKT-2"]
    assert shown(house.people.fay, "?q=%25") == []


def test_a_row_says_only_what_there_is_to_say_and_as_text() -> None:
    bare = Row(
        now=NOON, type="variant", key="K-1", sku="", title="", url="/catalogue/K-1/", picture="", segments=["A&B"],
        values=[], more=0, stale=0, read_at=None, sales=None, open_work=0,
    )  # fmt: skip
    assert "<img" not in bare.drawn
    assert "A&amp;B" in bare.drawn
    assert bare.drawn.count("–") == 5  # No value, nothing sold, no revenue, never read, no work.
    full = replace(
        bare, title="<i>", picture="/pictures/1/", values=[("Price", {"channel": "web-de"}, "x" * 60)], more=2, stale=1,
        read_at=NOON, sales={"units_7d": 1_200, "net_revenue_7d": make.money(5_000)}, open_work=3,
    )  # fmt: skip
    assert '<img class="thumb" src="/pictures/1/"' in full.drawn
    assert f'<span class="value">{"x" * 47}…</span> Price · web-de</span>' in full.drawn
    assert "and 2 more" in full.drawn
    assert "1 past its age" in full.drawn
    assert ("&lt;i&gt;" in full.drawn, "<i>" in full.drawn) == (True, False)
    assert '<td class="num">1,200</td>' in full.drawn
    assert '<td class="num">€50.00</td>' in full.drawn
    assert '<td class="num">3</td>' in full.drawn
