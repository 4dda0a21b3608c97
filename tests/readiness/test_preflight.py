"""The preflight says what is there and what is missing, from what is set up and used."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orchestr.agents.models import Scope, Tool
from orchestr.catalogue.models import Site
from orchestr.drills.models import Drill
from orchestr.people.models import Shift
from orchestr.readiness.preflight import Line, missing, preflight
from orchestr.triggers.definition import Definition, Holds, Quiet
from orchestr.workflows.models import Workflow
from tests import make, people
from tests.proposals.propose import dual, single

MONTH = timedelta(days=31)


@pytest.fixture
def ready(house: make.House) -> make.House:
    make.ready(house)
    return house


def look(house: make.House) -> dict[str, Line]:
    workflow = Workflow.objects.select_related("agent", "rollback_owner").get(pk=house.workflow.pk)
    return {line.name: line for line in preflight(workflow, at=make.now())}


def lacking(house: make.House) -> list[str]:
    return [line.code for line in missing(list(look(house).values()))]


def test_nothing_is_missing_where_everything_is_set_up(ready: make.House) -> None:
    lines = look(ready)
    assert lacking(ready) == []
    assert {name: line.standing for name, line in lines.items()} == {
        "trigger": "ready", "tools": "ready", "reviewers": "ready", "rollback": "ready", "reversible": "ready",
        "drill": "ready", "record": "too_new",
    }  # fmt: skip


def test_a_workflow_as_it_is_defined_lacks_a_trigger_and_people_on_call(house: make.House) -> None:
    assert lacking(house) == ["no_trigger", "rota_gap", "never_drilled"]


def test_a_trigger_that_nothing_holds_back_is_not_enough(ready: make.House) -> None:
    make.trigger_of(ready.workflow, Definition(types=("price.changed",)), key="any-price")
    assert (lacking(ready), look(ready)["trigger"].figures) == (["no_suppression"], {"triggers": ["any-price"]})


def test_an_event_type_alone_is_held_back_by_nothing(ready: make.House) -> None:
    Workflow.objects.update(triggers=["stock.low"])
    assert look(ready)["trigger"].figures == {"triggers": ["stock.low"]}


def test_a_trigger_that_no_second_person_has_confirmed_does_not_count(ready: make.House) -> None:
    ready.workflow.trigger_rows.update(paused_at=make.now(), paused_reason="unconfirmed")
    assert lacking(ready) == ["no_trigger"]


def test_a_tool_unused_for_a_month_is_to_be_taken_away(ready: make.House) -> None:
    tool = Tool.objects.get(name="shop.set_price")
    Scope.objects.filter(tool=tool).update(last_used_at=make.now() - MONTH, granted_at=make.now() - MONTH)
    assert (lacking(ready), look(ready)["tools"].figures) == (["unused_tools"], {"tools": ["shop.set_price"]})


def test_a_tool_given_lately_is_too_new_to_tell_and_never_ready(ready: make.House) -> None:
    Scope.objects.filter(tool__name="shop.set_price").update(last_used_at=None)
    line = look(ready)["tools"]
    assert (line.standing, line.code, line.figures) == ("too_new", "tools_not_used_yet", {"tools": ["shop.set_price"]})


def test_an_agent_that_may_write_nothing_has_no_tool(ready: make.House) -> None:
    Scope.objects.exclude(tool__action_class="read").update(revoked_at=make.now())
    assert lacking(ready) == ["no_tool", "no_tool"]


def test_on_each_segment_two_may_decide_who_do_not_own_the_agent(ready: make.House) -> None:
    people.take(ready.people.lena, people.DECIDE, ready.outdoor)
    people.take(ready.people.marco, people.DECIDE, ready.outdoor)
    people.grant(ready.people.ada, people.DECIDE, ready.outdoor)
    assert (lacking(ready), look(ready)["reviewers"].figures) == (
        ["few_deciders"], {"segment": ready.outdoor.name, "count": 1},
    )  # fmt: skip


def test_each_function_it_names_or_has_needed_is_covered(ready: make.House) -> None:
    dual(ready)
    assert look(ready)["reviewers"].figures["functions"] == ["finance", "merchandising"]
    Workflow.objects.update(reviewers=["legal"])
    people.take(ready.people.lena, people.DECIDE, ready.apparel)
    assert look(ready)["reviewers"].figures == {"segment": ready.apparel.name, "functions": ["legal"]}


def opened(**hours: Any) -> None:
    """All sites alike, every day, day and night unless told otherwise: one opens again before the other has closed."""
    around = {"workdays": [1, 2, 3, 4, 5, 6, 7], "opens_at": "00:00", "closes_at": "23:59:59", "zone": "UTC"}
    Site.objects.update(**around | hours)
    if "opens_at" not in hours:
        Site.objects.filter(key="web-uk").update(zone="Asia/Kolkata")


def test_where_somebody_is_at_work_at_every_hour_nothing_waits(ready: make.House) -> None:
    opened()
    line = look(ready)["reviewers"]
    assert (line.standing, line.code, line.figures["hours"]) == ("ready", "reviewers", 0)


def test_it_tells_in_how_many_hours_it_may_run_while_nobody_is_at_work(ready: make.House) -> None:
    opened(opens_at="08:00", closes_at="20:00")
    line = look(ready)["reviewers"]
    assert (line.standing, line.code) == ("ready", "reviewers_by_day")
    assert line.figures == {"functions": [], "hours": 7 * 12, "longest_h": 12}


def test_hours_in_which_its_triggers_start_nothing_do_not_count(ready: make.House) -> None:
    opened(opens_at="08:00", closes_at="20:00")
    row = ready.workflow.trigger_rows.get()
    row.definition = Definition(
        types=("stock.slow",), holds=Holds(quiet=Quiet(begins="20:00", ends="08:00", zone="UTC"))
    ).wire()
    row.save()
    assert look(ready)["reviewers"].code == "reviewers"


def test_what_would_expire_before_anybody_is_at_work_keeps_it_in_shadow(ready: make.House, settings: Any) -> None:
    opened(opens_at="08:00", closes_at="20:00")
    settings.EXPIRY_S = 11 * 3_600
    line = look(ready)["reviewers"]
    assert (lacking(ready), line.standing) == (["hours_uncovered"], "missing")
    begins = datetime.fromtimestamp(line.figures["begins"], UTC)
    assert begins.hour >= 20 or begins.hour < 8


def test_days_on_which_no_site_opens_are_no_days_of_work(ready: make.House) -> None:
    opened(holidays=[(make.now() + timedelta(days=day)).date() for day in range(8)])
    assert look(ready)["reviewers"].code == "hours_uncovered"
    opened(holidays=[])
    assert look(ready)["reviewers"].standing == "ready"


def test_one_open_site_of_several_is_enough(ready: make.House) -> None:
    opened(workdays=[])
    assert look(ready)["reviewers"].code == "hours_uncovered"
    Site.objects.filter(key="web-uk").update(workdays=[1, 2, 3, 4, 5, 6, 7])
    assert look(ready)["reviewers"].standing == "ready"
    Workflow.objects.update(channels=["web-de"])
    assert look(ready)["reviewers"].code == "hours_uncovered"


def test_its_rollback_owner_may_put_back_everything_it_reaches(ready: make.House) -> None:
    people.take(ready.people.olga, people.REVERT, ready.outdoor)
    assert lacking(ready) == ["owner_may_not"]


def test_by_the_rota_anybody_on_call_who_may_put_back_covers_it(ready: make.House) -> None:
    Shift.objects.update(person_id=ready.people.omar.person_id)
    assert lacking(ready) == ["rota_gap"]
    Workflow.objects.update(rollback_rota=True)
    assert lacking(ready) == []
    people.take(ready.people.omar, people.REVERT, ready.apparel)
    assert lacking(ready) == ["rota_may_not"]


def test_a_hole_in_the_rota_counts_unless_it_never_runs_then(ready: make.House) -> None:
    Shift.objects.all().delete()
    shift = make.duty(ready.people.olga)
    shift.ends_at = make.now() + timedelta(days=3)
    shift.save()
    assert (lacking(ready), look(ready)["rollback"].figures["count"]) == (["rota_gap"], 1)
    always = Quiet(begins="00:00", ends="23:59", zone="UTC")
    row = ready.workflow.trigger_rows.get()
    row.definition = Definition(types=("stock.slow",), holds=Holds(quiet=always)).wire()
    row.save()
    later = make.now().replace(hour=12, minute=0)
    shift.ends_at = later + timedelta(days=3)
    shift.save()
    Shift.objects.create(
        person_id=shift.person_id,
        starts_at=shift.ends_at + timedelta(hours=4),
        ends_at=shift.ends_at + timedelta(days=9),
    )
    assert lacking(ready) == []


def test_what_cannot_be_put_back_needs_two_by_policy(ready: make.House) -> None:
    Tool.objects.filter(name="shop.set_price").update(reversibility="irreversible")
    assert (look(ready)["reversible"].code, lacking(ready)) == ("dual", [])
    make.plain_policy(ready, "copy_claims")
    assert lacking(ready) == ["irreversible"]


def test_a_drill_that_passed_counts_for_thirty_days(ready: make.House) -> None:
    Drill.objects.update(ended_at=make.now() - timedelta(days=29))
    assert (lacking(ready), look(ready)["drill"].code) == ([], "drill_passed")
    Drill.objects.update(ended_at=make.now() - MONTH)
    assert lacking(ready) == ["drill_too_old"]


def test_a_drill_of_an_earlier_version_does_not_count(ready: make.House) -> None:
    Workflow.objects.update(version=2)
    assert (lacking(ready), look(ready)["drill"].figures) == (["drill_of_old_version"], {"version": 1})


def test_of_each_scenario_the_last_one_counts(ready: make.House) -> None:
    make.drilled(ready.workflow, days_ago=0, state="failed", scenario="storm")
    assert (lacking(ready), look(ready)["drill"].figures) == (["drill_failed"], {"scenarios": ["storm"]})
    make.drilled(ready.workflow, days_ago=0, scenario="storm")
    assert lacking(ready) == []


def test_a_drill_under_way_is_not_one_that_passed(ready: make.House) -> None:
    Drill.objects.update(state="running", ended_at=None, ended_reason="")
    assert lacking(ready) == ["drilling"]


def test_a_record_is_told_once_there_is_one(ready: make.House) -> None:
    for _ in range(4):
        single(ready)
    assert look(ready)["record"].code == "few_proposals"
    single(ready)
    line = look(ready)["record"]
    assert (line.standing, line.code, line.figures["proposals"], line.required) == ("ready", "record", 5, False)


def test_it_takes_the_same_number_of_queries_whatever_there_is(ready: make.House) -> None:
    look(ready)
    with CaptureQueriesContext(connection) as few:
        look(ready)
    for number in range(5):
        single(ready)
        make.trigger_of(ready.workflow, key=f"more-{number}")
    with CaptureQueriesContext(connection) as many:
        look(ready)
    assert len(many) == len(few)
