"""Triggers by the page: defined, tried on what has come, changed, paused; and the page of all events."""

from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.record import Actor
from orchestr.governance.models import ControlChange
from orchestr.people.models import Notice
from orchestr.runs.models import Event, Run
from orchestr.triggers.definition import Condition, Definition, Holds, Storm
from orchestr.triggers.dispatch import dispatch
from orchestr.triggers.models import Trigger
from orchestr.workflows.models import Workflow
from reviews.notices import line_of
from tests import make, people
from tests.reviews.admin.doors import actions_since, events, one_refusal, rows, signed_in
from tests.triggers.given import event, send, trigger


def given(house: make.House, **changed: Any) -> dict[str, Any]:
    return {
        "key": "slow-stock",
        "name": "Slow stock",
        "workflow": str(house.workflow.pk),
        "on": "event",
        "types": "stock.slow\r\nstock.low",
        "zone": "Europe/Berlin",
        "conditions": "stock.on_hand below 5",
        "intent": "reprice",
        "bucket": "0",
        "window_s": "600",
        "manual_edit_s": "3600",
        "incident": "on",
        "quiet_begins": "22:00",
        "quiet_ends": "06:00",
        "cap_runs": "3",
        "cap_hours": "24",
        "storm_events": "500",
        "storm_per_s": "60",
        "reason": "Stock stands still.",
    } | changed


def test_above_shadow_a_new_trigger_leads_to_the_change_that_waits(house: make.House) -> None:
    seen = events()
    answer = signed_in(house.people.ada).post("/triggers/define/", given(house))
    change = ControlChange.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/controls/#change-{change.pk}")
    assert actions_since(seen) == ["trigger.created", "control_change.requested"]
    definition = Definition.parse(Trigger.objects.get().definition)
    assert definition.types == ("stock.slow", "stock.low")
    assert definition.conditions == (Condition(field="stock.on_hand", test="below", value=5),)
    assert definition.cap is not None
    assert definition.cap.per_s == 86_400
    page = signed_in(people.account("ben", ["admin"])).get("/controls/").content.decode()
    assert "Let Slow stock start runs" in page
    assert "stock.slow, stock.low" in page
    confirmed = signed_in(people.account("bo", ["admin"])).post(
        f"/controls/{change.pk}/confirm/", {"digest": change.digest}
    )
    assert (confirmed.status_code, Trigger.objects.get().paused_at) == (302, None)


def test_in_shadow_it_is_live_and_its_form_comes_back_as_it_was_saved(house: make.House) -> None:
    Workflow.objects.update(stage="shadow")
    ada = signed_in(house.people.ada)
    assert ada.post("/triggers/define/", given(house))["Location"] == "/triggers/slow-stock/"
    form = ada.get("/triggers/slow-stock/change/").context["form"]
    again = {name: value for name, value in form.initial.items() if value not in (None, "", [], False)}
    assert ada.post("/triggers/slow-stock/change/", again).status_code == 302
    row = Trigger.objects.get()
    assert row.version == 2
    assert row.digest == form.trigger.digest


def test_trying_says_what_would_have_become_of_the_latest_events_and_saves_nothing(house: make.House) -> None:
    send(*(event(f"e-{n}", data={"stock": {"on_hand": n}}) for n in range(8)), event("other", type="price.low"))
    before, seen = rows(), events()
    answer = signed_in(house.people.ada).post(
        "/triggers/define/", given(house, quiet_begins="", quiet_ends="", **{"try": "1"})
    )
    assert answer.status_code == 200
    counts = {str(look[0]): n for look, n in answer.context["counts"]}
    assert counts == {"started a run": 1, "coalesced": 4, "suppressed": 3, "capped": 0, "refused": 0}
    assert answer.context["passed_by"] == 1
    assert "A condition did not hold." in answer.content.decode()
    assert (rows(), actions_since(seen)) == (before, [])


def test_refuses_a_form_that_cannot_be_read_and_a_trigger_that_cannot_be_used(house: make.House) -> None:
    ada = signed_in(house.people.ada)
    for changed, code in (
        ({"conditions": "stock below much"}, "form_unreadable"),
        ({"conditions": "stock"}, "form_unreadable"),
        ({"quiet_ends": ""}, "form_unreadable"),
        ({"key": "define"}, "form_unreadable"),
        ({"types": ""}, "trigger_unusable"),
        ({"on": "schedule", "cron": "61 * * * *"}, "trigger_unusable"),
        ({"zone": "Mars/Olympus"}, "trigger_unusable"),
    ):
        with one_refusal(code, by=house.people.ada):
            assert ada.post("/triggers/define/", given(house, **changed)).status_code == 422
    with one_refusal("trigger_unusable", by=house.people.ada):
        assert ada.post("/triggers/define/", given(house, types="", **{"try": "1"})).status_code == 422


def test_a_storm_is_told_and_a_person_lets_the_trigger_go_on(house: make.House) -> None:
    trigger(house.workflow, storm=Storm(events=3))
    send(*(event(f"e-{n}") for n in range(4)))
    line = line_of(Notice.objects.filter(kind="trigger.storm")[0])
    assert (line.text, line.url, line.urgent) == (
        "A storm of events has paused a trigger.",
        "/triggers/slow-stock/",
        True,
    )
    ada = signed_in(house.people.ada)
    assert "paused by a storm of events" in ada.get("/triggers/").content.decode()
    assert "More events came than it allows" in ada.get("/triggers/slow-stock/").content.decode()
    seen = events()
    assert ada.post("/triggers/slow-stock/resume/").status_code == 302
    assert ada.post("/triggers/slow-stock/pause/").status_code == 302
    assert actions_since(seen) == ["trigger.resumed", "trigger.paused"]


def test_a_run_says_how_many_were_collapsed_and_what_was_left_out(house: make.House) -> None:
    trigger(house.workflow, holds=Holds(protected=("outdoor-gear",)))
    both = "variant/JKT-1 variant/TNT-1"
    send(*(event(f"e-{n}", subject=both) for n in range(38)))
    run = Run.objects.get()
    assert signed_in(house.people.ada).get("/triggers/slow-stock/").content.decode().count("data-outcome=") == 20
    told = signed_in(house.people.marco).get(f"/runs/{run.pk}/")
    text = told.content.decode()
    assert "37 collapsed" in text
    assert "Left out: variant/TNT-1" in text
    assert "The thing is protected." in text
    assert "37 collapsed" in signed_in(house.people.marco).get("/runs/").content.decode()


def test_events_are_filtered_and_go_on_page_by_page(house: make.House) -> None:
    trigger(house.workflow)
    send(*(event(f"e-{n}") for n in range(60)), event("x", type="price.low"))
    aud = signed_in(house.people.aud)

    def shown(query: str) -> int:
        return aud.get(f"/events/{query}").content.decode().count("data-event=")

    assert (shown("?outcome=started"), shown("?reason=no_trigger"), shown("?q=price.low")) == (1, 1, 1)
    assert (shown("?trigger=slow-stock"), shown("?trigger=nothing"), shown("?outcome=refused")) == (50, 0, 0)
    first = aud.get("/events/")
    assert first.content.decode().count("data-event=") == 50
    assert aud.get(first.context["next_url"]).content.decode().count("data-event=") == 11
    for query in ("?outcome=maybe", "?before=nothing", "?q=%00"):
        with one_refusal("filter_unreadable", by=house.people.aud):
            assert aud.get(f"/events/{query}").status_code == 400


def test_a_page_of_events_costs_as_many_queries_for_fifty_as_for_one(
    house: make.House, django_assert_num_queries: Any
) -> None:
    trigger(house.workflow)
    aud = signed_in(house.people.aud)
    send(event("a"))
    with CaptureQueriesContext(connection) as one:
        aud.get("/events/")
    send(*(event(f"e-{n}", subject=f"variant/S-{n}") for n in range(49)))
    with django_assert_num_queries(len(one)):
        aud.get("/events/")


def test_an_event_names_the_agent_that_sent_it_and_its_id_as_it_was_sent(house: make.House) -> None:
    other = make.agent("copywriter", owner=house.people.ada)
    for agent in (house.agent, other):
        with transaction.atomic():
            dispatch(event=event("e-1"), by=Actor.agent(agent.pk), at=make.now(), agent=agent)
    page = signed_in(house.people.aud).get("/events/").content.decode()
    assert page.count("erp · e-1</span>") == 2
    assert ("sent by repricer" in page, "sent by copywriter" in page) == (True, True)


def test_an_auditor_looks_and_is_offered_no_act(house: make.House) -> None:
    trigger(house.workflow)
    with transaction.atomic():
        dispatch(event=event(), by=Actor.system(), at=make.now())
    aud = signed_in(house.people.aud)
    for address in ("/triggers/", "/triggers/slow-stock/", "/events/"):
        answer = aud.get(address)
        assert answer.status_code == 200
        main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
        assert '<form method="post"' not in main
    assert aud.get("/triggers/define/").status_code == 404
    assert Event.objects.count() == 1
