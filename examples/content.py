"""Channel content: one product, three channels, each with a text that fits there. A Pydantic AI agent over MCP.

It holds a bearer token and thirteen tools, and no client of ours. Its model is a function of plain rules, so that it
runs anywhere and the same each time; name a model in EXAMPLE_MODEL (`openai:…`, with the key its provider asks for) and
that one does the same job with the same tools, by the instructions below.
"""

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.messages import (
    ModelMessage,
    ModelResponse,
    RetryPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models.function import AgentInfo, FunctionModel

from examples.desk import STATES, Desk, counted, credentials, main

type Json = Any

KEY = "channel-writer"
LIMITS = {"web-de": 160, "web-uk": 160, "marketplace": 90}  # characters of a short text
WORKFLOW = "channel-content"
PROMPT_VERSION = "1"  # of the instructions: count it up when they change, and each proposal says by which it was made
INSTRUCTIONS = f"""You write the short text of one product for each channel and language, within that channel's limit of
characters: {", ".join(f"{channel} {most}" for channel, most in LIMITS.items())}. Claim nothing that the text does not say already.
Read the catalogue (type product), choose the product whose short texts are farthest over their limits and that you are not
asked to leave alone, start a run of the workflow {WORKFLOW}, report a step that names your model and the prompt {KEY} of
version {PROMPT_VERSION}, gather observed evidence of the fields you change, check, propose
with the evidence, finish the run, and say in one sentence what became of it."""


def round_(desk: Desk) -> None:
    """One product, unless all of them fit. What was asked about within the hour is left alone."""
    url, token, _ = credentials(KEY)
    told = write(url, token, leave_alone=desk.asked())
    if told["product"]:
        desk.remember(told["product"])
    desk.log.info("%s", told["text"])


def write(url: str, token: str, *, leave_alone: list[str]) -> dict[str, str]:
    """One job from catalogue to proposal; which product it was about ("" for none) and what the agent says of it."""
    toolset = MCPToolset(f"{url}/mcp", headers={"Authorization": f"Bearer {token}"}, tool_error_behavior="failed")
    agent = Agent(
        os.environ.get("EXAMPLE_MODEL") or FunctionModel(reason), toolsets=[toolset], instructions=INSTRUCTIONS
    )
    result = agent.run_sync(f"Leave alone: {', '.join(leave_alone) or 'nothing'}.")
    looked = [part.args_as_dict() for part in _calls(result.all_messages()) if part.tool_name == "propose_changes"]
    product = str(looked[-1]["changes"][0]["id"]) if looked else ""
    return {"product": product, "text": result.output}


def reason(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    """What a model would do next, as rules: the last answer decides the next call."""
    answers, failed = _answers(messages)
    if failed:
        return _say(f"It was refused: {failed}")
    if "read_catalogue" not in answers:
        return _call("read_catalogue", type="product", limit=200)
    changes = _wanted(answers["read_catalogue"]["items"], _left_alone(messages))
    if not changes:
        return _say("Every short text fits its channel.")
    if "start_run" not in answers:
        event = {"id": str(uuid4()), "type": "schedule.round", "source": f"examples/{KEY}"}
        return _call("start_run", workflow=WORKFLOW, source_event=event)
    run = answers["start_run"]["id"]
    if "report_step" not in answers:
        made = {"model": "rules", "prompt": KEY, "prompt_version": PROMPT_VERSION, "tool_calls": 1}
        return _call("report_step", run=run, kind="choose", note=f"The texts of {changes[0]['id']}.", **made)
    if "add_evidence" not in answers:
        fields = [{"field": each["field"], "address": each["address"]} for each in changes]
        return _call("add_evidence", run=run, kind="observed", type="product", id=changes[0]["id"], fields=fields)
    body = _body(changes, [each["id"] for each in answers["add_evidence"]["evidence"]])
    if "check_changes" not in answers:
        return _call("check_changes", run=run, **body)
    if any(each["effect"] == "refuse" for each in answers["check_changes"]["findings"]) and "finish_run" not in answers:
        return _call("finish_run", run=run, outcome="done", summary="Policy would refuse it, so I do not ask.")
    if "propose_changes" not in answers and "finish_run" not in answers:
        return _call("propose_changes", run=run, **body)
    if "finish_run" not in answers:
        state = answers["propose_changes"]["state"]
        return _call(
            "finish_run",
            run=run,
            outcome="done",
            summary=f"Proposed {counted(len(changes), 'text')}: {STATES.get(state, state)}.",
        )
    proposed = answers.get("propose_changes")
    return _say(f"{body['summary']} ({proposed['state']}, {proposed['tier']})" if proposed else "Nothing was proposed.")


def fitted(text: str, most: int) -> str:
    """As many whole sentences as fit, else as many whole words."""
    sentences = text.replace("? ", "?|").replace("! ", "!|").replace(". ", ".|").split("|")
    kept = ""
    for sentence in sentences:
        longer = f"{kept} {sentence}".strip()
        if len(longer) > most:
            break
        kept = longer
    if kept:
        return kept
    words = text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:")
    return f"{words}…"


def _wanted(products: list[dict[str, Json]], left_alone: set[str]) -> list[dict[str, Json]]:
    """The changes of the product that is farthest over; none where all fit."""
    over = [(excess, product["id"], changes) for product in products if product["id"] not in left_alone
            for excess, changes in [_too_long(product)] if excess]  # fmt: skip
    return max(over, key=lambda each: (each[0], each[1]))[2] if over else []


def _too_long(product: Mapping[str, Json]) -> tuple[int, list[dict[str, Json]]]:
    excess, changes = 0, []
    for field in product["fields"]:
        most = LIMITS.get(field["address"]["channel"] or "")
        if field["field"] != "short_description" or most is None or not field["writable"]:
            continue
        if len(field["value"]) > most:
            excess += len(field["value"]) - most
            changes.append(
                {
                    "type": "product",
                    "id": product["id"],
                    "field": "short_description",
                    "address": field["address"],
                    "before": field["value"],
                    "after": fitted(field["value"], most),
                }
            )
    return excess, changes


def _body(changes: list[dict[str, Json]], evidence: list[str]) -> dict[str, Json]:
    name = changes[0]["id"].replace("-", " ")
    return {
        "summary": f"Shorten {len(changes)} short texts of {name} to what their channels hold.",
        "rationale": "Each is the same long text on every channel; "
        + "; ".join(
            f"{each['address']['channel']} holds {LIMITS[each['address']['channel']]} and the text has {len(each['before'])}"
            for each in changes
        )
        + ". Whole sentences were kept, none was added.",
        "confidence": 0.93,
        "atomicity": "per_item",
        "evidence": evidence,
        "changes": changes,
    }


def _answers(messages: list[ModelMessage]) -> tuple[dict[str, Json], str]:
    """What each tool answered last, and why the last call was refused, "" where it was not."""
    found: dict[str, Json] = {}
    failed = ""
    for message in messages:
        for part in message.parts:
            if isinstance(part, ToolReturnPart):
                if part.outcome == "success":
                    found[part.tool_name] = _structured(part)
                else:
                    failed = part.model_response_str()
            elif isinstance(part, RetryPromptPart):
                failed = part.model_response()
    return found, failed


def _structured(part: ToolReturnPart) -> Json:
    return json.loads(part.content) if isinstance(part.content, str) else part.content


def _calls(messages: list[ModelMessage]) -> Iterator[ToolCallPart]:
    for message in messages:
        if isinstance(message, ModelResponse):
            yield from (part for part in message.parts if isinstance(part, ToolCallPart))


def _left_alone(messages: list[ModelMessage]) -> set[str]:
    prompts = [part.content for message in messages for part in message.parts if isinstance(part, UserPromptPart)]
    text = str(prompts[0]).removeprefix("Leave alone: ").removesuffix(".") if prompts else ""
    return {each.strip() for each in text.split(",")}


def _call(tool: str, **arguments: Json) -> ModelResponse:
    return ModelResponse(parts=[ToolCallPart(tool, arguments)])


def _say(text: str) -> ModelResponse:
    return ModelResponse(parts=[TextPart(text)])


if __name__ == "__main__":
    main(round_, KEY)
