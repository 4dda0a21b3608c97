"""Mutants of the policy: one small change of the code at a time, and whether a test notices.

`python -m tests.policy.mutants [MODULE …]` names the survivors, one a line. One process at a time: each mutant is a
fork that imports the changed module and runs the tests beside it, then, if those let it live, all of the policy's
tests that need no luck.
"""

import argparse
import ast
import contextlib
import importlib.util
import io
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
POLICY = ROOT / "orchestr" / "policy"
TESTS = ROOT / "tests" / "policy"
SLOW = ("properties", "lower", "what_if", "unattended", "splitting", "price_history", "price_windows", "contradictions")
DEFAULT = ("rules/*.py", "evaluate.py", "quorum.py", "risk.py", "pricing.py", "compare.py")

COMPARED = {
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
}
COUNTED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
EFFECTS = {"single": "info", "dual": "single", "refuse": "dual"}


def mutants(source: str) -> Iterator[tuple[int, str, ast.Module]]:
    """Line, what was changed, and the tree with that one change. Texts that only people read are left."""
    count = sum(1 for _ in _places(ast.parse(source)))
    for number in range(count):
        tree = ast.parse(source)
        node, change = next(place for at, place in enumerate(_places(tree)) if at == number)
        said = change(node)
        yield node.lineno, said, ast.fix_missing_locations(tree)


def _places(tree: ast.Module):
    shown = {
        id(part) for node in ast.walk(tree) if isinstance(node, ast.AnnAssign) for part in ast.walk(node.annotation)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in ("help", "title", "discloses", "unit", "minimum", "maximum"):
            shown |= {id(part) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in shown or not hasattr(node, "lineno"):
            continue
        if isinstance(node, ast.Compare):
            for at, op in enumerate(node.ops):
                for other in COMPARED.get(type(op), []):
                    yield node, lambda node, at=at, other=other: _compare(node, at, other)
        elif isinstance(node, ast.BoolOp):
            yield node, _bool
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
            yield node, _unary
        elif isinstance(node, ast.BinOp) and type(node.op) in COUNTED:
            yield node, _count
        elif isinstance(node, ast.Constant) and type(node.value) is int:
            yield node, _number
        elif isinstance(node, ast.Constant) and node.value in EFFECTS:
            yield node, _effect
        elif isinstance(node, ast.Continue):
            yield node, _continue
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("max", "min"):
            yield node, _extreme


def _compare(node, at, other):
    was = type(node.ops[at]).__name__
    node.ops[at] = other()
    return f"{was} → {other.__name__}"


def _bool(node):
    was = type(node.op)
    node.op = ast.Or() if was is ast.And else ast.And()
    return f"{was.__name__} → {type(node.op).__name__}"


def _unary(node):
    was = type(node.op).__name__
    node.op = ast.UAdd() if was == "USub" else ast.Not()
    if was == "Not":
        node.operand = ast.UnaryOp(op=ast.Not(), operand=node.operand)
    return f"without {was}"


def _count(node):
    was = type(node.op)
    node.op = COUNTED[was]()
    return f"{was.__name__} → {type(node.op).__name__}"


def _number(node):
    node.value += 1
    return f"{node.value - 1} → {node.value}"


def _effect(node):
    was = node.value
    node.value = EFFECTS[was]
    return f"{was} → {node.value}"


def _continue(node):
    node.__class__ = ast.Pass
    return "continue → pass"


def _extreme(node):
    was = node.func.id
    node.func.id = "min" if was == "max" else "max"
    return f"{was} → {node.func.id}"


class Changed:
    """Imports one module from a changed tree."""

    def __init__(self, name: str, tree: ast.Module, path: Path) -> None:
        self.name, self.tree, self.path = name, tree, path

    def find_spec(self, name, path=None, target=None):
        if name != self.name:
            return None
        return importlib.util.spec_from_loader(name, self, origin=str(self.path))

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        module.__file__ = str(self.path)
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)


def beside(path: Path) -> list[Path]:
    """The tests that are named after the module."""
    folder = TESTS / "rules" if path.parent.name == "rules" else TESTS
    return [found for found in (folder / f"test_{path.stem}.py",) if found.exists()]


def whole() -> list[Path]:
    found = [*sorted(TESTS.rglob("test_*.py")), ROOT / "tests" / "house" / "test_rules.py"]
    return [path for path in found if path.stem.removeprefix("test_") not in SLOW]


def is_noticed(name: str, tree: ast.Module | None, path: Path, tests: list[Path], ini: str) -> bool:
    """Whether these tests fail with the module changed, in a process of their own."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0
    code = 1
    try:
        import pytest

        if tree is not None:
            sys.meta_path.insert(0, Changed(name, tree, path))
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            quiet = ["-x", "-q", "-c", ini, "--rootdir", str(ROOT), "-p", "no:cacheprovider", "--import-mode=importlib"]
            plain = ["-p", "no:django", "-p", "no:xdist", "-p", "no:randomly", "--noconftest", "--hypothesis-seed=0"]
            code = int(pytest.main([*quiet, *plain, *map(str, tests)]))
    finally:
        os._exit(code)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", default=list(DEFAULT), help="patterns below orchestr/policy")
    given = parser.parse_args()
    import hypothesis  # noqa: F401  imported before the forks, once for all
    import pytest  # noqa: F401

    with tempfile.NamedTemporaryFile("w", suffix=".ini") as ini:
        ini.write("[pytest]\n")
        ini.flush()
        paths = sorted({path for pattern in given.modules for path in POLICY.glob(pattern) if path.stem != "__init__"})
        every = whole()
        failing = is_noticed("", None, ROOT, every, ini.name)
        broken = {path for path in every if failing and is_noticed("", None, ROOT, [path], ini.name)}
        for path in sorted(broken):
            say(f"# {path.relative_to(ROOT)} fails with nothing changed and is left out")
        sound = [path for path in every if path not in broken]
        made = lived = 0
        for path in paths:
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            for line, said, tree in mutants(path.read_text()):
                made += 1
                near = [test for test in beside(path) if test not in broken]
                if near and is_noticed(name, tree, path, near, ini.name):
                    continue
                if not is_noticed(name, tree, path, sound, ini.name):
                    lived += 1
                    say(f"{path.relative_to(ROOT)}:{line}: {said}")
            say(f"# {path.relative_to(ROOT)}: {made} made so far, {lived} lived")
    return 1 if lived else 0


if __name__ == "__main__":
    sys.exit(main())
