"""Set-up, catalogue and figures as axe-core sees them: both themes, both widths, empty, full and in error."""

from datetime import timedelta

import pytest
from django.db import transaction
from playwright.sync_api import Browser

from launch.live import Live
from orchestr.agents.grants import Extent, set_scope
from orchestr.agents.models import Scope, Tool
from orchestr.catalogue.models import System, ValueHistory
from orchestr.execution.calendar.change import set_windows
from orchestr.execution.calendar.windows import Window
from orchestr.execution.models import Breaker
from orchestr.freezes.planned import plan_freeze, request_unplan
from orchestr.freezes.targets import Target
from orchestr.governance import control
from orchestr.governance.grants import request_function, request_right
from orchestr.outcomes import simulations
from orchestr.outcomes.models import Simulation
from orchestr.policy.default import default_rules
from orchestr.rulebook.drafts import draft_policy
from orchestr.workflows.models import Stage
from orchestr.workflows.stage import set_stage
from tests import make, people
from tests.browser.accessibility import axe as axe  # a fixture
from tests.browser.accessibility import barriers
from tests.browser.person import Person
from tests.conftest import Committed
from tests.outcomes.past import rules
from tests.proposals.propose import propose

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.slow]


@pytest.fixture
def house(committed: Committed, shelves: None, processes: Live) -> make.House:
    processes.env |= {"PYTHONPATH": "tests/packages"}
    processes.web()
    return make.house()


def look_at(person: Person, path: str, axe: str) -> None:
    page = person.open(path)
    page.wait_for_load_state("networkidle")
    page.locator("main details").evaluate_all("all => all.forEach(each => { each.open = true; })")
    assert barriers(page, axe) == []


def test_pages_with_much_on_them(house: make.House, chromium: Browser, processes: Live, axe: str) -> None:
    tool = fill(house)
    make.rule(house)
    ada = Person(chromium, processes.url, "ada")
    for path in (
        "/agents/", "/agents/register/", "/agents/repricer/", "/tools/", f"/tools/repricer/{tool.pk}/", "/workflows/",
        "/segments/", "/segments/define/", "/segments/rule-dear/change/",
        "/workflows/clearance/", "/workflows/clearance/change/", "/controls/", "/people/",
        f"/people/{house.people.mia.pk}/", "/policy/", "/policy/2/", "/policy/draft/", "/connectors/", "/calendar/",
    ):  # fmt: skip
        look_at(ada, path, axe)
    ada.close()
    fay = Person(chromium, processes.url, "fay")
    for path in (
        "/controls/", "/catalogue/", "/catalogue/JKT-1/", "/catalogue/jacket-one/?type=product", "/insight/",
        "/insight/proposals/", "/insight/outcomes/",
    ):  # fmt: skip
        look_at(fay, path, axe)
    assert (ada.complaints, fay.complaints) == ([], [])
    fay.close()


def test_pages_with_nothing_on_them(committed: Committed, chromium: Browser, processes: Live, axe: str) -> None:
    people.account("ada", ["admin"])
    processes.web()
    ada = Person(chromium, processes.url, "ada")
    for path in (
        "/agents/", "/tools/", "/segments/", "/workflows/", "/controls/", "/policy/", "/connectors/", "/calendar/", "/catalogue/",
        "/catalogue/?q=nothing", "/insight/", "/insight/proposals/", "/insight/outcomes/",
    ):  # fmt: skip
        look_at(ada, path, axe)
    assert ada.complaints == []
    ada.close()


def test_pages_in_error(house: make.House, chromium: Browser, processes: Live, axe: str) -> None:
    make.agent("noscope", owner=house.people.ada)
    tool = Tool.objects.get(name="shop.set_price")
    ada = Person(chromium, processes.url, "ada")
    for path, form in (
        ("/agents/register/", "register"),
        (f"/tools/noscope/{tool.pk}/", "scope"),
        ("/workflows/define/", "define"),
        ("/calendar/", "plan-freeze"),
        (f"/people/{house.people.mia.pk}/", "ask-right"),
    ):
        page = ada.open(path)
        page.locator(f"form[data-act={form}] button.primary").click()
        page.locator(".has-errors").first.wait_for()
        assert barriers(page, axe) == []
    page = ada.open("/policy/draft/")
    page.locator("[id='id_price_change.single_over_bp']").fill("-3")
    page.locator("form[data-act=draft] button.primary").click()
    page.locator(".has-errors").wait_for()
    assert barriers(page, axe) == []
    page.goto(f"{processes.url}/catalogue/NOPE/")
    assert barriers(page, axe) == []
    ada.close()


def fill(house: make.House) -> Tool:
    """Something of every kind: what waits, what was settled, what is unused, degraded, drafted and proposed."""
    at, cast = make.now(), house.people
    ben = people.account("ben", ["admin"])
    people.account("mia-2", ["finance"], person=cast.mia.person)
    tool = Tool.objects.get(name="shop.set_price")
    copywriter = make.agent("copywriter", owner=cast.ada)
    extent = Extent(segments=frozenset({"apparel"}), channels=frozenset({"web-de"}), expires_at=at + timedelta(days=30))
    rules = default_rules()
    rules["rules"] = [row for row in rules["rules"] if row["rule"] != "native_compare"]
    with transaction.atomic():
        set_scope(agent_id=copywriter.pk, tool_id=tool.pk, extent=extent, reason="It mends prices.", by=ben, at=at)
        set_stage(workflow_id=house.workflow.pk, stage=Stage.TRUSTED, reason="All went well.", by=cast.ada, at=at)
        request_function(account_id=cast.mia.pk, function="oncall", reason="She joins the rota.", by=ben, at=at)
        gone = request_right(
            account_id=cast.marco.pk, right="view_segment", segment="apparel", reason="For a week.", by=cast.ada, at=at
        )
        control.reject(change_id=gone.pk, by=ben, at=at)
        draft_policy(rules=rules, by=cast.ada, at=at)
    Scope.objects.update(granted_at=at - timedelta(days=60))
    with transaction.atomic():
        window = Window("Europe/Berlin", (1, 2, 3), 360, 600)
        set_windows(target="site:web-de", windows=[window], reason="", by=cast.ada, at=at)
        planned = plan_freeze(
            target=Target.parse("all"), name="Black Friday", begins_at=at + timedelta(days=1),
            ends_at=at + timedelta(days=4), why="No launches while everybody buys.", by=cast.omar, at=at,
        )  # fmt: skip
        set_windows(target="site:web-de", windows=[], reason="Nobody needs it.", by=cast.ada, at=at)
        request_unplan(planned_id=planned.pk, why="Moved.", by=cast.omar, at=at)
    Breaker.objects.create(
        system=house.shop, failures=4, until=at + timedelta(minutes=5), opened_at=at, state="open", reason="unreachable"
    )
    System.objects.filter(key="erp").update(degraded_since=at, degraded_reason="timed_out")
    for days, amount, cause in ((33, 18_000, "applied"), (12, 20_000, "reverted"), (3, 19_000, "observed")):
        ValueHistory.objects.create(
            resource=house.jacket, system=house.shop, field="price", address=make.DE.wire(),
            address_key=make.DE.key(), value=make.money(amount), since=at - timedelta(days=days), cause=cause,
        )  # fmt: skip
    propose(house, house.change(after=19_000), house.change(house.tent, after=16_000))
    propose(house, house.change(house.base_layer, after=5_000))
    return tool


def test_simulation_and_the_worst_unattended_day(
    house: make.House, chromium: Browser, processes: Live, axe: str
) -> None:
    at, cast = make.now(), house.people
    with transaction.atomic():
        draft_policy(rules=rules(price_change={"dual_over_bp": 400}), by=cast.ada, at=at)
        set_stage(workflow_id=house.workflow.pk, stage=Stage.TRUSTED, reason="All went well.", by=cast.ada, at=at)
    propose(house, house.change(after=19_000), house.change(house.tent, after=19_500))
    simulated(house)
    ada = Person(chromium, processes.url, "ada")
    for path in (
        "/policy/2/simulation/", "/policy/2/simulation/?days=90", "/policy/unattended/", "/controls/",
    ):  # fmt: skip
        look_at(ada, path, axe)
    assert ada.complaints == []
    ada.close()


def simulated(house: make.House) -> None:
    """The draft was tried on 30 days, and is being tried on 90."""
    for days in simulations.DAYS:
        with transaction.atomic():
            simulations.request_simulation(number=2, days=days, by=house.people.ada, at=make.now())
        claimed = simulations.claim(at=make.now())
        assert claimed is not None
        if days == simulations.DAYS[0]:
            simulations.perform(claimed)
        else:
            Simulation.objects.filter(pk=claimed.pk).update(done=40, total=100, beat_at=make.now() + timedelta(hours=1))
