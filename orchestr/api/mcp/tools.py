"""What MCP offers: each tool is one call of the REST door, its arguments laid out for a model.

Nothing is done here. A tool says how its arguments become a method, a path, a query and a body; the door does the rest,
with the same token, the same operations and the same refusals. No tool decides, applies or reverts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from orchestr.api.shapes import EvidenceIn, ExceptionIn, FinishIn, ProposalIn, RunIn, StepIn, Strict, WithdrawIn
from orchestr.policy.values import Json

type Schema = dict[str, Any]
type Arguments = Mapping[str, Any]

ID: Schema = {"type": "string", "format": "uuid"}
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer", "minimum": 0}
KEY: Schema = {
    "type": "string",
    "maxLength": 200,
    "description": "Any text of your own, the same when you repeat a call: it is then done once and answered the same.",
}

LEASE: Schema = {
    **ID,
    "description": "The `lease` that next_run answered: once the run is another process's, the call is refused.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request of the REST door, below `/api/v1`."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: Json = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class McpTool:
    """`call` is only asked with arguments that the schema knows, and with all that it requires."""

    name: str
    title: str
    description: str
    schema: Schema
    call: Callable[[Arguments], Call]
    reads: bool = False

    @property
    def known(self) -> frozenset[str]:
        return frozenset(self.schema["properties"])

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(self.schema.get("required", ()))


def _schema(model: type[Strict] | None = None, required: tuple[str, ...] = (), **more: Schema) -> Schema:
    """The members of a body of the REST door, with what is beside it in path, query and headers."""
    body: Schema = model.model_json_schema() if model else {"properties": {}}
    schema: Schema = {
        "type": "object",
        "properties": {**more, **body["properties"]},
        "required": [*required, *body.get("required", [])],
        "additionalProperties": False,
    }
    return schema | ({"$defs": body["$defs"]} if "$defs" in body else {})


def _post(path: str, arguments: Arguments, *beside: str, query: Mapping[str, Any] | None = None) -> Call:
    """A write whose body is every argument that is not beside it."""
    taken = {*beside, *_HEADERS}
    return Call(
        method="POST",
        path=path,
        query=_query(query or {}),
        body={name: value for name, value in arguments.items() if name not in taken},
        headers=_headers(arguments),
    )


_HEADERS = {"idempotency_key": "idempotency-key", "lease": "run-lease"}


def _headers(arguments: Arguments) -> dict[str, str]:
    return {header: str(arguments[name]) for name, header in _HEADERS.items() if arguments.get(name) is not None}


def _query(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value is not None}


def _part(value: object) -> str:
    """One part of a path: what is no id finds nothing, and never another path."""
    text = str(value)
    return text if text.replace("-", "").isalnum() and text.isascii() else "-"


def _read_catalogue(arguments: Arguments) -> Call:
    if "type" in arguments and "id" in arguments:
        return Call(
            method="GET",
            path=f"/catalogue/resources/{_part(arguments['type'])}/{quote(str(arguments['id']), safe='')}",
            query=_query({"fields": arguments.get("fields")}),
        )
    wanted = {"q" if name == "id" else name: value for name, value in arguments.items()}
    return Call(method="GET", path="/catalogue/resources", query=_query(wanted))


def _propose(arguments: Arguments) -> Call:
    beside = ("run", "proposal", "digest")
    if "proposal" not in arguments:
        return _post(f"/runs/{_part(arguments.get('run', ''))}/proposals", arguments, *beside)
    call = _post(f"/proposals/{_part(arguments['proposal'])}", arguments, *beside)
    return Call(method="PUT", path=call.path, body=call.body, headers={"if-match": f'"{arguments.get("digest", "")}"'})


TOOLS = (
    McpTool(
        name="list_my_tools",
        title="What I may do",
        description="Your workflows with their budgets, and the tools you were granted: what they write, in which "
        "segments and channels, within which limits. Begin here.",
        schema=_schema(),
        call=lambda arguments: Call(method="GET", path="/tools"),
        reads=True,
    ),
    McpTool(
        name="next_run",
        title="The next run waiting for me",
        description="Leases the next run that an event started for you, waiting up to `wait` seconds (at most 30). "
        "`run` is null when none came.",
        schema=_schema(wait=NUMBER | {"maximum": 30}),
        call=lambda arguments: Call(method="POST", path="/runs/next", query=_query(arguments)),
    ),
    McpTool(
        name="start_run",
        title="Start a run",
        description="Starts a run of one of your workflows, with the event that set it off. Everything you do next "
        "names this run.",
        schema=_schema(RunIn, idempotency_key=KEY),
        call=lambda arguments: _post("/runs", arguments),
    ),
    McpTool(
        name="read_catalogue",
        title="Read the catalogue",
        description="One resource by `type` and `id`, or a page of those that match: every field with its system, its "
        "value, when it was observed and whether that is fresh enough. `withheld` names field classes you may not read.",
        schema=_schema(
            type=TEXT | {"description": "variant, product, stock, promotion …"},
            id=TEXT | {"description": "The resource's id within its type, such as a SKU."},
            segment=TEXT,
            q=TEXT | {"description": "Words of a title, id or SKU."},
            system=TEXT,
            limit=NUMBER,
            cursor=TEXT | {"description": "`next_cursor` of the page before."},
            fields=TEXT
            | {"description": "Names with commas between: only these fields; one you may not read is refused."},
        ),
        call=_read_catalogue,
        reads=True,
    ),
    McpTool(
        name="add_evidence",
        title="Gather evidence",
        description="Observed: name `type`, `id` and `fields`, and the server reads the systems itself. Claimed: "
        "`source`, `observed_at` and `value` of what you saw. Answers the ids that a proposal rests on.",
        schema=_schema(EvidenceIn, ("run",), run=ID, lease=LEASE, idempotency_key=KEY),
        call=lambda arguments: _post(f"/runs/{_part(arguments['run'])}/evidence", arguments, "run"),
    ),
    McpTool(
        name="check_changes",
        title="What would policy say?",
        description="Judges a proposal without submitting it: the tier, whose yes it needs, each finding, and what "
        "would lower the tier.",
        schema=_schema(ProposalIn, run=ID, workflow=TEXT | {"description": "Without a run: the workflow's key."}),
        call=lambda arguments: _post(
            "/check",
            arguments,
            "run",
            "workflow",
            query={name: arguments.get(name) for name in ("run", "workflow")},
        ),
        reads=True,
    ),
    McpTool(
        name="propose_changes",
        title="Submit a proposal, or a new version of one",
        description="Submits changes for a `run`. People see them with your evidence and decide; nothing is written "
        "before. With `proposal` and `digest` of the version you read it replaces that version instead.",
        schema=_schema(
            ProposalIn,
            run=ID | {"description": "For a new proposal: the run it belongs to."},
            proposal=ID | {"description": "For a new version: the proposal."},
            digest=TEXT | {"description": "For a new version: the digest of the one you read."},
            lease=LEASE,
            idempotency_key=KEY,
        ),
        call=_propose,
    ),
    McpTool(
        name="get_proposal",
        title="One of my proposals",
        description="Its state, decisions with their reasons, what was written and what was measured since. With `wait` (up to 30 s) and "
        "`after` (the revision you know) it answers as soon as something happens.",
        schema=_schema(required=("proposal",), proposal=ID, wait=NUMBER | {"maximum": 30}, after=NUMBER),
        call=lambda arguments: Call(
            method="GET",
            path=f"/proposals/{_part(arguments['proposal'])}",
            query=_query({name: arguments.get(name) for name in ("wait", "after")}),
        ),
        reads=True,
    ),
    McpTool(
        name="withdraw_proposal",
        title="Withdraw a proposal",
        description="Takes back a proposal of yours that is not being written yet.",
        schema=_schema(WithdrawIn, ("proposal",), proposal=ID, idempotency_key=KEY),
        call=lambda arguments: _post(f"/proposals/{_part(arguments['proposal'])}/withdraw", arguments, "proposal"),
    ),
    McpTool(
        name="request_exception",
        title="Ask that a rule make an exception",
        description="For a proposal that policy refused: two persons confirm it, or nobody does.",
        schema=_schema(ExceptionIn, ("proposal",), proposal=ID, idempotency_key=KEY),
        call=lambda arguments: _post(
            f"/proposals/{_part(arguments['proposal'])}/request-exception", arguments, "proposal"
        ),
    ),
    McpTool(
        name="get_feedback",
        title="What was decided on my proposals, and what came of them",
        description="Decisions on your proposals with verdict, reason and constraints, and what was measured after they "
        "were published beside what you predicted; oldest news first, since a time.",
        schema=_schema(since={"type": "string", "format": "date-time"}),
        call=lambda arguments: Call(method="GET", path="/agents/me/feedback", query=_query(arguments)),
        reads=True,
    ),
    McpTool(
        name="report_step",
        title="Report a step",
        description="Tells what you did and what it cost; budgets are counted here and stop a run that overspends.",
        schema=_schema(StepIn, ("run",), run=ID, lease=LEASE, idempotency_key=KEY),
        call=lambda arguments: _post(f"/runs/{_part(arguments['run'])}/steps", arguments, "run"),
    ),
    McpTool(
        name="finish_run",
        title="Finish a run",
        description="Ends the run, done or failed, with a summary. Its proposals live on.",
        schema=_schema(FinishIn, ("run",), run=ID, lease=LEASE, idempotency_key=KEY),
        call=lambda arguments: _post(f"/runs/{_part(arguments['run'])}/finish", arguments, "run"),
    ),
)
BY_NAME = {tool.name: tool for tool in TOOLS}
