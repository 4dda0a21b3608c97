"""Good answers have the shapes that the OpenAPI document describes; what cannot be kept is refused, not fallen over."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from jsonschema import Draft202012Validator

from orchestr.api.api import api
from orchestr.api.document.operations import ANSWERED
from orchestr.proposals.deciding.decide import Reason, block
from orchestr.proposals.models import Proposal
from tests import make
from tests.api.conftest import AgentClient
from tests.api.test_main_job import body, gather, start
from tests.api.test_refusals import events, refused


class Document:
    """What the document says of an answer, and which operations were looked at."""

    def __init__(self) -> None:
        self.schema: dict[str, Any] = api.get_openapi_schema()
        self.seen: set[str] = set()

    def fits(self, answer: Any) -> Any:
        """The body of an answer, which is one that the document describes."""
        method, path = answer.request["REQUEST_METHOD"].lower(), answer.request["PATH_INFO"]
        operation = next(
            each[method]
            for template, each in sorted(self.schema["paths"].items(), key=lambda pair: pair[0].count("{"))
            if method in each and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
        )
        described = operation["responses"][str(answer.status_code)]
        if "$ref" in described:
            described = self.schema["components"]["responses"][described["$ref"].rsplit("/", 1)[-1]]
        if not answer.content:
            assert "content" not in described
            return None
        shape = described["content"][answer["Content-Type"].partition(";")[0]]["schema"]
        whole = {**shape, "components": self.schema["components"]}
        Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(answer.json())
        if answer.status_code < 300:
            self.seen.add(operation["operationId"])
        return answer.json()


@pytest.fixture
def document() -> Iterator[Document]:
    return Document()


def test_every_good_answer_of_a_whole_job_fits(house: make.House, agent: AgentClient, document: Document) -> None:
    fits = document.fits
    fits(agent.get("/tools"))
    fits(agent.get("/catalogue/resources?limit=1"))
    fits(agent.get("/catalogue/resources/variant/JKT-1"))
    fits(agent.get("/catalogue/commitments"))
    fits(agent.get("/catalogue/drifts"))
    event = {"id": "e-9", "source": "cron", "type": "schedule.due"}
    fits(agent.post("/events", event))
    fits(agent.post("/events/batch", {"events": [event]}))
    assert agent.post("/runs/next", {}).status_code == 204
    run = fits(agent.post("/runs", {"workflow": "clearance", "source_event": event | {"id": "e-1"}}))
    fits(agent.get(f"/runs/{run['id']}"))
    fits(agent.post(f"/runs/{run['id']}/evidence", {"kind": "claimed", "source": "me", "value": {"claim": "new"}}))
    evidence = gather(agent, run)
    content = body(house, evidence)
    fits(agent.post(f"/check?run={run['id']}", content))
    part = fits(agent.post(f"/runs/{run['id']}/changes", {"changes": content["changes"]}))
    assert part["changes"] == 1
    made = fits(agent.post(f"/runs/{run['id']}/proposals", content))
    revised = fits(agent.put(f"/proposals/{made['id']}", content, **{"If-Match": f'"{made["digest"]}"'}))
    row = Proposal.objects.get()
    with transaction.atomic():
        why = Reason(code="price_too_low", text="No.")
        block(proposal_id=row.pk, digest=revised["digest"], by=house.people.mia, reason=why, at=make.now())
    assert fits(agent.get(f"/proposals/{made['id']}"))["decisions"]
    assert fits(agent.get("/agents/me/feedback"))["items"]
    fits(agent.post(f"/runs/{run['id']}/steps", {"kind": "reasoning"}))
    fits(agent.post(f"/runs/{run['id']}/finish", {"outcome": "done"}))
    fits(agent.get("/runs?source=cron&event=e-9"))
    fits(agent.get("/runs/00000000-0000-0000-0000-000000000000"))
    # These have tests of their own; here a run has to have been queued, or a rule to refuse.
    assert set(ANSWERED) - document.seen <= {
        "orchestr_api_work_following",
        "orchestr_api_proposals_withdraw",
        "orchestr_api_proposals_ask_exception",
    }


def test_a_withdrawn_proposal_and_an_exception_fit(house: make.House, agent: AgentClient, document: Document) -> None:
    run = start(agent)
    made = agent.post(f"/runs/{run['id']}/proposals", body(house, gather(agent, run))).json()
    assert document.fits(agent.post(f"/proposals/{made['id']}/withdraw", {}))["state"] == "blocked"
    below_cost = body(house, gather(agent, run), after=5_000)
    refused_one = agent.post(f"/runs/{run['id']}/proposals", below_cost).json()
    until = (make.now() + timedelta(days=1)).isoformat()
    rule = next(each["rule"] for each in refused_one["findings"] if each["effect"] == "refuse")
    asked = {"rule": rule, "reason": "Last of its kind.", "until": until}
    document.fits(agent.post(f"/proposals/{refused_one['id']}/request-exception", asked))


def test_every_operation_is_described_and_none_that_is_not_there(document: Document) -> None:
    operations = [each for methods in document.schema["paths"].values() for each in methods.values()]
    assert {each["operationId"] for each in operations} == set(ANSWERED)
    linked = {
        link["operationId"]
        for each in operations
        for answer in each["responses"].values()
        for link in answer.get("links", {}).values()
    }
    assert linked <= set(ANSWERED)


@pytest.mark.parametrize(
    ("raw", "status"),
    [(rb'{"workflow": "a\u0000b"}', 400), (rb'{"workflow": "\ud83d"}', 400), (rb'{"\u0000": 1}', 400)],
    ids=["nul", "half-a-pair", "nul-in-a-key"],
)
def test_refuses_texts_that_cannot_be_kept(house: make.House, agent: AgentClient, raw: bytes, status: int) -> None:
    before = events()
    refused(agent.post("/runs", raw), status, "not_strict_json", before)


def test_takes_texts_that_only_look_so(house: make.House, agent: AgentClient) -> None:
    said = rb'{"kind": "a\\u0000", "note": "\ud83d\ude00"}'
    run = start(agent)
    assert agent.post(f"/runs/{run['id']}/steps", said).status_code == 201


@pytest.mark.parametrize(
    "path",
    [
        "/runs?source=%00&event=e",
        "/catalogue/resources?q=%00",
        "/catalogue/resources/variant/%00",
        "/catalogue/drifts?since=0.5",
        "/catalogue/drifts?since=1",
        "/catalogue/drifts?since=0001-01-01T00:00:00%2B23:00",
        "/agents/me/feedback?since=-7",
    ],
)
def test_refuses_addresses_that_no_value_stands_for(house: make.House, agent: AgentClient, path: str) -> None:
    before = events()
    refused(agent.get(path), 422, "malformed", before)


def test_an_offset_larger_than_a_database_takes_is_read(house: make.House, agent: AgentClient) -> None:
    assert agent.get("/catalogue/drifts?since=0025-09-29T01:55:07.536839%2B17:41").status_code == 200
    assert agent.get("/agents/me/feedback?since=9999-12-31T23:59:59-15:00").status_code == 422
