"""How often the same customers are written to within seven days."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import functions, number
from orchestr.policy.rule import Case, Rule, Tally
from orchestr.policy.texts.messages import message_after

NAME = "message_frequency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    dual_over_messages: int = number(
        2, unit="messages", tighter="lower", help="More messages to one customer in seven days than this need two."
    )
    refuse_over_messages: int | None = number(
        4, unit="messages", tighter="lower", optional=True, help="More messages in seven days than this are refused."
    )
    functions: tuple[str, ...] = functions("merchandising", help="Who must be among the two.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    """The message itself is counted among those of the seven days."""
    tally = Tally(NAME, "items")
    for item in case.of("message"):
        message = message_after(item)
        count = message.frequency_7d
        if count is None:
            continue  # taken back, or unreadable: `message_audience` says so
        if params.refuse_over_messages is not None and count > params.refuse_over_messages:
            effect: Effect = "refuse"
            threshold = params.refuse_over_messages
        elif count > params.dual_over_messages:
            effect, threshold = "dual", params.dual_over_messages
        else:
            continue
        tally.add(
            "message_frequency",
            effect,
            item.index,
            functions=params.functions,
            value=count,
            threshold=threshold,
            severity=count,
        )
    return tally.findings()


RULE = Rule(name=NAME, title="Message frequency", params=Params, judge=judge)
