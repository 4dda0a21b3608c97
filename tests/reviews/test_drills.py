"""The pages of drills: who sees them, who starts one, and what they say of its score."""

from typing import Any

import pytest

from orchestr.drills.models import Drill
from orchestr.drills.play import play
from orchestr.proposals.models import Proposal
from orchestr.runs.models import Run
from orchestr.workflows.models import Workflow
from tests import make, people
from tests.drills.sandbox import sandbox
from tests.reviews.admin.doors import actions_since, events, one_refusal, signed_in

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def house(committed: Any, shelves: None, monkeypatch: pytest.MonkeyPatch) -> make.House:
    monkeypatch.setenv("ORCHESTR_CREDENTIAL_COPY_READ", "shelf")
    return make.house()


def begin(house: make.House) -> Drill:
    answer = signed_in(house.people.ada).post("/drills/start/", {"workflow": "clearance", "scenario": "wrong_prices"})
    drill = Drill.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/drills/{drill.pk}/")
    return drill


def test_an_admin_starts_one_from_the_workflows_page(house: make.House) -> None:
    sandbox(house)
    page = signed_in(house.people.ada).get("/workflows/clearance/").content.decode()
    assert 'data-act="drill"' in page
    seen = events()
    begin(house)
    assert actions_since(seen) == ["drill.started"]


def test_without_a_sandbox_the_refusal_says_what_to_do(house: make.House) -> None:
    with one_refusal("no_sandbox", by=house.people.ada):
        answer = signed_in(house.people.ada).post(
            "/drills/start/", {"workflow": "clearance", "scenario": "wrong_prices"}
        )
    assert answer.status_code == 409
    assert "Connect a copy of the shop" in answer.content.decode()


def test_the_form_offers_first_what_has_a_sandbox(house: make.House) -> None:
    """By name it would be the other way round, and the button would lead to a refusal."""
    other = make.agent("stylist", owner=house.people.ada)
    make.workflow(other, key="assortment", owner=house.people.ada)
    Workflow.objects.filter(key="assortment").update(name="A workflow without a sandbox")
    page = signed_in(house.people.ada).get("/drills/").content.decode()
    assert (page.index('value="assortment"') < page.index('value="clearance"'), "without a sandbox" in page) == (
        True,
        True,
    )
    assert "no sandbox yet" not in page, "as long as none has one, the refusal says what to do"
    sandbox(house)
    page = signed_in(house.people.ada).get("/drills/").content.decode()
    assert page.index('value="clearance"') < page.index('value="assortment" disabled')
    assert "A workflow without a sandbox (no sandbox yet)" in page


def test_who_may_not_start_one_sees_no_form(house: make.House) -> None:
    sandbox(house)
    assert 'data-act="drill"' not in signed_in(house.people.mia).get("/drills/").content.decode()
    with one_refusal("may_not_drill", by=house.people.mia):
        signed_in(house.people.mia).post("/drills/start/", {"workflow": "clearance", "scenario": "wrong_prices"})


def test_its_page_tells_each_answer_with_its_evidence(house: make.House) -> None:
    sandbox(house)
    drill = play(begin(house).pk, clock=make.now)
    page = signed_in(house.people.mia).get(f"/drills/{drill.pk}/").content.decode()
    assert 'data-state="passed"' in page
    assert page.count('data-standing="met"') == 3
    assert f"/audit/events/{drill.score[0]['event']}/" in page
    assert "every 2s" not in page


def test_what_a_drill_made_is_marked_on_its_own_page(house: make.House) -> None:
    sandbox(house)
    drill = play(begin(house).pk, clock=make.now)
    mark = f'data-drill="{drill.pk}"'
    for path in (f"/reviews/{Proposal.objects.get().pk}/", f"/runs/{Run.objects.get().pk}/"):
        assert mark in signed_in(house.people.mia).get(path).content.decode(), path


def test_invisible_and_absent_are_the_same(house: make.House) -> None:
    sandbox(house)
    drill = begin(house)
    people.take(house.people.marco, people.VIEW, house.apparel)
    assert signed_in(house.people.marco).get(f"/drills/{drill.pk}/").status_code == 404
    assert str(drill.pk) not in signed_in(house.people.marco).get("/drills/").content.decode()


def test_it_is_ended_before_its_time(house: make.House) -> None:
    sandbox(house)
    drill = begin(house)
    answer = signed_in(house.people.ada).post(f"/drills/{drill.pk}/end/")
    assert answer.status_code == 302
    assert Drill.objects.get().state == "failed"
