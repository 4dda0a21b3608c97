"""Copy that does not read as it looks: hidden characters, turned direction, two alphabets, or far too long."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions, number
from orchestr.policy.rule import Case, Rule, Tally
from orchestr.policy.texts.scripts import disguised_word, first_hidden, mixes_letters, resolved

NAME = "copy_characters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    hidden_effect: Effect = effect(
        "dual", help="What follows for characters nobody sees, or that turn the reading direction."
    )
    mixed_effect: Effect = effect("single", help="What follows for a word with letters of two alphabets.")
    disguised_effect: Effect = effect(
        "dual", help="What follows for a word of another alphabet whose every letter looks like a Latin one."
    )
    functions: tuple[str, ...] = functions("legal", help="Who must be among those who decide it.")
    dual_over_characters: int = number(
        20_000, unit="characters", tighter="lower", help="A text longer than this needs two persons."
    )


def judge(case: Case, params: Params) -> Iterable[Finding]:
    tally = Tally(NAME, "items")
    for item in case.of("copy"):
        if not isinstance(item.after, str):
            continue
        text = resolved(item.after)
        if not text.isascii() or not text.isprintable():
            _judge_characters(text, item.index, tally, params)
        if len(item.after) > params.dual_over_characters:
            tally.add(
                "copy_long",
                "dual",
                item.index,
                value=len(item.after),
                threshold=params.dual_over_characters,
                severity=len(item.after),
            )
    return tally.findings()


def _judge_characters(text: str, index: int, tally: Tally, params: Params) -> None:
    if (hidden := first_hidden(text)) is not None:
        tally.add(
            "hidden_characters",
            params.hidden_effect,
            index,
            functions=params.functions,
            params={"character": f"U+{ord(hidden):04X}"},
        )
    if mixes_letters(text):
        tally.add("mixed_alphabets", params.mixed_effect, index, functions=params.functions)
    if disguised_word(text) is not None:
        tally.add("disguised_word", params.disguised_effect, index, functions=params.functions)


RULE = Rule(name=NAME, title="Characters in copy", params=Params, judge=judge)
