"""Putting a selection back by its pages: the form, one plan over many proposals, the act, its progress, the orders."""

import csv
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import shelf
from django.core.management import CommandError, call_command

from audit.models import AuditEvent
from orchestr.connectors.base import AffectedOrder, Money
from orchestr.execution.models import Execution
from orchestr.execution.reverting.models import Revert
from orchestr.proposals.models import Proposal
from tests import make
from tests.execution.approved import approved, clock_after_window, work
from tests.execution.reverting.doing import edit, price, publish, states, work_all
from tests.reviews.door import get, one_refusal, signed_in
from tests.reviews.test_revert import form_of

pytestmark = pytest.mark.usefixtures("invariants")


def two(house: make.House) -> tuple[Proposal, Proposal]:
    return publish(house, house.change(after=19_000)), publish(house, house.change(house.jacket_2, after=19_000))


def address(house: make.House, query: str = "agent=repricer&hours=2") -> str:
    """Hours ago become a moment: the address that the form leads to."""
    answer = signed_in(house.people.omar).get(f"/oncall/revert/?{query}")
    assert answer.status_code == 302
    return str(answer["Location"])


def press(house: make.House, url: str, **fields: Any) -> Any:
    client = signed_in(house.people.omar)
    return client.post(url, form_of(client.get(url)) | {"why": "It went wrong."} | fields)


def test_the_form_leads_to_one_plan_and_the_plan_to_its_progress(house: make.House) -> None:
    first, second = two(house)
    assert b'id="show-plan"' in get(house.people.omar, "/oncall/revert/").content
    url = address(house)
    page = get(house.people.omar, url).context["page"]
    assert [(item.sku, item.outcome) for item in page.items] == [("JKT-1", "restore"), ("JKT-2", "restore")]
    assert page.act.label == "Put 2 values back as chosen"
    answer = press(house, url)
    revert = Revert.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/reverts/{revert.pk}/")
    waiting = get(house.people.omar, f"/reverts/{revert.pk}/")
    assert waiting.context["said"] == "0 of 2 items are settled; the page follows by itself."
    work_all()
    assert (states(first, second), price("JKT-1"), price("JKT-2")) == (["reverted", "reverted"], 20_000, 20_000)
    done = get(house.people.omar, f"/reverts/{revert.pk}/items/")
    assert [(line.outcome, line.proof) for line in done.context["lines"]] == [
        ("restored", "read back €200.00 after the write")
    ] * 2
    assert done.context["said"] == "2 of 2 items are settled."


def test_a_choice_is_made_for_each_line_and_a_rebase_is_offered(house: make.House) -> None:
    ours = publish(house, house.change(after=19_000))
    publish(house, house.change(after=18_050))
    url = f"/oncall/revert/?proposal={ours.pk}"
    item = get(house.people.omar, url).context["page"].items[0]
    assert [(option.value, option.label) for option in item.options] == [
        ("restore", "Restore €200.00"),
        ("keep", "Keep what is there now"),
        ("rebase", "Keep the later change, take ours out: €190.00"),
    ]
    assert (item.changed_by, item.changed_url != "") == ("a proposal of Repricer", True)
    assert press(house, url, **{"item-0": "rebase"}).status_code == 302
    work_all()
    assert price("JKT-1") == 19_000


def test_a_selection_by_a_products_address_takes_its_sku(house: make.House) -> None:
    two(house)
    page = get(house.people.omar, address(house, "hours=2&q=https://shop.example/p/jkt-2?x=1")).context["page"]
    assert [item.sku for item in page.items] == ["JKT-2"]


def test_a_price_says_what_its_lowest_of_30_days_becomes(house: make.House) -> None:
    publish(house, house.change(after=19_000))
    page = get(house.people.omar, address(house)).context["page"]
    low = page.items[0].low
    assert (low.low["amount"], low.without["amount"]) == (19_000, 20_000)
    assert timedelta(days=29, hours=23) < low.until - make.now() <= timedelta(days=30)


def test_a_plan_that_moved_keeps_what_was_chosen_and_written(house: make.House) -> None:
    two(house)
    url = address(house)
    form = form_of(get(house.people.omar, url))
    edit("JKT-1", 18_500)
    with one_refusal("plan_moved"):
        answer = signed_in(house.people.omar).post(url, form | {"why": "Customers complain.", "item-1": "keep"})
    assert answer.status_code == 409
    assert b"Customers complain." in answer.content


def test_nothing_selected_is_said_on_the_form(house: make.House) -> None:
    page = get(house.people.omar, address(house, "hours=1&agent=nobody")).context["page"]
    assert page.act.why_not == "Nothing of this selection is left to put back."
    ahead = signed_in(house.people.omar).get("/oncall/revert/?from=2999-01-01T00:00")
    assert (ahead.status_code, ahead.context["refusal"].code) == (422, "time_ahead")


def test_a_revert_of_what_one_may_not_see_is_not_there(house: make.House) -> None:
    two(house)
    press(house, address(house))
    revert = Revert.objects.get()
    for part in ("", "items/"):
        assert signed_in(house.people.marco).get(f"/reverts/{revert.pk}/{part}").status_code == 404
        assert signed_in(house.people.marco).get(f"/reverts/{house.jacket.pk}/{part}").status_code == 404


def test_what_is_still_being_written_is_named_before_and_followed_after(house: make.House) -> None:
    proposal = approved(house, house.change(after=19_000), house.change(house.jacket_2, after=19_000))
    shelf.SHELVES["shop"].answers = ["yes", *["down"] * 9]
    clock = clock_after_window()
    work(clock)
    url = f"/oncall/revert/?proposal={proposal.pk}"
    effects = get(house.people.omar, url).context["page"].effects
    assert "1 proposal is still being written: what is not begun of it is never begun." in effects
    answer = press(house, url)
    said = get(house.people.omar, answer["Location"]).context["said"]
    assert said.startswith("1 proposal is still being written")
    shelf.SHELVES["shop"].answers = []
    clock.pass_by(60)
    work_all(clock)
    assert states(proposal) == ["reverted"]
    assert get(house.people.omar, answer["Location"]).context["said"] == "1 of 1 items are settled."


def test_the_orders_go_to_customer_service_as_a_file_that_no_spreadsheet_computes(house: make.House) -> None:
    publish(house, house.change(after=19_000))
    at = make.now() + timedelta(seconds=0)
    shelf.SHELVES["shop"].ordered = {
        "JKT-1": (AffectedOrder(code="=HYPERLINK(1)", at=at, units=2, unit_price=Money.parse(make.money(19_000))),)
    }
    client = signed_in(house.people.omar)
    answer = client.post(address(house).replace("/oncall/revert/?", "/oncall/revert/orders.csv?"))
    rows = list(csv.reader(StringIO(answer.content.decode())))
    assert [row[0] for row in rows] == ["order", "'=HYPERLINK(1)"]
    assert rows[1][2:9] == ["JKT-1", "variant JKT-1", "2", "19000", "EUR", "2", "included"]
    event = AuditEvent.objects.get(action="export.made")
    assert (event.data["of"], event.data["rows"]) == ("orders_affected", 1)
    unseen = signed_in(house.people.marco).post(
        address(house).replace("/oncall/revert/?", "/oncall/revert/orders.csv?")
    )
    assert len(unseen.content.decode().splitlines()) == 1


def put_back(house: make.House) -> tuple[Proposal, Execution]:
    proposal = publish(house, house.change(after=19_000))
    press(house, f"/oncall/revert/?proposal={proposal.pk}")
    work_all()
    return proposal, Execution.objects.get(kind="revert")


def test_a_revert_of_a_revert_is_a_new_proposal_that_others_decide_on(house: make.House) -> None:
    proposal, execution = put_back(house)
    page = get(house.people.mia, f"/executions/{execution.pk}/")
    assert b'id="propose-again"' in page.content
    answer = signed_in(house.people.mia).post(page.context["again_url"], {"why": "It was right."})
    again = Proposal.objects.exclude(pk=proposal.pk).get()
    assert (answer.status_code, answer["Location"]) == (302, f"/reviews/{again.pk}/")
    assert (again.state, again.tier, again.person_id) == ("draft", "single", house.people.mia.person_id)
    version = again.versions.get()
    assert [(each["before"]["amount"], each["after"]["amount"]) for each in version.plan] == [(20_000, 19_000)]
    assert (states(proposal), price("JKT-1")) == (["reverted"], 20_000)


@pytest.mark.parametrize(
    ("case", "code", "status"),
    [("without a reason", "reason_missing", 422), ("twice", "nothing_to_propose", 409)],
)
def test_proposing_again_is_refused_and_nothing_happens(house: make.House, case: str, code: str, status: int) -> None:
    _, execution = put_back(house)
    if case == "twice":
        edit("JKT-1", 19_000)
    before = Proposal.objects.count()
    with one_refusal(code):
        answer = signed_in(house.people.mia).post(
            f"/executions/{execution.pk}/again/", {"why": "" if code == "reason_missing" else "Again."}
        )
    assert (answer.status_code, Proposal.objects.count()) == (status, before)


def test_the_operators_door_prints_the_plan_and_acts_on_its_digest_alone(house: make.House) -> None:
    two(house)
    out = StringIO()
    call_command("revert", "--as", "omar", "--agent", "repricer", "--since", "2h", stdout=out)
    said = out.getvalue()
    assert "JKT-1 price in shop: restore, restore  19000 EUR → 20000 EUR" in said
    assert Revert.objects.count() == 0
    since, digest = re.search(r"--since (\S+) --digest (\w+)", said).groups()  # type: ignore[union-attr]
    call_command(
        "revert", "--as", "omar", "--agent", "repricer", "--since", since, "--digest", digest, "--why", "Wrong.",
        stdout=out,
    )  # fmt: skip
    work_all()
    assert (price("JKT-1"), price("JKT-2")) == (20_000, 20_000)
    with one_refusal("nothing_selected"), pytest.raises(CommandError):
        call_command("revert", "--as", "omar", "--agent", "repricer", stdout=out)
