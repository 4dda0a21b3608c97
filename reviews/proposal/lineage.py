"""What made a version, for people: models and prompts as its agent told of them, tools by version, and what it took."""

from collections.abc import Sequence
from dataclasses import dataclass

from orchestr.proposals.models import Version
from reviews.runs.course import cost_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """`tools` are names with versions, `cost` is in the run's currency, "" where none was told."""

    models: Sequence[str]
    prompts: Sequence[str]
    tools: Sequence[tuple[str, int]]
    steps: int
    tokens: int
    tool_calls: int
    cost: str


def lineage_of(version: Version) -> Lineage | None:
    """None of what people propose, and of what was proposed under a release that kept none."""
    told = version.lineage
    if not told:
        return None
    return Lineage(
        models=told["models"],
        prompts=[" ".join(filter(None, (each["id"], each["version"]))) for each in told["prompts"]],
        tools=[(each["name"], each["version"]) for each in told["tools"]],
        steps=told["steps"],
        tokens=told["tokens"],
        tool_calls=told["tool_calls"],
        cost=cost_words(told["cost"]),
    )
