"""The on-call board: who is on, what needs hands, what changed, what is stopped."""

from datetime import timedelta
from typing import Any

import pytest
import shelf
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from orchestr.execution.models import Execution, Incident
from orchestr.freezes.models import Freeze
from orchestr.governance.models import ControlChange
from orchestr.people.models import Notice, Shift
from orchestr.proposals.models import Proposal
from reviews.oncall.recent import words_of
from tests import make, people
from tests.execution.approved import approved, clock_after_window, work
from tests.execution.test_containment import act
from tests.execution.test_revert import published
from tests.reviews.door import get, one_refusal, signed_in

pytestmark = pytest.mark.usefixtures("invariants")
DAY = timedelta(days=1)


def board(house: make.House, **query: Any) -> Any:
    return get(house.people.omar, "/oncall/", **query).context


def one_item(house: make.House) -> Proposal:
    return published(house, house.change(after=19_000))


@pytest.mark.parametrize("who", ["mia", "fay", "lena", "aud"])
@pytest.mark.parametrize("part", ["", "cards/", "recent/", "frozen/"])
def test_the_board_is_for_who_is_on_call_and_for_admins(house: make.House, who: str, part: str) -> None:
    assert signed_in(getattr(house.people, who)).get(f"/oncall/{part}").status_code == 404
    assert signed_in(house.people.ada).get(f"/oncall/{part}").status_code == 200


class TestDuty:
    def test_says_who_is_on_until_when_and_who_is_next(self, house: make.House) -> None:
        mine = make.shift(house.people.omar, hours=6)
        hers = make.shift(house.people.olga, starts_in=timedelta(hours=5), hours=24 * 9)
        duty = board(house)["duty"]
        assert (duty.who, duty.me, duty.until) == ("Omar", True, mine.ends_at)
        assert (duty.next_who, duty.next_at, duty.gap) == ("Olga", hers.starts_at, "")
        assert get(house.people.olga, "/oncall/").context["duty"].me is False

    def test_nobody_on_call_is_said(self, house: make.House) -> None:
        duty = board(house)["duty"]
        assert (duty.who, duty.until, duty.gap) == ("", None, "Nobody is on call.")

    def test_a_hole_in_the_cover_is_said_before_it_comes(self, house: make.House) -> None:
        make.shift(house.people.omar, hours=6)
        make.shift(house.people.olga, starts_in=timedelta(hours=8), hours=24 * 9)
        gap = board(house)["duty"].gap
        assert gap.startswith("Nobody is on call from ")
        assert " until " in gap

    def test_a_shift_for_one_site_leaves_the_others_uncovered(self, house: make.House) -> None:
        shift = make.shift(house.people.omar, hours=24 * 9)
        Shift.objects.filter(pk=shift.pk).update(site=house.de)
        assert board(house)["duty"].gap == "Nobody is on call for web-uk."


class TestCards:
    def test_an_incident_has_its_money_runbook_and_acts(self, house: make.House) -> None:
        house.workflow.runbook = "Ring the shop manager."
        house.workflow.save()
        proposal = one_item(house)
        act(house, proposal, house.people.omar)
        (card,) = [card for card in board(house)["cards"] if card.kind == "incident"]
        assert (card.text, card.runbook, card.acknowledge.label) == (
            "Prices are wrong.",
            "Ring the shop manager.",
            "Acknowledge",
        )
        assert card.per_hour == proposal.revenue_per_hour is not None
        work(clock_after_window())

    def test_a_reviewed_incident_leaves_the_board(self, house: make.House) -> None:
        incident = act(house, one_item(house), house.people.omar).incident
        work(clock_after_window())
        said = {"verdict": "right", "text": "They were wrong."}
        signed_in(house.people.olga).post(f"/incidents/{incident.pk}/review/", said)
        assert board(house)["cards"] == []

    def test_an_execution_that_needs_a_person_stands_first_and_leads_to_its_items(self, house: make.House) -> None:
        act(house, one_item(house), house.people.omar)
        work(clock_after_window())
        stuck = Execution.objects.get(kind="apply")
        Execution.objects.filter(pk=stuck.pk).update(state="needs_person")
        cards = board(house)["cards"]
        assert [card.kind for card in cards] == ["needs_person", "incident"]
        assert cards[0].act.url == f"/executions/{stuck.pk}/"
        Execution.objects.filter(pk=stuck.pk).update(state="done")

    def test_what_a_freeze_holds_is_one_card(self, house: make.House) -> None:
        proposals = [approved(house), approved(house, house.change(house.jacket_2, after=19_000))]
        freeze(house, "workflow:clearance")
        work(clock_after_window())
        (card,) = board(house)["cards"]
        assert (card.kind, card.title) == ("held", "2 executions wait for the freeze of Workflow Clearance")
        assert Execution.objects.filter(proposal__in=proposals, state="held").count() == 2

    def test_an_item_that_somebody_else_had_changed_is_told(self, house: make.House) -> None:
        proposal = approved(house, house.change(after=19_000), house.change(house.jacket_2, after=19_000))
        shelf.set_value("shop", "variant", "JKT-2", "price", shelf.money(18_000), make.DE)
        work(clock_after_window())
        (card,) = board(house)["cards"]
        assert card.kind == "conflict"
        assert list(card.facts)[:1] == ["1 item was changed by somebody else."]
        (named,) = card.items
        assert (named.title, named.values) == (house.jacket_2.title, "€200.00 → €190.00")
        assert named.seen == "found €180.00 there and left it"
        proposal.refresh_from_db()
        assert proposal.state == "published"

    def test_nothing_of_segments_one_may_not_see_is_on_it(self, house: make.House) -> None:
        act(house, one_item(house), house.people.omar)
        work(clock_after_window())
        oscar = people.account("oscar", ["oncall"], {people.VIEW: [house.outdoor], people.REVERT: [house.outdoor]})
        context = get(oscar, "/oncall/", hours=168).context
        assert (context["cards"], list(context["recent"])) == ([], [])


class TestRecent:
    def test_what_was_published_can_be_reverted_contained_and_frozen_from_here(self, house: make.House) -> None:
        proposal = one_item(house)
        (row,) = board(house)["recent"]
        assert (row.proposal_id, row.state, row.who) == (proposal.pk, "published", "Repricer")
        assert (row.revert.url, row.revert.why_not) == (f"/reviews/{proposal.pk}/revert/", "")
        assert row.contain.url == f"/reviews/{proposal.pk}/contain/"
        assert row.freeze_url == "/oncall/?freeze=workflow%3Aclearance#stop-title"
        chosen = [
            option.value
            for group in board(house, freeze="workflow:clearance")["freeze_targets"]
            for option in group.options
            if option.selected
        ]
        assert chosen == ["workflow:clearance"]

    def test_an_admin_who_may_not_revert_is_told_why(self, house: make.House) -> None:
        one_item(house)
        (row,) = get(house.people.ada, "/oncall/").context["recent"]
        assert row.revert.why_not
        assert row.contain is None

    @pytest.mark.parametrize(
        "text",
        ["JKT-1", "jkt-1", "https://shop.example/p/JKT-1?site=web-de", "/p/jkt-1", "variant JKT-1"],
    )
    def test_it_is_found_by_sku_by_address_and_by_title(self, house: make.House, text: str) -> None:
        first = one_item(house)
        published(house, house.change(house.base_layer, after=19_000))
        assert [row.proposal_id for row in board(house, q=text)["recent"]] == [first.pk]

    def test_of_many_items_the_one_searched_for_can_be_put_back_alone(self, house: make.House) -> None:
        proposal = published(house)
        (row,) = board(house, q="JKT-2")["recent"]
        assert (row.revert_found.label, row.revert_found.url) == (
            "Revert the 1 found",
            f"/reviews/{proposal.pk}/revert/?item=1",
        )
        (item,) = get(house.people.omar, row.revert_found.url).context["page"].items
        assert (item.n, item.sku) == (1, "JKT-2")
        assert [each.revert_found for each in board(house)["recent"]] == [None]

    def test_what_nobody_sells_finds_nothing(self, house: make.House) -> None:
        one_item(house)
        context = board(house, q="NOPE-9")
        assert (list(context["recent"]), "NOPE-9" in context["nothing_recent"]) == ([], True)

    def test_it_looks_as_far_back_as_asked(self, house: make.House) -> None:
        proposal = one_item(house)
        Proposal.objects.filter(pk=proposal.pk).update(settled_at=make.now() - timedelta(hours=3))
        assert list(board(house)["recent"]) == []
        assert [row.proposal_id for row in board(house, hours=8)["recent"]] == [proposal.pk]

    def test_more_than_a_page_goes_on_behind_the_last_row(
        self, house: make.House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("reviews.oncall.recent.SHOWN", 1)
        first = one_item(house)
        second = published(house, house.change(house.jacket_2, after=19_000))
        context = board(house)
        assert [row.proposal_id for row in context["recent"]] == [second.pk]
        answer = signed_in(house.people.omar).get(context["more_url"])
        assert [row.proposal_id for row in answer.context["recent"]] == [first.pk]

    @pytest.mark.parametrize("query", [{"hours": "5"}, {"hours": "x"}, {"after": "x"}])
    def test_what_cannot_be_read_is_a_400(self, house: make.House, query: dict[str, str]) -> None:
        with one_refusal("filter_unreadable"):
            assert signed_in(house.people.omar).get("/oncall/", query).status_code == 400

    def test_its_queries_do_not_grow_with_what_it_shows(self, house: make.House) -> None:
        act(house, one_item(house), house.people.omar)
        work(clock_after_window())
        client = signed_in(house.people.omar)
        client.get("/oncall/")
        with CaptureQueriesContext(connection) as few:
            client.get("/oncall/")
        for resource in (house.jacket_2, house.base_layer):
            lift(house)
            act(house, published(house, house.change(resource, after=19_000)), house.people.omar)
            work(clock_after_window())
        with CaptureQueriesContext(connection) as more:
            client.get("/oncall/")
        assert len(more) == len(few)


def freeze(house: make.House, target: str, *, who: str = "omar") -> Any:
    return signed_in(getattr(house.people, who)).post("/freezes/", {"target": target, "why": "Wait."})


def lift(house: make.House) -> None:
    Freeze.objects.filter(thawed_at=None).update(thawed_at=make.now())


class TestFreezing:
    @pytest.mark.parametrize("who", ["omar", "ada"])
    def test_one_person_stops_everything(self, house: make.House, who: str) -> None:
        assert freeze(house, "all", who=who)["Location"] == "/oncall/"
        assert [each.target for each in board(house)["freezes"]] == ["all"]

    @pytest.mark.parametrize(
        ("target", "status", "code"),
        [("", 422, "unknown_target"), ("moon:x", 422, "unknown_target"), ("workflow:nope", 404, "not_found")],
    )
    def test_refuses_what_is_not_there(self, house: make.House, target: str, status: int, code: str) -> None:
        with one_refusal(code):
            assert freeze(house, target).status_code == status

    def test_refuses_a_freeze_without_a_reason_and_a_second_one(self, house: make.House) -> None:
        with one_refusal("reason_missing"):
            answer = signed_in(house.people.omar).post("/freezes/", {"target": "all", "why": " "})
        assert answer.status_code == 422
        freeze(house, "all")
        with one_refusal("already_frozen"):
            assert freeze(house, "all").status_code == 409

    @pytest.mark.parametrize("who", ["mia", "aud"])
    def test_refuses_who_is_neither_on_call_nor_admin(self, house: make.House, who: str) -> None:
        with one_refusal("not_found"):
            assert freeze(house, "all", who=who).status_code == 404

    def test_thawing_takes_two_people(self, house: make.House) -> None:
        freeze(house, "all")
        (row,) = board(house)["freezes"]
        signed_in(house.people.omar).post(row.ask.url, {"why": "All is well."})
        (own,) = board(house)["freezes"]
        assert (own.ask, own.confirm, own.waits) == (
            None,
            None,
            "You asked to thaw it; a second person has to confirm.",
        )
        (other,) = get(house.people.olga, "/oncall/").context["freezes"]
        assert other.waits == "Omar asks to thaw it."
        signed_in(house.people.olga).post(other.confirm.url, {"digest": other.digest})
        assert board(house)["freezes"] == []
        actions = AuditEvent.objects.filter(action__startswith="freeze.").order_by("id")
        assert list(actions.values_list("action", flat=True)) == ["freeze.set", "freeze.lifted"]

    def test_refuses_the_one_who_asked_by_whichever_account(self, house: make.House) -> None:
        change = asked_to_thaw(house)
        second = people.account("omar2", ["admin"], person=house.people.omar.person)
        for account in (house.people.omar, second):
            with one_refusal("own_request"):
                answer = signed_in(account).post(f"/freezes/thaw/{change.pk}/confirm/", {"digest": change.digest})
            assert answer.status_code == 403

    def test_refuses_another_digest(self, house: make.House) -> None:
        change = asked_to_thaw(house)
        with one_refusal("stale_digest"):
            answer = signed_in(house.people.olga).post(f"/freezes/thaw/{change.pk}/confirm/", {"digest": "0" * 64})
        assert answer.status_code == 409

    def test_turned_down_it_stays_frozen(self, house: make.House) -> None:
        change = asked_to_thaw(house)
        signed_in(house.people.olga).post(f"/freezes/thaw/{change.pk}/reject/")
        change.refresh_from_db()
        assert (change.state, [each.target for each in board(house)["freezes"]]) == ("rejected", ["all"])

    def test_refuses_to_thaw_what_is_not_frozen_and_other_control_changes(self, house: make.House) -> None:
        client = signed_in(house.people.omar)
        with one_refusal("not_found"):
            assert client.post(f"/freezes/{house.jacket.pk}/thaw/", {"why": "Go."}).status_code == 404
        other = ControlChange.objects.create(
            kind="scope.grant",
            target="x",
            digest="0" * 64,
            reason="More.",
            requested_by=house.people.olga.person,
            requested_at=make.now(),
        )
        for verb in ("confirm", "reject"):
            with one_refusal("not_found"):
                assert client.post(f"/freezes/thaw/{other.pk}/{verb}/", {"digest": "0" * 64}).status_code == 404

    @pytest.mark.parametrize("url", ["/freezes/", "/freezes/{id}/thaw/", "/freezes/thaw/{id}/confirm/"])
    def test_a_get_acts_on_nothing(self, house: make.House, url: str) -> None:
        assert signed_in(house.people.omar).get(url.format(id=house.jacket.pk)).status_code == 405


def asked_to_thaw(house: make.House) -> ControlChange:
    freeze(house, "all")
    frozen = Freeze.objects.get()
    signed_in(house.people.omar).post(f"/freezes/{frozen.pk}/thaw/", {"why": "All is well."})
    return ControlChange.objects.get()


def test_notices_are_on_the_board_until_they_are_read(house: make.House) -> None:
    incident = act(house, one_item(house), house.people.omar).incident
    work(clock_after_window())
    client = signed_in(house.people.olga)
    (line,) = client.get("/oncall/").context["notices"]
    assert (line.text, line.url) == ("A containment has stopped a workflow.", f"/incidents/{incident.pk}/")
    answer = client.post("/notices/read/", {"notice": str(line.id), "next": "/oncall/"})
    assert answer["Location"] == "/oncall/"
    assert client.get("/oncall/").context["notices"] == []


def test_nobody_marks_the_notices_of_another_as_read_or_is_led_elsewhere(house: make.House) -> None:
    act(house, one_item(house), house.people.omar)
    work(clock_after_window())
    notice = Notice.objects.get()
    answer = signed_in(house.people.omar).post(
        "/notices/read/", {"notice": [str(notice.pk), "x"], "next": "https://elsewhere.example/"}
    )
    notice.refresh_from_db()
    assert (notice.read_at, answer["Location"]) == (None, "/")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("https://shop.example/p/jkt-1/", "JKT-1"),
        ("https://shop.example/?sku=jkt-1&site=x", "JKT-1"),
        ("https://shop.example/p/J%20K", "J K"),
        ("javascript:alert(1)", "javascript:alert(1)"),
    ],
)
def test_the_parts_of_a_products_address_are_searched_for(text: str, word: str) -> None:
    assert word in words_of(text)


def test_hostile_words_stay_words(house: make.House) -> None:
    house.jacket.title = "<svg onload=alert(1)>"
    house.jacket.save()
    proposal = one_item(house)
    incident = act(house, proposal, house.people.omar).incident
    Incident.objects.filter(pk=incident.pk).update(why="<img src=x onerror=alert(1)>")
    work(clock_after_window())
    content = get(house.people.omar, "/oncall/", q='"><script>alert(1)</script>').content.decode()
    assert "<svg onload" not in content
    assert "<img src=x" not in content
    assert "<script>alert" not in content
