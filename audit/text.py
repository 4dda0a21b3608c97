"""Words looked for in what an event says. No Django: who checks a bundle looks for them too.

What an event says are its action, who acted and for whom, its request, what it is about, and the parameters of its
action with the codes they are kept under: ids, codes, keys and numbers, never what a person wrote. A word is found
anywhere in one of these, also in the middle; only A to Z are the same as a to z. Every word of a text is to be found.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MOST_WORDS, MOST_CHARACTERS = 8, 200
_LOWER = str.maketrans({chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})


def words_of(text: str) -> list[str] | None:
    """The words of a text as they are compared, without marks that do not show; None where nothing can be looked for.

    That is so of a text with control characters or half a surrogate pair, without a word, or longer than the bounds.
    """
    shown = "".join(char for char in text if unicodedata.category(char) != "Cf")
    words = folded(shown).split()
    if not words or len(words) > MOST_WORDS or len(shown) > MOST_CHARACTERS:
        return None
    return words if all(word.isprintable() for word in words) else None


def folded(text: str) -> str:
    """A to Z as a to z and nothing else: every reader of a bundle, and PostgreSQL, folds these alike."""
    return text.translate(_LOWER)


def says(event: Mapping[str, Any], words: Sequence[str]) -> bool:
    """Whether each of these words, as `words_of` gives them, stands somewhere in what an event says."""
    said = folded("\n".join(_said(event)))
    return all(word in said for word in words)


def _said(event: Mapping[str, Any]) -> Iterator[str]:
    yield from _values([event["action"], event["actor"]["id"], event["for"], event["request"], event["about"]])
    for value in event["data"].values():
        yield from _values(value)
        yield from _keys(value)


def _values(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _values(part)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        yield from value if isinstance(value, dict) else ()
        for part in value.values() if isinstance(value, dict) else value:
            yield from _keys(part)
