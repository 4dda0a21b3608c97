"""What a proposal is for: quantities that it wants up or down, and which of them fight. Pure.

An objective is written `stock:down`. The same quantity up and down always fights; what else does is the policy's to
say, as pairs written `margin:up/stock:down`. A ranking is written `margin:up>stock:down`.
"""

import re
from collections.abc import Iterable, Mapping

from orchestr.policy.values import Json

MOST = 20
_ONE = r"[a-z][a-z0-9_]{0,59}:(?:up|down)"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_PAIR = re.compile(rf"({_ONE})/({_ONE})")
_RANKED = re.compile(rf"({_ONE})>({_ONE})")
_AGAINST = {"up": "down", "down": "up"}


def objectives_of(objectives: Json) -> tuple[str, ...]:
    """Those that say up or down, in order; what else a proposal names among its objectives is for people to read."""
    if not isinstance(objectives, Mapping):
        return ()
    found = [
        f"{name}:{way}"
        for name, way in sorted(objectives.items())
        if way in ("up", "down") and isinstance(name, str) and _NAME.fullmatch(name)
    ]
    return tuple(found[:MOST])


def is_pair(text: str) -> bool:
    return _PAIR.fullmatch(text) is not None


def is_ranked(text: str) -> bool:
    return _RANKED.fullmatch(text) is not None


def fighting(mine: Iterable[str], theirs: Iterable[str], pairs: Iterable[str]) -> list[tuple[str, str]]:
    """Which of mine fight which of theirs, in order."""
    others = sorted(set(theirs))
    named = {tuple(pair.split("/")) for pair in pairs}
    return [
        (one, other)
        for one in sorted(set(mine))
        for other in others
        if _opposed(one, other) or (one, other) in named or (other, one) in named
    ]


def goes_before(one: str, other: str, ranking: Iterable[str]) -> bool | None:
    """Whether the ranking puts `one` before `other`; None where it is silent. Where it says both, neither goes before."""
    ranked = set(ranking)
    if f"{other}>{one}" in ranked:
        return False
    return True if f"{one}>{other}" in ranked else None


def _opposed(one: str, other: str) -> bool:
    name, _, way = one.rpartition(":")
    return way in _AGAINST and other == f"{name}:{_AGAINST[way]}"
