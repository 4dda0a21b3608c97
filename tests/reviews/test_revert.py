"""The page that puts back: its plan, its choices, its refusals."""

import re
from typing import Any

import pytest
import shelf

from audit.models import AuditEvent
from orchestr.connectors.base import AffectedOrder, Money, SystemUnavailable
from orchestr.execution.models import Execution, Incident
from orchestr.freezes.models import Freeze
from orchestr.proposals.models import Proposal
from tests import make, people
from tests.execution.approved import approved, clock_after_window, states, work
from tests.execution.test_revert import below_cost_now, live, published
from tests.proposals.propose import single
from tests.reviews.door import get, one_refusal, signed_in

pytestmark = pytest.mark.usefixtures("invariants")


def address(proposal: Proposal, act: str = "revert") -> str:
    return f"/reviews/{proposal.pk}/{act}/"


def form_of(answer: Any) -> dict[str, str]:
    """What the page's form would send as it stands."""
    text = answer.content.decode()
    fields = {"digest": re.search(r'name="digest" value="(\w+)"', text)[1]}  # type: ignore[index]
    for name, value in re.findall(r'name="(item-\d+)" value="(\w+)" checked', text):
        fields[name] = value
    return fields


def ask(house: make.House, proposal: Proposal, *, act: str = "revert", query: str = "", **fields: Any) -> Any:
    """Open the plan, fill in why, send it."""
    url = address(proposal, act) + query
    client = signed_in(house.people.omar)
    form = form_of(client.get(url)) | {"why": "It went wrong."} | fields
    return client.post(url, form)


def edit(key: str, amount: int) -> None:
    """Somebody else's hand on the shelf."""
    shelf.set_value("shop", "variant", key, "price", shelf.money(amount), make.DE)


def test_a_get_reads_the_plan_and_does_nothing(house: make.House) -> None:
    proposal = published(house)
    before = AuditEvent.objects.count()
    page = get(house.people.omar, address(proposal)).context["page"]
    assert [(item.n, item.outcome, item.restores_to["amount"], item.now["amount"]) for item in page.items] == [
        (0, "restore", 20_000, 19_000),
        (1, "restore", 20_000, 19_000),
    ]
    assert (page.act.why_not, page.typed, page.act.label) == ("", None, "Put back what is chosen")
    assert (Execution.objects.filter(kind="revert").count(), AuditEvent.objects.count()) == (0, before)


def test_sent_as_it_stands_it_puts_everything_back(house: make.House) -> None:
    proposal = published(house)
    answer = ask(house, proposal)
    execution = Execution.objects.get(kind="revert")
    assert (answer.status_code, answer["Location"]) == (302, f"/executions/{execution.pk}/")
    work(clock_after_window())
    proposal.refresh_from_db()
    assert (proposal.state, states(proposal, "revert")) == ("reverted", ["restored", "restored"])
    assert (live("JKT-1"), live("JKT-2")) == (20_000, 20_000)


def test_each_item_follows_its_choice(house: make.House) -> None:
    proposal = published(house)
    ask(house, proposal, **{"item-1": "keep"})
    work(clock_after_window())
    assert states(proposal, "revert") == ["restored", "kept"]


def test_a_selection_is_planned_and_put_back_alone(house: make.House) -> None:
    proposal = published(house)
    ask(house, proposal, query="?item=1")
    work(clock_after_window())
    proposal.refresh_from_db()
    assert (proposal.state, live("JKT-1"), live("JKT-2")) == ("published", 19_000, 20_000)


def test_what_somebody_else_changed_is_kept_unless_chosen_otherwise(house: make.House) -> None:
    proposal = published(house)
    edit("JKT-2", 18_000)
    page = get(house.people.omar, address(proposal)).context["page"]
    item = page.items[0]  # What needs a choice comes first.
    assert (item.n, item.outcome, item.changed_by) == (1, "conflict", "somebody outside Orchestr")
    assert [option.value for option in item.options if option.checked] == ["keep"]
    ask(house, proposal)
    work(clock_after_window())
    assert (live("JKT-1"), live("JKT-2")) == (20_000, 18_000)


def test_whom_the_system_names_stands_beside_what_was_changed(house: make.House) -> None:
    proposal = published(house)
    edit("JKT-2", 18_000)
    shelf.SHELVES["shop"].last_hand = "till@shop"
    item = get(house.people.omar, address(proposal)).context["page"].items[0]
    assert (item.outcome, item.changed_by) == ("conflict", "till@shop, outside Orchestr")


def test_a_plan_that_moved_is_a_409_that_shows_the_plan_as_it_is_and_keeps_what_was_written(house: make.House) -> None:
    proposal = published(house)
    form = form_of(get(house.people.omar, address(proposal)))
    edit("JKT-1", 18_500)
    with one_refusal("plan_moved"):
        answer = signed_in(house.people.omar).post(
            address(proposal), form | {"why": "Customers complain.", "item-1": "keep"}
        )
    assert answer.status_code == 409
    page = answer.context["page"]
    assert page.items[0].now["amount"] == 18_500
    assert [option.value for option in page.items[1].options if option.checked] == ["keep"]
    assert b"Customers complain." in answer.content


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"why": " "}, 422, "reason_missing"),
        ({"item-0": "keep", "item-1": "keep"}, 422, "nothing_to_restore"),
        ({"item-0": "rebase"}, 422, "choice_impossible"),
        ({"item-0": "burn"}, 400, "choice_unreadable"),
        ({"item-٣": "keep"}, 400, "choice_unreadable"),
        ({"digest": "0" * 64}, 409, "plan_moved"),
    ],
)
def test_refuses_what_cannot_be_done_and_nothing_happens(
    house: make.House, fields: dict[str, str], status: int, code: str
) -> None:
    proposal = published(house)
    with one_refusal(code):
        assert ask(house, proposal, **fields).status_code == status


@pytest.mark.parametrize("who", ["mia", "fay", "ada"])
def test_refuses_who_may_see_it_and_may_not_put_it_back(house: make.House, who: str) -> None:
    proposal = published(house)
    account = getattr(house.people, who)
    answer = get(account, address(proposal))
    assert answer.context["page"].act.why_not
    with one_refusal("may_not_revert_here"):
        assert signed_in(account).post(address(proposal), form_of(answer) | {"why": "No."}).status_code == 403


@pytest.mark.parametrize("act", ["revert", "contain"])
def test_invisible_and_absent_are_the_same_404(house: make.House, act: str) -> None:
    proposal = published(house)
    invisible = signed_in(house.people.marco).get(address(proposal, act))
    absent = signed_in(house.people.marco).get(address(proposal, act).replace(str(proposal.pk), str(house.jacket.pk)))
    assert (invisible.status_code, absent.status_code) == (404, 404)
    assert invisible.context["refusal"].detail == absent.context["refusal"].detail


def test_a_second_revert_while_one_is_under_way_is_refused_and_leads_to_the_first(house: make.House) -> None:
    proposal = published(house)
    ask(house, proposal)
    with one_refusal("executing"):
        answer = ask(house, proposal)
    assert answer.status_code == 409
    assert answer.context["page"].open_url == f"/executions/{Execution.objects.get(kind='revert').pk}/"


def test_many_items_ask_for_their_number(house: make.House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviews.reverting.page.MANY", 1)
    monkeypatch.setattr("reviews.revert.MANY", 1)
    proposal = published(house)
    assert get(house.people.omar, address(proposal)).context["page"].typed == 2
    with one_refusal("count_not_typed"):
        assert ask(house, proposal, typed_count="3").status_code == 422
    assert ask(house, proposal, typed_count="2").status_code == 302


def test_what_waits_cannot_be_put_back_and_says_so(house: make.House) -> None:
    page = get(house.people.omar, address(single(house))).context["page"]
    assert page.act.why_not == "Only what is published can be put back."


def test_a_lowered_price_leaves_its_30_day_low_behind(house: make.House) -> None:
    page = get(house.people.omar, address(published(house))).context["page"]
    assert [effect.startswith("For 2 prices the lowest of the last 30 days") for effect in page.effects] == [True]


def test_a_system_that_does_not_answer_leaves_only_keeping(house: make.House) -> None:
    proposal = published(house)
    shelf.SHELVES["shop"].failing += [SystemUnavailable("unreachable", "down")] * 4
    page = get(house.people.omar, address(proposal)).context["page"]
    assert [[option.value for option in item.options] for item in page.items] == [["keep"], ["keep"]]
    assert page.act.why_not == "None of it can be put back now."


def test_containing_reverts_freezes_and_opens_an_incident_in_one_act(house: make.House) -> None:
    proposal = published(house)
    answer = ask(house, proposal, act="contain")
    incident = Incident.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/incidents/{incident.pk}/")
    assert Freeze.objects.get().target == "workflow:clearance"
    work(clock_after_window())
    proposal.refresh_from_db()
    assert proposal.state == "reverted"


def test_containing_what_is_not_written_yet_blocks_it(house: make.House) -> None:
    proposal = approved(house)
    page = get(house.people.omar, address(proposal, "contain")).context["page"]
    assert page.act.label == "Contain: block and freeze"
    ask(house, proposal, act="contain")
    proposal.refresh_from_db()
    assert (proposal.state, proposal.blocked_reason) == ("blocked", "contained")


def test_containing_is_for_who_is_on_call(house: make.House) -> None:
    proposal = published(house)
    rights = {people.VIEW: [house.apparel], people.REVERT: [house.apparel]}
    rita = people.account("rita", ["merchandising"], rights)
    answer = get(rita, address(proposal, "contain"))
    assert answer.context["page"].act.why_not == "Containing needs to be on call."
    with one_refusal("may_not_contain_here"):
        form = form_of(answer) | {"why": "Stop."}
        assert signed_in(rita).post(address(proposal, "contain"), form).status_code == 403


def test_what_would_break_a_floor_is_kept_unless_it_is_contained(house: make.House) -> None:
    proposal = below_cost_now(house)
    page = get(house.people.omar, address(proposal)).context["page"]
    (item,) = page.items
    assert [option.value for option in item.options if option.checked] == ["keep"]
    assert item.breaks.endswith("only a containment may put it back.")
    assert page.contain_url == address(proposal, "contain")
    with one_refusal("breaks_floor"):
        assert ask(house, proposal, **{"item-0": "restore"}).status_code == 409
    ask(house, proposal, act="contain")
    work(clock_after_window())
    assert live("JKT-1") == 20_000


def test_it_tells_who_ordered_meanwhile_item_by_item(house: make.House) -> None:
    proposal = published(house)
    url = get(house.people.omar, address(proposal)).context["page"].orders_url
    assert "Nobody has ordered any of it meanwhile." in get(house.people.omar, url).content.decode()
    price = Money.parse(make.money(19_000))
    at = make.now()
    placed = [AffectedOrder(code=code, at=at, units=units, unit_price=price) for code, units in (("A", 2), ("B", 1))]
    shelf.SHELVES["shop"].ordered = {"JKT-2": tuple(placed)}
    (sold,) = get(house.people.omar, url).context["found"]
    assert (sold.sku, sold.orders, sold.units) == ("JKT-2", "2 orders", "3 pieces")
    assert sold.sums == [make.money(57_000)]
    assert get(house.people.omar, url, item=0).context["found"] == []


def test_orders_of_what_one_may_not_see_are_not_there(house: make.House) -> None:
    proposal = published(house)
    assert signed_in(house.people.marco).get(address(proposal) + "orders/").status_code == 404


def test_a_shop_that_does_not_answer_leaves_the_orders_unknown(house: make.House) -> None:
    proposal = published(house)
    shelf.SHELVES["shop"].failing = [SystemUnavailable("unreachable", "down")] * 2
    content = get(house.people.omar, address(proposal) + "orders/").content.decode()
    assert "For 2 items the systems did not answer." in content
    assert "Nobody has ordered" not in content


def test_hostile_words_of_an_agent_stay_words(house: make.House) -> None:
    house.jacket.title = '<script>alert(1)</script>" hx-get="/x'
    house.jacket.save()
    answer = get(house.people.omar, address(published(house)))
    assert b"<script>alert" not in answer.content
    assert b"&lt;script&gt;alert(1)" in answer.content
