"""The small changes of code that are tried on the policy: each node of a module, changed in one way at a time."""

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

Change = Callable[[ast.AST], str]  # changes the node it is given and says what it did

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
CALLED = {"max": "min", "min": "max", "any": "all", "all": "any"}
SHOWN = (
    "help",
    "title",
    "discloses",
    "unit",
    "minimum",
    "maximum",
    "optional",
)  # for people alone, or the bounds of a form
DROPPED = ("functions", "severity", "extra", "weight", "items")


class Mutant(NamedTuple):
    """`name` is the changed line and what was changed: it stays the same when lines are added elsewhere."""

    line: int
    name: str
    tree: ast.Module
    in_a_body: bool  # of a function: it runs only when that is called


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a module. Texts that only people read are left."""
    lines, seen = source.splitlines(), Counter[str]()
    for number in range(sum(1 for _ in _places(ast.parse(source)))):
        tree = ast.parse(source)
        node, change = next(place for at, place in enumerate(_places(tree)) if at == number)
        said = f"{lines[node.lineno - 1].strip()} | {change(node)}"
        seen[said] += 1
        name = said if seen[said] == 1 else f"{said} #{seen[said]}"
        yield Mutant(node.lineno, name, ast.fix_missing_locations(tree), _in_a_body(tree, node))


def _in_a_body(tree: ast.Module, node: ast.AST) -> bool:
    functions = (part for part in ast.walk(tree) if isinstance(part, ast.FunctionDef))
    return any(part is node for function in functions for line in function.body for part in ast.walk(line))


def _places(tree: ast.Module) -> Iterator[tuple[ast.AST, Change]]:
    shown = {
        id(part) for node in ast.walk(tree) if isinstance(node, ast.AnnAssign) for part in ast.walk(node.annotation)
    }
    for node in ast.walk(tree):
        left = [node] if isinstance(node, ast.keyword) and node.arg in SHOWN else getattr(node, "decorator_list", [])
        if isinstance(node, ast.Subscript) and getattr(node.value, "id", "") == "Literal":
            left = [node]  # a type, which only the checker reads
        if isinstance(node, ast.TypeAlias):
            left = [node]
        shown |= {id(part) for one in left for part in ast.walk(one)}
    for node in ast.walk(tree):
        if id(node) in shown or not hasattr(node, "lineno"):
            continue
        for change in _changes(node):
            yield node, change


def _changes(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Compare():
            for at, op in enumerate(node.ops):
                for other in COMPARED.get(type(op), []):
                    yield lambda node, at=at, other=other: _compare(node, at, other)
        case ast.BoolOp():
            yield _bool
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield _unary
        case ast.BinOp() if type(node.op) in COUNTED:
            yield _count
        case ast.Constant() if type(node.value) is int:
            yield _number
        case ast.Constant(value=True | False):
            yield _truth
        case ast.Constant() if node.value in EFFECTS:
            yield _effect
        case ast.Continue():
            yield _continue
        case ast.If() | ast.IfExp() if isinstance(node.test, ast.Name | ast.Attribute | ast.Call | ast.NamedExpr):
            yield _asked
        case ast.comprehension():
            return
        case ast.Call():
            yield from _calls(node)


def _calls(node: ast.Call) -> Iterator[Change]:
    if isinstance(node.func, ast.Name) and node.func.id in CALLED:
        yield _called
    if (isinstance(node.func, ast.Attribute) and node.func.attr == "add") or getattr(node.func, "id", "") == "Finding":
        for keyword in node.keywords:
            if keyword.arg in DROPPED:
                yield lambda node, name=keyword.arg: _drop(node, name)


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


def _truth(node):
    node.value = not node.value
    return f"{not node.value} → {node.value}"


def _effect(node):
    was = node.value
    node.value = EFFECTS[was]
    return f"{was} → {node.value}"


def _continue(node):
    node.__class__ = ast.Pass
    return "continue → pass"


def _asked(node):
    node.test = ast.UnaryOp(op=ast.Not(), operand=node.test)
    return "if → if not"


def _called(node):
    was = node.func.id
    node.func.id = CALLED[was]
    return f"{was} → {node.func.id}"


def _drop(node, name):
    node.keywords = [keyword for keyword in node.keywords if keyword.arg != name]
    return f"without {name}="
