"""What a judging process does: reads its policy once, then judges chunk after chunk. Pure, so that it starts at once."""

from orchestr.outcomes.replay import Past, Replayed, replay
from orchestr.policy.ruleset import Policy, parse_policy
from orchestr.policy.values import Json

_policy: Policy | None = None  # set when the process starts


def begin(rules: Json, number: int) -> None:
    global _policy
    _policy = parse_policy(rules, number=number)


def judge(chunk: list[Past]) -> list[Replayed]:
    if _policy is None:
        raise RuntimeError("A judging process begins with its policy.")
    return [replay(each, _policy) for each in chunk]
