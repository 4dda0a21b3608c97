"""What people have locked: do not sell, promote or reprice this SKU here until a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from orchestr.policy.commitments import LOCKS, breaks_lock, concerns
from orchestr.policy.findings import Finding
from orchestr.policy.parameters import functions
from orchestr.policy.rule import Case, Rule, Tally

NAME = "locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    functions: tuple[str, ...] = functions("merchandising", help="Who would have to confirm an exception.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    around = case.facts.around
    if around is None or not around.commitments:
        return ()
    at, tally = case.facts.at, Tally(NAME, "text")
    items = {item.index: item for item in case.items}
    for lock in sorted(around.commitments, key=lambda each: (-each.until, each.id)):
        if lock.kind not in LOCKS:
            continue
        code = "locked_sell"
        if lock.kind == "promote":
            code = "locked_promote"
        elif lock.kind == "reprice":
            code = "locked_reprice"
        for index in sorted(lock.items):
            item = items.get(index)
            if item is not None and concerns(lock, item, at) and breaks_lock(lock.kind, item):
                until = datetime.fromtimestamp(lock.until, UTC).strftime("%Y-%m-%d %H:%M UTC")
                tally.add(code, "refuse", index, functions=params.functions, value=until, params={"lock": lock.id})
    return tally.findings()


RULE = Rule(name=NAME, title="Locks", params=Params, judge=judge)
