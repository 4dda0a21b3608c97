"""Copy fits the channel it is for: titles and descriptions have lengths there."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions, texts
from orchestr.policy.rule import Case, Rule, Tally

NAME = "copy_length"
ANY = "*"
MOST = 1_000_000


def is_limit(text: str) -> bool:
    """CHANNEL:FIELD:CHARACTERS, where CHANNEL and FIELD may be * for any."""
    channel, field, most = [*text.split(":"), "", "", ""][:3]
    return (
        text.count(":") == 2
        and bool(channel)
        and bool(field)
        and most.isascii()
        and most.isdigit()
        and 0 < int(most) <= MOST
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    limits: tuple[str, ...] = texts(
        "*:title:150",
        "*:name:150",
        "*:meta_title:70",
        "*:seo_title:70",
        "*:meta_description:320",
        "*:seo_description:320",
        "*:alt_text:250",
        "marketplace:title:80",
        "marketplace:description:4000",
        unit="limits",
        tighter="more",
        valid=is_limit,
        help="How many characters a field holds: CHANNEL:FIELD:CHARACTERS, * for any channel or field; "
        "the lowest that fits counts.",
    )
    over_effect: Effect = effect("single", help="What follows for a text longer than its channel holds.")
    functions: tuple[str, ...] = functions(help="Who must be among those who decide it.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    """Copy without a channel appears on all of them: every limit of its field counts."""
    items = case.of("copy")
    if not items:
        return []
    tally = Tally(NAME, "items")
    for item in items:
        text = item.after
        if not isinstance(text, str):
            continue
        most, channel = _limit(params.limits, item.channel, item.field)
        if most is not None and len(text) > most:
            tally.add(
                "copy_over_length",
                params.over_effect,
                item.index,
                functions=params.functions,
                value=len(text),
                threshold=most,
                severity=len(text) - most,
                params={"field": item.field, "channel": channel},
            )
    return tally.findings()


@lru_cache(maxsize=1_000)
def _limit(limits: tuple[str, ...], channel: str, field: str) -> tuple[int | None, str]:
    fits = [
        (most, on)
        for on, of, most in map(_parts, limits)
        if of in (ANY, field) and (not channel or on in (ANY, channel))
    ]
    return min(fits, default=(None, ""))


def _parts(limit: str) -> tuple[str, str, int]:
    channel, field, most = limit.split(":")
    return channel, field, int(most)


RULE = Rule(name=NAME, title="Length of copy per channel", params=Params, judge=judge)
