"""The table of actions and the code that records agree: nothing is recorded that the table does not name."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import audit
from audit.actions import ABOUT, ACTIONS

ROOT = Path(audit.__file__).parent.parent
ROOMS = ("orchestr", "reviews", "audit")
RECORDERS = {"record", "Entry", "_record", "record_many"}


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call of a recorder in the product, with the place it stands."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and _name(node.func) in RECORDERS:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _keywords(call: ast.Call) -> dict[str | None, ast.expr]:
    return {keyword.arg: keyword.value for keyword in call.keywords}


def _texts(node: ast.expr | None) -> list[str]:
    """The text an expression is, or the texts it may be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    return [*_texts(node.body), *_texts(node.orelse)] if isinstance(node, ast.IfExp) else []


def test_every_action_that_is_recorded_is_in_the_table():
    found = [(place, name) for place, call in calls() for name in _texts(_keywords(call).get("action"))]
    assert len(found) > 5
    assert [(place, name) for place, name in found if name not in ACTIONS] == []


def test_every_parameter_that_is_recorded_is_in_the_line_of_its_action():
    unknown = []
    for place, call in calls():
        given = _keywords(call)
        data = given.get("data")
        names = [key.value for key in data.keys if isinstance(key, ast.Constant)] if isinstance(data, ast.Dict) else []
        for action in _texts(given.get("action")):
            unknown += [(place, action, name) for name in names if name not in ACTIONS[action].parameters]
    assert unknown == []


def test_every_thing_an_event_is_about_is_in_the_table():
    unknown = []
    for place, call in calls():
        about = _keywords(call).get("about")
        keys = about.keys if isinstance(about, ast.Dict) else []
        unknown += [(place, key.value) for key in keys if isinstance(key, ast.Constant) and key.value not in ABOUT]
    assert unknown == []


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_is_named_by_lower_case_words_joined_by_dots(name):
    assert all(part.replace("_", "").isalpha() and part.islower() for part in name.split("."))


def test_every_action_has_words_of_its_own():
    words = [str(action.words) for action in ACTIONS.values()]
    assert len(set(words)) == len(words)
