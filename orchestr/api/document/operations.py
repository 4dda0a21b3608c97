"""What each operation of the door answers: its good answer, which refusals it knows, and where its ids lead on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from orchestr.api.document import catalogue, proposals, work
from orchestr.api.shapes import Json

# Any request: the token, the shape, the rate, a deployment that is being put right, and what nobody foresaw.
ALWAYS = (401, 422, 429, 500, 503)
READ = (*ALWAYS, 404)
# A body is read strictly; the world may have moved; it may lie outside what was granted.
WRITE = (*READ, 400, 403, 409, 413, 415)


@dataclass(frozen=True, slots=True)
class Link:
    """Where a value of an answer is a parameter of another operation, or stands in its body, by JSON pointer."""

    to: str
    takes: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """`status` with a body of `shape`; `also` are good answers without a body."""

    shape: type[BaseModel]
    status: int = 200
    refusals: tuple[int, ...] = READ
    also: tuple[int, ...] = ()
    links: Mapping[str, Link] = field(default_factory=dict)


_RUN = {"run_id": "/id"}
_PROPOSAL = {"proposal_id": "/id"}
_OF_RUN = {
    "show": Link("orchestr_api_runs_show", _RUN),
    "report": Link("orchestr_api_runs_step", _RUN),
    "gather": Link("orchestr_api_runs_gather", _RUN),
    "part": Link("orchestr_api_parts_gather", _RUN),
    "propose": Link("orchestr_api_proposals_propose", _RUN),
    "finish": Link("orchestr_api_runs_end", _RUN),
}
_OF_PROPOSAL = {
    "show": Link("orchestr_api_proposals_show", _PROPOSAL),
    "revise": Link("orchestr_api_proposals_put", _PROPOSAL | {"If-Match": "/digest"}),
    "withdraw": Link("orchestr_api_proposals_withdraw", _PROPOSAL),
    "except": Link("orchestr_api_proposals_ask_exception", _PROPOSAL),
}

ANSWERED: Mapping[str, Answered] = {
    "orchestr_api_tools_tools": Answered(
        shape=work.Tools,
        refusals=ALWAYS,
        links={
            "start": Link(
                "orchestr_api_runs_start",
                body={
                    "workflow": "$response.body#/workflows/0/key",
                    "source_event": {"id": "an-event", "type": "example", "source": "agent"},
                },
            )
        },
    ),
    "orchestr_api_work_following": Answered(
        shape=work.Leased,
        refusals=(*ALWAYS, 409),
        also=(204,),
        links={"show": Link("orchestr_api_runs_show", {"run_id": "/run/id"})},
    ),
    "orchestr_api_work_feedback": Answered(shape=proposals.Feedbacks, refusals=ALWAYS),
    "orchestr_api_runs_start": Answered(shape=work.Run, status=201, refusals=WRITE, links=_OF_RUN),
    "orchestr_api_runs_of_event": Answered(shape=work.Runs, refusals=ALWAYS),
    "orchestr_api_runs_show": Answered(shape=work.RunWithCause),
    "orchestr_api_runs_step": Answered(shape=work.Stepped, status=201, refusals=WRITE),
    "orchestr_api_runs_end": Answered(shape=work.Run, refusals=WRITE),
    "orchestr_api_runs_gather": Answered(shape=work.Gathered, status=201, refusals=WRITE),
    "orchestr_api_parts_gather": Answered(shape=proposals.Part, status=201, refusals=WRITE),
    "orchestr_api_catalogue_resources": Answered(
        shape=catalogue.Resources,
        links={
            "following": Link("orchestr_api_catalogue_resources", {"cursor": "/next_cursor"}),
            "first": Link("orchestr_api_catalogue_resource", {"type": "/items/0/type", "key": "/items/0/id"}),
        },
        refusals=(*READ, 400, 403),
    ),
    "orchestr_api_catalogue_commitments": Answered(shape=catalogue.Commitments, refusals=ALWAYS),
    "orchestr_api_catalogue_drifts": Answered(shape=proposals.Drifts, refusals=ALWAYS),
    "orchestr_api_catalogue_resource": Answered(shape=catalogue.Resource, refusals=(*READ, 403)),
    "orchestr_api_proposals_check": Answered(shape=proposals.Judged, refusals=WRITE),
    "orchestr_api_proposals_propose": Answered(
        shape=proposals.Submitted, status=201, refusals=WRITE, links=_OF_PROPOSAL
    ),
    "orchestr_api_proposals_show": Answered(shape=proposals.Proposal, links=_OF_PROPOSAL),
    "orchestr_api_proposals_put": Answered(shape=proposals.Submitted, refusals=(*WRITE, 412), links=_OF_PROPOSAL),
    "orchestr_api_proposals_withdraw": Answered(shape=proposals.Proposal, refusals=WRITE),
    "orchestr_api_proposals_ask_exception": Answered(shape=proposals.PolicyException, status=201, refusals=WRITE),
    "orchestr_api_events_event": Answered(
        shape=work.Event,
        status=201,
        refusals=WRITE,
        links={"run": Link("orchestr_api_runs_show", {"run_id": "/run_id"})},
    ),
    "orchestr_api_events_events": Answered(shape=work.Events, status=201, refusals=WRITE),
}
