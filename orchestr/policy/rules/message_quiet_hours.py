"""No message while those who get it sleep."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions, number
from orchestr.policy.rule import Case, Rule, Tally
from orchestr.policy.texts.messages import message_after

NAME = "message_quiet_hours"
DAY = 1440  # minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    from_minute: int = number(
        21 * 60,
        unit="minutes",
        tighter="lower",
        maximum=DAY,
        help="From which minute of the receivers' day it is quiet, until midnight; 1440 is never.",
    )
    until_minute: int = number(
        8 * 60,
        unit="minutes",
        tighter="higher",
        maximum=DAY,
        help="Until which minute of the receivers' day it is quiet, from midnight on; 0 is never.",
    )
    quiet_effect: Effect = effect("dual", help="What follows for a message in these hours.")
    unknown_effect: Effect = effect("dual", help="What follows where nobody can say what time it is for the receivers.")
    functions: tuple[str, ...] = functions("merchandising", help="Who must be among those who decide it.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    items = case.of("message")
    if not items:
        return []
    tally = Tally(NAME, "text")
    commerce = case.facts.commerce
    minutes = {one.index: one.minute for one in commerce.sending} if commerce is not None else {}
    for item in items:
        if message_after(item).off:
            continue
        minute = minutes.get(item.index)
        if minute is None:
            tally.add("message_time_unknown", params.unknown_effect, item.index, functions=params.functions)
        elif minute >= params.from_minute or minute < params.until_minute:
            tally.add(
                "message_quiet_hours",
                params.quiet_effect,
                item.index,
                functions=params.functions,
                value=_clock(minute),
                severity=min(minute, DAY - minute),
                params={"begins": _clock(params.from_minute), "ends": _clock(params.until_minute)},
            )
    return tally.findings()


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


RULE = Rule(name=NAME, title="Quiet hours", params=Params, judge=judge)
