"""How many customers a message reaches."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import functions, number
from orchestr.policy.rule import Case, Rule, Tally
from orchestr.policy.texts.messages import message_after

NAME = "message_audience"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    single_over_persons: int = number(
        0, unit="persons", tighter="lower", help="A message to more customers than this needs one person."
    )
    dual_over_persons: int = number(
        10_000, unit="persons", tighter="lower", help="A message to more customers than this needs two persons."
    )
    refuse_over_persons: int | None = number(
        500_000,
        unit="persons",
        tighter="lower",
        optional=True,
        help="A message to more customers than this is refused.",
    )
    functions: tuple[str, ...] = functions(
        "merchandising", "legal", help="Who must be among the two, each another person."
    )


def judge(case: Case, params: Params) -> Iterable[Finding]:
    """The messages of one proposal are added up: ten lists of a thousand are ten thousand. Several systems written
    for one message count once, with the largest audience."""
    items = case.of("message")
    if not items:
        return []
    tally = Tally(NAME, "persons")
    audiences: dict[tuple[object, ...], tuple[int, int]] = {}
    for item in items:
        message = message_after(item)
        if message.off:
            tally.add("message_taken_back", "single", item.index)
        elif not message.readable or message.audience is None:
            tally.add("message_unreadable", "dual", item.index, functions=params.functions)
        else:
            place = (item.type, item.id, item.field, item.address)
            audiences[place] = max(audiences.get(place, (0, item.index)), (message.audience, item.index))
    total = sum(audience for audience, _ in audiences.values())
    effect, threshold = _band(total, params)
    if effect is not None:
        for audience, index in audiences.values():
            tally.add(
                "message_audience",
                effect,
                index,
                functions=() if effect == "single" else params.functions,
                value=total,
                threshold=threshold,
                severity=audience,
            )
    return tally.findings()


def _band(total: int, params: Params) -> tuple[Effect | None, int | None]:
    if params.refuse_over_persons is not None and total > params.refuse_over_persons:
        return "refuse", params.refuse_over_persons
    if total > params.dual_over_persons:
        return "dual", params.dual_over_persons
    if total > params.single_over_persons:
        return "single", params.single_over_persons
    return None, None


RULE = Rule(name=NAME, title="Message audience", params=Params, judge=judge, judges=frozenset({"message"}))
