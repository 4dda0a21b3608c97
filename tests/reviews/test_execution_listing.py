"""An execution of many items: a page of them, what needs somebody first, filtered by outcome and SKU."""

from typing import Any

import pytest
import shelf
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from orchestr.execution import sessions
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Proposal
from tests import make
from tests.execution.approved import WINDOW, clock_after_window, work
from tests.large import large
from tests.reviews.browse import browser, text

COUNT = 120


def published(house: make.House, count: int = COUNT, **fields: Any) -> tuple[Proposal, Execution]:
    """A large set that is written, but for what the shop says about two of its items."""
    sessions.close_all()
    proposal = large(house, count, **fields)
    for who in (house.people.mia, house.people.fay):
        with transaction.atomic():
            approve(proposal_id=proposal.pk, digest=proposal.digest, by=who, at=make.now() - WINDOW)
    shelf.set_value("shop", "variant", "LOT-00070", "price", shelf.money(19_999), make.DE)
    shelf.SHELVES["shop"].answers = ["yes", "rejected"]
    clock = clock_after_window()
    while work(clock):
        clock.pass_by(0.1)
    proposal.refresh_from_db()
    assert proposal.state == "published"
    return proposal, proposal.executions.get()


@pytest.mark.django_db
@pytest.mark.usefixtures("invariants")
def test_what_did_not_go_well_comes_first_and_a_page_is_drawn(house: make.House) -> None:
    proposal, execution = published(house)
    client = browser(house.people.mia)
    answer = client.get(f"/executions/{execution.pk}/")
    items = answer.context["items"]
    assert len(items) == 50
    assert [(item.sku, item.outcome) for item in items[:2]] == [("LOT-00070", "conflict"), ("LOT-00001", "not_applied")]
    assert answer.context["said"][0] == "120 of 120 items are settled. 2 of them did not go well."
    assert [(state, n) for state, n, _ in answer.context["counts"]] == [
        ("conflict", 1), ("not_applied", 1), ("applied", 118),
    ]  # fmt: skip
    met = [item.sku for item in items]
    while following := answer.context["listing"].next_url:
        answer = client.get(following.partition("#")[0])
        met += [item.sku for item in answer.context["items"]]
    assert sorted(met) == [f"LOT-{n:05}" for n in range(COUNT)]
    for query, found in (({"outcome": "conflict"}, ["LOT-00070"]), ({"q": "lot-00119"}, ["LOT-00119"])):
        some = client.get(f"/executions/{execution.pk}/", query)
        assert [item.sku for item in some.context["items"]] == found
    assert client.get(f"/executions/{execution.pk}/", {"outcome": "gone"}).status_code == 400
    part = client.get(f"/executions/{execution.pk}/items/", {"outcome": "conflict"})
    assert [item.sku for item in part.context["items"]] == ["LOT-00070"]
    lines = client.post(f"/executions/{execution.pk}/items.csv", {"outcome": "conflict"}).content.decode().splitlines()
    assert len(lines) == 2
    assert ",20000,18400,19999,EUR,2,included,conflict,changed_since," in lines[1]
    assert AuditEvent.objects.filter(action="export.made").get().data["rows"] == 1
    page = client.get(f"/reviews/{proposal.pk}/")
    (shown,) = page.context["executions"]
    assert [item.outcome for item in shown.items[:3]] == ["conflict", "not_applied", "applied"]
    assert (len(shown.items), shown.unshown) == (20, 100)
    assert "2 of them did not go well." in text(page)


@pytest.mark.django_db
@pytest.mark.usefixtures("invariants")
def test_progress_says_how_fast_it_goes_and_how_long_the_rest_takes(house: make.House) -> None:
    _, execution = published(house)
    Execution.objects.filter(pk=execution.pk).update(state="running", started_at=make.now() - 2 * WINDOW, ended_at=None)
    rest = ExecutionItem.objects.filter(execution=execution, index__gte=100)
    kept = list(rest.values("pk", "state", "settled_at", "intended_at"))
    rest.update(state="pending", settled_at=None, intended_at=None)
    answer = browser(house.people.mia).get(f"/executions/{execution.pk}/items/")
    assert answer.context["progress"].share == 83
    assert answer.context["said"][0].startswith("100 of 120 items are settled.")
    assert "at that pace the other 20 take 5 s." in answer.context["pace"]
    assert 'data-live="proposal freeze"' in text(answer)
    for row in kept:
        ExecutionItem.objects.filter(pk=row.pop("pk")).update(**row)
    Execution.objects.filter(pk=execution.pk).update(state="done", ended_at=make.now())


@pytest.mark.django_db
@pytest.mark.usefixtures("invariants")
def test_the_plan_of_putting_back_a_large_set_takes_one_choice_for_what_it_does_not_show(house: make.House) -> None:
    proposal, _ = published(house, 240)
    for n in range(230):
        shelf.set_value("shop", "variant", f"LOT-{n:05}", "price", shelf.money(18_000), make.DE)
    client = browser(house.people.omar)
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(f"/reviews/{proposal.pk}/revert/")
    assert len(seen) < 100
    page = answer.context["page"]
    assert (page.count, len(page.items)) == (238, 200)
    assert [(each.name, each.said) for each in page.rest] == [
        ("rest-conflict", "28 more were changed since we wrote them."),
        ("rest-restore", "10 more stand as we wrote them."),
    ]  # fmt: skip
    given = {f"item-{item.n}": "keep" for item in page.items} | {
        "digest": page.digest, "why": "Wrong list.", "typed_count": "238", "rest-conflict": "keep", "rest-restore": "restore",
    }  # fmt: skip
    assert client.post(f"/reviews/{proposal.pk}/revert/", given).status_code == 302
    chosen = proposal.executions.get(kind="revert").items.values_list("choice", flat=True)
    assert sorted(chosen) == ["keep"] * 228 + ["restore"] * 10
