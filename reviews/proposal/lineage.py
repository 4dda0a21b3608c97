"""What made a version, for people: models and prompts as its agent told of them, tools by version, and what it took."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import number_format

from orchestr.proposals.models import Version
from reviews.runs.course import cost_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """`tools` are names with versions, `cost` is in the run's currency; a figure is "" where none was told."""

    models: Sequence[str]
    prompts: Sequence[str]
    tools: Sequence[tuple[str, int]]
    steps: str
    tokens: str
    tool_calls: str
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
        steps=_number(told["steps"]) or "0",
        tokens=_number(told["tokens"]),
        tool_calls=_number(told["tool_calls"]),
        cost=cost_words(told["cost"]),
    )


def _number(value: int) -> str:
    return str(number_format(value, force_grouping=True)) if value else ""
