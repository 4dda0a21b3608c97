"""Characters that a channel does not take, or that no reader is meant to see."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions, texts
from orchestr.policy.rule import Case, Rule, Tally

NAME = "copy_forbidden"
ANY = "*"

_POINT = re.compile(r"U\+([0-9A-F]{4,6})(?:-U\+([0-9A-F]{4,6}))?")
_HIGHEST = 0x10FFFF


def is_forbidding(text: str) -> bool:
    """CHANNEL:CHARACTER or CHANNEL:U+XXXX or CHANNEL:U+XXXX-U+YYYY, where CHANNEL may be * for any."""
    channel, _, what = text.partition(":")
    return bool(channel) and _range(what) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    characters: tuple[str, ...] = texts(
        "*:U+FFFD",
        "*:U+E000-U+F8FF",
        "*:U+F0000-U+10FFFD",
        "marketplace:{",
        "marketplace:}",
        "marketplace:^",
        "marketplace:¬",
        "marketplace:¦",
        "marketplace:™",
        "marketplace:®",
        "marketplace:U+2600-U+27BF",
        "marketplace:U+1F300-U+1FAFF",
        unit="characters",
        tighter="more",
        valid=is_forbidding,
        help="Characters that a channel does not take: CHANNEL:CHARACTER or CHANNEL:U+XXXX-U+YYYY, * for any channel.",
    )
    found_effect: Effect = effect("single", help="What follows for such a character.")
    functions: tuple[str, ...] = functions(help="Who must be among those who decide it.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    """Entities are resolved first, as a browser does. Copy without a channel appears on all of them."""
    items = case.of("copy")
    if not items:
        return []
    tally = Tally(NAME, "text")
    for item in items:
        if not isinstance(item.after, str):
            continue
        pattern = _pattern(params.characters, item.channel)
        if pattern is None:
            continue
        text = html.unescape(item.after) if "&" in item.after else item.after
        if (hit := pattern.search(text)) is not None:
            tally.add(
                "character_forbidden",
                params.found_effect,
                item.index,
                functions=params.functions,
                value=f"U+{ord(hit.group()):04X}",
                params={"channel": item.channel or ANY},
            )
    return tally.findings()


@lru_cache(maxsize=1_000)
def _pattern(characters: tuple[str, ...], channel: str) -> re.Pattern[str] | None:
    parts = []
    for entry in characters:
        on, _, what = entry.partition(":")
        if channel and on not in (ANY, channel):
            continue
        found = _range(what)
        if found is None:
            raise ValueError("a forbidden character is one character, U+XXXX or U+XXXX-U+YYYY")
        first, last = found
        parts.append(f"{re.escape(chr(first))}-{re.escape(chr(last))}")
    return re.compile(f"[{''.join(parts)}]") if parts else None


def _range(what: str) -> tuple[int, int] | None:
    if len(what) == 1:
        return ord(what), ord(what)
    match = _POINT.fullmatch(what)
    if match is None:
        return None
    first = int(match[1], 16)
    last = int(match[2] or match[1], 16)
    return (first, last) if first <= last <= _HIGHEST else None


RULE = Rule(name=NAME, title="Forbidden characters per channel", params=Params, judge=judge)
