"""Every line of the table of faults names tests that are there."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.house.faults import FAULTS

TESTS = Path(__file__).parents[1]
LINES = [(room, line, tests) for room, lines in FAULTS.items() for line, tests in lines.items()]


@cache
def named_in(name: str) -> frozenset[str]:
    tree = ast.parse((TESTS / name).read_text())
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )


@pytest.mark.parametrize(("room", "line", "tests"), LINES, ids=[line for _, line, _ in LINES])
def test_a_fault_is_tried(room: str, line: str, tests: tuple[str, ...]) -> None:
    assert tests, f"{room}: {line}"
    for test in tests:
        file, _, name = test.partition("::")
        assert named_in(file), test
        assert name == "*" or name in named_in(file), test
