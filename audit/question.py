"""Whether the entries of a bundle answer the question that it says was asked. No Django.

The question is not signed: whoever hands a bundle on can write another one above the same entries. An entry that does
not answer it shows that. What was left out does not show, but for a bundle whose numbers have no gap.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from audit.text import says, words_of

type Event = Mapping[str, Any]
type Test = Callable[[Event, str], bool]


def _about(kind: str) -> Test:
    return lambda event, asked: asked in _flat(event["about"].get(kind))


def _who(kind: str) -> Test:
    return lambda event, asked: event["actor"]["id"] == asked or asked in _flat(event["about"].get(kind))


def _named(event: Event, asked: str) -> bool:
    if asked in (event["actor"]["id"], event["request"]) or asked in _flat(list(event["about"].values())):
        return True
    with suppress(ValueError):
        return UUID(asked) == UUID(event["id"])
    return False


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for part in value:
            yield from _flat(part)
    else:
        yield value


def _acted(event: Event, asked: str) -> bool:
    action = str(event["action"])
    return action.startswith(asked) if asked.endswith(".") else action == asked


def _says(event: Event, asked: str) -> bool:
    words = words_of(asked)
    return words is not None and says(event, words)


# Times are written in one way, in UTC and to the microsecond, so that their order is that of the text.
_TESTS: Mapping[str, Test] = {
    "since": lambda event, asked: bool(event["at"] >= asked),
    "until": lambda event, asked: bool(event["at"] < asked),
    "person": _who("person"),
    "agent": _who("agent"),
    "workflow": _about("workflow"),
    "proposal": _about("proposal"),
    "run": _about("run"),
    "actor": lambda event, asked: bool(event["actor"]["id"] == asked),
    "action": _acted,
    "id": _named,
    "text": _says,
}


class Question:
    """The filters that a bundle says were asked for."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self._asked = [(name, _TESTS[name], query[name]) for name in sorted(query.keys() & _TESTS.keys())]
        # An entry by itself does not tell these: a SKU stands in the catalogue, what is out of the ordinary in a list.
        self.untold = sorted(query.keys() - _TESTS.keys())

    def unanswered(self, lines: Sequence[bytes]) -> tuple[int, str] | None:
        """Which of these entries is the first not to answer, and which filter; None where all do."""
        if self._asked:
            for at, line in enumerate(lines):
                event = _read(line)
                for name, holds, asked in self._asked:
                    if not _holds(holds, event, asked):
                        return at, name
        return None


def _read(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _holds(test: Test, event: Any, asked: str) -> bool:
    try:
        return test(event, asked)
    except (AttributeError, KeyError, TypeError, RecursionError):
        return False  # It is no event of ours; what it is instead answers nothing.
