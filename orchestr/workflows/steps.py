"""The ordered steps of a workflow: when each is due, how long it may take, what is tried again, and what follows.

Plain data, no database. A run follows the steps of the version it runs under.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from audit.parameters import is_word
from orchestr.policy.values import Json
from orchestr.refusal import Kind, Refusal

When = Literal["always", "done", "failed"]
Fallback = Literal["hold", "narrow", "raise_tier"]
FailureClass = Literal["transient", "permanent", "ambiguous"]
FALLBACKS: tuple[Fallback, ...] = get_args(Fallback)
PROPOSE = "propose"  # the step in which the run proposes: those behind it need not be done before
MOST_STEPS = 20
LONGEST_S = 86_400
MOST_RETRIES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `kind` is the word an agent reports it by; it is due `when` the step `of` ended so, or always.

    `timeout_s` counts from the checkpoint before it. A transient failure may be tried again `retry_transient` times,
    one of which nobody knows whether it took effect `retry_ambiguous` times, a permanent one never. After that
    `fallback` holds for the rest of the run.
    """

    kind: str
    when: When = "always"
    of: str = ""
    timeout_s: int | None = None
    retry_transient: int = 0
    retry_ambiguous: int = 0
    fallback: Fallback = "hold"

    def wire(self) -> dict[str, Json]:
        return asdict(self)

    def tries(self, failure: FailureClass) -> int:
        """How often it may be tried again after a failure of this class."""
        return {"transient": self.retry_transient, "ambiguous": self.retry_ambiguous, "permanent": 0}[failure]


def parse_steps(raw: Sequence[dict[str, Any]]) -> tuple[Step, ...]:
    """From what `wire` gave, in order."""
    return tuple(Step(**each) for each in raw)


def check_steps(steps: Sequence[Step]) -> None:
    """Raise Refusal (422) unless they can be followed: `step_unusable`, with the number of the step that is wrong."""
    if len(steps) > MOST_STEPS:
        raise _unusable(MOST_STEPS, f"A workflow has at most {MOST_STEPS} steps.")
    before: list[str] = []
    for number, step in enumerate(steps, 1):
        if wrong := _wrong(step, before):
            raise _unusable(number, wrong)
        before.append(step.kind)


def _wrong(step: Step, before: Sequence[str]) -> str:
    if not (is_word(step.kind) and len(step.kind) <= 40):
        return "A step is named by one word of at most 40 characters."
    if step.kind in before:
        return f"There are two steps {step.kind}."
    if step.when not in get_args(When) or (step.when == "always") != (not step.of):
        return "A step is always due, or when an earlier one is done or has failed: then it names that one."
    if step.of and step.of not in before:
        return f"The step {step.kind} waits for {step.of}, which does not come before it."
    if step.timeout_s is not None and not 1 <= step.timeout_s <= LONGEST_S:
        return "A timeout lies between a second and a day."
    if not all(0 <= tries <= MOST_RETRIES for tries in (step.retry_transient, step.retry_ambiguous)):
        return f"A step is tried again at most {MOST_RETRIES} times."
    if step.fallback not in FALLBACKS:
        return "What follows is one of: hold, narrow, raise_tier."
    return ""


def _unusable(number: int, detail: str) -> Refusal:
    return Refusal(
        Kind.UNPROCESSABLE,
        "step_unusable",
        detail,
        next=f"Correct step {number} and save the workflow again.",
        params={"step": number},
    )
