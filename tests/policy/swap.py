"""Putting a changed module in the place of a live one: at once where only the body of a function differs."""

import ast
import importlib.util
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any


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


def swap_bodies(name: str, tree: ast.Module, path: Path) -> None:
    """Give the functions of the live module the bodies that they have in the changed tree. Everything that holds
    one of those functions already, a rule or a test, calls the changed one from now on."""
    live = sys.modules[name]
    fresh = types.ModuleType(name)
    sys.modules[name] = fresh  # dataclasses look their module up while they are made
    try:
        Changed(name, tree, path).exec_module(fresh)
    finally:
        sys.modules[name] = live
    changed = dict(_functions(vars(fresh), name))
    for place, function in _functions(vars(live), name):
        function.__code__ = changed[place].__code__
    for value in vars(live).values():
        if hasattr(value, "cache_clear"):
            value.cache_clear()


def _functions(holder: Any, module: str, prefix: str = "") -> Iterator[tuple[str, types.FunctionType]]:
    for name, value in list(holder.items()):
        if isinstance(value, type) and value.__module__ == module:
            yield from _functions(vars(value), module, f"{prefix}{name}.")
        for function in _unwrapped(value):
            if function.__module__ == module and "<locals>" not in function.__qualname__ and _is_written(function):
                yield f"{prefix}{name}", function


def _unwrapped(value: Any) -> Iterator[types.FunctionType]:
    value = getattr(value, "fget", None) or getattr(value, "__func__", None) or value
    value = getattr(value, "__wrapped__", value)
    if isinstance(value, types.FunctionType):
        yield value


def _is_written(function: types.FunctionType) -> bool:
    """Not one that a dataclass makes of itself."""
    return not function.__code__.co_filename.startswith("<")
