"""One call of a tool is one run and one proposal, in whatever process it is asked after."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Concatenate, get_type_hints

from orchestr.client.door import Refused
from orchestr.client.orchestr import Orchestr
from orchestr.client.proposal import Proposal
from orchestr.client.reasoned import Reasoned
from orchestr.client.run import Run
from orchestr.client.values import Change

type Json = Any
type Reasoning[**P] = Callable[Concatenate[Run, P], Iterable[Change]]

EVENT_TYPE = "tool.called"
NOTHING_SAID = Reasoned()
WAIT_S = 10.0  # for what needs nobody: it is written in a moment
_TAKEN = frozenset({"already_run", "idempotency_key_reused"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a call. `told` is for the agent: what happened, why, and what it can do next."""

    waits: bool
    told: Mapping[str, Json]

    @classmethod
    def of(cls, proposal: Proposal) -> "Outcome":
        """`waiting`, `changes_requested`, or the state it ended in."""
        told: dict[str, Json] = {"proposal": proposal.id, "url": proposal.url, "tier": proposal.tier}
        if proposal.my_turn:
            wanted = proposal.decisions[-1].constraints if proposal.decisions else {}
            return cls(False, told | {"outcome": "changes_requested", "reason": proposal.why, "constraints": wanted})
        if not proposal.settled:
            return cls(True, told | {"outcome": "waiting"})
        why = {"reason": proposal.why or proposal.blocked_reason} if proposal.state == "blocked" else {}
        return cls(False, told | {"outcome": proposal.state} | why)

    @classmethod
    def refused(cls, refusal: Refused) -> "Outcome":
        """The door took no proposal: a budget is spent, a value has moved, it lies outside what was granted."""
        said = {"code": refusal.code, "reason": refusal.detail, "next": refusal.next}
        return cls(False, {"outcome": "refused"} | said)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a tool by its id; `model` is who made it, where the framework tells."""

    id: str
    model: str = ""


class Governed[**P]:
    """A function that yields changes, called by the id of a tool call. Content is what else a proposal says."""

    def __init__(
        self,
        reasoning: Reasoning[P],
        door: Orchestr,
        *,
        workflow: str,
        summary: str,
        wait_s: float = WAIT_S,
        reasoned: Reasoned = NOTHING_SAID,
        content: Mapping[str, Json],
    ) -> None:
        """`summary` may name the function's arguments in braces. `wait_s` is how long a call stays for what needs nobody."""
        self._reasoned = reasoned
        self._reasoning, self._door, self._wait_s = reasoning, door, wait_s
        self._workflow, self._summary, self._content = workflow, summary, content
        self.name = reasoning.__name__
        self.description = inspect.getdoc(reasoning) or summary

    def propose(self, call: "Call | str", /, *args: P.args, **kwargs: P.kwargs) -> Outcome:
        """What became of this call; the first time it is asked, it is proposed. Never raises a refusal of the door."""
        made = call if isinstance(call, Call) else Call(call)
        if (known := self.outcome(made.id)) is not None:
            return known
        try:
            return self._proposed(made, *args, **kwargs)
        except Refused as refusal:
            twin = self.outcome(made.id) if refusal.code in _TAKEN else None
            return twin or Outcome.refused(refusal)

    def outcome(self, call: str) -> Outcome | None:
        """What became of a call; None where it was never made."""
        return outcome(self._door, tool=self.name, call=call)

    def _proposed(self, call: "Call", *args: P.args, **kwargs: P.kwargs) -> Outcome:
        source = _source(self.name)
        with self._door.start_run(self._workflow, event=call.id, event_type=EVENT_TYPE, source=source) as run:
            changes = list(self._reasoning(run, *args, **kwargs))
            if not changes:
                return Outcome(False, {"outcome": "nothing_to_change"})
            self._reasoned.with_model(call.model).tell(run)
            run.summary = self._said(*args, **kwargs)
            seen = run.observe(changes)
            proposal = run.propose(
                changes, summary=run.summary, evidence=seen, key=f"{source}/{call.id}", **self._content
            )
        if proposal.state == "approved":
            proposal = self._door.wait(proposal.id, timeout_s=self._wait_s)
        return Outcome.of(proposal)

    def _said(self, *args: P.args, **kwargs: P.kwargs) -> str:
        bound = inspect.signature(self._reasoning).bind(None, *args, **kwargs)
        bound.apply_defaults()
        return self._summary.format(**bound.arguments)

    def dressed[F: Callable[..., Any]](self, act: F, *, context: Any = None) -> F:
        """`act` with the name, words and parameters that a model is told: the function's own, without its run.

        `context` is the type of a first parameter that the framework itself gives.
        """
        known = inspect.signature(self._reasoning)
        _, *parameters = known.parameters.values()
        types = get_type_hints(self._reasoning)
        typed = [each.replace(annotation=types.get(each.name, each.annotation)) for each in parameters]
        if context is not None:
            typed.insert(0, inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=context))
        act.__name__, act.__doc__ = self.name, self.description
        act.__annotations__ = {each.name: each.annotation for each in typed} | {"return": dict}
        act.__signature__ = known.replace(parameters=typed, return_annotation=dict)  # type: ignore[attr-defined]
        return act


def outcome(door: Orchestr, *, tool: str, call: str) -> Outcome | None:
    """What became of a call of a tool, asked by its id alone; None where it was never made.

    Where its tool was moved to another workflow meanwhile, both have a run of it: the later one tells.
    """
    runs = door.runs_of(call, source=_source(tool))
    if not runs:
        return None
    run = runs[-1]
    if run.proposals:
        return Outcome.of(door.proposal(run.proposals[-1]))
    if run.state == "finished":
        return Outcome(False, {"outcome": "nothing_to_change"})
    return Outcome(False, {"outcome": "not_proposed", "reason": f"Its run is {run.state}.", "next": "Call it again."})


def _source(tool: str) -> str:
    return f"tool/{tool}"
