"""What an agent reasoned with, as it says of itself: a proposal keeps it in its lineage."""

from dataclasses import dataclass
from typing import Self

from orchestr.client.run import Run

STEP = "reasoned"
_LONGEST = {"model": 120, "prompt": 90, "prompt_version": 60}  # as the door takes them


@dataclass(frozen=True, slots=True)
class Reasoned:
    """Names of a model, of a prompt and of its version; each is sent as one word, cut to what the door takes."""

    model: str = ""
    prompt: str = ""
    prompt_version: str = ""

    def with_model(self, model: str) -> Self:
        """The same with this model, where none was named."""
        return self if self.model or not model else type(self)(model, self.prompt, self.prompt_version)

    def tell(self, run: Run) -> None:
        """Report it as a step of the run; nothing where nothing is named. A budget that is spent raises Refused."""
        named = {name: _word(getattr(self, name), longest) for name, longest in _LONGEST.items()}
        if not named["prompt"]:
            named["prompt_version"] = ""  # names nothing alone
        if any(named.values()):
            run.report(STEP, **named)


def _word(text: str, longest: int) -> str:
    return "-".join("".join(each if each.isprintable() else " " for each in text).split())[:longest]
