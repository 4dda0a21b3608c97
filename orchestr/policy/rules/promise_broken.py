"""What customers were promised: outstanding quotes and delivery dates."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.commitments import breaks_delivery, breaks_quote, concerns
from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions
from orchestr.policy.rule import Case, Rule, Tally

NAME = "promise_broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    effect: Effect = effect("dual", help="What follows where a change breaks an outstanding quote or delivery date.")
    functions: tuple[str, ...] = functions("merchandising", help="Who must be among those who decide then.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    around = case.facts.around
    if around is None or not around.commitments:
        return ()
    at, quotes, deliveries = case.facts.at, Tally(NAME, "money"), Tally(NAME, "units")
    items = {item.index: item for item in case.items}
    for promise in sorted(around.commitments, key=lambda each: each.id):
        for index in sorted(promise.items):
            item = items.get(index)
            if item is None or not concerns(promise, item, at):
                continue
            about = {"promise": promise.id}
            if promise.kind == "quote" and breaks_quote(promise, item):
                quotes.add(
                    "quote_broken",
                    params.effect,
                    index,
                    functions=params.functions,
                    value=promise.price,
                    params=about,
                )
            elif promise.kind == "delivery" and breaks_delivery(promise, item):
                after = item.after if isinstance(item.after, int) else 0
                deliveries.add(
                    "delivery_broken",
                    params.effect,
                    index,
                    functions=params.functions,
                    value=after,
                    threshold=promise.units,
                    params=about,
                )
    return [*quotes.findings(), *deliveries.findings()]


RULE = Rule(name=NAME, title="Promises", params=Params, judge=judge)
