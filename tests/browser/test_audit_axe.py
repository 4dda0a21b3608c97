"""The pages of the audit and of legal holds as axe-core sees them: both themes, both widths, empty, full and in error."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from audit.actors import Actor
from audit.keys import announce
from audit.models import AuditEvent
from audit.notes import Signer
from audit.record import record
from audit.seal import Stretch, seal
from launch.live import Live
from orchestr.discrepancies.acknowledge import request_acknowledgement
from orchestr.discrepancies.models import Discrepancy
from orchestr.freezes.models import Freeze
from orchestr.governance import control
from orchestr.keeping.hold import HeldTarget, hold, request_lift
from orchestr.proposals.models import Proposal
from orchestr.reconciling.differences import compare_all
from orchestr.reconciling.unexplained import look_again
from tests import make, people
from tests.browser.accessibility import axe as axe  # a fixture
from tests.browser.accessibility import barriers
from tests.browser.person import Person
from tests.conftest import Committed
from tests.execution.approved import approved, clock_after_window, work_until_settled

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.slow]
ABSENT = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def house(committed: Committed, shelves: None, processes: Live) -> make.House:
    with transaction.atomic():  # with an event, so that what the builders make has one in its transaction
        made = make.house()
        record(action="export.made", actor=Actor.system(), at=make.now(), about={}, data={})
    processes.web()
    return made


@pytest.fixture
def aud(chromium: Browser, processes: Live, house: make.House) -> Iterator[Person]:
    person = Person(chromium, processes.url, "aud")
    yield person
    assert person.complaints == []
    person.close()


def look_at(person: Person, path: str, axe: str) -> Page:
    page = person.open(path)
    page.wait_for_load_state("networkidle")
    assert barriers(page, axe) == [], path
    return page


def seal_now() -> None:
    signer = Signer.new("orchestr-audit/test")
    with transaction.atomic():
        announce([signer], at=timezone.now())
    while seal(signers=[signer], at=timezone.now(), within=Stretch()).full:
        pass


def published(house: make.House) -> Proposal:
    proposal = approved(house)
    work_until_settled(proposal, clock_after_window())
    assert proposal.state == "published"
    seal_now()
    return proposal


def test_the_log_a_sample_and_a_tree(aud: Person, house: make.House, axe: str) -> None:
    proposal = published(house)
    event = AuditEvent.objects.filter(action="proposal.published").get()
    for path in ("/audit/", f"/audit/events/{event.pk}/", f"/audit/tree/proposal/{proposal.pk}/", "/audit/sample/"):
        look_at(aud, path, axe)
    page = aud.page
    page.locator("#sample-seed").fill("dice-4-2-6")
    page.locator("form[data-act=draw] button.primary").click()
    page.locator("table.drawn").wait_for()
    assert barriers(page, axe) == []
    head, first = (page.locator(f"table.drawn {each} th").first.bounding_box() for each in ("thead", "tbody"))
    assert head
    assert first
    assert (head["x"], head["y"] < first["y"]) == (first["x"], True), "each column stands under its heading"
    expect(page.locator("td[data-attribute=authorised] a").first).to_be_visible()


def test_a_text_in_events_in_names_and_in_what_people_wrote(aud: Person, house: make.House, axe: str) -> None:
    published(house)
    for path in ("/audit/?text=price", "/audit/?text=mia", "/audit/?text=slow+ones", "/audit/?written=slow+weeks"):
        page = look_at(aud, path, axe)
        boxes = [page.locator(f"#filter-{name}").bounding_box() for name in ("since", "until")]
        assert all(boxes)
        assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"], "no field lies on the next"  # type: ignore[index]
    page.locator("#elsewhere").wait_for(state="detached")
    page.goto(f"{aud.url}/audit/?text={'x' * 300}")
    assert barriers(page, axe) == []
    aud.complaints.clear()  # the browser's own word on a refusal


def test_what_was_in_force_and_what_is_out_of_the_ordinary(aud: Person, house: make.House, axe: str) -> None:
    published(house)
    for path in ("/audit/as-of/", "/audit/exceptions/", f"/audit/events/{ABSENT}/"):
        page = aud.page
        page.goto(f"{aud.url}{path}")
        assert barriers(page, axe) == [], path
    aud.complaints.clear()  # the browser's own word on a page that is not there


def test_discrepancies_waiting_asked_for_acknowledged_and_refused(aud: Person, house: make.House, axe: str) -> None:
    with transaction.atomic():
        Freeze.objects.bulk_create(
            [Freeze(kind="segment", key=f"s-{n}", why="Stop.", set_at=make.now()) for n in range(12)]
        )
    Freeze.objects.filter(key="s-1").update(thawed_at=make.now())
    look_again(at=make.now())
    compare_all(at=make.now())
    ada, newest = house.people.ada, Discrepancy.objects.order_by("-id")
    for place, row in enumerate(newest[:2]):
        with transaction.atomic():
            change = request_acknowledgement(
                discrepancy_id=row.pk, digest=row.digest, why="A repair by hand.", by=ada, at=make.now()
            )
            if place:
                control.confirm(change_id=change.pk, digest=change.digest, by=house.people.aud, at=make.now())
    page = look_at(aud, "/audit/rows/", axe)
    refused = page.locator("form[data-act=acknowledge]").first
    page.locator("details:has(form[data-act=acknowledge]) summary").first.click()
    refused.locator("textarea").fill(" ")
    refused.evaluate("form => { form.noValidate = true; }")
    refused.locator("button").click()
    page.locator(".refusal").wait_for()
    assert barriers(page, axe) == []
    frozen = Freeze.objects.get(key="s-1")
    look_at(aud, f"/audit/rows/?row={frozen.pk}", axe)
    aud.complaints.clear()  # the browser's own word on a refusal


def test_holds_looked_for_held_and_refused(aud: Person, house: make.House, axe: str) -> None:
    proposal = approved(house)
    cast = house.people
    with transaction.atomic():
        for target in (f"proposal:{proposal.pk}", f"person:{cast.mia.person_id}"):
            row = hold(
                target=HeldTarget.parse(target), why="A claim.", by=Actor.person(cast.lena.pk, cast.lena.person_id),
                at=make.now(),
            )  # fmt: skip
        request_lift(hold_id=row.pk, why="It is settled.", by=cast.lena, at=make.now())
    page = look_at(aud, "/holds/", axe)
    page.locator("#hold-q").press_sequentially("fay")
    page.locator(f"input[value='person:{cast.fay.person_id}']").wait_for()
    assert barriers(page, axe) == []
    page.locator("form[data-act=set-hold] button.primary").click()
    page.locator(".has-errors").first.wait_for()
    assert barriers(page, axe) == []
    look_at(aud, "/holds/?q=repricer", axe)
    aud.complaints.clear()  # the browser's own word on a refusal


def test_with_nothing_on_them(committed: Committed, chromium: Browser, processes: Live, axe: str) -> None:
    people.account("aud", ["auditor"])
    processes.web()
    person = Person(chromium, processes.url, "aud")
    for path in ("/audit/rows/", "/audit/rows/?row=nothing", "/audit/sample/", "/holds/", "/holds/?q=nobody"):
        look_at(person, path, axe)
    person.close()
