"""What made a version: the models and prompts its run has told of, the tools that would write it, by version, and what
the run had spent by then. Kept with the version as it was; what an agent says of itself is a claim like its words."""

from collections.abc import Collection, Sequence
from uuid import UUID

from orchestr.agents.scopes import Reach
from orchestr.policy.values import Json
from orchestr.prepared import prepared
from orchestr.proposals.submitting.content import AgentProposer

_TOLD = """
SELECT model, prompt, prompt_version, count(*), sum(tokens), sum(cost), sum(tool_calls)
FROM orchestr_step WHERE run_id = %s::uuid GROUP BY model, prompt, prompt_version ORDER BY min(number)
"""


def lineage_of(proposer: AgentProposer, reach: Sequence[Reach], used: Collection[UUID]) -> dict[str, Json]:
    """As it is kept and told (at most one query): models and prompts in the order in which the run came to them."""
    tools = {each.tool: each.tool_version for each in reach if each.scope_id in used}
    rows: list[tuple[Json, ...]] = []
    if proposer.run is not None and proposer.run.step_count:
        with prepared() as cursor:
            cursor.execute(_TOLD, [proposer.run.pk])
            rows = cursor.fetchall()
    prompts = dict.fromkeys((prompt, version) for _, prompt, version, *_ in rows if prompt)
    return {
        "models": list(dict.fromkeys(model for model, *_ in rows if model)),
        "prompts": [{"id": prompt, "version": version or None} for prompt, version in prompts],
        "tools": [{"name": name, "version": version} for name, version in sorted(tools.items())],
        "steps": sum(int(row[3]) for row in rows),
        "tokens": sum(int(row[4]) for row in rows),
        "cost": sum(int(row[5]) for row in rows),
        "tool_calls": sum(int(row[6]) for row in rows),
    }
