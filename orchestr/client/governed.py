"""A function that names changes becomes a governed agent: a run around it, evidence under it, people before it."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Concatenate

from orchestr.client.orchestr import Orchestr
from orchestr.client.proposal import Proposal
from orchestr.client.reasoned import Reasoned
from orchestr.client.run import Run
from orchestr.client.values import Change

type Reasoning[**P] = Callable[Concatenate[Run, P], Iterable[Change]]


def governed[**P](
    door: Orchestr,
    *,
    workflow: str,
    summary: str,
    wait_s: float = 0,
    model: str = "",
    prompt: str = "",
    prompt_version: str = "",
    **content: Any,
) -> Callable[[Reasoning[P]], Callable[P, Proposal | None]]:
    """The function yields changes; what is returned instead is the proposal they became, or None without any.

    A run is started and finished around it (failed where it raises), and the server reads every value that is to be
    changed, as evidence. With `wait_s` it returns once people have decided, or when that time is up. `model`, `prompt`
    and `prompt_version` name what it reasons with, for the proposal's lineage. `content` is what else a proposal says:
    rationale, confidence, atomicity, objectives, predictions.
    """
    reasoned = Reasoned(model, prompt, prompt_version)

    def wrap(reasoning: Reasoning[P]) -> Callable[P, Proposal | None]:
        @wraps(reasoning)
        def act(*args: P.args, **kwargs: P.kwargs) -> Proposal | None:
            with door.start_run(workflow, event_type="function.called", source=reasoning.__name__) as run:
                changes = list(reasoning(run, *args, **kwargs))
                if not changes:
                    return None
                reasoned.tell(run)
                proposal = run.propose(changes, summary=summary, evidence=run.observe(changes), **content)
                run.summary = summary
            return door.wait(proposal.id, timeout_s=wait_s) if wait_s else proposal

        return act

    return wrap
