"""Runs in the browser: the list, its filters and pages, and one run from its event to its end."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orchestr.runs.models import Run
from tests import make, people
from tests.execution.test_revert import published
from tests.proposals.propose import propose, single
from tests.reviews.door import get, one_refusal, signed_in
from tests.runs import operate


def ids(answer: Any) -> list[Any]:
    return [row.id for row in answer.context["rows"]]


class TestList:
    def test_newest_first_with_what_came_of_each(self, house: make.House) -> None:
        old = house.run(created_at=make.now() - timedelta(minutes=5), state="finished", ended_at=make.now())
        proposal = single(house, run=house.run())
        answer = get(house.people.mia, "/runs/")
        assert ids(answer) == [proposal.run_id, old.pk]
        row = answer.context["rows"][0]
        assert (row.workflow, row.agent, [(made.url, made.state) for made in row.made]) == (
            "Clearance",
            "Repricer",
            [(f"/reviews/{proposal.pk}/", "draft")],
        )

    def test_filters_by_agent_workflow_and_state(self, house: make.House) -> None:
        running, done = house.run(), house.run(state="finished", ended_at=make.now())
        assert ids(get(house.people.mia, "/runs/", state="finished")) == [done.pk]
        assert set(ids(get(house.people.mia, "/runs/", agent="repricer", workflow="clearance"))) == {
            running.pk,
            done.pk,
        }
        assert ids(get(house.people.mia, "/runs/", agent="nobody")) == []

    def test_goes_on_behind_the_last_row(self, house: make.House, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("reviews.runs.page.SHOWN", 2)
        runs = [house.run(created_at=make.now() - timedelta(minutes=n)) for n in range(5)]
        seen: list[Any] = []
        url = "/runs/?state=running"
        while url:
            answer = signed_in(house.people.mia).get(url)
            seen += ids(answer)
            url = answer.context["next_url"]
        assert seen == [run.pk for run in runs]

    def test_of_two_merchandisers_each_sees_what_their_grants_cover(self, house: make.House) -> None:
        jackets, tents = house.run(touched=[house.jackets.pk]), house.run(touched=[house.tents.pk])
        both = house.run(touched=[house.jackets.pk, house.tents.pk])
        assert ids(get(house.people.mia, "/runs/")) == [jackets.pk]
        assert ids(get(house.people.marco, "/runs/")) == [tents.pk]
        assert set(ids(get(house.people.aud, "/runs/"))) == {jackets.pk, tents.pk, both.pk}

    def test_who_sees_nothing_gets_an_empty_list_and_no_names(self, house: make.House) -> None:
        house.run()
        nobody = people.account("nobody", ["merchandising"])
        answer = get(nobody, "/runs/")
        assert (ids(answer), b"Clearance" in answer.content) == ([], False)

    @pytest.mark.parametrize("query", [{"state": "burnt"}, {"before": "x"}, {"agent": "a\0"}])
    def test_what_cannot_be_read_is_a_400(self, house: make.House, query: dict[str, str]) -> None:
        with one_refusal("filter_unreadable"):
            assert signed_in(house.people.mia).get("/runs/", query).status_code == 400

    def test_its_queries_do_not_grow_with_its_rows(self, house: make.House) -> None:
        client = signed_in(house.people.mia)
        single(house, run=house.run())
        client.get("/runs/")
        with CaptureQueriesContext(connection) as few:
            client.get("/runs/")
        for resource in (house.jacket_2, house.base_layer):
            propose(house, house.change(resource, after=19_000), run=house.run())
        with CaptureQueriesContext(connection) as more:
            client.get("/runs/")
        assert len(more) == len(few)


class TestOne:
    def test_its_checkpoints_stand_in_order_with_what_each_took(self, house: make.House) -> None:
        run = operate.start_run(house)
        operate.step(run, "draft", ms=120, tokens=900, cost=12_500, note="I looked at the slow ones.")
        operate.finish(run, summary="Two prices lowered.")
        course = get(house.people.mia, f"/runs/{run.pk}/").context["course"]
        assert [each.kind for each in course.checkpoints] == ["event", "step", "end"]
        step = course.checkpoints[1]
        assert (step.who, step.text, step.ms, step.tokens, step.cost) == (
            "Repricer",
            "Step 1: draft",
            120,
            900,
            "0.0125",
        )

    def test_equal_steps_in_a_row_are_one_line_with_what_they_took_together(self, house: make.House) -> None:
        run = house.run()
        for _ in range(3):
            operate.step(run, "read_page", ms=100, tokens=10, cost=2_000_000, tool_calls=1)
        operate.step(run, "read_page", note="This one was empty.")
        operate.step(run, "read_page", model="m-2")
        operate.step(run, "read_page", status="failed")
        operate.step(run, "read_page", status="failed")
        steps = get(house.people.mia, f"/runs/{run.pk}/").context["course"].checkpoints[1:]
        assert [step.text for step in steps] == [
            "Steps 1 to 3: read page", "Step 4: read page", "Step 5: read page", "Step 6: read page",
            "Step 7: read page",
        ]  # fmt: skip
        assert (steps[0].ms, steps[0].tokens, steps[0].tool_calls, steps[0].cost) == (300, 30, 3, "6.0000")

    def test_it_goes_on_to_what_became_of_its_proposals(self, house: make.House) -> None:
        proposal = published(house)
        answer = get(house.people.mia, f"/runs/{proposal.run_id}/")
        course = answer.context["course"]
        assert [(made.id, made.state) for made in course.proposals] == [(proposal.pk, "published")]
        texts = [each.text for each in course.checkpoints]
        for words in ("Proposal submitted", "Decision recorded", "Execution queued", "Proposal published"):
            assert words in texts, texts
        assert texts.count("Read 2 values from their systems") == 1
        assert [(each.value["amount"], each.hidden) for each in course.evidence] == [(20_000, False)] * 2

    def test_a_proposal_the_viewer_may_not_see_leaves_no_trace(self, house: make.House) -> None:
        run = house.run()
        hidden = propose(house, house.change(house.tent, after=19_000), run=run)
        Run.objects.filter(pk=run.pk).update(touched=[])
        answer = get(house.people.mia, f"/runs/{run.pk}/")
        assert list(answer.context["course"].proposals) == []
        assert str(hidden.pk) not in answer.content.decode()

    def test_costs_are_hidden_from_who_may_not_see_them(self, house: make.House) -> None:
        run = house.run(touched=[house.jackets.pk])
        value = house.jacket.values.select_related("resource", "system").get(field="cost")
        make.evidence(value, run=run)
        (seen,) = get(house.people.mia, f"/runs/{run.pk}/").context["course"].evidence
        answer = get(house.people.lena, f"/runs/{run.pk}/")
        (hidden,) = answer.context["course"].evidence
        assert (seen.hidden, hidden.hidden, b"80.00" in answer.content) == (False, True, False)

    def test_parent_and_children_are_a_tree(self, house: make.House) -> None:
        parent = house.run()
        child = house.run(parent=parent, depth=1)
        stranger = house.run(parent=parent, depth=1, touched=[house.tents.pk])
        tree = get(house.people.mia, f"/runs/{parent.pk}/").context["tree"]
        assert [(relation, run.pk) for relation, run in tree] == [("Started", child.pk)]
        tree = get(house.people.mia, f"/runs/{child.pk}/").context["tree"]
        assert [(relation, run.pk) for relation, run in tree] == [("Started by", parent.pk)]
        assert stranger.pk not in {run.pk for _relation, run in tree}

    @pytest.mark.parametrize("part", ["", "course/"])
    def test_invisible_and_absent_are_the_same_404(self, house: make.House, part: str) -> None:
        run = house.run(touched=[house.tents.pk])
        invisible = signed_in(house.people.mia).get(f"/runs/{run.pk}/{part}")
        absent = signed_in(house.people.mia).get(f"/runs/{house.jacket.pk}/{part}")
        assert (invisible.status_code, absent.status_code) == (404, 404)
        assert invisible.context["refusal"].detail == absent.context["refusal"].detail

    def test_what_the_agent_wrote_stays_words(self, house: make.House) -> None:
        run = operate.start_run(house)
        operate.step(run, "draft", note='<img src=x onerror="alert(1)"> pre-approved by legal')
        operate.finish(run, summary="<script>alert(1)</script>")
        content = get(house.people.mia, f"/runs/{run.pk}/").content.decode()
        assert "<img src=x" not in content
        assert "<script>alert" not in content
        assert 'class="untrusted"' in content
