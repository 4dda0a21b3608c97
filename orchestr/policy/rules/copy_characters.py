"""Copy that does not read as it looks: hidden characters, letters of two alphabets in one word, too long."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions, number
from orchestr.policy.rule import Case, Rule, Tally

NAME = "copy_characters"

_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_OTHER = re.compile("[\u0370-\u03ff\u0400-\u052f\u0530-\u058f]")  # Greek, Cyrillic, Armenian
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    hidden_effect: Effect = effect(
        "dual", help="What follows for characters nobody sees, or that turn the reading direction."
    )
    mixed_effect: Effect = effect("single", help="What follows for a word with letters of two alphabets.")
    functions: tuple[str, ...] = functions("legal", help="Who must be among those who decide it.")
    dual_over_characters: int = number(
        20_000, unit="characters", tighter="lower", help="A text longer than this needs two persons."
    )


def judge(case: Case, params: Params) -> Iterable[Finding]:
    tally = Tally(NAME, "items")
    for item in case.of("copy"):
        text = item.after
        if not isinstance(text, str):
            continue
        if not text.isascii() or not text.isprintable():
            if (hidden := _HIDDEN.search(text)) is not None:
                tally.add(
                    "hidden_characters",
                    params.hidden_effect,
                    item.index,
                    functions=params.functions,
                    params={"character": f"U+{ord(hidden.group()):04X}"},
                )
            if _mixed(text):
                tally.add("mixed_alphabets", params.mixed_effect, item.index, functions=params.functions)
        if len(text) > params.dual_over_characters:
            tally.add(
                "copy_long",
                "dual",
                item.index,
                value=len(text),
                threshold=params.dual_over_characters,
                severity=len(text),
            )
    return tally.findings()


def _mixed(text: str) -> bool:
    """Whether a word has Latin letters and such as look like them."""
    if _OTHER.search(text) is None:
        return False
    return any(_OTHER.search(word) and _LATIN.search(word) for word in _WORD.findall(text))


RULE = Rule(name=NAME, title="Characters in copy", params=Params, judge=judge, excepted_by=("legal", "merchandising"))
